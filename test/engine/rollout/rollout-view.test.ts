import { describe, expect, it } from 'vitest'
import { sampleRelease } from '../../../sandbox/slack/render/sample-releases.ts'
import { sampleCheck, sampleRollout } from '../../../sandbox/slack/render/sample-rollouts.ts'
import { newAnalysisState } from '../../../src/analysis/observe.ts'
import type { EnvironmentConfig } from '../../../src/config/config.ts'
import { rolloutDefaults } from '../../../src/config/rollout-defaults.ts'
import { rollbackPlanOf, rolloutGlance } from '../../../src/engine/rollout/rollout-view.ts'
import type { HealthPolicy, MetricPolicy } from '../../../src/policy/metrics-policy.ts'
import { saveRelease } from '../../../src/store/releases.ts'
import { saveCheck, saveRollout } from '../../../src/store/rollouts.ts'
import { aPolicy } from '../../release/fixtures.ts'
import { temporaryStore } from '../../store/temporary-store.ts'

const metric = (name: string, type: 'ratio' | 'latency' | 'kinds', more: Partial<MetricPolicy> = {}): MetricPolicy => ({
  name,
  selectors:
    type === 'ratio'
      ? { type, total: 't', bad: 'b' }
      : type === 'latency'
        ? { type, buckets: 'b' }
        : { type, total: 't', errors: 'e', label: 'kind' },
  worse: 'higher',
  factor: 2,
  minimumEffect: 0,
  weight: 1,
  isShadow: false,
  ...more,
})

const health: HealthPolicy = {
  canary: 'https://green.example/health',
  baseline: null,
  statuses: null,
  body: null,
  timeoutMs: 1000,
  intervalMs: 10_000,
  failures: 3,
}

const environment: EnvironmentConfig = {
  name: 'production',
  aliases: [],
  url: null,
  gate: aPolicy(),
  functions: { host: 'supabase', project: 'abc' },
  frontend: { host: 'vercel', project: 'web', team: null, domain: null },
  metrics: {
    source: { type: 'prometheus', url: 'http://prometheus' },
    arms: { type: 'pool', label: 'pool' },
    metrics: [
      metric('errors', 'ratio'),
      metric('orders', 'ratio', { worse: 'lower', factor: 1.5 }),
      metric('latency', 'latency', { factor: 1.5 }),
      metric('new errors', 'kinds'),
      metric('retries', 'ratio', { isShadow: true }),
    ],
    alpha: 0.02,
    warmUpMs: 0,
    intervalMs: 30_000,
    lagMs: 15_000,
  },
  health,
  rollout: rolloutDefaults('UTC'),
  traffic: {
    type: 'cloudflare',
    target: { pools: ['blue', 'green'] },
    accountId: 'a',
    zoneId: 'z',
    loadBalancerId: 'l',
    poolIds: {},
    apiUrl: 'https://api.cloudflare.com',
  },
}

describe('what rolls a release back by itself', () => {
  it('is told before it is approved: each metric that acts, the health checks, and what is put back', () => {
    expect(rollbackPlanOf({ strategy: 'canary' }, environment)).toEqual({
      triggers: [
        'errors above 2 × baseline',
        'orders below 1/1.5 of the baseline',
        'latency (95th percentile) above 1.5 × baseline',
        'new errors: a kind that the old version does not have',
        '3 bad answers in a row of https://green.example/health',
        'the load balancer calls the new version unhealthy',
      ],
      how: expect.stringContaining(
        'all traffic goes back to the old version, and the edge functions and the frontend of before are put back.',
      ),
    })
  })

  it('is told with the placeholder for the pool, which is not known before the start', () => {
    const withPool = { ...health, canary: 'https://$pool.example/health' }
    const plan = rollbackPlanOf({ strategy: 'canary' }, { ...environment, health: withPool })
    expect(plan?.triggers).toContain('3 bad answers in a row of https://$pool.example/health')
  })

  it('is nothing where no traffic is shifted', () => {
    expect(rollbackPlanOf({ strategy: 'direct' }, environment)).toBeNull()
    expect(rollbackPlanOf({ strategy: 'canary' }, { ...environment, traffic: null })).toBeNull()
  })
})

describe('what a card shows of a rollout', () => {
  const at = 1_800_000_000_000

  it('is the newest check, how often there is one, and what a rollback would do', async () => {
    const { store } = temporaryStore()
    const release = sampleRelease({ state: { name: 'rolling_out', since: at }, backup: 'nightly' })
    const step = {
      index: 0,
      steps: 4,
      percent: 5,
      startedAt: at,
      windowMs: 1,
      extensionMs: 0,
      intervalMs: 1,
      hasSessionAffinity: false,
      isHeld: false,
    }
    await store.transaction(async (tx) => {
      await saveRelease(tx, release, at, true)
      await saveRollout(tx, release.repository, sampleRollout({ analysis: newAnalysisState }), at)
      for (const after of [1, 2]) {
        const { verdict, decision } = sampleCheck()
        await saveCheck(tx, release.id, {
          at: at + after,
          step,
          observation: { from: 0, to: 1, samples: {} },
          verdict,
          decision,
        })
      }
    })
    const glance = await rolloutGlance(store.db, release, environment, at)
    expect(glance).toMatchObject({
      check: { at: at + 2 },
      intervalMs: 30_000,
      probeFailures: 3,
      isRollbackOpen: false,
      rollbackUntil: null,
    })
    expect(glance?.rollbackWords).toContain('All traffic goes to blue.')
  })

  it('once it is complete, is until when it can be rolled back', async () => {
    const { store } = temporaryStore()
    const release = sampleRelease({ state: { name: 'completed', at }, run: { id: 1, url: 'https://x.example' } })
    await store.transaction(async (tx) => {
      await saveRelease(tx, release, at, true)
      await saveRollout(tx, release.repository, sampleRollout({ phase: { name: 'completed', at } }), at)
    })
    const { rollbackForMs } = environment.rollout
    const glance = async (now: number) => await rolloutGlance(store.db, release, environment, now)
    expect(await glance(at + rollbackForMs)).toMatchObject({ isRollbackOpen: true, rollbackUntil: at + rollbackForMs })
    expect(await glance(at + rollbackForMs + 1)).toMatchObject({ isRollbackOpen: false })
  })

  it('is nothing for a release that brought nothing which could be put back', async () => {
    const { store } = temporaryStore()
    const release = sampleRelease({
      state: { name: 'completed', at },
      strategy: 'direct',
      run: { id: 1, url: 'https://x.example' },
    })
    await store.transaction((tx) => saveRelease(tx, release, at, true))
    expect(await rolloutGlance(store.db, release, environment, at + 1)).toBeNull()
  })
})
