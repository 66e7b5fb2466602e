import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCardSync, drawAt, gatherMs } from '../../src/engine/card-sync.ts'
import type { CardAttempt } from '../../src/engine/draw-card.ts'
import { createSlackBudget, slackLimits } from '../../src/engine/slack-budget.ts'
import { addCard, cardById, recordShown, wantRevision } from '../../src/store/cards.ts'
import { savePipeline } from '../../src/store/pipelines.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { fakeClock, flush } from './fake-clock.ts'

const startMs = 1_700_000_000_000

describe('when a card is drawn', () => {
  const quiet = { dirtySince: 10_000, lastCallAt: null, notBefore: 0 }
  it.each([
    ['at once when it was never drawn', quiet, 10_000],
    ['at once after eight seconds of quiet', { ...quiet, lastCallAt: 2_000 }, 10_000],
    ['with what gathers while it is not known whether that was all', { ...quiet, lastCallAt: 5_000 }, 11_900],
    ['with what gathers when the last call was just now', { ...quiet, lastCallAt: 9_900 }, 11_900],
    ['not before it may be tried again', { ...quiet, notBefore: 30_000 }, 30_000],
  ])('%s', (_name, card, at) => {
    expect(Math.max(drawAt(card, 1900), card.dirtySince)).toBe(at)
  })

  it('never within 1.2 s of its last call, and never later after the change than it gathers', () => {
    for (let since = 0; since < 12_000; since += 50) {
      const at = drawAt({ dirtySince: since, lastCallAt: 0, notBefore: 0 }, 2000)
      expect(at).toBeGreaterThanOrEqual(1200)
      expect(Math.max(at, since)).toBeLessThanOrEqual(since + 2000)
    }
  })

  it.each([
    ['nothing is known of Slack yet', [], 1850],
    ['Slack is fast', [60, 90, 70], 2150],
    ['Slack takes a quarter of a second', [110, 250, 140], 2100],
    ['Slack takes most of a second', [300, 900, 400], 1450],
    ['Slack takes longer than there is time', [4000], 1200],
  ])('gathers as long as a card stays under 2.5 s behind with the call: %s', (_name, callsMs, ms) => {
    expect(gatherMs(callsMs)).toBe(ms)
  })
})

/** Card-sync over a real store; drawing takes a moment, notes the time, and shows the wanted revision. */
async function sync(
  cards: number,
  given: {
    readonly attempt?: (id: string) => CardAttempt | Error
    readonly limits?: typeof slackLimits
    /** How long a call to Slack takes. */
    readonly callMs?: number
  } = {},
) {
  const { store } = temporaryStore()
  const clock = fakeClock(startMs)
  const budget = createSlackBudget(clock, given.limits ?? slackLimits)
  const draws: { readonly id: string; readonly at: number }[] = []
  await store.transaction(async (tx) => {
    for (let n = 0; n < cards; n++) {
      const id = `p${n}`
      const row = {
        id,
        repository: 'acme/shop',
        sha: id,
        branch: 'main',
        verdict: 'running',
        revision: 1,
        isOpen: true,
      }
      await savePipeline(tx, { ...row, createdAt: startMs, updatedAt: startMs }, [])
      await addCard(tx, { id: `c${n}`, of: { pipelineId: id }, channel: 'C1', revision: 1, at: startMs })
      const place = { channelId: 'C1', ts: `${n}.1` }
      // Shown in the order of their numbers, the first one longest ago.
      await recordShown(tx, `c${n}`, { revision: 1, digest: 'd', at: startMs - 100_000 + n, place })
    }
  })
  const cardSync = createCardSync({
    store,
    clock,
    log: pino({ level: 'silent' }),
    budget,
    async draw(id) {
      const outcome = given.attempt?.(id) ?? { calledSlack: true, retry: null }
      if (outcome instanceof Error) {
        draws.push({ id, at: clock.now() - startMs })
        throw outcome
      }
      if (outcome.retry !== null) {
        draws.push({ id, at: clock.now() - startMs })
        return outcome
      }
      const taken = budget.take('update', 'C1')
      if (!taken.ok) return { calledSlack: false, retry: { countsAsFailure: false, afterMs: () => taken.waitMs } }
      draws.push({ id, at: clock.now() - startMs })
      const card = await cardById(store.db, id)
      const shown = { revision: card?.wantedRevision ?? 0, digest: 'd', at: clock.now(), place: null }
      const { callMs } = given
      if (callMs !== undefined) await new Promise<void>((resolve) => clock.after(callMs, resolve))
      await store.transaction((tx) => recordShown(tx, id, shown))
      return outcome
    },
  })
  onTestFinished(() => cardSync.stop())
  let revision = 1
  return {
    clock,
    store,
    cardSync,
    draws,
    async change(...ids: readonly string[]) {
      revision += 1
      await store.transaction(async (tx) => {
        for (const id of ids) await wantRevision(tx, id.replace('c', 'p'), revision, clock.now())
      })
      cardSync.wake()
      await flush()
    },
    run: (ms: number) => clock.advance(ms, flush),
  }
}

describe('card-sync', () => {
  it('draws a card at most once each 1.2 s while changes pour in, and never leaves it 2.5 s behind', async () => {
    const { change, run, draws, store } = await sync(1)
    for (let n = 0; n < 200; n++) {
      await change('c0')
      await run(50)
    }
    await run(5000)
    const gaps = draws.slice(1).map(({ at }, index) => at - (draws[index]?.at ?? 0))
    expect(draws[0]?.at).toBe(0)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1200)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2500)
    expect(draws.length).toBeLessThanOrEqual(9)
    expect(await cardById(store.db, 'c0')).toMatchObject({ shownRevision: 201, dirtySince: null })
  })

  it('keeps a card under 2.5 s behind also when Slack takes most of a second', async () => {
    const { change, run, store, clock } = await sync(1, { callMs: 900 })
    let furthestMs = 0
    for (let n = 0; n < 300; n++) {
      await change('c0')
      await run(100)
      const { dirtySince } = (await cardById(store.db, 'c0')) ?? { dirtySince: null }
      if (n > 50 && dirtySince !== null) furthestMs = Math.max(furthestMs, clock.now() - dirtySince)
    }
    expect(furthestMs).toBeGreaterThan(1200)
    expect(furthestMs).toBeLessThanOrEqual(2500)
  })

  it('draws at once when it has been quiet', async () => {
    const { change, run, draws } = await sync(1)
    await change('c0')
    await run(10_000)
    await change('c0')
    await run(100)
    expect(draws.map(({ at }) => at)).toEqual([0, 10_000])
  })

  it('takes the card first that was shown longest ago when there is more to draw than may be', async () => {
    const limits = {
      ...slackLimits,
      updatesPerChannel: { burst: 1, perSecond: 1 },
      updatesPerWorkspace: { burst: 1, perSecond: 1 },
    }
    const { change, run, draws } = await sync(8, { limits })
    await change('c7', 'c6', 'c5', 'c4', 'c3', 'c2', 'c1', 'c0')
    await run(9000)
    expect(draws.map(({ id }) => id)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'])
  })

  it('is not held up by cards that fail, and tries those again ever later', async () => {
    const failing = new Set(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6'])
    const { change, run, draws } = await sync(9, {
      attempt: (id) =>
        !failing.has(id)
          ? { calledSlack: true, retry: null }
          : id === 'c0'
            ? new Error('a fault')
            : { calledSlack: true, retry: { countsAsFailure: true, afterMs: (failures) => 1000 * 2 ** failures } },
    })
    await change(...failing, 'c7', 'c8')
    await run(1000)
    expect(draws.filter(({ id }) => id === 'c7' || id === 'c8')).toHaveLength(2)
    await run(60_000)
    for (const id of ['c0', 'c1']) {
      const times = draws.filter((draw) => draw.id === id).map(({ at }) => at)
      expect([id, times.length]).toEqual([id, expect.toSatisfy((n: number) => n >= 4 && n <= 7)])
    }
  })

  it('goes on within moments when the clock is set back by an hour', async () => {
    const { change, run, draws, clock } = await sync(2)
    await change('c0')
    await run(500)
    clock.set(-3_600_000)
    await change('c0', 'c1')
    await run(5000)
    expect(draws.map(({ id }) => id)).toEqual(['c0', 'c1', 'c0'])
  })

  it('says since when the card is behind that is furthest behind', async () => {
    const { change, cardSync, run } = await sync(1, {
      attempt: () => ({ calledSlack: false, retry: { countsAsFailure: false, afterMs: () => 60_000 } }),
    })
    expect(cardSync.oldestDirtyAt()).toBeNull()
    await run(1000)
    await change('c0')
    await run(7000)
    await change('c0')
    expect(cardSync.oldestDirtyAt()).toBe(startMs + 1000)
  })

  it('reads and draws nothing after it was stopped', async () => {
    const { change, cardSync, draws, run } = await sync(1)
    await cardSync.stop()
    await change('c0')
    await run(5000)
    expect(draws).toEqual([])
  })
})
