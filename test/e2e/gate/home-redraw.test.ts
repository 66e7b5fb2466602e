import { expect, it } from 'vitest'
import { monaId } from '../fast-world.ts'
import { devId, leadId } from './gate-world.ts'
import { type People, people } from './people.ts'

const minute = 60_000

async function opened(world: People, user: string): Promise<void> {
  await world.slack.openHome(user)
  await world.settled()
}

const home = (world: People, user: string) => JSON.stringify(world.slack.home(user)?.blocks ?? [])
const published = (world: People, user?: string) =>
  world.slack.calls.filter(({ method, args }) => method === 'views.publish' && (user ?? args.user_id) === args.user_id)

it('a release’s way is on the Home tab of those who have it open, without their doing anything', async () => {
  const world = await people()
  await opened(world, leadId)
  expect(home(world, leadId)).toContain('Nothing waits for a decision.')
  await world.ask(devId, 'prod canary')
  await world.slack.until(() => home(world, leadId).includes('Waiting for approval'), 'the open gate', 5_000)
  await world.press(leadId, world.gateCard(), 'gate_approve')
  await world.github.walk()
  await world.settled()
  await world.slack.until(
    () => /Last releases.*Released.*approved by/.test(home(world, leadId)),
    'the release that is done',
    10_000,
  )
  // Whoever has not opened it has none.
  expect(published(world, devId)).toEqual([])
})

it('many changes are drawn together, with a pause, and the last of them is what stays', async () => {
  const world = await people()
  await opened(world, leadId)
  const before = published(world).length
  const begunAt = world.clock.now()
  for (let round = 0; round < 6; round += 1) {
    await world.ask(devId, 'prod canary')
    await world.ask(devId, `cancel round ${round}`)
  }
  world.clock.skip(20_000)
  await world.slack.until(() => home(world, leadId).split('Cancelled').length > 6, 'six that were called off', 10_000)
  const pauses = Math.floor((world.clock.now() - begunAt) / 20_000)
  expect(published(world).length - before).toBeLessThanOrEqual(pauses + 1)
  expect(home(world, leadId)).toContain('Nothing waits for a decision.')
})

it('it is drawn for ten people at most, those who opened it last, and no longer than half an hour', async () => {
  const world = await people()
  const users = Array.from({ length: 12 }, (_, index) => `U0READER${String(index).padStart(3, '0')}`)
  for (const id of users) world.slack.addUser({ id, name: id.toLowerCase() })
  for (const id of users) await opened(world, id)
  const before = published(world).length
  await world.ask(devId, 'prod canary')
  await world.slack.until(() => home(world, users[11] ?? '').includes('Waiting for approval'), 'the open gate', 5_000)
  await world.slack.until(() => published(world).length - before >= 10, 'ten tabs', 5_000)
  await world.settled()
  expect(published(world).length - before).toBe(10)
  expect(home(world, users[0] ?? '')).not.toContain('Waiting for approval')
  world.clock.skip(31 * minute)
  await world.ask(devId, 'cancel')
  world.clock.skip(minute)
  await world.settled()
  expect(published(world).length - before).toBe(10)
})

it('it is drawn again after a restart, for those who had it open before', async () => {
  const world = await people()
  await opened(world, leadId)
  await world.stopSluice()
  await world.startSluice()
  await world.ask(devId, 'prod canary')
  await world.slack.until(() => home(world, leadId).includes('Waiting for approval'), 'the open gate', 5_000)
})

it('what it costs never makes Slack pull the brake', async () => {
  const world = await people({ hasBudget: true, factor: 1 })
  const users = Array.from({ length: 10 }, (_, index) => `U0READER${String(index).padStart(3, '0')}`)
  for (const id of users) world.slack.addUser({ id, name: id.toLowerCase() })
  for (const id of [...users, monaId]) await opened(world, id)
  await world.ask(devId, 'prod canary')
  await world.slack.until(() => home(world, monaId).includes('Waiting for approval'), 'the open gate', 10_000)
  expect(world.slack.calls.filter(({ outcome }) => outcome === 'ratelimited')).toEqual([])
})
