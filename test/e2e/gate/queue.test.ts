import { describe, expect, it } from 'vitest'
import { markOf, monaId } from '../fast-world.ts'
import { devId, leadId, leadsId, plainGate, sreId, sresId } from './gate-world.ts'
import { buttons, commit, type People, people, read, type Told } from './people.ts'

const minute = 60_000

/** The card of the release of a commit. */
function cardOf(world: People, sha: string): Told {
  const card = world.gateCards().find((message) => JSON.stringify(message.blocks).includes(`/commit/${sha}`))
  if (card === undefined) throw new Error(`There is no card of ${sha}.`)
  return { channel: world.slack.channel('#deploys').id, ts: card.ts, text: card.text, blocks: card.blocks }
}

async function stateOf(world: People, sha: string) {
  return (await world.releases()).find((release) => release.sha === sha)?.state
}

describe('one release at a time', () => {
  it('starts; the others wait in the order of their approvals, which their cards show, and move up', async () => {
    const world = await people()
    const [a, b, c] = [world.sha, await commit(world, 'Second'), await commit(world, 'Third')]
    // Held by a lock, so that none has begun while the queue is looked at.
    await world.ask(leadId, 'lock prod moving the database')
    for (const sha of [a, b, c]) await world.ask(devId, `prod canary ${sha}`)
    for (const sha of [b, a, c]) await world.pressFor(leadId, cardOf(world, sha), 'gate_approve')
    await world.settled()
    expect(read(cardOf(world, b))).not.toContain('in line')
    expect(read(cardOf(world, a))).toContain('number 2 in line')
    expect(read(cardOf(world, c))).toContain('number 3 in line')
    const status = read(await world.ask(devId, 'status prod'))
    const inOrder = [b, a, c].map((sha) => status.indexOf(`/commit/${sha}`))
    expect(inOrder).toEqual(inOrder.toSorted((x, y) => x - y))

    await world.pressFor(devId, cardOf(world, b), 'gate_cancel')
    expect(read(cardOf(world, a))).not.toContain('in line')
    expect(read(cardOf(world, c))).toContain('number 2 in line')

    await world.ask(leadId, 'unlock prod')
    await world.slack.until(() => world.runs().length === 2, 'the start of the second', 20_000)
    await world.slack.until(() => read(cardOf(world, c)).includes('Live since'), 'the end of the second', 20_000)
    const ended = [await stateOf(world, a), await stateOf(world, c)].map((state) =>
      state?.name === 'completed' ? state.at : 0,
    )
    expect(ended).toEqual(ended.toSorted((x, y) => x - y))
    expect(ended).not.toContain(0)
  })

  it('a newer release takes the place of one that waits at the gate, where that is configured', async () => {
    const world = await people({ gate: { ...plainGate, supersede: true } })
    await world.ask(devId, 'prod canary')
    const newer = await commit(world, 'Second')
    await world.ask(devId, 'prod canary')
    expect((await stateOf(world, world.sha))?.name).toBe('superseded')
    expect(read(cardOf(world, world.sha))).toContain('Superseded')
    expect(buttons(cardOf(world, world.sha))).toEqual([])
    expect((await stateOf(world, newer))?.name).toBe('awaiting_approval')
  })
})

describe('before it has begun', () => {
  it('an approval is taken back: at the gate, and in the queue, which sends it back to the gate', async () => {
    const world = await people({ gate: { ...plainGate, approvers: { groups: [leadsId, sresId], count: 2 } } })
    await world.ask(leadId, 'lock prod moving the database')
    await world.ask(devId, 'prod canary')
    await world.pressFor(leadId, world.card(), 'gate_approve')
    const refused = await world.pressFor(sreId, world.card(), 'gate_withdraw')
    expect(read(refused)).toContain('You have not approved this release')
    await world.pressFor(sreId, world.card(), 'gate_approve')
    expect((await stateOf(world, world.sha))?.name).toBe('queued')
    expect((await world.pressFor(sreId, world.card(), 'gate_withdraw')).text).toContain('back')
    expect((await stateOf(world, world.sha))?.name).toBe('awaiting_approval')
    expect(read(world.card())).toContain('1 given, 1 missing')
  })

  it('the requester and the approvers call it off, and nobody else does', async () => {
    const world = await people()
    await world.ask(devId, 'prod canary')
    const refused = await world.pressFor(sreId, world.card(), 'gate_cancel')
    expect(read(refused)).toContain('Only the requester or somebody who may approve can do this.')
    expect(buttons(refused)).toEqual(['deploy_who'])
    const done = await world.ask(devId, 'cancel wrong commit')
    expect(done.text).toContain('You called off')
    expect(read(world.card())).toContain('wrong commit')
    const late = await world.ask(devId, `cancel ${(await world.releases())[0]?.id}`)
    expect(buttons(late)).toEqual(['request_release'])
    expect((await world.pressFor(devId, late, 'request_release')).text).toContain('Release of')
  })

  it('a rejection says why, and the card shows it', async () => {
    const world = await people()
    await world.ask(devId, 'prod canary')
    await world.openForm(leadId, world.card(), 'gate_reject')
    expect((await world.submit(leadId, {})).body).toMatchObject({ response_action: 'errors' })
    const [field] = JSON.parse(JSON.stringify(world.form(leadId).blocks)).flatMap(
      (block: { readonly type: string; readonly block_id: string }) => (block.type === 'input' ? block.block_id : []),
    )
    await world.submit(leadId, { [field]: 'the rounding is wrong' })
    expect(read(world.card())).toContain('the rounding is wrong')
    expect((await stateOf(world, world.sha))?.name).toBe('rejected')
  })

  it('approvers are reminded before the gate closes, and then it is closed', async () => {
    const world = await people({ gate: { ...plainGate, expires_after: '2h', remind_before: '30m' } })
    await world.ask(devId, 'prod canary')
    const thread = () =>
      world.slack
        .messages('#deploys')
        .flatMap(({ ts }) => world.slack.thread('#deploys', ts))
        .map((message) => `${markOf(message)} ${message.text}`)
        .join('\n')
    expect(thread()).not.toContain('still missing: ')
    world.clock.skip(91 * minute)
    await world.slack.until(() => thread().includes('1 approval still missing: app'), 'the reminder', 20_000)
    world.clock.skip(31 * minute)
    await world.slack.until(() => read(world.card()).includes('Expired'), 'the end of the gate', 20_000)
    await world.settled()
    expect(buttons(world.card())).toEqual([])
  })
})

describe('what an approval asks for', () => {
  it('a checklist is ticked in a form first, with a comment for the card', async () => {
    const world = await people({ gate: { ...plainGate, checklist: ['review migrations', 'confirm the strategy'] } })
    await world.ask(devId, 'prod canary')
    await world.openForm(leadId, world.card(), 'gate_approve')
    const inputs = JSON.parse(JSON.stringify(world.form(leadId).blocks)).filter(
      ({ type }: { readonly type: string }) => type === 'input',
    )
    const [checklist, comment] = inputs
    const options = checklist.element.options as readonly { readonly value: string }[]
    const ticked = (some: typeof options) => ({ type: 'checkboxes', selected_options: some })
    expect((await world.submit(leadId, { [checklist.block_id]: ticked(options.slice(1)) })).body).toMatchObject({
      response_action: 'errors',
    })
    await world.submit(leadId, { [checklist.block_id]: ticked(options), [comment.block_id]: 'looked at both' })
    expect(world.runs()).toHaveLength(1)
    expect(read(world.card())).toContain('looked at both')
  })

  it('a risk asks for more approvals, and the card says which rule does', async () => {
    const risks = [{ name: 'fees', paths: 'src/fees*', approvers: { groups: [sresId], count: 1 } }]
    const world = await people({ gate: { ...plainGate, risks } })
    await world.ask(devId, 'prod canary')
    expect(read(world.card())).toContain('0 given, 2 missing')
    expect(read(world.card())).toContain('(risk rule ')
    expect((await world.pressFor(leadId, world.card(), 'gate_approve')).text).toContain('1 of 2')
    expect((await world.pressFor(sreId, world.card(), 'gate_approve')).text).toContain('2 of 2')
    expect(world.runs()).toHaveLength(1)
  })

  it('an approval carries over to exactly the same plan, and the card says so', async () => {
    const world = await people({ gate: { ...plainGate, approvers: { groups: [leadsId, sresId], count: 2 } } })
    await world.ask(devId, 'prod canary')
    await world.pressFor(leadId, world.card(), 'gate_approve')
    await world.pressFor(devId, world.card(), 'gate_cancel')
    expect((await world.ask(devId, 'prod canary')).text).toContain('with 1 approval carried over')
    expect(read(world.card())).toContain('carried over from')
    expect(read(world.card())).toContain('exactly the same plan')
    expect((await world.pressFor(sreId, world.card(), 'gate_approve')).text).toContain('2 of 2')
  })

  it('whoever asked or wrote a part of it is told who can approve instead', async () => {
    const world = await people({ gate: { ...plainGate, approvers: { people: [devId, monaId], count: 1 } } })
    await world.ask(devId, 'prod canary')
    const own = await world.pressFor(devId, world.card(), 'gate_approve')
    expect(read(own)).toContain('You asked for this release')
    expect(read(await world.pressFor(devId, own, 'deploy_who'))).toContain('1 person of')
    expect(read(await world.pressFor(monaId, world.card(), 'gate_approve'))).toContain(
      'You wrote a part of what would ship',
    )
    expect(read(await world.pressFor(sreId, world.card(), 'gate_approve'))).toContain('You are not among the people')
  })
})

describe('breaking the glass', () => {
  const glass = {
    ...plainGate,
    freeze: [{ from: '2020-01-01', to: '2099-01-01', time_zone: 'UTC', reason: 'holidays' }],
    break_glass: { people: [sreId, leadId], channel: '#sluice' },
  }
  const onCall = 'S0ONCALL001'

  async function shatter(world: People, user: string): Promise<Told | undefined> {
    await world.openForm(user, world.card(), 'gate_break_glass')
    await world.submit(user, { reason: 'checkout is down', confirmation: 'production' })
    return world.told(user).at(-1)
  }

  it('asks why and for a typed confirmation, starts at once, and is told to all who watch', async () => {
    const world = await people({ gate: glass, repositorySettings: { on_call: onCall } })
    await world.ask(devId, 'prod canary')
    await world.openForm(sreId, world.card(), 'gate_break_glass')
    expect((await world.submit(sreId, { reason: 'checkout is down', confirmation: 'prod' })).body).toMatchObject({
      response_action: 'errors',
      errors: { confirmation: 'Type exactly: production' },
    })
    await world.submit(sreId, { reason: 'checkout is down', confirmation: 'production' })
    expect(world.told(sreId).at(-1)?.text).toContain('You broke the glass')
    expect(world.runs()).toHaveLength(1)
    expect(read(world.card())).toContain('BREAK GLASS')
    expect(read(world.card())).toContain('checkout is down')
    const security = world.slack.messages('#sluice').map(read).join('\n')
    expect(security).toContain('BREAK GLASS')
    expect(security).toContain(onCall)
    const seen = world.slack.messages('#deploys').map(read).join('\n')
    expect(seen).toContain('A review is owed')
    expect(await world.audit()).toContainEqual({ action: 'break_glass', reason: null, actor: sreId })
  })

  it('is for those who are named, and refused to others with who they are', async () => {
    const world = await people({ gate: glass })
    await world.ask(devId, 'prod canary')
    const refused = await shatter(world, devId)
    expect(read(refused ?? world.card())).toContain('You are not among the people who may break the glass here.')
    expect(buttons(refused ?? world.card())).toEqual(['deploy_who'])
    expect(world.runs()).toEqual([])
  })

  it('leaves a review owed: the next ordinary release waits until somebody else has signed it off', async () => {
    const world = await people({ gate: { ...glass, approvers: { people: [leadId, sreId], count: 1 } } })
    await world.ask(devId, 'prod canary')
    await shatter(world, sreId)
    await world.github.walk()
    await world.settled()
    const broken = world.card()
    expect(buttons(broken)).toEqual(['gate_sign_off'])
    const next = await commit(world, 'Second')
    await world.ask(devId, 'prod canary')
    expect(read(cardOf(world, next))).toContain('A review is owed')
    const own = await world.pressFor(sreId, cardOf(world, world.sha), 'gate_sign_off')
    expect(read(own)).toContain('Somebody other than the one who broke the glass')
    const stranger = await world.pressFor(devId, cardOf(world, world.sha), 'gate_sign_off')
    expect(read(stranger)).toContain('Only those who may approve releases of this environment')
    const signed = await world.pressFor(leadId, cardOf(world, world.sha), 'gate_sign_off')
    expect(signed.text).toContain('signed off')
    expect(read(cardOf(world, world.sha))).toContain(`Signed off by `)
    expect(read(cardOf(world, next))).not.toContain('A review is owed')
    const again = await world
      .pressFor(leadId, { ...cardOf(world, world.sha), ...broken }, 'gate_sign_off')
      .catch(() => null)
    expect(again).toBeNull()
  })
})
