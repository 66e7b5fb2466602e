/** Attacks on the gate by requests: recorded, forged, doubled, or on what is no card. */
import { describe, expect, it } from 'vitest'
import { deedsOf, expectClosed } from './deeds.ts'
import { buttonValue, type ForgedPress, forgePress, formOf, post, pressPayload } from './forged.ts'
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
  releaseOf,
  repository,
  runsEnd,
  sresId,
} from './gate-world.ts'

const twoGroups = { ...plainGate, approvers: [{ groups: [leadsId] }, { groups: [sresId] }] }

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
    await expect.poll(() => world.gateCards().length, { timeout: 15_000 }).toBe(1)
    await world.settled()
    await forgePress(world, { user: leadId, card: old, actionId: 'gate_approve', value })
    expect(await deedsOf(world, leadId)).toEqual(['approve copied_card'])
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect((await deedsOf(world, leadId)).at(-1)).toBe('approve done')
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
