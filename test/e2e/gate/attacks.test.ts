/** Attacks on the gate by people and by requests. Texts that attack are in injections.test.ts. */
import { describe, expect, it } from 'vitest'
import type { NewUser } from '../../../sandbox/slack/workspace.ts'
import { appKey } from '../../sandbox/github/app-key.ts'
import { monaId } from '../fast-world.ts'
import { buttonsOf, buttonValue, type ForgedPress, forgePress, formOf, post, pressPayload } from './forged.ts'
import {
  devId,
  type GateWorld,
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

/** What the audit log says of what somebody did, as `action reason`. */
async function deedsOf(world: GateWorld, actor: string): Promise<readonly string[]> {
  const rows = await world.audit()
  return rows.filter((row) => row.actor === actor).map(({ action, reason }) => `${action} ${reason ?? 'done'}`)
}

/** Nothing was approved and nothing was started. */
async function expectClosed(world: GateWorld, sha = world.sha): Promise<void> {
  expect(await releaseOf(world, sha)).toMatchObject({ state: { name: 'awaiting_approval' }, approvals: [] })
  expect(world.runs()).toEqual([])
}

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

describe('a request is not taken', () => {
  const minute = 60_000

  async function forgedForm(world: GateWorld): Promise<string> {
    await world.command(devId, 'prod canary')
    const card = world.gateCard()
    const value = buttonValue(card, 'gate_approve')
    return formOf(pressPayload(world, { user: leadId, card, actionId: 'gate_approve', value }))
  }

  it('that was recorded more than five minutes ago, though its signature is right', async () => {
    const world = await gateWorld()
    const body = await forgedForm(world)
    expect(await post(world, { body, signedAt: Date.now() - 5 * minute - 2_000 })).toMatchObject({ status: 401 })
    await world.settled()
    await expectClosed(world)
  })

  it.each([
    { how: 'with another secret', request: { secret: 'guessed' } },
    { how: 'without a signature', request: { headers: { 'x-slack-signature': '' } } },
    {
      how: 'with the signature of another body',
      request: { headers: { 'x-slack-signature': `v0=${'0'.repeat(64)}` } },
    },
    {
      how: 'with a signature of an unknown kind',
      request: { headers: { 'x-slack-signature': `v1=${'0'.repeat(64)}` } },
    },
    { how: 'with no time', request: { headers: { 'x-slack-request-timestamp': '' } } },
    { how: 'with a time that is none', request: { headers: { 'x-slack-request-timestamp': 'yesterday' } } },
  ])('$how', async ({ request }) => {
    const world = await gateWorld()
    const body = await forgedForm(world)
    const { status } = await post(world, { body, ...request })
    expect([400, 401]).toContain(status)
    await world.settled()
    await expectClosed(world)
  })

  it('that hides in the check of a certificate, which is not signed', async () => {
    const world = await gateWorld()
    const body = `ssl_check=1&${await forgedForm(world)}`
    await post(world, { body, secret: 'guessed' })
    await world.settled()
    await expectClosed(world)
  })
})

describe('the same delivery again', () => {
  it('within five minutes has no second effect, answer or row', async () => {
    const log = noted()
    const world = await gateWorld({ gate: twoGroups, play: log.play })
    await world.command(devId, 'prod canary')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    const delivery = world.slack.deliveries.at(-1)
    if (delivery === undefined) throw new Error('Nothing was delivered.')
    for (let time = 0; time < 5; time += 1) await world.slack.redeliver(delivery)
    await world.settled()
    expect(await deedsOf(world, leadId)).toEqual(['approve done'])
    expect(world.answers(leadId)).toHaveLength(1)
    expect((await releaseOf(world, world.sha)).approvals).toHaveLength(1)
  })

  it.each([
    { when: 'after the approval was taken back', restarts: false, backMs: 0 },
    { when: 'after a restart', restarts: true, backMs: 0 },
    { when: 'after the clock was moved back', restarts: false, backMs: -3600_000 },
  ])('$when approves nothing', async ({ restarts, backMs }) => {
    const world = await gateWorld({ gate: twoGroups })
    await world.command(devId, 'prod canary')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    const delivery = world.slack.deliveries.at(-1)
    if (delivery === undefined) throw new Error('Nothing was delivered.')
    await world.press(leadId, world.gateCard(), 'gate_withdraw')
    expect((await releaseOf(world, world.sha)).approvals).toEqual([])
    if (restarts) {
      await world.stopSluice()
      await world.startSluice()
    }
    world.clock.skip(backMs)
    expect(await post(world, { body: formOf(delivery.payload) })).toMatchObject({ status: 200 })
    await world.settled()
    await expectClosed(world)
    expect(await deedsOf(world, leadId)).toEqual(['approve done', 'withdraw done'])
  })

  it('of a command opens no second release', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const delivery = world.slack.deliveries.find(({ kind }) => kind === 'slash_commands')
    if (delivery === undefined) throw new Error('Nothing was delivered.')
    await world.slack.redeliver(delivery)
    await world.settled()
    expect(await world.releases()).toHaveLength(1)
    expect(await deedsOf(world, devId)).toEqual(['request done'])
  })
})

describe('a button says what nobody wrote on it', () => {
  const unknown = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
  it.each([
    {
      what: 'a release that there is not',
      make: (value: string) => value.replace(/^\S+/, unknown),
      reason: 'unknown_release',
    },
    {
      what: 'another plan',
      make: (value: string) => value.replace(/[0-9a-f]{64}$/, 'a'.repeat(64)),
      reason: 'stale_button',
    },
    {
      what: 'an older state of the card',
      make: (value: string) => value.replace(/ \d+ /, ' 0 '),
      reason: 'stale_button',
    },
    {
      what: 'a later state of the card',
      make: (value: string) => value.replace(/ \d+ /, ' 99 '),
      reason: 'stale_button',
    },
    {
      what: 'a state beyond all numbers',
      make: (value: string) => value.replace(/ \d+ /, ` ${'9'.repeat(400)} `),
      reason: 'malformed_button',
    },
    { what: 'more than the value', make: (value: string) => `${value} approved`, reason: 'malformed_button' },
    { what: 'a second line', make: (value: string) => `${value}\n${value}`, reason: 'malformed_button' },
    { what: 'nothing', make: () => '', reason: 'malformed_button' },
    { what: 'JSON', make: () => '{"__proto__":{"ok":true}}', reason: 'malformed_button' },
    { what: 'SQL', make: (value: string) => `${value}'; DROP TABLE releases; --`, reason: 'malformed_button' },
    { what: 'a megabyte', make: () => 'x'.repeat(1_000_000), reason: 'malformed_button' },
  ])('$what: refused with $reason, written down and answered once', async ({ make, reason }) => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const card = world.gateCard()
    const value = make(buttonValue(card, 'gate_approve'))
    expect(await forgePress(world, { user: leadId, card, actionId: 'gate_approve', value })).toMatchObject({
      status: 200,
    })
    const action = reason === 'malformed_button' ? 'press' : 'approve'
    expect(await deedsOf(world, leadId)).toEqual([`${action} ${reason}`])
    expect(world.answers(leadId)).toHaveLength(1)
    await expectClosed(world)
  })

  it('the release of another card: that one is not approved, nor is this one', async () => {
    const world = await gateWorld()
    const other = await greenCommit(world, { message: 'Show euros', files: { 'b.ts': '1\n' } })
    await world.command(devId, `prod canary ${world.sha}`)
    await world.command(devId, `prod canary ${other}`)
    const value = buttonValue(gateCardOf(world, other), 'gate_approve')
    await forgePress(world, { user: leadId, card: gateCardOf(world, world.sha), actionId: 'gate_approve', value })
    expect(await deedsOf(world, leadId)).toEqual(['approve copied_card'])
    await expectClosed(world)
    await expectClosed(world, other)
  })
})

describe('a copy of the card', () => {
  it.each<{ readonly where: string; readonly place: Partial<ForgedPress> }>([
    { where: 'in another channel', place: { channel: '#sluice' } },
    { where: 'as another message of the channel', place: { card: { ts: '1700000000.000100' } } },
  ])('$where decides nothing', async ({ place }) => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const card = world.gateCard()
    const value = buttonValue(card, 'gate_approve')
    await forgePress(world, { user: leadId, card, actionId: 'gate_approve', value, ...place })
    expect(await deedsOf(world, leadId)).toEqual(['approve copied_card'])
    await expectClosed(world)
    await world.press(leadId, card, 'gate_approve')
    await runsEnd(world)
    expect((await releaseOf(world, world.sha)).state.name).toBe('completed')
  })

  it('that a person deleted and that was posted anew decides nothing, the new one does', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const old = world.gateCard()
    const value = buttonValue(old, 'gate_approve')
    world.slack.deleteMessage('#deploys', old.ts)
    await world.press(devId, world.gateCards().at(-1) ?? old, 'gate_refresh').catch(() => {})
    await forgePress(world, { user: devId, card: old, actionId: 'gate_refresh', value })
    world.github.reportCheck(repository, { sha: world.sha, app: 'ci', name: 'more', conclusion: 'success' })
    world.clock.skip(16 * 60_000)
    await expect.poll(() => world.gateCards().length).toBe(1)
    await world.settled()
    await forgePress(world, { user: leadId, card: old, actionId: 'gate_approve', value })
    expect(await deedsOf(world, leadId)).toEqual(['approve copied_card'])
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect((await deedsOf(world, leadId)).at(-1)).toBe('approve done')
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

describe('a form', () => {
  it('that is sent after the release was decided changes nothing', async () => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const view = await openForm(world, leadId, world.gateCard(), 'gate_reject')
    await world.press(devId, world.gateCard(), 'gate_cancel')
    const before = await releaseOf(world, world.sha)
    await world.slack.submit({ user: leadId, view: view.id, values: { reason: { reason: 'too late' } } })
    await world.settled()
    expect(await releaseOf(world, world.sha)).toEqual(before)
    expect(await deedsOf(world, leadId)).toEqual(['reject already_decided'])
    expect(world.answers(leadId)).toHaveLength(1)
  })

  it('with a checklist that was not ticked approves nothing, nor does a press past it', async () => {
    const world = await gateWorld({ gate: { ...plainGate, checklist: ['I have read the diff'] } })
    await world.command(devId, 'prod canary')
    const card = world.gateCard()
    const view = await openForm(world, leadId, card, 'gate_approve')
    await expectClosed(world)
    const ticked = (options: readonly string[]) => ({
      checklist_0: { checklist_0: { type: 'checkboxes', selected_options: options.map((value) => ({ value })) } },
    })
    const refused = await world.slack.submit({ user: leadId, view: view.id, values: ticked([]) })
    expect(refused.body).toMatchObject({ response_action: 'errors' })
    await expectClosed(world)
    await world.slack.submit({ user: leadId, view: view.id, values: ticked(['0']) })
    await world.settled()
    expect(await deedsOf(world, leadId)).toEqual(['approve done'])
  })

  it.each([
    { what: 'nothing', metadata: '' },
    { what: 'no JSON', metadata: '{' },
    { what: 'another shape', metadata: '{"gate":{},"place":[]}' },
    { what: 'a prototype', metadata: '{"__proto__":{"gate":"x"}}' },
  ])('whose metadata is $what is refused, written down and answered', async ({ metadata }) => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const view = await openForm(world, leadId, world.gateCard(), 'gate_reject')
    const stored = world.slack.state.views[view.id]
    if (stored !== undefined) stored.privateMetadata = metadata
    await world.slack.submit({ user: leadId, view: view.id, values: { reason: { reason: 'no' } } })
    await world.settled()
    expect(await deedsOf(world, leadId)).toEqual(['press malformed_button'])
    await expectClosed(world)
  })
})

describe('a payload', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const json = 'application/json'
  it.each([
    {
      what: 'of five megabytes',
      body: formOf({ type: 'block_actions', text: 'x'.repeat(5_000_000) }),
      statuses: [413],
    },
    { what: 'nested a hundred thousand deep', body: `payload=${nested(100_000)}`, statuses: [200, 400, 404] },
    { what: 'nested deep in JSON', contentType: json, body: nested(500_000), statuses: [200, 400, 404] },
    { what: 'that is null', body: 'payload=null', statuses: [400, 404] },
    { what: 'that is a number', body: 'payload=7', statuses: [400, 404] },
    { what: 'that is no JSON', body: 'payload={', statuses: [400] },
    { what: 'that is empty', body: '', statuses: [400, 404] },
    { what: 'that is null in JSON', contentType: json, body: 'null', statuses: [400, 404] },
    {
      what: 'with a prototype',
      body: formOf(JSON.parse('{"__proto__":{"type":"block_actions"},"type":"block_actions","actions":[]}')),
      statuses: [400, 404, 500],
    },
    {
      what: 'with actions that are none',
      body: formOf({ type: 'block_actions', actions: 'gate_approve' }),
      statuses: [400, 404, 500],
    },
    {
      what: 'of a press without a user',
      body: formOf({ type: 'block_actions', actions: [{ type: 'button', action_id: 'gate_approve' }] }),
      statuses: [200, 400, 404, 500],
    },
  ])('$what harms nothing', { timeout: 20_000 }, async ({ body, contentType, statuses }) => {
    const world = await gateWorld()
    await world.command(devId, 'prod canary')
    const sent = await post(world, { body, ...(contentType === undefined ? {} : { contentType }) })
    expect(statuses).toContain(sent.status)
    await world.settled()
    await expectClosed(world)
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect(await deedsOf(world, leadId)).toEqual(['approve done'])
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
