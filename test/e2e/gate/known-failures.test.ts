/** Failures that other bots are known for. Each test is named after what happened there. */
import { describe, expect, it } from 'vitest'
import { appKey } from '../../sandbox/github/app-key.ts'
import { wordsOf } from '../fast-world.ts'
import { buttonsOf, buttonValue, forgePress } from './forged.ts'
import {
  devId,
  type GateWorld,
  gateCardOf,
  gateWorld,
  greenCommit,
  leadId,
  noted,
  plainGate,
  reject,
  releaseOf,
  repository,
  runsEnd,
  sreId,
  sresId,
  waitAtGithub,
} from './gate-world.ts'

/** Two commits of the same branch, each at a gate of its own. */
async function twoGates(world: GateWorld): Promise<readonly [string, string]> {
  const newer = await greenCommit(world, { message: 'Show fees in euros', files: { 'src/euro.ts': 'export {}\n' } })
  await world.command(devId, `prod canary ${world.sha}`)
  await world.command(devId, `prod canary ${newer}`)
  return [world.sha, newer]
}

describe('varu3/slack-approval#11', () => {
  it('approving B releases B, and A still waits', async () => {
    const log = noted()
    const world = await gateWorld({ play: log.play })
    const [a, b] = await twoGates(world)
    await world.press(leadId, gateCardOf(world, b), 'gate_approve')
    await runsEnd(world)
    expect(log.inputs).toMatchObject([{ sha: b, strategy: 'canary', environment: 'production' }])
    expect((await releaseOf(world, b)).state.name).toBe('completed')
    expect((await releaseOf(world, a)).state.name).toBe('awaiting_approval')
    expect((await releaseOf(world, a)).approvals).toEqual([])
    expect(buttonsOf(gateCardOf(world, a))).toContain('gate_approve')
  })
})

describe('vercel/eve#2471', () => {
  it('rejecting A leaves B as it was', async () => {
    const world = await gateWorld()
    const [a, b] = await twoGates(world)
    const before = await releaseOf(world, b)
    await reject(world, leadId, gateCardOf(world, a), 'not today')
    expect((await releaseOf(world, a)).state).toMatchObject({ name: 'rejected', why: 'not today' })
    expect(await releaseOf(world, b)).toEqual(before)
    await world.press(leadId, gateCardOf(world, b), 'gate_approve')
    await runsEnd(world)
    expect((await releaseOf(world, b)).state.name).toBe('completed')
  })
})

describe('vercel/eve#2226', () => {
  it('the buttons of a card that is decided never come back, whatever happens to the card', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const open = world.gateCard()
    const value = buttonValue(open, 'gate_approve')
    await reject(world, leadId, open, 'the fees are wrong')
    expect(buttonsOf(world.gateCard())).toEqual([])

    // The commit goes on living: checks come in, its card is drawn again, Slack stops taking the new blocks.
    world.github.reportCheck(repository, { sha: world.sha, app: 'ci', name: 'late', conclusion: 'failure' })
    await world.settled()
    await world.stopSluice()
    world.slack.setPlanBlocks(false)
    await world.startSluice()
    await world.settled()
    world.clock.skip(5 * 3600_000)
    await world.settled()
    await forgePress(world, { user: leadId, card: open, actionId: 'gate_refresh', value })
    expect(buttonsOf(world.gateCard())).toEqual([])

    // Somebody whose window still shows the old card.
    await forgePress(world, { user: leadId, card: open, actionId: 'gate_approve', value })
    expect(world.answers(leadId).at(-1)).toContain('This was decided already.')
    expect(buttonsOf(world.gateCard())).toEqual([])
    expect(world.runs()).toEqual([])
  })
})

describe('metaps/genova#289', () => {
  it('a press that is doubled deploys once', async () => {
    const log = noted()
    const world = await gateWorld({ play: log.play })
    await world.command(devId, 'prod canary')
    const card = world.gateCard()
    const { slack } = world
    const press = { user: leadId, channel: slack.channel('#deploys').id, ts: card.ts, actionId: 'gate_approve' }
    await Promise.all([slack.press(press), slack.press(press)])
    await world.settled()
    expect(log.inputs).toHaveLength(1)
    expect((await releaseOf(world, world.sha)).approvals).toHaveLength(1)
    expect(world.answers(leadId)).toHaveLength(2)
  })

  it('a start whose answer was lost deploys once', async () => {
    const log = noted()
    const world = await gateWorld({ play: log.play })
    await world.command(devId, 'prod canary')
    world.github.faults.failNext({ match: /POST .*dispatches/, kind: 'reset_after' })
    await world.press(leadId, world.gateCard(), 'gate_approve')
    await runsEnd(world)
    expect(log.inputs).toHaveLength(1)
    // The run had ended before Sluice knew its number, so that no delivery tells of it: it is asked for.
    world.clock.skip(2 * 60_000)
    await expect.poll(async () => (await releaseOf(world, world.sha)).state.name).toBe('completed')
    expect(log.inputs).toHaveLength(1)
  })
})

describe('openclaw#71023', () => {
  it('a card does not say that a release is on its way when GitHub refused to start it', async () => {
    const world = await gateWorld()
    world.github.setWorkflowDisabled(repository, '.github/workflows/cd-production.yml', true)
    await world.command(devId, 'prod canary')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    await runsEnd(world)
    expect((await releaseOf(world, world.sha)).state).toMatchObject({ name: 'failed', reason: 'start_refused' })
    expect(world.runs()).toEqual([])
    expect(world.gateCard().text).toMatch(/^Failed/)
    expect(wordsOf(world.gateCard())).toContain('GitHub did not start the workflow')
  })
})

describe('hermes-agent#100408', () => {
  it('the first press after a restart counts', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const card = world.gateCard()
    await world.stopSluice()
    await world.startSluice()
    await world.press(leadId, card, 'gate_approve')
    await runsEnd(world)
    expect(world.answers(leadId)).toEqual(['Your approval counts (1 of 1). That is all that was needed.'])
    expect((await releaseOf(world, world.sha)).state.name).toBe('completed')
  })

  it('a press that was acknowledged right before a stop counts after it', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const { slack } = world
    slack.setLatency((method) => (method === 'users.info' ? 3_000 : 0))
    const place = { channel: slack.channel('#deploys').id, ts: world.gateCard().ts }
    const { acknowledged } = await slack.press({ user: leadId, ...place, actionId: 'gate_approve' })
    expect(acknowledged).toBe(true)
    await world.stopSluice()
    slack.setLatency(() => 0)
    await world.startSluice()
    await world.settled()
    await runsEnd(world)
    expect(world.answers(leadId)).toHaveLength(1)
    expect((await releaseOf(world, world.sha)).state.name).toBe('completed')
  })
})

describe('permission-protocol/deploy-gate#46', () => {
  it('what is pushed after the approval is not what was approved', async () => {
    const log = noted()
    const gate = { ...plainGate, approvers: [{ groups: ['S0LEADS0001'] }, { groups: [sresId] }] }
    const world = await gateWorld({ play: log.play, gate })
    await world.command(devId, 'prod canary main')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    const pushed = await greenCommit(world, {
      message: 'Take the fees',
      files: { 'src/fees.ts': 'export const fee = 9\n' },
    })
    await world.press(sreId, gateCardOf(world, world.sha), 'gate_approve')
    await runsEnd(world)
    expect(log.inputs.map(({ sha }) => sha)).toEqual([world.sha])
    expect(log.inputs.map(({ sha }) => sha)).not.toContain(pushed)
  })

  it('another workflow file than the one that was approved voids the approvals, and nothing starts', async () => {
    const log = noted()
    const gate = { ...plainGate, approvers: [{ groups: ['S0LEADS0001'] }, { groups: [sresId] }] }
    const world = await gateWorld({ play: log.play, gate })
    await world.command(devId, 'prod canary main')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    // Another workflow file on the branch that it is taken from: another thing would run.
    await greenCommit(world, {
      message: 'Skip the backup',
      files: { '.github/workflows/cd-production.yml': 'on: push\n' },
    })
    await world.press(sreId, gateCardOf(world, world.sha), 'gate_approve')
    const release = await releaseOf(world, world.sha)
    expect(release).toMatchObject({ approvals: [], voided: { changed: ['workflow'], approvals: 1 } })
    expect(world.answers(sreId).at(-1)).toContain('Changed since it was shown: workflow.')
    expect(log.inputs).toEqual([])
    expect(wordsOf(gateCardOf(world, world.sha))).toContain('workflow')
  })

  it('a run that built another commit has failed, however well it ended', async () => {
    const log = noted({ builds: 'f'.repeat(40) })
    const world = await gateWorld({ play: log.play })
    await world.command(devId, 'prod canary')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    await runsEnd(world)
    expect((await releaseOf(world, world.sha)).state).toMatchObject({ name: 'failed', reason: 'built_other_commit' })
    expect(world.gateCard().text).toMatch(/^Failed/)
  })
})

describe('permission-protocol/deploy-gate#22', () => {
  const gate = {
    ...plainGate,
    approvers: [{ groups: ['S0LEADS0001'] }, { groups: [sresId] }],
    supersede: true,
    paths: ['src/**'],
  }

  it('a commit that touches nothing of the service keeps the approvals, and the card says so', async () => {
    const world = await gateWorld({ gate })
    await world.command(devId, 'prod canary')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    const docs = await greenCommit(world, { message: 'Mend the manual', files: { 'docs/fees.md': 'Fees.\n' } })
    await world.command(devId, 'prod canary')
    expect(await releaseOf(world, docs)).toMatchObject({
      state: { name: 'awaiting_approval' },
      approvals: [{ by: { slackId: leadId }, carriedFrom: { why: 'untouched_paths' } }],
    })
    expect((await releaseOf(world, world.sha)).state.name).toBe('superseded')
    expect(wordsOf(gateCardOf(world, docs))).toContain('carried over')
    await world.press(sreId, gateCardOf(world, docs), 'gate_approve')
    await runsEnd(world)
    expect((await releaseOf(world, docs)).state.name).toBe('completed')
  })

  it('a commit that touches the service takes the approvals away', async () => {
    const world = await gateWorld({ gate })
    await world.command(devId, 'prod canary')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    const next = await greenCommit(world, {
      message: 'Double fees',
      files: { 'src/fees.ts': 'export const fee = 2\n' },
    })
    await world.command(devId, 'prod canary')
    expect((await releaseOf(world, next)).approvals).toEqual([])
  })
})

describe('gitploy#476', () => {
  it('a rollback by tag goes to the commit of the tag, not to the head of the branch', async () => {
    const log = noted()
    const world = await gateWorld({ play: log.play })
    world.github.addTag(repository, 'v1.0.0', world.sha)
    const head = await greenCommit(world, { message: 'Break everything', files: { 'src/fees.ts': 'throw 1\n' } })
    await world.command(devId, `prod canary ${head}`)
    await world.press(leadId, gateCardOf(world, head), 'gate_approve')
    await runsEnd(world)
    await world.command(devId, 'prod canary v1.0.0')
    // The card says what going back takes away.
    expect(wordsOf(gateCardOf(world, world.sha))).toContain('Break everything')
    await world.press(leadId, gateCardOf(world, world.sha), 'gate_approve')
    await runsEnd(world)
    expect(log.inputs.map(({ sha }) => sha)).toEqual([head, world.sha])
    expect((await releaseOf(world, world.sha)).state.name).toBe('completed')
  })
})

describe('initializ/forge#311', () => {
  it('being in the channel entitles nobody', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    await world.press(sreId, world.gateCard(), 'gate_approve')
    await reject(world, sreId, world.gateCard(), 'because I can')
    await world.press(sreId, world.gateCard(), 'gate_cancel')
    expect((await releaseOf(world, world.sha)).state.name).toBe('awaiting_approval')
    const refused = (await world.audit()).filter(({ actor }) => actor === sreId)
    expect(refused.map(({ action, reason }) => [action, reason])).toEqual([
      ['approve', 'not_entitled'],
      ['reject', 'not_entitled'],
      ['cancel', 'not_yours'],
    ])
    expect(world.answers(sreId)).toHaveLength(3)
  })
})

describe('PostHog#43263', () => {
  it('somebody from another company in a shared channel can neither ask, approve, reject, lock nor look', async () => {
    const outsider = 'U0OUTSIDE01'
    const gate = { ...plainGate, approvers: { groups: ['S0LEADS0001'], people: [outsider], count: 1 } }
    const world = await gateWorld({ gate })
    const { slack } = world
    slack.addUser({ id: outsider, name: 'eve', teamId: 'T0OTHER0001' })
    slack.invite('#deploys', outsider)
    await world.command(devId, 'prod canary')
    const card = world.gateCard()
    const before = await releaseOf(world, world.sha)

    await world.press(outsider, card, 'gate_approve')
    await reject(world, outsider, card, 'no')
    await world.command(outsider, 'staging direct')
    await world.command(outsider, 'lock prod mine now')
    await world.command(outsider, 'cancel')
    expect(await releaseOf(world, world.sha)).toEqual(before)
    expect(await world.releases()).toHaveLength(1)
    const rows = (await world.audit()).filter(({ actor }) => actor === outsider)
    expect(rows.map(({ action, reason }) => [action, reason])).toEqual([
      ['approve', 'other_workspace'],
      ['reject', 'other_workspace'],
      ['request', 'other_workspace'],
      ['lock', 'other_workspace'],
      ['cancel', 'other_workspace'],
    ])

    const seen = world.answers(outsider).length
    for (const question of ['status', 'history', 'plan prod canary', 'why prod', 'who prod', `show ${before.id}`]) {
      await world.command(outsider, question)
    }
    await slack.until(() => world.answers(outsider).length >= seen + 6, 'the answer to six questions')
    const told = world.answers(outsider).slice(seen)
    for (const answer of told) expect(answer).toContain('You belong to another workspace')
    expect(slack.openView(outsider)).toBeNull()
    await world.command(outsider, '')
    await slack.until(() => world.answers(outsider).length >= seen + 7, 'the answer to bare /deploy')
    expect(slack.openView(outsider)).toBeNull()
  })
})

describe('spinnaker/keel#1002', () => {
  const gate = { ...plainGate, mode: 'protection-rule' }

  it.each(['rejected', 'cancelled'] as const)('a run that is %s on GitHub is over on its card', async (how) => {
    const world = await gateWorld({ gate, appKey })
    const runId = await waitAtGithub(world)
    expect(buttonsOf(world.gateCard())).toContain('gate_approve')
    if (how === 'cancelled') world.github.cancelRun(repository, runId)
    else world.github.reviewDeployment(repository, runId, { environment: 'production', state: 'rejected', by: 'lee' })
    await world.settled()
    expect((await releaseOf(world, world.sha)).state.name).toBe(how)
    expect(buttonsOf(world.gateCard())).toEqual([])
    expect(world.gateCard().text.toLowerCase()).toMatch(new RegExp(`^${how}: `))
    expect(world.gateCard().text).not.toContain(' - :')
  })
})

describe('permission-protocol/deploy-gate#49', () => {
  const gate = { ...plainGate, mode: 'protection-rule' }

  it('a refusal that is signed lets nothing through', async () => {
    const world = await gateWorld({ gate, appKey })
    const runId = await waitAtGithub(world)
    await reject(world, leadId, world.gateCard(), 'the fees are wrong')
    await world.github.walk()
    await world.settled()
    expect((await releaseOf(world, world.sha)).state).toMatchObject({ name: 'rejected', why: 'the fees are wrong' })
    expect(world.github.repository(repository).runs.get(runId)?.conclusion).toBe('failure')
  })

  it('a reviewer on GitHub who says yes has not answered for the gate here', async () => {
    const world = await gateWorld({ gate, appKey })
    const runId = await waitAtGithub(world)
    world.github.reviewDeployment(repository, runId, { environment: 'production', state: 'approved', by: 'lee' })
    await world.settled()
    expect(await releaseOf(world, world.sha)).toMatchObject({ state: { name: 'awaiting_approval' }, approvals: [] })
    expect(world.github.repository(repository).runs.get(runId)?.conclusion).toBeNull()
  })
})
