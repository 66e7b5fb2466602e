import { describe, expect, it } from 'vitest'
import { steerRollout } from '../../../src/cli/steer.ts'
import { UsageError } from '../../../src/cli/usage-error.ts'
import { releaseById, saveRelease } from '../../../src/store/releases.ts'
import { saveRollout } from '../../../src/store/rollouts.ts'
import { spawnNode } from '../../spawn-node.ts'
import { devId, greenCommit, leadId, releaseOf, repository } from '../gate/gate-world.ts'
import { buttons, read, type Told } from '../gate/people.ts'
import { type RollingWorld, rolling } from './rolling.ts'

const hour = 3_600_000
/** Nobody waits for the window's end. */
const longSteps = { rollout: { steps: ['10% 1h', '50% 1h', '100%'] } }

describe('a rollout steered by typed commands', () => {
  it('is held, goes on, is extended, advanced and promoted, as it is at that moment', async () => {
    const world = await rolling(longSteps)
    await world.release()
    await world.reachesPhase('observing')
    expect(await said(world, 'hold prod because errors look odd')).toContain('Held at 10 %')
    expect((await world.reachesPhase('held')).phase).toMatchObject({ hold: { detail: 'errors look odd' } })
    expect(await said(world, 'resume')).toContain('It goes on')
    await world.reachesPhase('observing')
    expect(await said(world, 'extend prod 15 min')).toContain('900 s')
    expect((await world.rolloutState()).window).toMatchObject({ extensionMs: hour / 4 })
    expect(await said(world, 'advance prod')).toContain('On to 50 %')
    await world.rolls(({ confirmed, phase }) => confirmed === 50 && phase.name === 'observing', '50 %')
    expect(await said(world, 'promote')).toContain('On to 100 %')
    await world.reachesPhase('completed')
  })

  it('is rolled back at once, also after its end; a second rollback says that it has happened', async () => {
    const world = await rolling({ rollout: { steps: ['10% 2s', '100%'] } })
    await world.release()
    await world.reachesPhase('completed')
    await world.settled()
    expect(await said(world, 'roll back prod: login fails')).toMatch(/^Rolling back\. All traffic goes to blue/)
    await world.reachesPhase('rolled_back')
    await world.settled()
    expect((await releaseOf(world, world.sha)).state).toMatchObject({ name: 'rolled_back', why: 'login fails' })
    const again = await said(world, 'rollback')
    expect(again).toContain('Nothing is rolling out')
    expect(again).toContain('The last release was rolled back already')
  })

  it('is rolled back by nobody from outside', async () => {
    const world = await rolling(longSteps)
    const eve = 'U0EVE000001'
    world.slack.addUser({ id: eve, name: 'eve', kind: 'guest' })
    world.slack.invite('#deploys', eve)
    await world.release()
    const before = await world.reachesPhase('observing')
    for (const text of ['rollback', 'promote prod', 'hold prod no']) {
      expect(await said(world, text, eve)).toMatch(/^Guests cannot do this/)
    }
    expect(await world.rolloutState()).toMatchObject({ generation: before.generation })
  })

  it('has a step approved on its card only', async () => {
    const world = await rolling(longSteps)
    await world.release()
    const before = await world.reachesPhase('observing')
    const card = await answer(world, 'approve-step prod', leadId)
    expect(read(card)).toContain(world.sha.slice(0, 7))
    expect((await world.rolloutState()).approvedSteps).toEqual(before.approvedSteps)
  })

  it('where two fit, neither is touched and the answer lists them', async () => {
    const world = await rolling(longSteps)
    await world.release()
    const { phase } = await world.reachesPhase('observing')
    await alsoIn(world, 'staging')
    const which = await said(world, 'hold errors look odd')
    expect(which).toContain('Several releases are rolling out. Say which one:')
    for (const environment of ['production', 'staging']) {
      expect(which).toContain(`/deploy hold ${repository} ${environment} reason`)
    }
    expect(await said(world, 'rollback')).toContain('Several releases can be rolled back.')
    expect((await world.rolloutState()).phase).toMatchObject({ name: phase.name })
    expect(await said(world, 'hold prod errors look odd')).toContain('Held at 10 %')
  })

  it('where nothing is rolling out, the answer says what is live, and how to get back', async () => {
    const world = await rolling({ rollout: { steps: ['10% 2s', '100%'] } })
    const nothing = await said(world, 'hold prod errors')
    expect(nothing).toContain('Nothing is rolling out to production of app.')
    expect(nothing).toContain('Nothing is known to be live there.')
    expect(await said(world, 'rollback prod')).toContain('No release has been carried out there')
    const everywhere = read(await answer(world, 'rollback'))
    for (const environment of ['staging', 'production']) expect(everywhere).toContain(`app ${environment}`)
    await world.release()
    await world.reachesPhase('completed')
    await world.settled()
    const next = await greenCommit(world, { message: 'Second', files: { 'src/second.ts': 'export {}\n' } })
    await world.release(next)
    await world.reachesPhase('completed', next)
    await world.settled()
    const live = await said(world, 'promote prod')
    expect(live).toContain(`Live: `)
    expect(live).toContain(next.slice(0, 7))
    world.clock.skip(25 * hour)
    const late = await answer(world, 'rollback prod')
    expect(read(late)).toContain('could be rolled back by one press until')
    expect(read(late)).toContain(`Roll production back to ${world.sha.slice(0, 7)}…`)
    await pressed(world, late, 'deploy_open')
    expect(JSON.stringify(world.slack.openView(devId)?.blocks)).toContain(world.sha)
    expect((await releaseOf(world, next)).state.name).toBe('completed')
  })
})

describe('what is told of a rollout', () => {
  it('status, why, the history and the Home tab say how far it is, whether it is held, and what comes next', async () => {
    const world = await rolling(longSteps)
    await world.release()
    await world.reachesPhase('observing')
    const status = await said(world, 'status prod')
    expect(status).toContain('Rolling out, 10 %')
    expect(status).toMatch(/At 10 %, watched until .*, then 50 %\./)
    await said(world, 'hold prod errors look odd')
    const held = /Held at 10 % by .*: errors look odd\. It goes on when somebody resumes it\./
    for (const text of ['status', 'why prod', 'history prod', 'show ID']) {
      const { id } = await releaseOf(world, world.sha)
      expect(await said(world, text.replace('ID', id)), text).toMatch(held)
    }
    await world.slack.openHome(devId)
    await world.slack.until(() => held.test(JSON.stringify(world.slack.home(devId))), 'the hold on the Home tab')
  })

  it('the history has a way back from what was released last, and to what was released before', async () => {
    const world = await rolling({ rollout: { steps: ['10% 2s', '100%'] } })
    await world.release()
    await world.reachesPhase('completed')
    await world.settled()
    const next = await greenCommit(world, { message: 'Second', files: { 'src/second.ts': 'export {}\n' } })
    await world.release(next)
    await world.reachesPhase('completed', next)
    await world.settled()
    const history = await answer(world, 'history prod')
    expect(buttons(history)).toEqual(['gate_story', 'gate_story:2', 'rollout_roll_back', 'deploy_open'])
    expect(read(history)).toContain(`Roll ${next.slice(0, 7)} back in production`)
    expect(read(history)).toContain(`Roll production back to ${world.sha.slice(0, 7)}…`)
    const { id } = await releaseOf(world, next)
    expect(buttons(await answer(world, `show ${id}`))).toEqual(['rollout_roll_back'])
    const { id: first } = await releaseOf(world, world.sha)
    const story = await answer(world, `show ${first}`)
    expect(buttons(story)).toEqual(['deploy_open'])
    await pressed(world, story, 'deploy_open')
    expect(JSON.stringify(world.slack.openView(devId)?.blocks)).toContain(world.sha)
    await world.slack.press({ user: devId, channel: history.channel, ts: history.ts, actionId: 'rollout_roll_back' })
    await world.reachesPhase('rolled_back', next)
    expect(world.share()).toEqual({ blue: 0, green: 100 })
  })
})

describe('a rollout steered on the command line', () => {
  it('is held, extended, resumed, advanced and promoted; what is not possible is refused', async () => {
    const world = await rolling(longSteps)
    const options = { config: world.env.SLUICE_CONFIG ?? '' }
    const nothing = await steerRollout(options, 'prod', { type: 'resume' })
    expect(nothing).toEqual({ text: `Nothing is rolling out to production of ${repository}.`, isDone: false })
    await world.release()
    await world.reachesPhase('observing')
    const held = await steerRollout(options, 'prod', { type: 'hold', why: 'errors look odd' })
    expect(held).toEqual({ text: 'The rollout is held: errors look odd', isDone: true })
    const again = await steerRollout(options, 'prod', { type: 'hold', why: 'me too' })
    expect(again).toMatchObject({ isDone: false, text: expect.stringContaining('It is held already.') })
    expect(await steerRollout(options, 'prod', { type: 'resume' })).toMatchObject({ isDone: true })
    await world.reachesPhase('observing')
    const longer = await steerRollout(options, 'production', { type: 'extend', time: '15 min' })
    expect(longer).toEqual({ text: 'The window is longer by 900 s.', isDone: true })
    expect(await steerRollout(options, 'prod', { type: 'restore' })).toMatchObject({ isDone: false })
    expect(await steerRollout(options, 'prod', { type: 'advance' })).toMatchObject({ text: 'On to 50 %.' })
    await world.rolls(({ confirmed, phase }) => confirmed === 50 && phase.name === 'observing', '50 %')
    expect(await steerRollout(options, 'prod', { type: 'promote' })).toMatchObject({ text: 'On to 100 %.' })
    await world.reachesPhase('completed')
  })

  it('is meant as things were when it was typed: a stopped Sluice does not do it to another step', async () => {
    const world = await rolling(longSteps)
    const options = { config: world.env.SLUICE_CONFIG ?? '', waitMs: 0 }
    await world.release()
    await world.reachesPhase('observing')
    await world.stopSluice()
    const [first, second] = [
      await steerRollout(options, 'prod', { type: 'advance' }),
      await steerRollout(options, 'prod', { type: 'advance' }),
    ]
    for (const { text } of [first, second]) expect(text).toMatch(/^Written down\./)
    await world.startSluice()
    await world.rolls(({ confirmed, phase }) => confirmed === 50 && phase.name === 'observing', '50 %')
    await world.settled()
    const refused = (await world.audit()).filter(({ action }) => action === 'advance')
    expect(refused.map(({ reason }) => reason)).toEqual([null, 'stale_button'])
    expect((await world.rolloutState()).confirmed).toBe(50)
  })

  it('is a command of its own process, whose exit code says whether it was done', async () => {
    const world = await rolling(longSteps)
    const sluice = async (...args: readonly string[]) => {
      const env = { PATH: process.env.PATH, ...world.env }
      const child = spawnNode({ script: 'src/cli/main.ts', args, env })
      const parts: string[] = []
      child.stdout.on('data', (part) => parts.push(String(part)))
      const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
      return { code, out: parts.join('') }
    }
    expect(await sluice('promote', 'prod')).toMatchObject({ code: 1 })
    await world.release()
    await world.reachesPhase('observing')
    expect(await sluice('hold', 'prod')).toMatchObject({ code: 2 })
    const held = await sluice('hold', 'prod', 'errors', 'look', 'odd', '--repo', repository)
    expect(held).toEqual({ code: 0, out: 'The rollout is held: errors look odd\n' })
    expect(await sluice('resume', 'prod')).toEqual({ code: 0, out: 'It goes on.\n' })
    await world.reachesPhase('observing')
    expect(await sluice('extend', 'prod', '15', 'min')).toMatchObject({ code: 0 })
    expect(await sluice('extend', 'prod', '15')).toMatchObject({ code: 2 })
    expect(await sluice('adopt', 'prod')).toMatchObject({ code: 1 })
  })

  it('says what is wrong with what was asked for', async () => {
    const world = await rolling(longSteps)
    const options = { config: world.env.SLUICE_CONFIG ?? '' }
    await expect(steerRollout(options, 'prod', { type: 'hold', why: ' ' })).rejects.toThrow('say why')
    await expect(steerRollout(options, 'moon', { type: 'resume' })).rejects.toThrow(UsageError)
    for (const time of ['15', 'ever', '2 days']) {
      await expect(steerRollout(options, 'prod', { type: 'extend', time })).rejects.toThrow(`${time} is no time`)
    }
  })
})

/** Types a command and waits for the answer to it. */
async function answer(world: RollingWorld, text: string, user = devId): Promise<Told> {
  const told = () => world.slack.ephemerals('#deploys').filter((message) => message.user === user)
  const before = told().length
  const { id: channel } = world.slack.channel('#deploys')
  await world.slack.command({ user, channel, command: '/deploy', text })
  await world.slack.until(() => told().length > before, `an answer to /deploy ${text}`)
  const last = told().at(-1)
  if (last === undefined) throw new Error(`There is no answer to ${text}`)
  return { channel, ts: last.ts, text: last.text, blocks: last.blocks }
}

async function said(world: RollingWorld, text: string, user = devId): Promise<string> {
  const told = await answer(world, text, user)
  return read(told)
}

async function pressed(world: RollingWorld, on: Told, actionId: string): Promise<void> {
  await world.slack.press({ user: devId, channel: on.channel, ts: on.ts, actionId })
  await world.slack.until(() => world.slack.openView(devId) !== null, 'a form')
}

/** The rollout that is under way, once more in another environment, as if that had services of its own. */
async function alsoIn(world: RollingWorld, environment: string): Promise<void> {
  const { store } = world.sluice()
  const rollout = await world.rolloutState()
  const release = await releaseById(store.db, rollout.releaseId)
  if (release === null) throw new Error('The rollout has no release.')
  const id = `${release.id.slice(0, -1)}${release.id.endsWith('0') ? '1' : '0'}`
  await store.transaction(async (tx) => {
    await saveRelease(tx, { ...release, id, environment }, world.clock.now(), true)
    await saveRollout(tx, release.repository, { ...rollout, releaseId: id, environment }, world.clock.now())
  })
}
