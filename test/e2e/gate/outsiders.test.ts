/** What somebody who may not look gets to know: nothing but that, and it is written down. */
import { describe, expect, it } from 'vitest'
import type { NewUser } from '../../../sandbox/slack/workspace.ts'
import { forgePress } from './forged.ts'
import { devId, leadId } from './gate-world.ts'
import { commit, type People, people, read } from './people.ts'

const eve = 'U0EVE000001'
const outsiders: readonly { readonly who: string; readonly user: Partial<NewUser>; readonly reason: string }[] = [
  { who: 'a guest', user: { kind: 'guest' }, reason: 'guest' },
  { who: 'somebody of another workspace', user: { teamId: 'T0OTHER0001' }, reason: 'other_workspace' },
]
const names = /production|staging|canary|blue-green|omnihub|[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{7}/

async function withEve(user: Partial<NewUser> = { kind: 'guest' }): Promise<People> {
  const world = await people()
  world.slack.addUser({ id: eve, name: 'eve', ...user })
  world.slack.invite('#deploys', eve)
  return world
}

/** Rows of refused look-ups: by what, and why. */
async function looks(world: People) {
  const rows = await world
    .sluice()
    .store.db.selectFrom('audit')
    .select(['action', 'object', 'reason_code as reason', 'actor_id as actor', 'actor_name as name', 'client'])
    .where('actor_id', '=', eve)
    .orderBy('seq')
    .execute()
  return rows.map(({ action, object, reason }) => `${action} ${object} ${reason}`)
}

describe.each(outsiders)('$who', ({ user, reason }) => {
  it('is told no name by a command that is not understood, or by help, and each is in the log', async () => {
    const world = await withEve(user)
    const typed = ['prdo canary', 'staging blue', 'canary', 'lock', 'unlock nowhere', 'help', 'help lock']
    for (const text of typed) {
      const answer = await world.ask(eve, text)
      expect(read(answer), text).not.toMatch(names)
      expect(answer.text, text).toMatch(reason === 'guest' ? /^Guests cannot do this/ : /^You belong to another/)
    }
    const objects = [...Array<string>(5).fill('command:unreadable'), 'command:help', 'command:help']
    expect(await looks(world)).toEqual(objects.map((object) => `look ${object} ${reason}`))
  })
})

describe('somebody who may not look', () => {
  it('is told of no open release, whichever command would list them', async () => {
    const world = await withEve()
    await world.ask(devId, 'prod canary')
    await world.ask(devId, `prod canary ${await commit(world, 'Second')}`)
    for (const text of [
      'cancel',
      'card',
      'approve',
      'status',
      'history',
      'who prod',
      'show 01ARZ3NDEKTSV4RRFFQ69G5FAV',
      'rollback',
      'approve-step prod',
      '',
    ]) {
      expect(read(await world.ask(eve, text)), text).not.toMatch(names)
    }
    expect(world.slack.openView(eve)).toBeNull()
    expect(new Set(await looks(world))).toEqual(
      new Set(
        ['cancel', 'card', 'status', 'history', 'who', 'show', 'rollback', 'approve_step', 'open_modal'].map(
          (of) => `look command:${of} guest`,
        ),
      ),
    )
  })

  it('is answered once when what they typed would have changed something, and that is the row', async () => {
    const world = await withEve()
    await world.ask(devId, 'prod canary')
    for (const text of ['prod canary', 'lock prod moving house', 'freeze prod sale for 2h', 'cancel']) {
      expect(read(await world.ask(eve, text)), text).not.toMatch(names)
    }
    expect(world.told(eve)).toHaveLength(4)
    expect(await looks(world)).toEqual([
      'request environment:omnihub/app:production guest',
      'lock environment:omnihub/app:production guest',
      'freeze environment:omnihub/app:production guest',
      expect.stringMatching(/^cancel release:\w{26} guest$/),
    ])
  })

  it.each([
    ['deploy_status', '-'],
    ['deploy_history', '-'],
    ['deploy_who', 'omnihub/app production'],
    ['request_why', 'omnihub/app production - -'],
    ['request_plan', 'omnihub/app production canary -'],
    ['deploy_open', '-'],
  ])('is shown nothing by %s', async (actionId, value) => {
    const world = await withEve()
    await world.ask(devId, 'prod canary')
    await forgePress(world, { user: eve, card: world.gateCard(), actionId, value })
    await expect.poll(() => looks(world)).toEqual([`look button:${actionId} guest`])
    expect(world.slack.openView(eve)).toBeNull()
  })

  it('opens no form by the shortcut and sees an empty Home tab', async () => {
    const world = await withEve()
    await world.ask(devId, 'prod canary')
    const channel = world.slack.channel('#deploys').id
    await world.slack.shortcut({ user: eve, callbackId: 'deploy_commit', channel, ts: world.gateCard().ts })
    await world.slack.openHome(eve)
    await world.settled()
    expect(JSON.stringify(world.slack.home(eve)?.blocks)).not.toMatch(names)
    expect(world.slack.openView(eve)).toBeNull()
    expect(await looks(world)).toEqual(['look shortcut:deploy_commit guest', 'look home guest'])
    // What changes later is drawn for nobody who may not look.
    world.clock.skip(60_000)
    await world.press(leadId, world.gateCard(), 'gate_approve')
    world.clock.skip(60_000)
    await world.settled()
    expect(await looks(world)).toHaveLength(2)
  })

  it('whose request is sent again is in the log once', async () => {
    const world = await withEve()
    await world.ask(eve, 'status')
    const delivery = world.slack.deliveries.findLast(({ kind }) => kind === 'slash_commands')
    if (delivery === undefined) throw new Error('Nothing was delivered.')
    await world.slack.redeliver(delivery)
    await world.settled()
    expect(await looks(world)).toEqual(['look command:status guest'])
  })
})

describe('a member', () => {
  it('still hears which word was not understood, with GitHub away', async () => {
    const world = await people()
    world.github.faults.setOutage(true)
    expect(read(await world.ask(devId, 'prdo canary'))).toContain('/deploy prod canary')
    expect(await world.audit()).toEqual([])
  })
})
