import { describe, expect, it } from 'vitest'
import { scriptPipeline } from '../../sandbox/github/scripted-pipeline.ts'
import type { RunState } from '../../sandbox/github/state.ts'
import type { NewUser } from '../../sandbox/slack/workspace.ts'
import { verifyAudit } from '../../src/store/audit.ts'
import { repository } from '../pipeline/facts.ts'
import { startWorld, type World, type WorldOptions } from './world.ts'

/** A run on the simulated GitHub whose one job has failed. */
async function failedRun(options: WorldOptions = {}): Promise<{ readonly world: World; readonly run: RunState }> {
  const world = await startWorld(options)
  world.github.load(
    scriptPipeline({
      repository,
      commit: { message: 'Take the lift', author: 'mona' },
      workflows: [
        {
          name: 'CI',
          on: ['push'],
          jobs: [{ key: 'lint', name: 'lint', durationMs: 1000, outcomes: ['failure', 'success'] }],
        },
      ],
    }),
  )
  await world.github.walk()
  const [run] = world.github.repository(repository).runs.values()
  if (run === undefined) throw new Error('the script made no run')
  // What the walk reached lies in the script's future.
  await world.run(60_000)
  return { world, run }
}

let presses = 0

async function press(
  world: World,
  run: RunState,
  user: string,
  given: {
    readonly teamId?: string
    readonly attempt?: number
    readonly id?: string
    readonly repository?: string
  } = {},
) {
  presses += 1
  const id = given.id ?? `trigger ${presses}`
  const channelId = world.slack.channel('#deploys').id
  await world.submit({
    id: `slack:${id}`,
    type: 'slack.rerun_pressed',
    body: {
      id,
      userId: user,
      teamId: given.teamId ?? world.slack.state.team.id,
      channelId,
      threadTs: '1767603600.000100',
      repository: given.repository ?? repository,
      runId: run.id,
      attempt: given.attempt ?? 1,
      at: world.clock.now(),
    },
  })
}

function member(world: World, given: Partial<NewUser> = {}): string {
  const user = world.slack.addUser({ name: `person ${world.slack.calls.length}`, ...given })
  world.slack.invite('#deploys', user.id)
  return user.id
}

const audit = (world: World) => world.raw.prepare('SELECT actor_id, object, reason_code FROM audit ORDER BY seq').all()
const answers = (world: World) => world.slack.ephemerals('#deploys').map(({ user, text }) => ({ user, text }))
const reruns = (world: World) =>
  world.github.requests.filter(({ method, path }) => method === 'POST' && path.includes('rerun-failed-jobs')).length

describe('a press on Re-run failed jobs', () => {
  it('starts the failed jobs again, once, with one audit row and one answer', async () => {
    const { world, run } = await failedRun()
    const user = member(world)
    await press(world, run, user)
    await world.run(10_000)
    expect(reruns(world)).toBe(1)
    expect(audit(world)).toEqual([
      { actor_id: user, object: `${repository} run ${run.id} attempt 1`, reason_code: null },
    ])
    expect(answers(world)).toEqual([{ user, text: expect.stringMatching(/^Run again/) }])
    expect(await verifyAudit(world.store.db)).toMatchObject({ ok: true, rows: 1 })
  })

  it('counts once when Slack sends it twice', async () => {
    const { world, run } = await failedRun()
    const user = member(world)
    await press(world, run, user, { id: 'same' })
    await press(world, run, user, { id: 'same' })
    await world.run(10_000)
    expect([reruns(world), audit(world).length, answers(world).length]).toEqual([1, 1, 1])
  })

  it('is refused when the run was started again already, by whomever, at the same time or later', async () => {
    const { world, run } = await failedRun()
    const [first, second, third] = [member(world), member(world), member(world)]
    await press(world, run, first)
    await press(world, run, second)
    await world.run(60_000)
    await press(world, run, third)
    await world.run(60_000)
    expect(reruns(world)).toBe(1)
    expect(audit(world)).toMatchObject([
      { reason_code: null },
      { reason_code: 'already_rerun' },
      { reason_code: 'already_rerun' },
    ])
    expect(answers(world)).toHaveLength(3)
  })

  it('is refused while the run is going on', async () => {
    const { world, run } = await failedRun()
    run.status = 'in_progress'
    run.conclusion = null
    await press(world, run, member(world))
    await world.run(10_000)
    expect(reruns(world)).toBe(0)
    expect(audit(world)).toMatchObject([{ reason_code: 'still_running' }])
  })

  it.each([
    ['a guest', { kind: 'guest' }, 'guest'],
    ['a guest of one channel', { kind: 'single_channel_guest' }, 'guest'],
    ['somebody of another workspace', { teamId: 'TOTHER123' }, 'other_workspace'],
    ['a deactivated account', { isDeactivated: true }, 'deactivated'],
    ['another bot', { isBot: true }, 'deactivated'],
  ] as const)('is refused to %s', async (_name, who, reason) => {
    const { world, run } = await failedRun()
    const user = member(world, who)
    await press(world, run, user)
    await world.run(10_000)
    expect(reruns(world)).toBe(0)
    expect(audit(world)).toEqual([{ actor_id: user, object: expect.any(String), reason_code: reason }])
  })

  it.each([
    ['a guest', { id: 'UGUEST001', kind: 'guest' }],
    ['somebody of another workspace', { teamId: 'TOTHER123' }],
  ] as const)('is taken from %s that the configuration names', async (_name, who) => {
    const { world, run } = await failedRun({
      slackConfig: { allowedTeams: ['TOTHER123'], allowedGuests: ['UGUEST001'] },
    })
    await press(world, run, member(world, who))
    await world.run(10_000)
    expect(audit(world)).toMatchObject([{ reason_code: null }])
  })

  it('is refused to somebody whom Slack does not know, and when Slack cannot be asked', async () => {
    const { world, run } = await failedRun()
    await press(world, run, 'UNOBODY')
    world.slack.failNext({ method: 'users.info', kind: 'http500' })
    await press(world, run, member(world))
    await world.run(60_000)
    expect(reruns(world)).toBe(0)
    expect(audit(world)).toMatchObject([{ reason_code: 'unknown_person' }, { reason_code: 'unknown_person' }])
  })

  it('is refused for a repository that is not configured', async () => {
    const { world, run } = await failedRun()
    await press(world, run, member(world), { repository: 'acme/secrets' })
    await world.run(10_000)
    expect(audit(world)).toMatchObject([{ reason_code: 'unknown_run' }])
  })

  it('is answered when GitHub is down', async () => {
    const { world, run } = await failedRun()
    world.github.faults.setOutage(true)
    const user = member(world)
    await press(world, run, user)
    await world.run(60_000)
    expect(audit(world)).toMatchObject([{ reason_code: 'rerun_failed' }])
    expect(answers(world)).toEqual([{ user, text: expect.stringMatching(/could not be reached/) }])
  })

  it('whose answer was lost is found to have worked, and not repeated', async () => {
    const { world, run } = await failedRun()
    world.loseNext('rerunFailedJobs', 'after')
    const user = member(world)
    await press(world, run, user)
    await world.run(5000)
    await world.crash()
    await world.run(60_000)
    expect(reruns(world)).toBe(1)
    expect(audit(world)).toMatchObject([{ actor_id: user, reason_code: null }])
    expect(answers(world)).toHaveLength(1)
  })

  const dead = (world: World) => world.raw.prepare("SELECT error FROM outbox WHERE state = 'dead'").pluck().all()
  const told = (world: World, user: string) =>
    Object.values(world.slack.state.channels)
      .filter(({ kind, members }) => kind === 'im' && members.includes(user))
      .flatMap(({ messages }) => Object.values(messages).map(({ text }) => text))

  it('by somebody who is not in the channel is answered in a direct message', async () => {
    const { world, run } = await failedRun()
    const { id: user } = world.slack.addUser({ name: 'passer-by' })
    await press(world, run, user)
    await world.run(10_000)
    expect(answers(world)).toEqual([])
    expect(told(world, user)).toEqual([
      `<#${world.slack.channel('#deploys').id}>: Run again: the failed jobs of attempt 1 are on their way.`,
    ])
    expect(dead(world)).toEqual([])
  })

  it('in a channel that was archived meanwhile is answered in a direct message', async () => {
    const { world, run } = await failedRun()
    const user = member(world)
    world.slack.archive('#deploys')
    await press(world, run, user)
    await world.run(10_000)
    expect(told(world, user)).toHaveLength(1)
    expect(dead(world)).toEqual([])
  })

  it.each(['user_not_found', 'messages_tab_disabled', 'channel_not_found', 'missing_scope'])(
    'by somebody whom neither the channel nor a direct message reaches (%s) is in the audit log all the same',
    async (kind) => {
      const { world, run } = await failedRun()
      const { id: user } = world.slack.addUser({ name: 'passer-by' })
      world.slack.failNext({ method: 'chat.postMessage', kind, times: 20 })
      await press(world, run, user)
      await world.run(3_600_000)
      expect(audit(world)).toMatchObject([{ actor_id: user, reason_code: null }])
      expect(told(world, user)).toEqual([])
      expect(dead(world)).toEqual([])
    },
  )

  it('that never reaches GitHub, time and again, is answered and audited in the end', async () => {
    const { world, run } = await failedRun()
    const user = member(world)
    world.github.faults.failNext({ match: 'rerun-failed-jobs', kind: 'bad_gateway', times: 50 })
    await press(world, run, user)
    await world.run(3_600_000)
    expect(audit(world)).toMatchObject([{ actor_id: user, reason_code: 'rerun_failed' }])
    expect(answers(world)).toHaveLength(1)
  })
})
