import { describe, expect, it } from 'vitest'
import { aCommit, aJob, aPush, aRun } from '../pipeline/facts.ts'
import { of, startWorld, type World } from './world.ts'

const begun = [aPush(), aCommit(), aRun({}), aJob({ id: 1, name: 'lint' })]
const passed = [aJob({ id: 1, name: 'lint', conclusion: 'success' }), aRun({ conclusion: 'success', at: 2000 })]

/** All that a person can read in a card. */
function words(world: World, channel?: string, index = 0): string {
  const message = world.messages(channel)[index]
  return message === undefined ? '' : JSON.stringify([message.text, message.blocks])
}

async function isUpToDate(world: World): Promise<boolean> {
  return world.raw.prepare('SELECT count(*) AS n FROM cards WHERE dirty_since IS NOT NULL').pluck().get() === 0
}

describe('a card', () => {
  it('is one message that is edited until the end', async () => {
    const world = await startWorld()
    await world.tell(...begun)
    await world.run(5000)
    await world.tell(...passed)
    await world.run(10_000)
    expect(world.messages()).toHaveLength(1)
    expect(words(world)).toMatch(/[Pp]assed/)
    expect(world.messages()[0]?.metadata).toMatchObject({ event_payload: { id: expect.stringMatching(/^card:.*:1$/) } })
    expect(await isUpToDate(world)).toBe(true)
  })

  it('asks Slack for nothing when nothing visible changed', async () => {
    const world = await startWorld()
    await world.tell(...begun)
    await world.run(10_000)
    const calls = world.slack.calls.length
    // A newer fact that looks the same.
    await world.tell(aRun({ at: 1500 }))
    await world.run(10_000)
    expect(world.slack.calls.slice(calls).map(({ method }) => method)).toEqual([])
    expect(await isUpToDate(world)).toBe(true)
  })

  it('is drawn in classic blocks where the workspace refuses the new ones, and that is remembered', async () => {
    const world = await startWorld({ slack: { takesPlanBlocks: false } })
    await world.tell(...begun)
    await world.run(5000)
    expect(world.messages()).toHaveLength(1)
    expect(world.slack.calls.filter(({ outcome }) => outcome === 'invalid_blocks')).toHaveLength(1)
    await world.crash()
    await world.tell(of(1, aPush()), of(1, aJob({ id: 2 })))
    await world.run(5000)
    expect(world.messages()).toHaveLength(2)
    expect(world.slack.calls.filter(({ outcome }) => outcome === 'invalid_blocks')).toHaveLength(1)
  })

  it('goes on in classic blocks when the workspace stops taking the new ones', async () => {
    const world = await startWorld()
    await world.tell(...begun)
    await world.run(5000)
    world.slack.setPlanBlocks(false)
    await world.tell(...passed)
    await world.run(10_000)
    expect(world.messages()).toHaveLength(1)
    expect(words(world)).toMatch(/[Pp]assed/)
  })

  it('comes back once when somebody deletes it, and stays away when it is deleted again', async () => {
    const world = await startWorld()
    await world.tell(...begun)
    await world.run(5000)
    world.slack.deleteMessage('#deploys', world.messages()[0]?.ts ?? '')
    await world.tell(aJob({ id: 2, name: 'build' }))
    await world.run(5000)
    expect(world.messages()).toHaveLength(1)
    expect(words(world)).toMatch(/build/i)
    world.slack.deleteMessage('#deploys', world.messages()[0]?.ts ?? '')
    await world.tell(...passed, aJob({ id: 2, name: 'build', conclusion: 'success' }))
    await world.run(60_000)
    expect(world.messages()).toEqual([])
    expect(world.countOf('chat.postMessage')).toBeLessThan(8)
    expect(await isUpToDate(world)).toBe(true)
  })

  it('takes its thread along when it was deleted just before a line was due there', async () => {
    const world = await startWorld()
    await world.tell(...begun)
    await world.run(5000)
    world.slack.deleteMessage('#deploys', world.messages()[0]?.ts ?? '')
    // The card itself has to wait, so that the thread is the first to notice.
    world.slack.failNext({ method: 'chat.update', kind: 'ratelimited', retryAfterSeconds: 10 })
    await world.tell(aJob({ id: 1, name: 'lint', conclusion: 'failure' }), aRun({ conclusion: 'failure', at: 2000 }))
    await world.run(30_000)
    expect(world.messages()).toHaveLength(1)
    expect(
      world
        .thread()
        .map(({ text }) => text)
        .join(),
    ).toMatch(/Failed: .*lint/)
    expect(world.slack.messages('#deploys').filter(({ isBroadcast }) => isBroadcast)).toHaveLength(1)
  })

  it('is posted in each channel of its repository', async () => {
    const world = await startWorld({ channels: ['#deploys', '#releases'] })
    await world.tell(...begun)
    await world.run(5000)
    expect([world.messages('#deploys').length, world.messages('#releases').length]).toEqual([1, 1])
  })
})

describe('a channel that cannot be written to', () => {
  it.each([
    [
      'archived',
      (world: World) => world.slack.archive('#deploys'),
      (world: World) => world.slack.unarchive('#deploys'),
    ],
    [
      'without the bot',
      (world: World) => world.slack.kick('#deploys'),
      (world: World) => world.slack.invite('#deploys', world.slack.state.app.botUserId),
    ],
  ])(
    '(%s) is reported once to the fallback channel, and its cards appear when it is mended',
    async (_name, breakIt, mendIt) => {
      const world = await startWorld()
      breakIt(world)
      await world.tell(...begun)
      await world.tell(of(1, aPush()), of(1, aJob({ id: 2 })))
      await world.run(30 * 60_000)
      expect(world.messages('#ops')).toHaveLength(1)
      expect(words(world, '#ops')).toMatch(/deploys/)
      expect(words(world, '#ops')).toMatch(/acme\/shop/)
      mendIt(world)
      await world.run(15 * 60_000)
      expect(world.messages()).toHaveLength(2)
      expect(world.messages('#ops')).toHaveLength(1)
    },
  )

  it('is tried by one card for all of them', async () => {
    const world = await startWorld()
    world.slack.archive('#deploys')
    await world.tell(...begun)
    await world.run(5000)
    const triesBefore = world.slack.calls.length
    for (const change of [1, 2, 3, 4, 5]) {
      await world.tell(of(change, aPush()), of(change, aJob({ id: 100 + change })))
      await world.run(1000)
    }
    const tries = world.slack.calls.slice(triesBefore).filter(({ method }) => method === 'chat.postMessage')
    expect(tries.map(({ args }) => args.channel)).not.toContain('#deploys')
    world.slack.unarchive('#deploys')
    await world.run(15 * 60_000)
    expect(world.messages()).toHaveLength(6)
  })

  it('is reported again when it breaks again after it was mended', async () => {
    const world = await startWorld()
    await world.tell(...begun)
    await world.run(5000)
    for (const job of [2, 4]) {
      world.slack.archive('#deploys')
      await world.tell(aJob({ id: job, name: `job ${job}` }))
      await world.run(60_000)
      world.slack.unarchive('#deploys')
      await world.tell(aJob({ id: job, name: `job ${job}`, conclusion: 'success' }))
      await world.run(15 * 60_000)
    }
    expect(world.messages('#ops')).toHaveLength(2)
  })

  it('is reported once although the answer to the report was lost', async () => {
    const world = await startWorld()
    world.loseNext('postMessage', 'after')
    await world.engine().tellFallback('test', { text: 'Trouble', blocks: [] })
    await world.run(5000)
    await world.crash()
    await world.run(20_000)
    expect(world.messages('#ops').map(({ text }) => text)).toEqual(['Trouble'])
  })

  it('keeps nobody waiting in other channels', async () => {
    const world = await startWorld({ channels: ['#deploys', '#releases'] })
    world.slack.archive('#deploys')
    await world.tell(...begun)
    await world.run(3000)
    expect(world.messages('#releases')).toHaveLength(1)
  })
})

describe('after a crash', () => {
  it.each(['before', 'after'] as const)(
    'in the middle of chat.postMessage (the call was lost %s it took effect) there is one card, and it shows the end',
    async (when) => {
      const world = await startWorld()
      world.loseNext('postMessage', when)
      await world.tell(...begun)
      await world.run(3000)
      await world.tell(...passed)
      await world.run(3000)
      await world.crash()
      await world.run(20_000)
      expect(world.messages()).toHaveLength(1)
      expect(words(world)).toMatch(/[Pp]assed/)
      expect(await isUpToDate(world)).toBe(true)
    },
  )

  it('that came before a change was drawn, the final state is shown', async () => {
    const world = await startWorld()
    await world.tell(...begun)
    await world.run(5000)
    world.loseNext('updateMessage', 'before')
    await world.tell(...passed)
    await world.run(5000)
    await world.crash()
    await world.run(10_000)
    expect(words(world)).toMatch(/[Pp]assed/)
    expect(world.messages()).toHaveLength(1)
  })

  it('thread lines are there once, whether their answer or they themselves were lost', async () => {
    for (const when of ['before', 'after'] as const) {
      const world = await startWorld()
      await world.tell(...begun)
      await world.run(5000)
      world.loseNext('postMessage', when)
      await world.tell(...passed)
      await world.run(5000)
      expect(world.thread()).toHaveLength(when === 'after' ? 1 : 0)
      await world.crash()
      await world.run(20_000)
      expect([when, world.thread().length]).toEqual([when, 1])
    }
  })
})

describe('when Slack is in trouble', () => {
  it.each(['reset_before', 'reset_after', 'http500', 'invalid_json'])(
    '(%s) a card is still posted once',
    async (kind) => {
      const world = await startWorld()
      world.slack.failNext({ method: 'chat.postMessage', kind, times: 2 })
      await world.tell(...begun)
      await world.run(30_000)
      expect(world.messages()).toHaveLength(1)
      expect(await isUpToDate(world)).toBe(true)
    },
  )

  it('a lost answer to the last update does not keep the end from being shown', async () => {
    const world = await startWorld()
    await world.tell(...begun)
    await world.run(5000)
    world.slack.failNext({ method: 'chat.update', kind: 'reset_before', times: 3 })
    await world.tell(...passed)
    await world.run(60_000)
    expect(words(world)).toMatch(/[Pp]assed/)
  })

  it('its Retry-After is kept to', async () => {
    const world = await startWorld()
    await world.tell(...begun)
    await world.run(5000)
    world.slack.failNext({ method: 'chat.update', kind: 'ratelimited', retryAfterSeconds: 30 })
    const before = world.countOf('chat.update')
    await world.tell(...passed)
    await world.run(29_000)
    expect(world.countOf('chat.update')).toBe(before + 1)
    await world.run(10_000)
    expect(words(world)).toMatch(/[Pp]assed/)
  })

  it('an outage of an hour loses neither cards nor thread lines', async () => {
    const world = await startWorld()
    world.slack.outage(true)
    await world.tell(...begun)
    await world.run(30 * 60_000)
    await world.tell(...passed)
    await world.run(30 * 60_000)
    world.slack.outage(false)
    await world.run(20 * 60_000)
    expect(world.messages()).toHaveLength(1)
    expect(words(world)).toMatch(/[Pp]assed/)
    expect(world.thread().length).toBeGreaterThan(0)
  })

  it('stays within its limits while twenty cards change for a minute', async () => {
    const world = await startWorld({ slack: { rateLimits: true } })
    for (let n = 0; n < 20; n++)
      await world.tell(of(n, aPush()), of(n, aRun({ id: n })), of(n, aJob({ id: n, run: n })))
    for (let round = 0; round < 12; round++) {
      for (let n = 0; n < 20; n++)
        await world.tell(of(n, aJob({ id: 100 * (round + 1) + n, run: n, name: `job ${round}` })))
      await world.run(5000)
    }
    await world.run(60_000)
    expect(world.messages()).toHaveLength(20)
    expect(await isUpToDate(world)).toBe(true)
    expect(world.slack.calls.filter(({ outcome }) => outcome === 'ratelimited').length).toBeLessThanOrEqual(2)
  })
})
