/** Rollouts that a real Prometheus tells of, in real time, with nothing in between but the network. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { isPrometheusInstalled } from '../../../sandbox/prometheus/real-prometheus.ts'
import type { VersionBehaviour } from '../../../sandbox/rollout/served-service.ts'
import { checksOf } from '../../../src/store/rollouts.ts'
import { greenCommit, leadId, releaseOf } from '../gate/gate-world.ts'
import { type RollingWorld, rolling } from './rolling.ts'

const isInstalled = isPrometheusInstalled()
const isCi = process.env.CI === 'true'

test.runIf(isCi)('CI has Prometheus: install the package prometheus', () => {
  expect(isInstalled).toBe(true)
})

const title = 'a release that a real Prometheus watches (skipped where the package prometheus is missing)'
const timeout = 60_000

describe.skipIf(!isInstalled && !isCi)(title, { timeout }, () => {
  let world: RollingWorld
  let close: () => Promise<void> = async () => {}

  beforeAll(async () => {
    world = await rolling({
      factor: 1,
      rollout: { hasPrometheus: true, interval: '1s', steps: ['20% 5s', '40% 5s', '100%'] },
      atEnd: (end) => {
        close = end
      },
    })
    // As long as it takes to notice, and no longer: the time is real here.
    world.rollout.vercel.setPromotionTime(200)
  }, timeout)

  afterAll(async () => {
    await close()
  })

  /** Releases one more commit, which behaves like that, into whichever pool is idle. */
  async function next(behaviour: Partial<VersionBehaviour>): Promise<string> {
    const message = `Version ${JSON.stringify(behaviour)}`
    const sha = await greenCommit(world, { message, files: { 'src/version.ts': `// ${message}\n` } })
    if ((await world.audit()).some(({ action }) => action === 'lock')) await world.command(leadId, 'unlock prod')
    world.rollout.service.setNext(behaviour)
    await world.release(sha)
    return sha
  }

  const checks = async (sha: string) => checksOf(world.sluice().store.db, (await releaseOf(world, sha)).id)

  it('gets all of the traffic when it is as good as the one before', async () => {
    const sha = await next({})
    const { pools } = await world.reachesPhase('completed', sha)
    expect(world.share()).toMatchObject({ [pools?.canary ?? '']: 100, [pools?.baseline ?? '']: 0 })
    const judged = await checks(sha)
    const last = judged.findLast(({ step }) => step.percent === 40)
    expect(last?.decision.outcome).toMatchObject({ type: 'advance', reason: 'all_passed' })
    for (const { metric, type, canary, baseline } of last?.verdict.metrics ?? []) {
      // Kinds of errors are counted over all steps.
      if (type === 'kinds') continue
      expect(canary.total, metric).toBeGreaterThan(200)
      expect(canary.total / (canary.total + baseline.total), metric).toBeCloseTo(0.4, 1)
    }
    // Looked at every second, and measured every other.
    for (const { observation } of judged) expect(observation.to - observation.from).toBeGreaterThan(1400)
  })

  it.each([
    ['errors', { errors: 10 }, 'errors'],
    ['latency', { latency: 3 }, 'latency'],
  ] as const)('is rolled back when its %s are a multiple of the usual', async (_, behaviour, metric) => {
    const before = world.share()
    const sha = await next(behaviour)
    const { rollback, stopwatch } = await world.reachesPhase('rolled_back', sha)
    expect(world.share()).toEqual(before)
    expect(rollback).toMatchObject({ reason: 'metric_failed', why: expect.stringContaining(metric) })
    expect((stopwatch.trafficAt ?? Number.NaN) - (stopwatch.rollbackAt ?? 0)).toBeLessThan(2000)
    const last = (await checks(sha)).at(-1)
    expect(last?.decision.outcome).toMatchObject({ type: 'fail', metrics: expect.arrayContaining([metric]) })
    expect(last?.verdict.metrics.find((one) => one.metric === metric)?.verdict).toBe('fail')
  })

  it('is held when no traffic reaches it, whatever the balancer says', async () => {
    world.rollout.cloudflare.freezeEdge(true)
    const sha = await next({})
    const { phase, pools } = await world.reachesPhase('held', sha)
    expect(phase).toMatchObject({ hold: { reason: 'no_canary_traffic', by: null } })
    expect(world.share()).toMatchObject({ [pools?.canary ?? '']: 20 })
    expect((await releaseOf(world, sha)).state.name).toBe('rolling_out')
  })
})
