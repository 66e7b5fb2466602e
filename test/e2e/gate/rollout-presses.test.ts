/** The buttons and forms of a rollout, from a real press in Slack to what the card says then. */
import { expect, it } from 'vitest'
import { sampleRollout } from '../../../sandbox/slack/render/sample-rollouts.ts'
import type { Message } from '../../../sandbox/slack/state.ts'
import { rolloutActions } from '../../../src/cards/gate-actions.ts'
import type { Rollout } from '../../../src/release/rollout/rollout.ts'
import { releaseById, saveRelease } from '../../../src/store/releases.ts'
import { rolloutOf, saveRollout } from '../../../src/store/rollouts.ts'
import { wordsOf } from '../fast-world.ts'
import { asked } from './acting.ts'
import { buttonsOf, buttonValue, formOf, post, pressPayload } from './forged.ts'
import { devId, type GateWorld, leadId, repository } from './gate-world.ts'

/** A world whose release rolls out. Nothing there shifts traffic: what is asked for waits. */
async function rollingOut(
  more: Partial<Rollout> = {},
): Promise<{ readonly world: GateWorld; card(): Message; rollout(): Promise<Rollout> }> {
  const world = await asked()
  const { store } = world.sluice()
  const id = (await world.releases())[0]?.id ?? ''
  const at = world.clock.now()
  await store.transaction(async (tx) => {
    const release = await releaseById(tx, id)
    if (release === null) throw new Error('There is no release.')
    const revision = release.revision + 1
    await saveRelease(tx, { ...release, state: { name: 'rolling_out', since: at }, revision }, at, false)
    const phase = { name: 'observing', since: at } as const
    const window = { stepIndex: 1, openedAt: at, windowMs: 900_000, extensionMs: 0 }
    const migrations = { count: 0, isSafeToRollBack: true, why: null }
    const begun = { ...sampleRollout({ phase, window, migrations, heardAt: null }), releaseId: id, sha: release.sha }
    await saveRollout(tx, repository, { ...begun, ...more, releaseId: id }, at)
  })
  await redraw(world, id)
  await expect.poll(() => buttonsOf(world.gateCard()).join(), { timeout: 10_000 }).toContain('rollout_')
  return {
    world,
    card: () => world.gateCard(),
    async rollout() {
      const now = await rolloutOf(store.db, id)
      if (now === null) throw new Error('There is no rollout.')
      return now
    },
  }
}

/** What was written into the store behind the engine's back is shown. */
async function redraw(world: GateWorld, releaseId: string): Promise<void> {
  const id = `redraw:${world.clock.now()}`
  const body = { releaseId, what: 'rollback_closed' } as const
  await world.sluice().engine.submit({ id, type: 'timer.gate', body })
}

async function fill(
  { slack }: GateWorld,
  values: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Promise<void> {
  await slack.until(() => slack.openView(leadId) !== null, 'the opening of a form')
  const view = slack.openView(leadId)
  if (view === null) throw new Error('There is no form.')
  await slack.submit({ user: leadId, view: view.id, values })
}

async function forge(world: GateWorld, press: Parameters<typeof pressPayload>[1]): Promise<void> {
  await post(world, { body: formOf(pressPayload(world, press)) })
}

it('is held with a reason, which the card shows to everybody, and resumed by one press', async () => {
  const { world, card, rollout } = await rollingOut()
  await world.press(leadId, card(), rolloutActions.hold)
  await fill(world, { reason: { reason: 'Slow searches' } })
  await world.settled()
  expect((await rollout()).phase).toMatchObject({ name: 'held', hold: { detail: 'Slow searches' } })
  await expect.poll(() => card().text, { timeout: 10_000 }).toMatch(/^Held at 10 %: .* - lee holds it: Slow searches/)
  expect(buttonsOf(card()).filter((action) => action.startsWith('rollout_'))).toEqual([
    rolloutActions.resume,
    rolloutActions.advance,
    rolloutActions.extend,
    rolloutActions.rollBack,
  ])
  await world.press(leadId, card(), rolloutActions.resume)
  expect((await rollout()).phase.name).toBe('observing')
  expect((await world.audit()).map(({ action }) => action)).toEqual(expect.arrayContaining(['hold', 'resume']))
})

it('is made longer by what was chosen or typed; a mistake is told in the form', async () => {
  const { world, card, rollout } = await rollingOut()
  await world.press(leadId, card(), rolloutActions.extend)
  await fill(world, { duration: { duration: { value: '15m' } }, typed: { typed: 'soon' } })
  expect((await rollout()).window?.extensionMs).toBe(0)
  await fill(world, { duration: { duration: { value: '15m' } }, typed: { typed: '45m' } })
  await world.settled()
  expect((await rollout()).window?.extensionMs).toBe(45 * 60_000)
  await expect.poll(() => wordsOf(card()), { timeout: 10_000 }).toContain('45 min of it added')
})

it('goes on from the card that shows it, and not from one that was drawn before', async () => {
  const { world, card, rollout } = await rollingOut()
  const value = buttonValue(card(), rolloutActions.advance)
  await world.press(leadId, card(), rolloutActions.hold)
  await fill(world, { reason: { reason: 'Wait' } })
  await world.settled()
  await forge(world, { user: leadId, card: card(), actionId: rolloutActions.advance, value })
  await expect.poll(() => world.answers(leadId).at(-1), { timeout: 10_000 }).toContain('The card has changed since')
  expect((await rollout()).phase.name).toBe('held')
  await world.press(leadId, card(), rolloutActions.advance)
  expect((await rollout()).stepIndex).toBe(2)
})

it('is rolled back by one press, which the channel hears of', async () => {
  const { world, card, rollout } = await rollingOut()
  // It is tried again and again, so that the world never settles.
  const channel = world.slack.channel('#deploys').id
  await world.slack.press({ user: leadId, channel, ts: card().ts, actionId: rolloutActions.rollBack })
  await expect.poll(async () => (await rollout()).rollback?.by?.slackId, { timeout: 10_000 }).toBe(leadId)
  await expect.poll(() => card().text, { timeout: 10_000 }).toMatch(/^(Rolling back|Rollback NOT complete): /)
  const thread = () =>
    world.slack
      .messages('#deploys')
      .map((top) => world.slack.thread('#deploys', top.ts).map(wordsOf).join('\n'))
      .join('\n')
  await expect
    .poll(thread, { timeout: 10_000 })
    .toMatch(/Rolling back app [0-9a-f]{7} to production \(canary\): by lee/)
})

it('is rolled back with a form where a dialog would cut what that means, with or without a reason', async () => {
  const migrations = {
    count: 2,
    isSafeToRollBack: false,
    why: `x.sql:12 ${'ALTER TABLE sessions DROP COLUMN token; '.repeat(3)}`,
  }
  const { world, card, rollout } = await rollingOut({ migrations })
  await world.press(leadId, card(), rolloutActions.rollBackForm)
  await fill(world, { reason: { reason: 'Orders fail' } })
  const rollback = async () => (await rollout()).rollback
  await expect.poll(rollback, { timeout: 10_000 }).toMatchObject({ why: 'Orders fail', by: { slackId: leadId } })
})

it.each([
  [rolloutActions.adopt, { confirmed: 40, drift: null }],
  [rolloutActions.restore, { confirmed: 10, drift: null, wanted: { percent: 10 } }],
] as const)('split by somebody else, %s decides what it shall be', async (action, expected) => {
  const hold = {
    reason: 'traffic_changed',
    by: null,
    detail: null,
    endsByItself: false,
    since: 0,
    remindAt: 4e12,
    limitAt: null,
  } as const
  const drift = { percent: 40, isAdoptable: true, words: 'blue 60 %, green 40 %', change: null }
  const phase = { name: 'held', since: 0, hold, from: { name: 'observing' } } as const
  const { world, card, rollout } = await rollingOut({ drift, phase })
  const channel = world.slack.channel('#deploys').id
  await world.slack.press({ user: leadId, channel, ts: card().ts, actionId: action })
  await expect.poll(rollout, { timeout: 10_000 }).toMatchObject(expected)
})

it('a forged value is nobody’s press', async () => {
  const { world, card, rollout } = await rollingOut()
  const before = await rollout()
  for (const actionId of [rolloutActions.promote, rolloutActions.hold]) {
    await forge(world, { user: devId, card: card(), actionId, value: 'no value of ours' })
  }
  await world.settled()
  expect(await rollout()).toEqual(before)
  expect((await world.audit()).some(({ reason }) => reason === 'malformed_button')).toBe(true)
})
