import { describe, expect, it } from 'vitest'
import { scriptPipeline } from '../../sandbox/github/scripted-pipeline.ts'
import { contentOf, expectedOf } from './expected-card.ts'
import { type FastWorld, fastWorld, isMarked, markOf, pushed, smallPipeline } from './fast-world.ts'

const posts = (world: FastWorld) => world.slack.calls.filter(({ method }) => method === 'chat.postMessage')

/** Everything that Sluice wrote there is there once: no card, line or alert twice. */
function expectNothingTwice(world: FastWorld, channel = '#deploys'): void {
  const messages = Object.values(world.slack.channel(channel).messages)
  const marks = messages.map(markOf)
  expect(marks.toSorted()).toEqual([...new Set(marks)].toSorted())
}

async function expectFinalCard(world: FastWorld, sha: string): Promise<void> {
  const cards = world.cards().filter(({ text }) => text.includes(sha.slice(0, 7)))
  expect(cards).toHaveLength(1)
  const expected = await expectedOf(world, { repository: 'omnihub/app', sha })
  expect(contentOf(cards[0] ?? { text: '', blocks: [] })).toEqual(expected.card)
}

/** Lets minutes go by, one after the other, until something has happened. */
async function skipUntil(world: FastWorld, isTrue: () => boolean): Promise<void> {
  const look = () => {
    if (!isTrue()) world.clock.skip(60_000)
    return isTrue()
  }
  await expect.poll(look, { interval: 20, timeout: 10_000 }).toBe(true)
}

describe('a workspace that does not take plan blocks', () => {
  it('gets classic blocks, and is not asked again after a restart', async () => {
    const world = await fastWorld({ slack: { takesPlanBlocks: false } })
    await world.run(smallPipeline({ message: 'First' }))
    const refused = () => world.slack.calls.filter(({ outcome }) => outcome === 'invalid_blocks').length
    expect(refused()).toBe(1)
    await world.stopSluice()
    await world.startSluice()
    await world.run(smallPipeline({ message: 'Second' }))

    expect(refused()).toBe(1)
    expect(world.cards().map(({ text }) => text)).toEqual([
      expect.stringMatching(/^Passed: .*First/),
      expect.stringMatching(/^Passed: .*Second/),
    ])
    for (const { blocks } of world.cards()) expect(blocks.map(({ type }) => type)).not.toContain('plan')
  })
})

describe('a card that somebody deletes', () => {
  it('comes back once, with its thread going on below it, and stays away when it is deleted again', async () => {
    const world = await fastWorld()
    const script = scriptPipeline(pushed())
    world.github.load(script)
    const untilStage = async (stage: string) => {
      const isPosted = () => posts(world).some(({ args }) => String(args.text).includes(`${stage} passed`))
      while (!isPosted()) {
        const step = await world.github.step()
        if (step === null) throw new Error(`${stage} never ended.`)
        if (step.events.includes('workflow_job.completed')) await world.settled()
      }
    }
    await untilStage('Pre-build checks')
    const first = world.cards()[0]?.ts ?? ''
    world.slack.deleteMessage('#deploys', first)
    await untilStage('Build')

    const again = world.cards().filter(({ isTombstone }) => !isTombstone)
    expect(again).toHaveLength(1)
    const second = again[0]?.ts ?? ''
    expect(second).not.toBe(first)
    const below = world.slack.thread('#deploys', second).slice(1)
    expect(below.map(({ text }) => text)).toContainEqual(expect.stringContaining('Build passed'))

    world.slack.deleteMessage('#deploys', second)
    await world.github.walk()
    await world.settled()
    expect(world.cards().filter(({ isTombstone }) => !isTombstone)).toEqual([])
    expect(world.slack.messages('#deploys').filter(({ isTombstone }) => !isTombstone)).toEqual([])
  })

  it('while Sluice is down, comes back at its next change', async () => {
    const world = await fastWorld()
    world.github.load(scriptPipeline(smallPipeline()))
    for (let i = 0; i < 4; i++) await world.github.step()
    await world.settled()
    await world.stopSluice()
    world.slack.deleteMessage('#deploys', world.cards()[0]?.ts ?? '')
    await world.startSluice()
    await world.github.walk()
    await world.settled()

    expect(world.cards().map(({ text }) => text)).toEqual([expect.stringMatching(/^Passed: /)])
  })
})

describe('a channel that cannot be written to', () => {
  const cases = [
    {
      what: 'is archived',
      close: (world: FastWorld) => world.slack.archive('#deploys'),
      open: (world: FastWorld) => world.slack.unarchive('#deploys'),
      code: 'is_archived',
    },
    {
      what: 'has thrown the bot out',
      close: (world: FastWorld) => world.slack.kick('#deploys'),
      open: (world: FastWorld) => world.slack.invite('#deploys', world.slack.state.app.botUserId),
      code: 'not_in_channel',
    },
  ] as const
  it.each(cases)(
    'because it $what is reported once to the fallback channel, and gets its cards when it can be written to again',
    async ({ close, open, code }) => {
      const world = await fastWorld()
      close(world)
      for (const message of ['First', 'Second']) {
        world.github.load(scriptPipeline(smallPipeline({ message })))
        await world.github.walk()
      }
      await world.slack.until(() => world.slack.messages('#sluice').length > 0, 'a word in the fallback channel')
      const tries = () => posts(world).filter(({ outcome }) => outcome === code).length
      await skipUntil(world, () => tries() >= 6)

      expect(world.slack.messages('#sluice')).toHaveLength(1)
      expect(world.slack.messages('#sluice')[0]?.text).toContain('Cards cannot be posted to #deploys')
      expect(world.slack.messages('#sluice')[0]?.text).toContain('omnihub/app')
      expect(world.slack.messages('#deploys')).toEqual([])

      open(world)
      await skipUntil(world, () => world.cards().length === 2)
      await world.settled()
      expect(
        world
          .cards()
          .map(({ text }) => text)
          .toSorted(),
      ).toEqual([
        expect.stringMatching(/^Passed: .*First|^Passed: .*Second/),
        expect.stringMatching(/^Passed: .*First|^Passed: .*Second/),
      ])
      expectNothingTwice(world)

      close(world)
      world.github.load(scriptPipeline(smallPipeline({ message: 'Third' })))
      await world.github.walk()
      await world.slack.until(() => world.slack.messages('#sluice').length > 1, 'a word about the second time')
    },
  )
})

describe('a Slack in trouble', () => {
  it('that is out for a while: the card shows the end when it is back, once', async () => {
    const world = await fastWorld({ factor: 30 })
    const script = scriptPipeline(pushed())
    world.github.load(script)
    for (let i = 0; i < 20; i++) await world.github.step()
    world.slack.outage(true)
    await world.github.walk()
    await world.slack.until(() => world.slack.calls.some(({ outcome }) => outcome === 'outage'), 'a call in vain')
    world.slack.outage(false)
    await world.settled()

    await expectFinalCard(world, script.sha)
    expectNothingTwice(world)
    expect(world.replies()).toHaveLength(10)
  })

  it('that is out from the beginning, over a restart: the card comes when it is back, once', async () => {
    const world = await fastWorld({ factor: 30 })
    world.slack.outage(true)
    const script = scriptPipeline(smallPipeline())
    world.github.load(script)
    await world.github.walk()
    await world.slack.until(() => world.slack.calls.some(({ outcome }) => outcome === 'outage'), 'a call in vain')
    await world.stopSluice()
    await world.startSluice()
    world.slack.outage(false)
    await world.settled()

    await expectFinalCard(world, script.sha)
    expectNothingTwice(world)
  })

  it('that loses its answers after it has posted: no card, line or alert is there twice', async () => {
    const world = await fastWorld({ factor: 30 })
    world.slack.failNext({ method: 'chat.postMessage', kind: 'reset_after', times: 20 })
    world.slack.failNext({ method: 'chat.update', kind: 'reset_after', times: 3 })
    const { sha } = await world.run(pushed({ outcomes: { 'smoke-dev': ['failure'] } }))

    await expectFinalCard(world, sha)
    expectNothingTwice(world)
    expect(world.alerts()).toHaveLength(1)
    expect(world.slack.messages('#deploys').map((message) => isMarked(message, 'card'))).toEqual([true, false])
  })

  it('that loses its answers and does not find what was posted either: nothing is posted before it could look', async () => {
    const world = await fastWorld({ factor: 30 })
    world.slack.failNext({ method: 'chat.postMessage', kind: 'reset_after', times: 2 })
    world.slack.failNext({ method: 'conversations.history', kind: 'http500', times: 3 })
    world.slack.failNext({ method: 'conversations.replies', kind: 'reset_before', times: 3 })
    world.slack.failNext({ method: 'conversations.list', kind: 'http500', times: 2 })
    const { sha } = await world.run(smallPipeline())

    await expectFinalCard(world, sha)
    expectNothingTwice(world)
  })

  it('that answers nonsense and errors now and then', async () => {
    const world = await fastWorld({ factor: 30 })
    for (const kind of ['http500', 'invalid_json', 'internal_error', 'reset_before', 'fatal_error']) {
      world.slack.failNext({ method: 'chat.postMessage', kind })
      world.slack.failNext({ method: 'chat.update', kind })
    }
    const { sha } = await world.run(pushed())

    await expectFinalCard(world, sha)
    expectNothingTwice(world)
    expect(world.replies()).toHaveLength(10)
  })

  it('that says 429: no call is made before Retry-After is over', async () => {
    const world = await fastWorld({ factor: 30 })
    const retryAfterSeconds = 5
    world.slack.failNext({ method: 'chat.postMessage', kind: 'ratelimited', retryAfterSeconds })
    world.slack.failNext({ method: 'chat.update', kind: 'ratelimited', retryAfterSeconds, after: 1 })
    const { sha } = await world.run(pushed())

    await expectFinalCard(world, sha)
    expectNothingTwice(world)
    for (const method of ['chat.postMessage', 'chat.update']) {
      const calls = world.slack.calls.filter((call) => call.method === method)
      const refused = calls.findIndex(({ outcome }) => outcome === 'ratelimited')
      const [at, next] = [calls[refused]?.at ?? 0, calls[refused + 1]?.at ?? Number.NaN]
      // What was under way already when the answer came is not held against it.
      expect(next - at, method).toBeGreaterThanOrEqual(retryAfterSeconds * 1000 - 100)
    }
  })

  it('with its real limits: Sluice keeps to them by itself', async () => {
    const world = await fastWorld({ hasBudget: true, factor: 20 })
    const { sha } = await world.run(pushed())

    await expectFinalCard(world, sha)
    expect(world.slack.calls.filter(({ outcome }) => outcome === 'ratelimited')).toEqual([])
  })

  it('whose token was revoked for a while: nothing is lost', async () => {
    const world = await fastWorld({ factor: 30 })
    world.slack.revokeToken(world.slack.botToken)
    const script = scriptPipeline(smallPipeline())
    world.github.load(script)
    await world.github.walk()
    await world.slack.until(() => posts(world).some(({ outcome }) => outcome === 'token_revoked'), 'a refusal')
    expect((await fetch(`${world.sluiceUrl}/readyz`)).status).toBe(503)
    const token = world.slack.state.tokens[world.slack.botToken]
    if (token !== undefined) token.isRevoked = false
    world.clock.skip(31_000)
    await world.settled()

    await expectFinalCard(world, script.sha)
    expectNothingTwice(world)
  })
})
