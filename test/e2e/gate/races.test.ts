/** Many people at once, slow services, and stops at the worst moment. */
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import type { Message } from '../../../sandbox/slack/state.ts'
import type { ReleaseState } from '../../../src/release/release.ts'
import { buttonsOf, buttonValue, formOf, post, pressPayload } from './forged.ts'
import {
  devId,
  type GateWorld,
  gateCardOf,
  gateWorld,
  greenCommit,
  leadId,
  leadsId,
  noted,
  plainGate,
  releaseOf,
  runsEnd,
  sreId,
  sresId,
} from './gate-world.ts'

/** Presses a button of a card so many times in the same moment, by wire. */
async function pressMany(world: GateWorld, card: Message, presses: readonly (readonly [string, string])[]) {
  const value = buttonValue(card, 'gate_approve')
  return await Promise.all(
    presses.map(([user, actionId]) =>
      post(world, { body: formOf(pressPayload(world, { user, card, actionId, value })) }),
    ),
  )
}

const twice50 = Array.from({ length: 100 }, (_, index) => [index % 2 === 0 ? leadId : sreId, 'gate_approve'] as const)

describe('two people who press Approve fifty times each, at once', () => {
  it('make one decision and one run, and get a hundred answers and rows', { timeout: 60_000 }, async () => {
    const log = noted()
    const gate = { ...plainGate, approvers: [{ groups: [leadsId] }, { groups: [sresId] }] }
    const world = await gateWorld({ gate, play: log.play })
    await world.command(devId, 'prod canary')
    const sent = await pressMany(world, world.gateCard(), twice50)
    expect(sent.every(({ status }) => status === 200)).toBe(true)
    await world.settled(50_000)
    await runsEnd(world)

    expect(log.inputs).toHaveLength(1)
    const release = await releaseOf(world, world.sha)
    expect(release.approvals.map(({ by }) => by.slackId).toSorted()).toEqual([leadId, sreId])
    for (const user of [leadId, sreId]) expect(world.answers(user)).toHaveLength(50)
    const rows = await world.audit()
    const presses = rows.filter(({ actor }) => actor === leadId || actor === sreId)
    expect(presses).toHaveLength(100)
    expect(presses.filter(({ reason }) => reason === null)).toHaveLength(2)
    const refusals = new Set(presses.flatMap(({ reason }) => reason ?? []))
    expect([...refusals].toSorted()).toEqual(
      ['already_approved', 'already_decided', 'stale_button'].filter((reason) => refusals.has(reason)),
    )
    for (const action of ['start', 'run', 'complete']) {
      expect(rows.filter((row) => row.action === action)).toHaveLength(1)
    }
    expect(release.state.name).toBe('completed')
  })

  it('on two gates touch each their own alone', { timeout: 60_000 }, async () => {
    const log = noted()
    const world = await gateWorld({ play: log.play })
    const other = await greenCommit(world, { message: 'Show euros', files: { 'b.ts': '1\n' } })
    await world.command(devId, `prod canary ${world.sha}`)
    await world.command(devId, `prod canary ${other}`)
    const [a, b] = [gateCardOf(world, world.sha), gateCardOf(world, other)]
    const outsiders = Array.from({ length: 20 }, () => [sreId, 'gate_approve'] as const)
    const leads = Array.from({ length: 20 }, () => [leadId, 'gate_approve'] as const)
    await Promise.all([pressMany(world, a, outsiders), pressMany(world, b, leads)])
    await world.settled(50_000)
    await runsEnd(world)
    expect(log.inputs.map(({ sha }) => sha)).toEqual([other])
    expect(await releaseOf(world, world.sha)).toMatchObject({
      state: { name: 'awaiting_approval' },
      approvals: [],
      generation: 1,
    })
    expect((await releaseOf(world, other)).state.name).toBe('completed')
    expect(world.answers(sreId)).toHaveLength(20)
    expect(world.answers(leadId)).toHaveLength(20)
  })
})

describe('every press', () => {
  it('gets one answer, and every press that decides has one row, whatever was pressed', async () => {
    const world = await gateWorld({ gate: { ...plainGate, approvers: { groups: [leadsId, sresId], count: 2 } } })
    await world.command(devId, 'prod canary')
    const presses = [leadId, sreId, devId].flatMap((user) =>
      ['gate_approve', 'gate_withdraw', 'gate_cancel', 'gate_refresh', 'gate_sign_off', 'gate_approve'].map(
        (action) => [user, action] as const,
      ),
    )
    await pressMany(world, world.gateCard(), presses)
    await world.settled()
    await runsEnd(world)
    const rows = await world.audit()
    for (const user of [leadId, sreId, devId]) {
      const asked = user === devId ? 2 : 0
      expect(world.answers(user)).toHaveLength(6 + asked)
      // Reading again decides nothing and is not written down.
      expect(rows.filter(({ actor }) => actor === user)).toHaveLength(5 + (asked > 0 ? 1 : 0))
    }
  })
})

// Time runs only three times as fast here: what is measured are a second's worth of real work.
describe('a command is acknowledged within three seconds', () => {
  const commands = [
    'prod canary',
    'plan prod canary',
    'why prod',
    'status',
    'history',
    'who prod',
    'help',
    'nonsense',
    '',
  ]
  const trouble = [
    { how: 'while each call to GitHub takes ten seconds', latencyMs: 10_000, isOut: false },
    { how: 'while GitHub is down', latencyMs: 0, isOut: true },
  ]
  it.each(trouble)('$how', { timeout: 60_000 }, async ({ latencyMs, isOut }) => {
    const world = await gateWorld({ factor: 3 })
    const { slack, github, clock } = world
    github.faults.setLatency(latencyMs)
    github.faults.setOutage(isOut)
    const channel = slack.channel('#deploys').id
    for (const text of commands) {
      const begunAt = clock.now()
      const { acknowledged } = await slack.command({ user: devId, channel, command: '/deploy', text })
      expect(acknowledged, text).toBe(true)
      expect(clock.now() - begunAt, text).toBeLessThan(3_000)
    }
    await slack.until(() => slack.openView(devId) !== null, 'the form')
    // Everybody hears how it went in the end.
    const answers = () => world.answers(devId)
    if (isOut) await slack.until(() => answers().some((text) => text.includes('GitHub could not say')), 'an answer')
    github.faults.clear()
    await world.settled()
    if (!isOut) expect(world.gateCards()).toHaveLength(1)
  })

  it.each(trouble)('and so are the suggestions of a form, $how', async ({ latencyMs, isOut }) => {
    const world = await gateWorld({ factor: 3 })
    const { slack, github, clock } = world
    await world.command(devId, '')
    await slack.until(() => slack.openView(devId) !== null, 'the form')
    const view = slack.openView(devId)
    github.faults.setLatency(latencyMs)
    github.faults.setOutage(isOut)
    const begunAt = clock.now()
    const sent = await post(world, {
      body: formOf({
        type: 'block_suggestion',
        user: { id: devId, team_id: slack.state.team.id },
        team: { id: slack.state.team.id },
        api_app_id: slack.state.app.id,
        action_id: 'deploy_ref',
        block_id: 'deploy_ref',
        value: 'main~1',
        container: { type: 'view', view_id: view?.id },
        view: { id: view?.id, type: 'modal', state: { values: {} } },
      }),
    })
    expect(clock.now() - begunAt).toBeLessThan(3_000)
    expect(JSON.parse(sent.body)).toMatchObject({ options: [{ value: 'main~1' }] })
  })

  it.each(trouble)('and so is a press, $how', async ({ latencyMs, isOut }) => {
    const world = await gateWorld({ factor: 3 })
    const { slack, github, clock } = world
    await world.command(devId, 'prod canary')
    github.faults.setLatency(latencyMs)
    github.faults.setOutage(isOut)
    const begunAt = clock.now()
    const place = { channel: slack.channel('#deploys').id, ts: world.gateCard().ts }
    const { acknowledged } = await slack.press({ user: leadId, ...place, actionId: 'gate_approve' })
    expect(acknowledged).toBe(true)
    expect(clock.now() - begunAt).toBeLessThan(3_000)
    github.faults.clear()
    await world.settled()
    expect(world.answers(leadId)).toHaveLength(1)
  })
})

/** How far a release is: by the word on its card, and by what the store says. */
function progressOnCard(word: string): number {
  if (word === 'Released') return 4
  if (word === 'Under way') return 3
  if (word.includes('is being started')) return 2
  return word.startsWith('Approved') ? 1 : 0
}

function progressOf(state: ReleaseState): number {
  if (state.name === 'preparing') return { checking: 1, starting: 2, running: 3 }[state.phase]
  return state.name === 'awaiting_approval' ? 0 : state.name === 'queued' ? 1 : 4
}

describe('a card', () => {
  it('never says more than what is committed', async () => {
    const world = await gateWorld()
    const store = new Database(world.sluice().store.file, { readonly: true })
    onTestFinished(() => void store.close())
    const seen: string[] = []
    const lies: string[] = []
    world.slack.on('change', () => {
      const word = world.gateCards().at(-1)?.text.split(':')[0] ?? ''
      if (word === '' || word === seen.at(-1)) return
      seen.push(word)
      const body = z.string().parse(store.prepare('select body from releases').pluck().get())
      const { state }: { readonly state: ReleaseState } = JSON.parse(body)
      if (progressOnCard(word) > progressOf(state)) lies.push(`${word} while ${JSON.stringify(state)}`)
    })
    await world.command(devId, 'prod canary')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    await runsEnd(world)
    expect(seen[0]).toBe('Waiting for approval')
    expect(seen.at(-1)).toBe('Released')
    expect(lies).toEqual([])
  })

  it('shows what is committed after a stop between the decision and the card', async () => {
    const world = await gateWorld({ gate: { ...plainGate, approvers: { groups: [leadsId], count: 1 } } })
    await world.command(devId, 'prod canary')
    const before = world.gateCard()
    world.slack.failNext({ method: 'chat.update', kind: 'http500', times: 1000 })
    await pressMany(world, before, [[leadId, 'gate_approve']])
    await expect.poll(async () => (await releaseOf(world, world.sha)).approvals.length).toBe(1)
    expect(world.gateCard().text).toBe(before.text)
    await world.stopSluice()
    world.slack.clearFaults()
    await world.startSluice()
    await world.settled()
    await runsEnd(world)
    expect((await releaseOf(world, world.sha)).state.name).toBe('completed')
    expect(world.gateCard().text).toMatch(/^Released: /)
    expect(buttonsOf(world.gateCard())).toEqual([])
  })
})
