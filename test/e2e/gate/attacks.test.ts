/** Attacks on the gate by people: under another name, without the role, at the same moment. */
import { describe, expect, it } from 'vitest'
import type { NewUser } from '../../../sandbox/slack/workspace.ts'
import { appKey } from '../../sandbox/github/app-key.ts'
import { monaId } from '../fast-world.ts'
import { deedsOf, expectClosed } from './deeds.ts'
import { buttonsOf, buttonValue, forgePress } from './forged.ts'
import {
  devId,
  gateCardOf,
  gateWorld,
  greenCommit,
  leadId,
  leadsId,
  noted,
  openForm,
  plainGate,
  reject,
  releaseOf,
  repository,
  runsEnd,
  sreId,
  sresId,
  waitAtGithub,
} from './gate-world.ts'

const everybody = { ...plainGate, approvers: { groups: [leadsId, sresId], people: [devId, monaId], count: 1 } }
const twoGroups = { ...plainGate, approvers: [{ groups: [leadsId] }, { groups: [sresId] }] }

describe('nobody approves their own', () => {
  it('as the one who asked', async () => {
    const world = await gateWorld({ gate: everybody })
    await world.command(devId, 'prod canary')
    await world.press(devId, world.gateCard(), 'gate_approve')
    expect(await deedsOf(world, devId)).toEqual(['request done', 'approve self_approval'])
    await expectClosed(world)
  })

  it('as the one whose GitHub login started the workflow', async () => {
    // Mona wrote it as well, which would be enough to refuse her.
    const gate = { ...everybody, mode: 'protection-rule', author_approval: true }
    const world = await gateWorld({ gate, appKey })
    await waitAtGithub(world)
    await world.press(monaId, world.gateCard(), 'gate_approve')
    expect((await deedsOf(world, monaId)).at(-1)).toBe('approve self_approval')
    expect(await releaseOf(world, world.sha)).toMatchObject({ state: { name: 'awaiting_approval' }, approvals: [] })
  })

  const lee = 'lee@omnihub.dev'
  it.each([
    { how: 'a login that the configuration knows', commit: { author: 'lee' } },
    { how: 'a login in capitals', commit: { author: 'LEE' } },
    { how: 'the address of their Slack account', commit: { author: 'ghost', authorEmail: 'Lee@OmniHub.dev' } },
    {
      how: 'GitHub’s private address of a known login',
      commit: { author: 'ghost', authorEmail: '7+lee@users.noreply.github.com' },
    },
    { how: 'a trailer of a co-author', commit: { author: 'ghost', message: `Fix\n\nCo-authored-by: X <${lee}>` } },
    { how: 'an account that nobody named, by the address on its profile', commit: { author: 'shadow' } },
  ])('as an author by $how', async ({ commit }) => {
    const world = await gateWorld({ gate: everybody, github: { people: [{ login: 'shadow', email: lee }] } })
    const noreply = { authorEmail: '99+x@users.noreply.github.com' }
    const message = 'Raise fees'
    const sha = await greenCommit(world, { message, ...noreply, ...commit, files: { 'a.ts': '1\n' } })
    await world.command(devId, `prod canary ${sha}`)
    await world.press(leadId, gateCardOf(world, sha), 'gate_approve')
    expect(await deedsOf(world, leadId)).toEqual(['approve author_approval'])
    await expectClosed(world, sha)
  })

  it('as the author of a commit under the newest one, by the address on a profile', async () => {
    const world = await gateWorld({ gate: everybody, github: { people: [{ login: 'shadow', email: lee }] } })
    const { sha: live } = world
    await world.command(devId, `prod canary ${live}`)
    await world.press(leadId, world.gateCard(), 'gate_approve')
    await runsEnd(world)
    // Pushed together: GitHub and Sluice hear of the newest one only.
    const quiet = world.github.repository(repository).hooks.splice(0)
    const authorEmail = '99+x@users.noreply.github.com'
    const inner = world.github.commitFiles(repository, 'main', { message: 'Slip in', author: 'shadow', authorEmail })
    world.github.repository(repository).hooks.push(...quiet)
    const sha = await greenCommit(world, {
      message: 'Mend',
      author: 'ghost',
      parents: [inner.sha],
      files: { b: '1\n' },
    })
    await world.command(devId, `prod canary ${sha}`)
    await world.press(leadId, gateCardOf(world, sha), 'gate_approve')
    expect((await deedsOf(world, leadId)).at(-1)).toBe('approve author_approval')
    expect((await releaseOf(world, sha)).approvals).toEqual([])
  })

  it('as the author of the pull request', async () => {
    const world = await gateWorld({ gate: everybody })
    const sha = await greenCommit(world, { message: 'Merge it', author: 'ghost', files: { 'a.ts': '1\n' } })
    world.github.addMergedPull(repository, { number: 7, title: 'Raise fees', author: 'lee', sha })
    await world.command(devId, `prod canary ${sha}`)
    await world.press(leadId, gateCardOf(world, sha), 'gate_approve')
    expect(await deedsOf(world, leadId)).toEqual(['approve author_approval'])
  })

  it('twice, where two are needed', async () => {
    const gate = { ...plainGate, approvers: { groups: [leadsId], count: 2 } }
    const world = await gateWorld({ gate })
    await world.command(devId, 'prod canary')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect(await deedsOf(world, leadId)).toEqual(['approve done', 'approve already_approved'])
    expect((await releaseOf(world, world.sha)).approvals).toHaveLength(1)
    expect(world.runs()).toEqual([])
  })
})

describe('somebody who is not one of us', () => {
  const eve = 'U0EVE000001'
  const people: readonly { readonly who: string; readonly user: Partial<NewUser>; readonly reason: string }[] = [
    { who: 'of another workspace', user: { teamId: 'T0OTHER0001' }, reason: 'other_workspace' },
    { who: 'a guest', user: { kind: 'guest' }, reason: 'guest' },
    { who: 'a guest of one channel', user: { kind: 'single_channel_guest' }, reason: 'guest' },
    { who: 'deactivated', user: { isDeactivated: true }, reason: 'deactivated' },
    { who: 'a bot', user: { isBot: true }, reason: 'deactivated' },
  ]
  it.each(people)('$who approves nothing, though the list of approvers names them', async ({ user, reason }) => {
    const gate = { ...plainGate, approvers: { people: [eve], groups: [leadsId], count: 1 } }
    const world = await gateWorld({ gate })
    world.slack.addUser({ id: eve, name: 'eve', ...user })
    world.slack.invite('#deploys', eve)
    await world.command(devId, 'prod canary')
    await world.press(eve, world.gateCard(), 'gate_approve')
    expect(await deedsOf(world, eve)).toEqual([`approve ${reason}`])
    await expectClosed(world)
  })

  it('whose workspace is claimed to be ours is who Slack says', async () => {
    const world = await gateWorld({ gate: { ...plainGate, approvers: { people: [eve], count: 1 } } })
    world.slack.addUser({ id: eve, name: 'eve', teamId: 'T0OTHER0001' })
    await world.command(devId, 'prod canary')
    const card = world.gateCard()
    const value = buttonValue(card, 'gate_approve')
    await forgePress(world, { user: eve, card, actionId: 'gate_approve', value, teamId: world.slack.state.team.id })
    expect(await deedsOf(world, eve)).toEqual(['approve other_workspace'])
    await expectClosed(world)
  })

  it('whom Slack does not know approves nothing', async () => {
    const world = await gateWorld({ gate: { ...plainGate, approvers: { people: ['U0NOBODY001'], count: 1 } } })
    await world.command(devId, 'prod canary')
    const card = world.gateCard()
    const value = buttonValue(card, 'gate_approve')
    await forgePress(world, { user: 'U0NOBODY001', card, actionId: 'gate_approve', value })
    expect(await deedsOf(world, 'U0NOBODY001')).toEqual(['approve unknown_person'])
    await expectClosed(world)
  })
})

describe('a role that is not there any more', () => {
  it('approves nothing: out of the group between the card and the press', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    // Read once already, so that there would be something to remember.
    await world.press(sreId, world.gateCard(), 'gate_approve')
    const group = world.slack.state.userGroups[leadsId]
    if (group !== undefined) group.users = [sreId]
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect(await deedsOf(world, leadId)).toEqual(['approve not_entitled'])
    await expectClosed(world)
  })

  it('approves nothing: deactivated between the card and the press', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const card = world.gateCard()
    world.slack.deactivate(leadId)
    await world.press(leadId, card, 'gate_approve')
    expect(await deedsOf(world, leadId)).toEqual(['approve deactivated'])
    await expectClosed(world)
  })

  it.each([
    { how: 'the group is disabled', fault: null },
    { how: 'Slack answers with an error', fault: 'http500' },
    { how: 'Slack wants a pause', fault: 'ratelimited' },
    { how: 'Slack does not find the group', fault: 'no_such_subteam' },
    { how: 'the scope was taken away', fault: 'missing_scope' },
    { how: 'the connection is cut', fault: 'reset_before' },
    { how: 'the answer cannot be read', fault: 'invalid_json' },
  ])('approves nothing while nobody can say: $how', async ({ fault }) => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const group = world.slack.state.userGroups[leadsId]
    if (fault !== null) world.slack.failNext({ method: 'usergroups.users.list', kind: fault })
    else if (group !== undefined) group.isDisabled = true
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect(await deedsOf(world, leadId)).toEqual(['approve membership_unknown'])
    expect(world.answers(leadId)).toHaveLength(1)
    await expectClosed(world)
  })

  it('approves nothing while Slack cannot say who pressed', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    world.slack.failNext({ method: 'users.info', kind: 'http500' })
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect(await deedsOf(world, leadId)).toEqual(['approve unknown_person'])
    await expectClosed(world)
  })

  it('approves nothing while GitHub cannot say how the commit stands', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    world.github.faults.setOutage(true)
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect(await deedsOf(world, leadId)).toEqual(['approve service_unavailable'])
    world.github.faults.setOutage(false)
    await expectClosed(world)
  })
})

describe('a clock that is moved back', () => {
  it('does not open a gate again that has expired', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const card = world.gateCard()
    const value = buttonValue(card, 'gate_approve')
    world.clock.skip(5 * 3600_000)
    await expect.poll(async () => (await releaseOf(world, world.sha)).state.name).toBe('expired')
    world.clock.skip(-5 * 3600_000)
    await forgePress(world, { user: leadId, card, actionId: 'gate_approve', value })
    expect(await deedsOf(world, leadId)).toEqual(['approve expired'])
    expect((await releaseOf(world, world.sha)).state.name).toBe('expired')
    expect(world.runs()).toEqual([])
  })

  it('makes no approval out of a role that was read before', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const card = world.gateCard()
    const value = buttonValue(card, 'gate_approve')
    world.clock.skip(-3600_000)
    const group = world.slack.state.userGroups[leadsId]
    if (group !== undefined) group.users = []
    await forgePress(world, { user: leadId, card, actionId: 'gate_approve', value })
    expect(await deedsOf(world, leadId)).toEqual(['approve not_entitled'])
    await expectClosed(world)
  })
})

describe('an approval and its withdrawal', () => {
  it('count in the order of the presses, however slow GitHub is', async () => {
    const world = await gateWorld({ gate: twoGroups })
    await world.command(devId, 'prod canary')
    const { slack, github } = world
    const channel = slack.channel('#deploys').id
    const card = world.gateCard()
    const value = buttonValue(card, 'gate_approve')
    github.faults.setLatency(2_000)
    await slack.press({ user: leadId, channel, ts: card.ts, actionId: 'gate_approve' })
    await forgePress(world, { user: leadId, card, actionId: 'gate_withdraw', value })
    await world.settled()
    expect(await deedsOf(world, leadId)).toEqual(['approve done', 'withdraw done'])
    await expectClosed(world)
  })
})

describe('two approvers and a rejecter at the same moment', () => {
  it.each([1, 2, 3])('have one outcome, and everybody hears which (%i)', async (seed) => {
    const log = noted()
    const world = await gateWorld({ gate: twoGroups, play: log.play, github: { seed } })
    await world.command(devId, 'prod canary')
    const { slack } = world
    const card = world.gateCard()
    const place = { channel: slack.channel('#deploys').id, ts: card.ts }
    slack.addUser({ id: 'U0LEAD00002', name: 'lou' })
    slack.invite('#deploys', 'U0LEAD00002')
    slack.state.userGroups[leadsId]?.users.push('U0LEAD00002')
    const view = await openForm(world, 'U0LEAD00002', card, 'gate_reject')
    slack.setLatency((method) => (method === 'users.info' ? seed * 37 : 0))
    await Promise.all([
      slack.press({ user: leadId, ...place, actionId: 'gate_approve' }),
      slack.submit({ user: 'U0LEAD00002', view: view.id, values: { reason: { reason: 'no' } } }),
      slack.press({ user: sreId, ...place, actionId: 'gate_approve' }),
    ])
    await world.settled()
    await runsEnd(world)
    const { state } = await releaseOf(world, world.sha)
    const isRejected = state.name === 'rejected'
    expect(['rejected', 'completed']).toContain(state.name)
    expect(log.inputs).toHaveLength(isRejected ? 0 : 1)
    for (const user of [leadId, sreId, 'U0LEAD00002']) {
      expect(world.answers(user)).toHaveLength(1)
      expect(await deedsOf(world, user)).toHaveLength(1)
    }
    expect(await deedsOf(world, 'U0LEAD00002')).toEqual([isRejected ? 'reject done' : 'reject already_decided'])
    expect(buttonsOf(world.gateCard())).toEqual([])
  })
})

describe('a reject', () => {
  it('by somebody who may not approve is none', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    await reject(world, sreId, world.gateCard(), 'no')
    expect(await deedsOf(world, sreId)).toEqual(['reject not_entitled'])
    await expectClosed(world)
  })
})
