import { expect, it } from 'vitest'
import { devId, leadId, plainGate } from './gate-world.ts'
import { type People, people, read } from './people.ts'

const minute = 60_000

/** Frozen from a minute soon until some minutes later. */
async function frozenSoon() {
  const from = Math.ceil(Date.now() / minute) * minute + 5 * minute
  const to = from + 4 * minute
  const iso = (ms: number) => new Date(ms).toISOString()
  const freeze = [{ from: iso(from), to: iso(to), reason: 'The big sale' }]
  const world = await people({ gate: { ...plainGate, freeze } })
  return { ...world, from, to }
}

const skipTo = (world: People, ms: number) => world.clock.skip(ms - world.clock.now())
/** How often GitHub was asked how a commit stands. */
const asks = (world: People) => world.github.requests.filter(({ path }) => path.includes('/check-runs')).length

it('a freeze of the configuration is on a waiting card when it begins and gone when it ends, within seconds', async () => {
  const world = await frozenSoon()
  await world.ask(devId, 'prod canary')
  expect(read(world.card())).not.toContain('Frozen')
  const before = asks(world)
  skipTo(world, world.from)
  await world.slack.until(() => read(world.card()).includes('Frozen'), 'the beginning on the card', 5_000)
  expect(read(world.card())).toContain('The big sale')
  // Within what is five seconds at the very most of the clock that runs ten times as fast.
  expect(world.clock.now() - world.from).toBeLessThan(50_000)
  skipTo(world, world.to)
  await world.slack.until(() => !read(world.card()).includes('Frozen'), 'the end on the card', 5_000)
  // It was not the card's evidence that was read anew.
  expect(asks(world)).toBe(before)
  await world.press(leadId, world.gateCard(), 'gate_approve')
  expect(world.runs()).toHaveLength(1)
})

it('a freeze that begins while the release waits for a lock is on its card too', async () => {
  const world = await frozenSoon()
  await world.ask(leadId, 'lock prod moving the database')
  await world.ask(devId, 'prod canary')
  await world.press(leadId, world.gateCard(), 'gate_approve')
  expect(read(world.card())).not.toContain('The big sale')
  skipTo(world, world.from)
  await world.slack.until(() => read(world.card()).includes('The big sale'), 'the beginning on the card', 5_000)
})

it('is told by a Sluice that was stopped when it began', async () => {
  const world = await frozenSoon()
  await world.ask(devId, 'prod canary')
  await world.stopSluice()
  skipTo(world, world.from)
  await world.startSluice()
  await world.slack.until(() => read(world.card()).includes('Frozen'), 'the beginning on the card', 5_000)
  skipTo(world, world.to)
  await world.slack.until(() => !read(world.card()).includes('Frozen'), 'the end on the card', 5_000)
})
