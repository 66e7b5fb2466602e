import { describe, expect, it } from 'vitest'
import { recordsOf } from '../gate/acting.ts'
import { devId, greenCommit, leadId, releaseOf } from '../gate/gate-world.ts'
import { bundleOf, liveSha, rolling } from './rolling.ts'

const hour = 3_600_000
/** Of tests and of single waits, in real time: the machine may have other things to do. */
const timeout = 60_000
const patient = { timeout: 20_000 }
/** Nobody waits for the window's end. */
const longSteps = { rollout: { steps: ['10% 1h', '50% 1h', '100%'] } }

describe('a canary without metrics', { timeout }, () => {
  it('goes through its steps to all of the traffic, and the next one goes back to the first pool', async () => {
    const world = await rolling()
    await world.release()
    await world.rolls(({ confirmed }) => confirmed === 10, '10 %')
    expect(world.share()).toEqual({ blue: 90, green: 10 })
    expect((await releaseOf(world, world.sha)).state.name).toBe('rolling_out')
    await world.rolls(({ confirmed }) => confirmed === 50, '50 %')
    await world.reachesPhase('completed')
    expect(world.share()).toEqual({ blue: 0, green: 100 })
    await world.settled()
    expect((await releaseOf(world, world.sha)).state.name).toBe('completed')
    expect(world.rollout.service.versionIn('green')).toBe(world.sha)
    expect(liveSha(world)).toBe(world.sha)
    expect(recordsOf(world).map((statuses) => statuses.map(({ state }) => state))).toEqual([
      ['queued', 'in_progress', 'success'],
    ])
    const actions = (await world.audit()).map(({ action }) => action)
    expect(actions.slice(actions.indexOf('run'))).toEqual([
      'run',
      'roll_out',
      'rollout_begin',
      'roles',
      'set',
      'confirm',
      'advance',
      'set',
      'confirm',
      'advance',
      'set',
      'complete',
    ])

    const next = await greenCommit(world, { message: 'Second', files: { 'src/second.ts': 'export {}\n' } })
    await world.release(next)
    await world.reachesPhase('completed', next)
    expect(world.share()).toEqual({ blue: 100, green: 0 })
    expect(world.rollout.service.versionIn('blue')).toBe(next)
  })

  it('is held, goes on, is extended, advanced and promoted by those who press', async () => {
    const world = await rolling(longSteps)
    await world.release()
    await world.reachesPhase('observing')
    expect(await world.act(devId, { type: 'hold', why: 'Looking at the logs' })).toContain('Held at 10 %')
    expect(await world.act(leadId, { type: 'hold', why: 'Me too' })).toContain('Looking at the logs')
    const held = await world.reachesPhase('held')
    world.clock.skip(2 * hour)
    await world.rolls(({ heardAt }) => (heardAt ?? 0) > (held.heardAt ?? 0) + hour, 'a check while it is held')
    expect((await world.rolloutState()).confirmed).toBe(10)
    expect(await world.act(devId, { type: 'resume' })).toContain('goes on')
    await world.reachesPhase('observing')
    expect(await world.act(devId, { type: 'extend', ms: hour })).toContain('3600 s')
    expect((await world.rolloutState()).window).toMatchObject({ windowMs: hour, extensionMs: hour })
    expect(await world.act(devId, { type: 'advance' })).toContain('On to 50 %')
    await world.rolls(({ confirmed, phase }) => confirmed === 50 && phase.name === 'observing', '50 %')
    expect(world.share()).toEqual({ blue: 50, green: 50 })
    expect(await world.act(devId, { type: 'promote' })).toContain('On to 100 %')
    await world.reachesPhase('completed')
    expect(world.share()).toEqual({ blue: 0, green: 100 })
    expect(await world.act(devId, { type: 'promote' })).toContain('ended already')
  })

  it('is steered by nobody from outside', async () => {
    const world = await rolling(longSteps)
    const eve = 'U0EVE000001'
    world.slack.addUser({ id: eve, name: 'eve', kind: 'guest' })
    world.slack.invite('#deploys', eve)
    await world.release()
    await world.reachesPhase('observing')
    const before = await world.rolloutState()
    for (const act of [{ type: 'promote' }, { type: 'roll_back', why: null }, { type: 'hold', why: 'No' }] as const) {
      expect(await world.act(eve, act)).toMatch(/^Guests cannot do this/)
    }
    expect(await world.rolloutState()).toMatchObject({ generation: before.generation, phase: before.phase })
    expect(world.share()).toEqual({ blue: 90, green: 10 })
    const refused = (await world.audit()).filter(({ actor }) => actor === eve)
    expect(refused.map(({ action, reason }) => `${action} ${reason}`)).toEqual([
      'promote guest',
      'roll_back guest',
      'hold guest',
    ])
  })

  it('of a newer commit waits until the one under way has ended', async () => {
    const world = await rolling(longSteps)
    await world.release()
    await world.reachesPhase('observing')
    const newer = await greenCommit(world, { message: 'Second', files: { 'src/second.ts': 'export {}\n' } })
    await world.release(newer)
    await expect.poll(async () => (await releaseOf(world, newer)).state.name, patient).toBe('queued')
    expect(world.runs()).toHaveLength(1)
    await world.act(devId, { type: 'promote' })
    await world.reachesPhase('completed')
    await world.rolls(({ confirmed }) => confirmed === 10, 'the rollout of the newer one', newer)
    expect(world.share()).toEqual({ blue: 10, green: 90 })
  })
})

describe('a rollback', { timeout }, () => {
  it('by a press puts traffic, functions and frontend back, once, and locks the environment', async () => {
    const world = await rolling(longSteps)
    const before = bundleOf(world, 'orders')
    await world.release()
    await world.reachesPhase('observing')
    expect(bundleOf(world, 'orders')).not.toEqual(before)
    const answers = await Promise.all([
      world.act(devId, { type: 'roll_back', why: 'Orders fail' }),
      world.act(leadId, { type: 'roll_back', why: 'Orders fail' }),
    ])
    expect(answers.filter((answer) => answer.startsWith('Rolling back.'))).toHaveLength(1)
    const { stopwatch } = await world.reachesPhase('rolled_back')
    expect(world.share()).toEqual({ blue: 100, green: 0 })
    expect(bundleOf(world, 'orders')).toEqual(before)
    expect(liveSha(world)).toBeNull()
    for (const at of ['trafficAt', 'functionsAt', 'frontendAt'] as const) {
      expect(stopwatch[at]).toBeGreaterThanOrEqual(stopwatch.rollbackAt ?? Number.POSITIVE_INFINITY)
    }
    await world.settled()
    expect((await releaseOf(world, world.sha)).state.name).toBe('rolled_back')
    const actions = (await world.audit()).map(({ action }) => action)
    for (const once of ['rolled_back', 'lock']) expect(actions.filter((action) => action === once)).toHaveLength(1)
    expect(recordsOf(world).map((statuses) => statuses.map(({ state }) => state))).toEqual([
      ['queued', 'in_progress', 'failure'],
    ])
    const next = await greenCommit(world, { message: 'Second', files: { 'src/second.ts': 'export {}\n' } })
    await world.release(next)
    await expect.poll(async () => (await releaseOf(world, next)).state.name, patient).toBe('queued')
  })

  it('begins by itself when the new version does not answer its probes', async () => {
    const world = await rolling(longSteps)
    await world.release()
    await world.reachesPhase('observing')
    world.rollout.service.setHealth('green', 503)
    const { rollback } = await world.reachesPhase('rolled_back')
    expect(rollback).toMatchObject({ reason: 'canary_unhealthy', why: expect.stringContaining('HTTP 503') })
    expect(world.share()).toEqual({ blue: 100, green: 0 })
  })

  it('of what was completed is one press as well', async () => {
    const world = await rolling()
    await world.release()
    await world.reachesPhase('completed')
    await world.settled()
    expect(await world.act(devId, { type: 'roll_back', why: 'Found later' })).toContain('Rolling back.')
    await world.reachesPhase('rolled_back')
    expect(world.share()).toEqual({ blue: 100, green: 0 })
    expect(liveSha(world)).toBeNull()
    await world.settled()
    expect((await releaseOf(world, world.sha)).state.name).toBe('rolled_back')
  })
})
