import { describe, expect, it } from 'vitest'
import { omnihubPipeline } from '../../sandbox/github/omnihub-pipeline.ts'
import type { Message } from '../../sandbox/slack/state.ts'
import { fastWorld, isMarked, monaId, onCallId, pushed, smallPipeline, wordsOf } from './fast-world.ts'

const failing = { 'unit-tests': ['failure'] } as const

function onlyAlert(alerts: readonly Message[]): Message {
  const [alert, another] = alerts
  if (alert === undefined || another !== undefined) throw new Error(`There are ${alerts.length} alerts instead of one.`)
  return alert
}

function buttonsOf(message: Message): readonly unknown[] {
  return message.blocks
    .filter(({ type }) => type === 'actions')
    .flatMap(({ elements }) => elements as readonly unknown[])
}

describe('a failure alert', () => {
  it('says which job and step failed with the failing lines, mentions who is concerned, and offers what to do', async () => {
    const world = await fastWorld({ repositorySettings: { on_call: onCallId } })
    await world.run(pushed({ outcomes: failing }))

    const alert = onlyAlert(world.alerts())
    const words = wordsOf(alert)
    expect(alert.text).toMatch(/^Failed: app main \w{7} "Round trading fees half up" - Unit tests: Unit Tests, step /)
    expect(words).toContain('Run npm test -- --coverage')
    expect(words).toContain('AssertionError: expected 12.34 to be 12.35')
    expect(words).not.toContain('\\u001b')
    expect(words).toContain(`Author: <@${monaId}>`)
    expect(words).toContain(`On call: <!subteam^${onCallId}>`)
    expect(words).toContain('No earlier runs of this job on main are known')
    expect(buttonsOf(alert)).toMatchObject([
      { action_id: 'rerun_failed_jobs', value: expect.stringMatching(/^omnihub\/app \d+ 1$/) },
      { action_id: 'open_run', url: expect.stringMatching(/^https:\/\/github\.com\/omnihub\/app\/actions\/runs\/\d+/) },
    ])
  })

  it('stands in the thread and once in the channel, however many jobs fail', async () => {
    const world = await fastWorld()
    await world.run(pushed({ outcomes: { lint: ['failure'], typecheck: ['failure'], sast: ['failure'] } }))

    const alerts = world.alerts()
    expect(alerts).toHaveLength(3)
    expect(alerts.map(({ isBroadcast }) => isBroadcast)).toEqual([true, false, false])
    const inChannel = world.slack.messages('#deploys')
    expect(inChannel.map((message) => isMarked(message, 'card'))).toEqual([true, false])
  })

  it('leaves the on-call group alone when a pull request fails', async () => {
    const world = await fastWorld({ repositorySettings: { on_call: onCallId } })
    await world.run(omnihubPipeline({ outcomes: failing, outcomesOn: 'pull_request' }))

    const words = wordsOf(onlyAlert(world.alerts()))
    expect(words).toContain(`Author: <@${monaId}>`)
    expect(words).not.toContain(onCallId)
  })

  it('prefers the annotations of the job to its log', async () => {
    const world = await fastWorld()
    const annotations = [{ path: 'src/fees.ts', line: 41, message: 'Expected 12.35, got 12.34.' }]
    await world.run(pushed({ outcomes: failing, failures: { 'unit-tests': { annotations, log: ['noise'] } } }))

    const words = wordsOf(onlyAlert(world.alerts()))
    expect(words).toContain('Expected 12.35, got 12.34.')
    expect(words).toContain('lines from the annotations')
    expect(words).not.toContain('noise')
  })

  it('knows how often the job failed on main before', async () => {
    const world = await fastWorld()
    for (const number of [1, 2, 3]) await world.run(smallPipeline({ message: `Change ${number}` }))
    await world.run(smallPipeline({ message: 'Change 4', outcomes: ['failure'] }))

    const [, , , last] = world.cards()
    const alert = world.slack.thread('#deploys', last?.ts ?? '').find((message) => isMarked(message, 'alert'))
    expect(wordsOf(alert ?? { text: '', blocks: [] })).toContain(
      'New failure: Unit Tests did not fail in its last 3 runs on main',
    )
  })

  it('comes without lines when GitHub has thrown the log away', async () => {
    const world = await fastWorld()
    world.github.faults.failNext({ match: /\/(logs|annotations)/, kind: 'not_found', times: 100 })
    await world.run(pushed({ outcomes: failing }))

    expect(wordsOf(onlyAlert(world.alerts()))).toContain('no failing lines could be read')
  })
})

describe('a failure that is mended', () => {
  it('by a re-run: the alert says by whom and after how long, and offers no re-run any more', async () => {
    const world = await fastWorld()
    const outcomes = { 'unit-tests': ['failure', 'success'] } as const
    await world.run(pushed({ outcomes, rerunFailedAfterMs: 240_000, rerunBy: 'mona' }))

    const alert = onlyAlert(world.alerts())
    expect(alert.text).toMatch(/^Fixed: .* - Unit Tests passes again by a re-run of mona after \d+ min/)
    expect(wordsOf(alert)).toContain(`<@${monaId}>`)
    expect(buttonsOf(alert)).toMatchObject([{ action_id: 'open_run' }])
    expect(alert.isBroadcast).toBe(true)
  })

  it('by a newer commit on the same branch: the alert names the commit', async () => {
    const world = await fastWorld()
    await world.run(smallPipeline({ message: 'Break the fees', outcomes: ['failure'] }))
    const { sha } = await world.run(smallPipeline({ message: 'Mend the fees' }))

    const [broken, mended] = world.cards()
    expect(broken?.text).toMatch(/^Failed: /)
    expect(mended?.text).toMatch(/^Passed: /)
    const alert = onlyAlert(
      world.slack.thread('#deploys', broken?.ts ?? '').filter((message) => isMarked(message, 'alert')),
    )
    expect(alert.text).toContain(`Unit Tests passes again by newer commit ${sha.slice(0, 7)} of mona after `)
    expect(wordsOf(alert)).toContain('Mend the fees')
  })

  it('on another branch: the alert stays', async () => {
    const world = await fastWorld({ repositorySettings: { branches: ['release/*'] } })
    await world.run(smallPipeline({ message: 'Break the fees', outcomes: ['failure'] }))
    await world.run(smallPipeline({ message: 'Mend the fees', branch: 'release/1' }))

    expect(world.cards()).toHaveLength(2)
    const [broken] = world.cards()
    const alert = world.slack.thread('#deploys', broken?.ts ?? '').find((message) => isMarked(message, 'alert'))
    expect(alert?.text).toMatch(/^Failed: /)
  })
})
