import { describe, expect, it } from 'vitest'
import { scriptPipeline } from '../../sandbox/github/scripted-pipeline.ts'
import { appKey } from '../sandbox/github/app-key.ts'
import { contentOf, expectedOf } from './expected-card.ts'
import { type FastWorld, fastWorld, markOf, pushed, smallPipeline } from './fast-world.ts'

const fails = {
  outcomes: { 'unit-tests': ['failure', 'success'] },
  rerunFailedAfterMs: 60_000,
  rerunBy: 'mona',
} as const

async function expectFinal(world: FastWorld, sha: string): Promise<void> {
  const cards = world.cards().filter(({ text }) => text.includes(sha.slice(0, 7)))
  expect(cards).toHaveLength(1)
  const expected = await expectedOf(world, { repository: 'omnihub/app', sha })
  expect(contentOf(cards[0] ?? { text: '', blocks: [] })).toEqual(expected.card)
  const marks = Object.values(world.slack.channel('#deploys').messages).map(markOf)
  expect(marks.toSorted()).toEqual([...new Set(marks)].toSorted())
}

describe('deliveries that come', () => {
  const conditions = [
    { how: 'twice', conditions: { duplicatePercent: 60 } },
    { how: 'in any order', conditions: { shuffleWindow: 25 } },
    { how: 'all of them at the end, shuffled', conditions: { shuffleWindow: 1000, duplicatePercent: 30 } },
  ] as const
  it.each(conditions)('$how make the same card', async (given) => {
    const world = await fastWorld()
    world.github.setConditions(given.conditions)
    const { sha } = await world.run(pushed(fails))
    await expectFinal(world, sha)
  })

  it('late, while others overtake them, make the same card', async () => {
    const world = await fastWorld()
    world.github.setConditions({ delayMs: [0, 4_000], duplicatePercent: 10 })
    const script = scriptPipeline(pushed(fails))
    await world.github.play(script, { speed: 60, clock: world.clock })
    await world.settled()
    await expectFinal(world, script.sha)
  })

  it('not at all are asked for again, and make the same card', async () => {
    const world = await fastWorld()
    world.github.setConditions({ dropPercent: 40, duplicatePercent: 20, shuffleWindow: 10 })
    const { sha } = await world.run(pushed(fails))
    world.github.setConditions({})
    await world.sluice().engine.catchUp()
    await world.settled()
    await expectFinal(world, sha)
  })
})

describe('a production gate that waits', () => {
  it('is on the card after an outage whose deliveries GitHub does not have any more', async () => {
    const world = await fastWorld({ github: { keepDeliveries: 1 } })
    await world.sluice().engine.catchUp()
    const stagingApproval = { decision: 'none', by: 'lead', waitMs: 1000 } as const
    const script = scriptPipeline(pushed({ stagingApproval }))
    world.github.load(script)
    for (let i = 0; i < 30; i++) await world.github.step()
    await world.settled()
    await world.stopSluice()
    await world.github.walk()
    await world.startSluice()
    await world.settled()
    await world.sluice().engine.catchUp()
    await world.settled()
    expect(JSON.stringify(world.cards()[0]?.blocks)).toContain('approval for staging')
    await expectFinal(world, script.sha)
  })
})

describe.each([
  { variant: 'a repository hook', options: {} },
  { variant: 'a GitHub App', options: { appKey } },
])('after an outage of Sluice, with $variant', ({ options }) => {
  const redeliveries = (world: FastWorld) => world.github.deliveries().filter(({ isRedelivery }) => isRedelivery)

  it('missed deliveries are asked for again at the start, and the card catches up', async () => {
    const world = await fastWorld(options)
    await world.sluice().engine.catchUp()
    const script = scriptPipeline(pushed(fails))
    world.github.load(script)
    for (let i = 0; i < 30; i++) await world.github.step()
    await world.settled()
    await world.stopSluice()
    await world.github.walk()
    expect(world.cards()[0]?.text).not.toMatch(/^Passed: /)
    await world.startSluice()

    const missed = () => {
      const good = new Set(
        world.github.deliveries().flatMap(({ guid, statusCode }) => (statusCode === 202 ? guid : [])),
      )
      return world.github.deliveries().filter(({ guid, event }) => event !== 'ping' && !good.has(guid)).length
    }
    expect(missed()).toBeGreaterThan(10)
    await expect.poll(missed, { interval: 20, timeout: 15_000 }).toBe(0)
    await world.settled()
    await expectFinal(world, script.sha)
    expect(world.cards()[0]?.text).toMatch(/^Passed: /)
    expect(redeliveries(world).length).toBeGreaterThan(10)
  })

  it('a change that nobody has heard of has its card, and its failure alerts', async () => {
    const world = await fastWorld(options)
    await world.sluice().engine.catchUp()
    await world.stopSluice()
    const script = scriptPipeline(smallPipeline({ outcomes: ['failure'] }))
    world.github.load(script)
    await world.github.walk()
    await world.startSluice()

    await world.slack.until(() => world.cards()[0]?.text.startsWith('Failed: ') === true, 'the card', 15_000)
    await world.settled()
    await expectFinal(world, script.sha)
    expect(world.alerts()).toHaveLength(1)
  })

  it('how an open pipeline stands is asked too: deliveries that GitHub has forgotten are not missed', async () => {
    const world = await fastWorld(options)
    await world.sluice().engine.catchUp()
    const script = scriptPipeline(pushed())
    world.github.load(script)
    for (let i = 0; i < 30; i++) await world.github.step()
    await world.settled()
    await world.stopSluice()
    await world.github.walk()
    world.github.faults.failNext({ match: '/deliveries', kind: 'internal_error', times: 1000 })
    await world.startSluice()

    await world.slack.until(() => world.cards()[0]?.text.startsWith('Passed: ') === true, 'the end', 15_000)
    await world.settled()
    await expectFinal(world, script.sha)
    expect(redeliveries(world)).toEqual([])
  })
})

describe('a pipeline that falls silent', () => {
  it('is asked about after a quarter of an hour, though nobody restarts anything', async () => {
    const world = await fastWorld()
    const script = scriptPipeline(smallPipeline())
    world.github.load(script)
    for (let i = 0; i < 6; i++) await world.github.step()
    await world.settled()
    world.github.setConditions({ dropPercent: 100 })
    await world.github.walk()
    expect(world.cards()[0]?.text).toMatch(/^Running: /)
    world.clock.skip(16 * 60_000)

    await world.slack.until(() => world.cards()[0]?.text.startsWith('Passed: ') === true, 'the end', 15_000)
    await expectFinal(world, script.sha)
  })
})

describe('a GitHub in trouble', () => {
  it('keeps no card from its end: what Sluice asks for is asked again', async () => {
    const world = await fastWorld()
    for (const kind of ['bad_gateway', 'secondary_rate_limit', 'malformed', 'reset', 'internal_error'] as const) {
      world.github.faults.failNext({ kind, times: 2, retryAfterSeconds: 2 })
    }
    const { sha } = await world.run(pushed({ outcomes: { 'unit-tests': ['failure'] } }))
    world.github.faults.clear()

    await expectFinal(world, sha)
    expect(world.alerts()).toHaveLength(1)
  })
})
