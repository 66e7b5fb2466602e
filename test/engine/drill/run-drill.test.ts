import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type DrillOptions, runDrill } from '../../../src/engine/drill/run-drill.ts'
import { startMaintenance } from '../../../src/maintenance.ts'
import { lockOf, setLock } from '../../../src/store/environments.ts'
import { saveRelease } from '../../../src/store/releases.ts'
import { snapshotOf } from '../../../src/store/snapshots.ts'
import { ada, opened } from '../../release/fixtures.ts'
import { type DrillWorld, drillWorld, place } from './drill-world.ts'

function hold(world: DrillWorld, more: Partial<DrillOptions> = {}) {
  return runDrill({ place, environment: world.environment_, id: 'D1', by: ada, ...more }, world.deps)
}

/** Everything that a drill could have left behind. */
function standing(world: DrillWorld) {
  const { cloudflare, vercel } = world
  return {
    percents: world.percents(),
    isOn: ['blue', 'green'].map((pool) => cloudflare.pool(pool).enabled),
    fallback: cloudflare.balancer().fallback_pool,
    frontend: world.liveFrontend(),
    assignsDomains: vercel.production.assignsDomains(),
    code: world.liveCode('orders'),
  }
}

describe('a fire drill', () => {
  it('rolls everything back, puts everything back as it was, and writes down how long it took', async () => {
    const world = await drillWorld()
    const before = standing(world)
    const seen = new Map<string, ReturnType<typeof standing>>()
    const outcome = await hold(world, {
      onChange: ({ phase }, way) => {
        if (phase.name === 'rolled_back') seen.set(way, standing(world))
      },
    })
    expect(seen.get('there')).toMatchObject({ percents: { blue: 100, green: 0 }, frontend: world.frontends.old })
    expect(seen.get('there')?.code).toContain('v1')
    // What a load balancer falls back to follows the pool that serves.
    expect(standing(world)).toEqual({ ...before, fallback: world.cloudflare.poolIds.green })
    expect(outcome).toMatchObject({
      type: 'done',
      report: { isRolledBack: true, isPutBack: true, difference: null },
    })
    const report = outcome.type === 'done' ? outcome.report : null
    expect(report?.parts.map(({ name }) => name)).toEqual(['traffic', 'functions', 'frontend'])
    for (const { awayMs, backMs } of report?.parts ?? []) {
      expect(awayMs).toBeGreaterThan(0)
      expect(backMs).toBeGreaterThan(0)
    }
    expect(await world.audit()).toMatchObject([
      { action: 'drill_begin', reason: null, text: expect.stringContaining('Before it: blue 0 %, green 100 %') },
      { action: 'drill_end', reason: null, text: expect.stringMatching(/Everything was rolled back in \d+\.\d s/) },
    ])
    expect(await lockOf(world.store.db, place, Date.now())).toBeNull()
    expect(await snapshotOf(world.store.db, 'drill:D1')).toBeNull()
    expect((await world.posts()).join()).toContain('Everything is as it was before.')
  })

  it('where sessions stay with their pool, both pools are on again afterwards', async () => {
    const world = await drillWorld()
    world.cloudflare.dashboard('ada@omnihub.dev').editBalancer({ session_affinity: 'cookie' })
    const before = standing(world)
    const off: boolean[] = []
    await hold(world, { onChange: () => off.push(!world.cloudflare.pool('green').enabled) })
    expect(off).toContain(true)
    expect(standing(world)).toMatchObject({ percents: before.percents, isOn: [true, true] })
  })

  it('without a release to go back to it moves the traffic there and back, and leaves the rest as it is', async () => {
    const world = await drillWorld({ hasRelease: false })
    const before = standing(world)
    const outcome = await hold(world)
    expect(outcome).toMatchObject({ type: 'done', report: { isRolledBack: true, isPutBack: true } })
    expect(standing(world)).toMatchObject({ percents: before.percents, frontend: before.frontend, code: before.code })
    const moves = world.cloudflare.requests.filter(
      ({ method, path }) => method === 'PATCH' && /balancers\/\w+$/.test(path),
    )
    expect(moves.length).toBeGreaterThanOrEqual(2)
  })

  it('with Vercel down says what it could not do, and comes back all the same', async () => {
    const world = await drillWorld()
    const before = standing(world)
    const outcome = await hold(world, {
      onChange: ({ phase }, way) => {
        if (way === 'there') world.vercel.outage(phase.name !== 'rollback_incomplete')
      },
    })
    expect(outcome).toMatchObject({ type: 'done', report: { isRolledBack: false, isPutBack: true } })
    expect(standing(world).percents).toEqual(before.percents)
    expect(standing(world).frontend).toBe(before.frontend)
    expect((await world.audit()).at(-1)).toMatchObject({ action: 'drill_end', reason: 'leg_failed' })
    expect((await world.posts()).join()).toContain('The rollback was not complete')
    expect(await lockOf(world.store.db, place, Date.now())).toBeNull()
  })

  it('what cannot be put back is said, and the environment stays locked with what was before', async () => {
    const world = await drillWorld()
    const outcome = await hold(world, {
      onChange: (_, way) => {
        if (way === 'back') world.cloudflare.revokeToken()
      },
    })
    expect(outcome).toMatchObject({ type: 'done', report: { isPutBack: false } })
    expect((await lockOf(world.store.db, place, Date.now()))?.why).toContain('Before it: blue 0 %, green 100 %')
    expect((await world.posts()).join()).toContain('stays locked until somebody has looked')
    expect(await snapshotOf(world.store.db, 'drill:D1')).not.toBeNull()
  })
})

describe('no fire drill', () => {
  it.each([
    ['is held where it is not allowed', async (_: DrillWorld) => {}, 'does not allow drills', { isAllowed: false }],
    [
      'is held while somebody has locked the environment',
      async ({ store }: DrillWorld) =>
        store.transaction((tx) =>
          setLock(tx, place, { holder: ada, why: 'the database is moved', channelId: null, since: 1, expiresAt: null }),
        ),
      'production is locked by ada: the database is moved',
      {},
    ],
    [
      'is held while a release is being prepared',
      async ({ store }: DrillWorld) => {
        const state = { name: 'preparing', since: 1, phase: 'running' } as const
        const release = { ...opened({ id: 'R9', repository: place.repository }), state }
        await store.transaction((tx) => saveRelease(tx, release, 1, true))
      },
      'Release R9 is under way in production.',
      {},
    ],
    [
      'is held with a pool that is not well',
      async ({ cloudflare }: DrillWorld) => cloudflare.setHealth('blue', false),
      'Both pools have to be healthy, and blue is not.',
      {},
    ],
    [
      'is held with the traffic between two pools',
      async ({ cloudflare }: DrillWorld) =>
        cloudflare.dashboard('ada@omnihub.dev').setPercents({ blue: 40, green: 60 }),
      'it is blue 40 %, green 60 %',
      {},
    ],
    [
      'is held when it cannot be read what is live',
      async ({ supabase }: DrillWorld) => supabase.outage(true),
      'What is live could not be read.',
      {},
    ],
  ])('%s', async (_name, prepare, why, drill) => {
    const world = await drillWorld({ drill })
    await prepare(world)
    const before = standing(world)
    const outcome = await hold(world)
    expect(outcome).toMatchObject({ type: 'refused', why: expect.stringContaining(why) })
    expect(standing(world)).toEqual(before)
    expect(world.cloudflare.requests.filter(({ method }) => method !== 'GET')).toEqual([])
    expect(await world.audit()).toEqual([])
  })

  it('is held twice at a time', async () => {
    const world = await drillWorld()
    const outcomes = await Promise.all([hold(world), hold(world, { id: 'D2' })])
    expect(outcomes.map(({ type }) => type).toSorted()).toEqual(['done', 'refused'])
    expect((await world.audit()).map(({ action }) => action)).toEqual(['drill_begin', 'drill_end'])
  })
})

describe('the calendar', () => {
  const keepHouse = (world: DrillWorld) => {
    const maintenance = startMaintenance({
      ...world.deps,
      engine: {
        askForMissed: async () => ({ missed: 0, askedAgain: 0 }),
        heartbeat: async () => {},
        memory: { clear() {}, keep() {}, find: async () => null },
        tellFallback: async () => {},
      },
      log: pino({ level: 'silent' }),
    })
    onTestFinished(() => maintenance.stop())
    return maintenance
  }
  const posted = async (world: DrillWorld) => {
    for (;;) {
      const [post] = await world.posts()
      if (post !== undefined) return post
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  it('holds drills, and tells the channel how long it took', async () => {
    const world = await drillWorld({ drill: { schedule: '* * * * * *' } })
    keepHouse(world)
    const post = await posted(world)
    expect(post).toContain('#deploys')
    expect(post).toContain('Everything was rolled back in')
    expect((await world.audit())[0]).toMatchObject({ action: 'drill_begin' })
  })

  it('says why there was none', async () => {
    const world = await drillWorld({ drill: { schedule: '* * * * * *' } })
    world.cloudflare.setHealth('blue', false)
    keepHouse(world)
    expect(await posted(world)).toContain('it did not take place. Both pools have to be healthy')
  })

  it('is not stopped with an environment half-way', async () => {
    const world = await drillWorld({ drill: { schedule: '* * * * * *' } })
    const before = standing(world)
    world.cloudflare.faults.setLatency(100)
    const maintenance = keepHouse(world)
    while (world.percents().blue !== 100) await new Promise((resolve) => setTimeout(resolve, 5))
    await maintenance.stop()
    expect(standing(world)).toMatchObject({ percents: before.percents, frontend: before.frontend, code: before.code })
    expect((await world.audit()).at(-1)).toMatchObject({ action: 'drill_end', reason: null })
  })
})
