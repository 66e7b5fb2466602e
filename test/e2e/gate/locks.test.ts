import { describe, expect, it } from 'vitest'
import { devId, leadId, plainGate, sreId, sresId } from './gate-world.ts'
import { buttons, commit, people, read } from './people.ts'

const hour = 3600_000
const threeMayLock = { ...plainGate, requesters: { people: [devId, sreId] } }

describe('a lock', () => {
  it('shows on the cards of open releases at once, holds the approved one back, and lets it go', async () => {
    const world = await people()
    await world.ask(devId, 'prod canary')
    expect((await world.ask(sreId, 'lock prod moving the database for 2h')).text).toContain(
      'production is locked until',
    )
    expect(read(world.card())).toContain('Locked')
    expect(read(world.card())).toContain('moving the database')
    const approved = await world.pressFor(leadId, world.card(), 'gate_approve')
    expect(approved.text).toContain('That is all that was needed')
    expect((await world.releases())[0]?.state).toMatchObject({ name: 'queued', waitsFor: 'lock' })
    expect(world.runs()).toEqual([])
    const status = await world.ask(sreId, 'status prod')
    expect((await world.pressFor(sreId, status, 'environment_unlock')).text).toContain('is not locked any more')
    expect(world.runs()).toHaveLength(1)
    expect(read(world.card())).not.toContain('moving the database')
  })

  it('ends by itself, and what waits for it starts', async () => {
    const world = await people()
    await world.ask(sreId, 'lock prod moving the database for 10m')
    await world.ask(devId, 'prod canary')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect(world.runs()).toEqual([])
    world.clock.skip(10 * 60_000)
    await world.slack.until(() => world.runs().length > 0, 'the start after the lock', 20_000)
    await world.settled()
    expect(read(world.card())).not.toContain('moving the database')
    expect(read(await world.ask(devId, 'unlock prod'))).toContain('The environment is not locked.')
  })

  it('is taken over with a confirmation; whoever held it is told, and its reason and end stay', async () => {
    const world = await people({ gate: threeMayLock })
    await world.ask(sreId, 'lock prod moving the database for 5h')
    const refused = await world.ask(devId, 'lock prod me too')
    expect(read(refused)).toContain('Somebody else holds the lock.')
    expect(read(refused)).toContain('moving the database')
    expect(read(refused)).toContain('It works again')
    expect(JSON.stringify(refused.blocks)).toContain('Take the lock of production over?')
    const taken = await world.pressFor(devId, refused, 'environment_take_over_lock')
    expect(taken.text).toContain('moving the database')
    expect(taken.text).toContain('production is locked until')
    const told = world.told(sreId).at(-1)
    expect(told?.text).toContain('dee has taken over your lock of production of app: moving the database')
    expect(read(await world.ask(devId, 'status prod'))).toContain(`<@${devId}>`)
    expect(await world.audit()).toMatchObject([
      { action: 'lock', reason: null, actor: sreId },
      { action: 'lock', reason: 'lock_taken', actor: devId },
      { action: 'lock', reason: null, actor: devId },
    ])
    await world.ask(devId, 'unlock prod')
    const late = await world.pressFor(devId, refused, 'environment_take_over_lock')
    expect(read(late)).toContain('nothing to take over')
  })

  it('of somebody else is taken off by an approver, who is named to its owner, and by nobody else', async () => {
    const world = await people({ gate: threeMayLock })
    await world.ask(sreId, 'lock prod moving the database')
    const refused = await world.ask(devId, 'unlock prod')
    expect(buttons(refused)).toEqual(['environment_take_over_lock', 'request_why'])
    expect((await world.ask(leadId, 'unlock prod')).text).toContain('is not locked any more')
    expect(world.told(sreId).at(-1)?.text).toContain('lee has taken off your lock')
  })

  it('that an incident holds is nobody’s own: whoever may lock may take it off when the incident is over', async () => {
    const world = await people({ gate: threeMayLock })
    await world.ask(devId, 'prod canary')
    await world.ask(sreId, 'lock prod incident INC-42: checkout is slow')
    expect(read(world.card())).toContain('for incident ')
    expect(read(world.card())).toContain('INC-42')
    expect((await world.ask(devId, 'unlock prod')).text).toContain('is not locked any more')
    expect(world.told(sreId).at(-1)?.text).toContain('dee has taken off your lock')
  })

  it('that is forgotten reminds its owner after three hours, with the button that takes it off', async () => {
    const world = await people()
    await world.ask(devId, 'prod canary')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    await world.github.walk()
    await world.settled()
    await world.ask(sreId, 'lock prod moving the database')
    world.clock.skip(3 * hour)
    await world.slack.until(() => world.told(sreId).length > 1, 'the reminder', 20_000)
    const reminder = world.told(sreId).at(-1)
    if (reminder === undefined) throw new Error('no reminder')
    expect(reminder.text).toContain('You have locked production of app for 3 h')
    expect((await world.pressFor(sreId, reminder, 'environment_unlock')).text).toContain('is not locked any more')
    expect(await world.audit()).toContainEqual({ action: 'unlock', reason: null, actor: sreId })
  })

  it('needs a reason and somebody who may ask for releases', async () => {
    const world = await people({ gate: { ...plainGate, requesters: { groups: [sresId] } } })
    expect(read(await world.ask(devId, 'lock prod'))).toContain('Say why')
    const refused = await world.ask(devId, 'lock prod because')
    expect(read(refused)).toContain('You may not ask for releases of this environment.')
    expect(read(await world.pressFor(devId, refused, 'deploy_who'))).toContain(`<!subteam^${sresId}>`)
  })
})

describe('a freeze', () => {
  it('that was declared holds releases back; its end by hand and by time lets them go', async () => {
    const world = await people()
    await world.ask(leadId, 'freeze prod load test for 2h')
    await world.ask(devId, 'prod canary')
    expect(read(world.card())).toContain('Frozen')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect((await world.releases())[0]?.state).toMatchObject({ name: 'queued', waitsFor: 'freeze' })
    const why = await world.ask(leadId, 'why prod')
    await world.pressFor(leadId, why, 'environment_unfreeze')
    expect(world.runs()).toHaveLength(1)
    await world.github.walk()
    await world.settled()

    await world.ask(leadId, 'freeze prod load test for 30m')
    await world.ask(devId, `prod canary ${await commit(world, 'More')}`)
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect(world.runs()).toHaveLength(1)
    world.clock.skip(30 * 60_000)
    await world.slack.until(() => world.runs().length > 1, 'the start after the freeze', 20_000)
  })

  it('of the configuration holds releases back and says until when; only its time or broken glass ends it', async () => {
    const from = new Date(Date.now() - 24 * hour).toISOString().slice(0, 10)
    const to = new Date(Date.now() + 48 * hour).toISOString().slice(0, 10)
    const world = await people({
      gate: { ...plainGate, freeze: [{ from, to, time_zone: 'UTC', reason: 'the quarter’s end' }] },
    })
    await world.ask(devId, 'prod canary')
    expect(read(world.card())).toContain('the quarter’s end')
    const refused = await world.ask(leadId, 'unfreeze prod')
    expect(read(refused)).toContain('It works again')
    await world.press(leadId, world.gateCard(), 'gate_approve')
    expect(world.runs()).toEqual([])
    world.clock.skip(73 * hour)
    await world.slack.until(() => world.runs().length > 0, 'the start after the freeze', 20_000)
  })

  it('is for approvers, because it is everybody’s', async () => {
    const world = await people()
    const refused = await world.ask(devId, 'freeze prod sale for 2h')
    expect(read(refused)).toContain('Only those who may approve releases of this environment can do this.')
    expect(buttons(refused)).toEqual(['deploy_who'])
  })
})
