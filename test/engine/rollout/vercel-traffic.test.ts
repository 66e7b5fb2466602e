/** A rollout whose traffic is that of a rolling release: the rules, the calls and the simulated Vercel over real HTTP. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { startSimulatedRollingReleases } from '../../../sandbox/vercel/rolling-release-server.ts'
import { parseConfig } from '../../../src/config/parse-config.ts'
import { Secret } from '../../../src/config/secret.ts'
import type { EffectBodies } from '../../../src/engine/effects.ts'
import type { EventBodies } from '../../../src/engine/events.ts'
import { byHandOf } from '../../../src/engine/rollout/by-hand-of.ts'
import { readTraffic, setTraffic } from '../../../src/engine/rollout/perform-rollout.ts'
import { environmentServices } from '../../../src/environment-services.ts'
import { decideRollout } from '../../../src/release/rollout/decide-rollout.ts'
import { openRollout } from '../../../src/release/rollout/open-rollout.ts'
import type { Rollout } from '../../../src/release/rollout/rollout.ts'
import type { RolloutDecision, RolloutEffect, RolloutEvent } from '../../../src/release/rollout/rollout-decision.ts'
import type { OutboxEffect } from '../../../src/store/outbox.ts'
import { saveRelease } from '../../../src/store/releases.ts'
import { saveRollout } from '../../../src/store/rollouts.ts'
import { saveSnapshot } from '../../../src/store/snapshots.ts'
import { opened, t0 } from '../../release/fixtures.ts'
import { aPlan, aRolloutContext, press } from '../../release/rollout/fixtures.ts'
import { gateParts } from '../gate/parts.ts'

const release = opened()
const { repository, sha } = release

async function aWorld(before: { readonly isPromoted?: boolean; readonly isRecorded?: boolean } = {}) {
  const { isPromoted = false, isRecorded = true } = before
  const vercel = await startSimulatedRollingReleases({
    deployments: isPromoted ? ['dpl_new', 'dpl_old'] : ['dpl_old', 'dpl_new'],
    commits: { dpl_old: 'b'.repeat(40), dpl_new: sha },
    stages: [10, 50, 100].map((targetPercentage) => ({ targetPercentage, requireApproval: targetPercentage < 100 })),
  })
  onTestFinished(() => vercel.close())
  const parsed = parseConfig(
    `repositories: [{ repo: ${repository}, channel: '#a', environments: [{ name: ${release.environment}, traffic: { vercel: { project: ${vercel.name}, domain: ${vercel.domain} } } }] }]
vercel: { api_url: '${vercel.apiUrl}' }`,
    'sluice.yml',
  )
  if (!parsed.ok) throw new Error('the configuration is good')
  const { config } = parsed
  const vercelToken = new Secret(vercel.token)
  const secrets = { cloudflareApiToken: null, supabaseAccessToken: null, prometheus: null, vercelToken }
  const parts = await gateParts()
  const [production] = config.repositories[0]?.environments ?? []
  if (production === undefined) throw new Error('there is one')
  const context = {
    ...parts.context,
    config,
    environmentOf: () => production,
    servicesOf: environmentServices({ config, secrets, now: () => parts.clock.now() }),
  }
  const { store } = context
  const frontend = { id: 'dpl_old', url: 'https://old.example', sha: null, createdAt: 0 }
  const snapshot = { takenAt: t0, functions: null, frontend: isRecorded ? frontend : null }
  await store.transaction(async (tx) => {
    await saveRelease(tx, release, t0, true)
    await saveSnapshot(tx, {
      releaseId: release.id,
      repository,
      environment: release.environment,
      snapshot,
      bundles: new Map(),
      packed: [],
    })
  })
  const rules = aRolloutContext()
  const steps = [10, 50, 100].map((percent) => ({ percent, windowMs: percent === 50 ? 900_000 : 0 }))
  const plan = aPlan({ releaseId: release.id, sha, steps, hosts: { functions: false, frontend: false } })

  /** Carries out the calls that are about traffic until none is left. */
  async function play({ rollout: first, effects }: RolloutDecision): Promise<Rollout> {
    let rollout = first
    const due: RolloutEffect[] = [...effects]
    for (let turns = 0; due.length > 0 && turns < 60; turns += 1) {
      await store.transaction((tx) => saveRollout(tx, repository, rollout, t0))
      const event = await carriedOut(due.shift())
      if (event === null) continue
      const decision = decideRollout(rollout, event, rules)
      rollout = decision.rollout
      due.push(...decision.effects)
    }
    return rollout
  }

  async function carriedOut(effect: RolloutEffect | undefined): Promise<RolloutEvent | null> {
    if (effect?.type !== 'read_traffic' && effect?.type !== 'set_traffic') return null
    const { type, ...rest } = effect
    const body = { releaseId: release.id, ...rest }
    const done =
      type === 'read_traffic'
        ? await readTraffic(queued(type), body as EffectBodies['read_traffic'], context)
        : await setTraffic(queued(type), body as EffectBodies['set_traffic'], context)
    if (done.type !== 'done' || done.event === undefined) return null
    const { what } = done.event.body as EventBodies['rollout.happened']
    return { ...what, at: t0 }
  }

  return {
    vercel,
    config,
    environment: production,
    snapshot,
    begin: () => play(openRollout(plan, rules, t0)),
    press: (rollout: Rollout, type: 'advance' | 'roll_back') =>
      play(decideRollout(rollout, { type, at: t0, press: press(rollout), why: null }, rules)),
    orders: () =>
      vercel.requests.filter(({ method }) => method === 'POST').map(({ path }) => path.split('/').slice(4).join('/')),
  }
}

function queued(type: string): OutboxEffect {
  return { seq: 1, id: type, lane: 'x', type, body: '', attempts: 0, notBefore: 0, startedAt: null, createdAt: 0 }
}

describe('a rollout on Vercel', () => {
  it('goes through the stages to everybody', async () => {
    const { vercel, begin, press, orders } = await aWorld()
    const watched = await begin()
    expect(watched.pools).toEqual({ baseline: 'baseline', canary: 'canary' })
    expect([watched.phase.name, watched.confirmed]).toEqual(['observing', 50])
    expect(vercel.liveId()).toBe('dpl_old')
    const done = await press(watched, 'advance')
    expect([done.phase.name, done.confirmed]).toEqual(['completed', 100])
    expect(vercel.liveId()).toBe('dpl_new')
    expect(orders()).toEqual(['rolling-release/start', 'rolling-release/approve-stage', 'rolling-release/complete'])
  })

  it('goes back by instant rollback, and is over when that was read', async () => {
    const { vercel, begin, press, orders } = await aWorld()
    const over = await press(await begin(), 'roll_back')
    expect(over.phase.name).toBe('rolled_back')
    expect(over.stopwatch.trafficAt).toBe(t0)
    expect(vercel.route('anybody')).toBe('dpl_old')
    expect(orders().at(-1)).toBe('rollback/dpl_old')
  })

  it('holds when the workflow has given the domain away already, rather than to release the old version', async () => {
    const { vercel, begin, orders } = await aWorld({ isPromoted: true })
    expect((await begin()).phase).toMatchObject({
      name: 'held',
      hold: { reason: 'traffic_obstacle', detail: expect.stringContaining('--skip-domain') },
    })
    expect([vercel.liveId(), orders()]).toEqual(['dpl_new', []])
  })

  it('holds when nobody knows what served before', async () => {
    const { begin, orders } = await aWorld({ isRecorded: false })
    expect((await begin()).phase).toMatchObject({
      name: 'held',
      hold: { reason: 'traffic_unreadable', detail: expect.stringContaining('was not recorded') },
    })
    expect(orders()).toEqual([])
  })
})

describe('what to do by hand on Vercel', () => {
  it('is an instant rollback to what was live before, where that is known', async () => {
    const { environment, config, snapshot } = await aWorld()
    const byHand = byHandOf({ environment, pools: null, snapshot, liveSha: null }, config)
    expect(byHand.traffic?.map(({ command }) => command).join('\n')).toMatch(/PROJECT_ID\/rollback\/dpl_old"/)
    expect(byHand.traffic).toEqual(byHand.frontend)
    const unknown = byHandOf({ environment, pools: null, snapshot: null, liveSha: null }, config)
    expect(unknown).toEqual({})
  })
})

describe('the services of an environment', () => {
  const cloudflare = `cloudflare: { account: ${'a1'.repeat(16)}, zone: ${'b2'.repeat(16)}, load_balancer: ${'c3'.repeat(16)}, pools: { blue: ${'d4'.repeat(16)}, green: ${'e5'.repeat(16)} } }`
  const servicesFor = (traffic: string) => {
    const parsed = parseConfig(
      `repositories: [{ repo: a/b, channel: '#a', environments: [{ name: production, traffic: { ${traffic} } }] }]`,
      'sluice.yml',
    )
    if (!parsed.ok) throw new Error('the configuration is good')
    const token = new Secret('a-token')
    const secrets = { cloudflareApiToken: token, supabaseAccessToken: null, prometheus: null, vercelToken: token }
    return environmentServices({ config: parsed.config, secrets, now: () => t0 })
  }
  const place = { repository: 'a/b', environment: 'production' }
  const first = { id: 'R1', sha, liveBefore: 'dpl_old' }

  it('have one router for all releases where pools stay', async () => {
    const servicesOf = servicesFor(cloudflare)
    const router = (await servicesOf(place))?.router
    expect(router).not.toBeNull()
    expect((await servicesOf({ ...place, release: first }))?.router).toBe(router)
    expect((await servicesOf({ ...place, release: { ...first, id: 'R2' } }))?.router).toBe(router)
  })

  it('have a router for each release where they do not, kept while it is about the same', async () => {
    const servicesOf = servicesFor('vercel: { project: web, domain: web.example }')
    const routerFor = async (release?: typeof first) =>
      (await servicesOf({ ...place, ...(release && { release }) }))?.router
    expect(await routerFor()).toBeNull()
    const router = await routerFor(first)
    expect(router).not.toBeNull()
    expect(await routerFor({ ...first })).toBe(router)
    expect(await routerFor({ ...first, id: 'R2' })).not.toBe(router)
    expect(await routerFor({ ...first, liveBefore: 'dpl_other' })).not.toBe(router)
    const services = [await servicesOf(place), await servicesOf({ ...place, release: first })]
    expect(services[0]?.frontend).toBe(services[1]?.frontend)
  })
})
