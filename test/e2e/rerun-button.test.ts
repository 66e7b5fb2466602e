import { describe, expect, it } from 'vitest'
import type { Message } from '../../sandbox/slack/state.ts'
import { type FastWorld, fastWorld, monaId, smallPipeline } from './fast-world.ts'
import { forgePress } from './gate/forged.ts'

const failsOnce = smallPipeline({ outcomes: ['failure', 'success'] })

function alertOf(world: FastWorld): Message {
  const [alert] = world.alerts()
  if (alert === undefined) throw new Error('There is no alert.')
  return alert
}

async function press(world: FastWorld, user: string, alert = alertOf(world)): Promise<void> {
  const channel = world.slack.channel('#deploys').id
  world.slack.invite(channel, user)
  const delivery = await world.slack.press({ user, channel, ts: alert.ts, actionId: 'rerun_failed_jobs' })
  expect(delivery.acknowledged).toBe(true)
  await world.settled()
}

const answersTo = (world: FastWorld, user: string) =>
  world.slack.ephemerals('#deploys').flatMap((message) => (message.user === user ? [message.text] : []))

const attempts = (world: FastWorld) =>
  [...world.github.repository('omnihub/app').runs.values()].map(({ attempt }) => attempt)

const auditRows = (world: FastWorld) =>
  world
    .sluice()
    .store.db.selectFrom('audit')
    .select(['actor_id', 'actor_team', 'action', 'object', 'reason_code', 'client'])
    .orderBy('seq')
    .execute()

describe.each([{ transport: 'HTTP' }, { transport: 'Socket Mode' }])(
  'Re-run failed jobs, by $transport',
  ({ transport }) => {
    it('runs the failed jobs again on GitHub, says so to who pressed, and mends the alert when they pass', async () => {
      const world = await fastWorld({ socketMode: transport === 'Socket Mode' })
      if (transport === 'Socket Mode') await world.slack.until(() => world.slack.socketMode.connectionCount > 0)
      await world.run(failsOnce)
      await press(world, monaId)

      expect(attempts(world)).toEqual([2])
      expect(answersTo(world, monaId)).toEqual(['Run again: the failed jobs of attempt 1 are on their way.'])
      expect(await auditRows(world)).toEqual([
        {
          actor_id: monaId,
          actor_team: world.slack.state.team.id,
          action: 'rerun_failed_jobs',
          object: expect.stringMatching(/^omnihub\/app run \d+ attempt 1$/),
          reason_code: null,
          client: 'slack',
        },
      ])

      await world.github.walk()
      await world.settled()
      expect(alertOf(world).text).toMatch(/^Fixed: .* passes again by a re-run of sandbox-user after /)
      expect(world.cards().map(({ text }) => text)).toEqual([expect.stringMatching(/^Passed: app main /)])
    })
  },
)

describe('a press that is refused', () => {
  const cases = [
    {
      who: 'a guest',
      user: { name: 'guest', kind: 'guest' },
      reason: 'guest',
      sentence: 'Guests cannot do this unless slack.allowed_guests names them.',
    },
    {
      who: 'a person of another workspace',
      user: { name: 'other', teamId: 'T0OTHER0001' },
      reason: 'other_workspace',
      sentence: 'You belong to another workspace, and this one has not named it in slack.allowed_teams.',
    },
    {
      who: 'a deactivated account',
      user: { name: 'gone', isDeactivated: true },
      reason: 'deactivated',
      sentence: 'This Slack account is deactivated.',
    },
  ] as const
  it.each(cases)(
    'by $who: nothing runs, the person hears why, and the audit log has it',
    async ({ user, reason, sentence }) => {
      const world = await fastWorld()
      const person = world.slack.addUser(user)
      await world.run(failsOnce)
      await press(world, person.id)

      expect(attempts(world)).toEqual([1])
      expect(answersTo(world, person.id)).toEqual([`Not run again. ${sentence}`])
      expect(await auditRows(world)).toMatchObject([{ actor_id: person.id, reason_code: reason }])
    },
  )

  it('is taken from a guest and from a workspace that the configuration names', async () => {
    const config = `people:\n  mona: ${monaId}\n`
    const world = await fastWorld({ config, slackSettings: { allowed_guests: ['U0GUEST0001'] } })
    world.slack.addUser({ id: 'U0GUEST0001', name: 'guest', kind: 'guest' })
    await world.run(failsOnce)
    await press(world, 'U0GUEST0001')

    expect(attempts(world)).toEqual([2])
  })

  it.each(['', 'omnihub/app 17', 'omnihub/app seventeen 1', 'omnihub/app 17 1 2'])(
    'because its button says “%s” is answered once and in the audit log',
    async (value) => {
      const world = await fastWorld()
      await world.run(failsOnce)
      await forgePress(world, { user: monaId, card: alertOf(world), actionId: 'rerun_failed_jobs', value })

      expect(attempts(world)).toEqual([1])
      expect(answersTo(world, monaId)).toEqual([
        'This button does not say what it is for. Use the one on the newest message.',
      ])
      expect(await auditRows(world)).toMatchObject([
        { actor_id: monaId, action: 'press', object: 'button:rerun_failed_jobs', reason_code: 'malformed_button' },
      ])
    },
  )

  it('a second press counts once, and says that it was started already', async () => {
    const world = await fastWorld()
    await world.run(failsOnce)
    const alert = alertOf(world)
    await press(world, monaId, alert)
    await press(world, monaId, alert)

    expect(attempts(world)).toEqual([2])
    expect(answersTo(world, monaId)).toEqual([
      'Run again: the failed jobs of attempt 1 are on their way.',
      'Not run again. This run was already started again.',
    ])
    expect(await auditRows(world)).toMatchObject([{ reason_code: null }, { reason_code: 'already_rerun' }])
  })

  it('two people who press at once start it once', async () => {
    const world = await fastWorld()
    const hugo = world.slack.addUser('hugo')
    await world.run(failsOnce)
    await Promise.all([press(world, monaId), press(world, hugo.id)])

    expect(attempts(world)).toEqual([2])
    const codes = (await auditRows(world)).map((row) => row.reason_code)
    expect(codes.toSorted()).toEqual(['already_rerun', null])
  })

  it('a press that Slack sends twice is one press', async () => {
    const world = await fastWorld()
    await world.run(failsOnce)
    const channel = world.slack.channel('#deploys').id
    const ts = alertOf(world).ts
    const delivery = await world.slack.press({ user: monaId, channel, ts, actionId: 'rerun_failed_jobs' })
    await world.slack.redeliver(delivery)
    await world.settled()

    expect(attempts(world)).toEqual([2])
    expect(await auditRows(world)).toHaveLength(1)
    expect(answersTo(world, monaId)).toHaveLength(1)
  })

  it('a re-run whose answer from GitHub was lost is not started twice', async () => {
    const world = await fastWorld()
    await world.run(failsOnce)
    world.github.faults.failNext({ match: 'rerun-failed-jobs', kind: 'reset_after' })
    await press(world, monaId)

    expect(attempts(world)).toEqual([2])
    expect(answersTo(world, monaId)).toEqual(['Run again: the failed jobs of attempt 1 are on their way.'])
  })

  it('when GitHub is out: the person hears that nothing is certain', async () => {
    const world = await fastWorld()
    await world.run(failsOnce)
    world.github.faults.setOutage(true)
    await press(world, monaId)

    expect(attempts(world)).toEqual([1])
    expect(answersTo(world, monaId)).toEqual([
      'Not run again. GitHub could not be reached, so the re-run may not have started. Look at the run before you press again.',
    ])
  })
})
