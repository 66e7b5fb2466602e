import { describe, expect, it } from 'vitest'
import { devId, releaseOf } from '../gate/gate-world.ts'
import { bundleOf, liveSha, type RollingWorld, rolling } from './rolling.ts'

/** Of tests and of single waits, in real time: the machine may have other things to do. */
const timeout = 60_000
const patient = { timeout: 20_000 }
/** Nobody waits for the window's end. */
const longSteps = { rollout: { steps: ['10% 1h', '50% 1h', '100%'] } }
const minute = 60_000

describe('a split that somebody changes in Cloudflare’s dashboard', { timeout }, () => {
  async function changedByOle(): Promise<RollingWorld> {
    const world = await rolling(longSteps)
    await world.release()
    await world.reachesPhase('observing')
    world.rollout.cloudflare.dashboard('ole@omnihub.dev').setPercents({ blue: 70, green: 30 })
    await world.rolls(({ phase }) => phase.name === 'held' && phase.hold.reason === 'traffic_changed', 'a hold')
    return world
  }

  it('holds the rollout, says who it was, and is written over when somebody asks for it', async () => {
    const world = await changedByOle()
    expect(world.share()).toEqual({ blue: 70, green: 30 })
    expect((await world.rolloutState()).drift).toMatchObject({ percent: 30, change: { by: 'ole@omnihub.dev' } })
    await expect.poll(() => world.thread(), patient).toContain('ole@omnihub.dev')
    expect(await world.act(devId, { type: 'resume' })).toContain('Somebody else changed how the traffic is split')
    await world.act(devId, { type: 'restore' })
    await world.reachesPhase('observing')
    expect(world.share()).toEqual({ blue: 90, green: 10 })
    expect((await world.rolloutState()).drift).toBeNull()
  })

  it('is taken for the rollout’s own when somebody adopts it', async () => {
    const world = await changedByOle()
    await world.act(devId, { type: 'adopt' })
    await world.rolls(({ drift, confirmed }) => drift === null && confirmed === 30, '30 % as its own')
    expect(world.share()).toEqual({ blue: 70, green: 30 })
  })

  it('does not keep a rollback from putting everything back', async () => {
    const world = await changedByOle()
    await world.act(devId, { type: 'roll_back', why: null })
    await world.reachesPhase('rolled_back')
    expect(world.share()).toEqual({ blue: 100, green: 0 })
  })
})

describe('services that fail', { timeout }, () => {
  it('Cloudflare with a share of its calls: the rollout gets to its end all the same', async () => {
    const world = await rolling()
    world.rollout.cloudflare.faults.failShare(0.3, { kind: 'internal_error' })
    await world.release()
    await world.reachesPhase('completed')
    expect(world.share()).toEqual({ blue: 0, green: 100 })
  })

  it('Cloudflare altogether: held until it is back, and then it goes on by itself', async () => {
    const world = await rolling(longSteps)
    await world.release()
    await world.reachesPhase('observing')
    world.rollout.cloudflare.faults.setOutage(true)
    const { phase } = await world.reachesPhase('held')
    expect(phase).toMatchObject({ hold: { reason: 'traffic_unreadable', endsByItself: true } })
    world.rollout.cloudflare.faults.setOutage(false)
    await world.reachesPhase('observing')
  })

  it('Cloudflare in a rollback: tried until the traffic is back', async () => {
    const world = await rolling(longSteps)
    await world.release()
    await world.reachesPhase('observing')
    world.rollout.cloudflare.faults.failNext({ match: 'PATCH', kind: 'internal_error', times: 3 })
    await world.act(devId, { type: 'roll_back', why: null })
    await world.reachesPhase('rolled_back')
    expect(world.share()).toEqual({ blue: 100, green: 0 })
  })

  it('Supabase in a rollback: traffic and frontend are back, the rest is told by hand, and done when it is there again', async () => {
    const world = await rolling(longSteps)
    const before = bundleOf(world, 'orders')
    await world.release()
    await world.reachesPhase('observing')
    world.rollout.supabaseFunctions.outage(true)
    await world.act(devId, { type: 'roll_back', why: 'Orders fail' })
    await world.rolls(({ stopwatch }) => stopwatch.trafficAt !== null && stopwatch.frontendAt !== null, 'the traffic')
    expect(world.share()).toEqual({ blue: 100, green: 0 })
    expect(liveSha(world)).toBeNull()
    const { phase, rollback } = await world.reachesPhase('rollback_incomplete')
    expect(rollback?.legs).toMatchObject({ traffic: { state: 'done' }, functions: { state: 'failed' } })
    const steps = phase.name === 'rollback_incomplete' ? (phase.manualSteps.functions ?? []) : []
    expect(JSON.stringify(steps)).toContain('orders')
    expect((await releaseOf(world, world.sha)).state.name).toBe('rolling_out')
    await expect.poll(() => world.thread(), patient).toContain('The rollback is not complete')
    world.rollout.supabaseFunctions.outage(false)
    world.clock.skip(2 * minute)
    await world.reachesPhase('rolled_back')
    expect(bundleOf(world, 'orders')).toEqual(before)
    await world.settled()
    expect((await releaseOf(world, world.sha)).state.name).toBe('rolled_back')
  })
})

describe('Sluice that is stopped and started again', { timeout }, () => {
  it('in the middle of a window goes on to the end', async () => {
    const world = await rolling()
    await world.release()
    await world.rolls(({ confirmed }) => confirmed === 10, '10 %')
    await world.stopSluice()
    await world.startSluice()
    await world.reachesPhase('completed')
    expect(world.share()).toEqual({ blue: 0, green: 100 })
    await world.settled()
    expect((await world.audit()).filter(({ action }) => action === 'set')).toHaveLength(3)
  })

  it('while a weight is being set sets it once more at most, and ends the same', async () => {
    const world = await rolling()
    world.rollout.cloudflare.faults.failNext({ match: 'PATCH', kind: 'hang_after' })
    await world.release()
    await world.rolls(({ phase }) => phase.name === 'setting' && phase.stage === 'writing', 'the first write')
    await expect.poll(() => world.share(), patient).toEqual({ blue: 90, green: 10 })
    await world.stopSluice()
    await world.startSluice()
    await world.reachesPhase('completed')
    expect(world.share()).toEqual({ blue: 0, green: 100 })
  })

  it('in a rollback ends it', async () => {
    const world = await rolling(longSteps)
    await world.release()
    await world.reachesPhase('observing')
    world.rollout.supabaseFunctions.outage(true)
    await world.act(devId, { type: 'roll_back', why: null })
    await world.rolls(({ stopwatch }) => stopwatch.trafficAt !== null, 'the traffic')
    await world.stopSluice()
    world.rollout.supabaseFunctions.outage(false)
    world.clock.skip(minute)
    await world.startSluice()
    await world.reachesPhase('rolled_back')
    expect(world.share()).toEqual({ blue: 100, green: 0 })
  })
})
