import type { Logger } from 'pino'
import { addEvent } from '../store/inbox.ts'
import type { Db, Store } from '../store/open-store.ts'
import {
  type LaneKind,
  laneHeads,
  makeDue,
  markDead,
  markDone,
  markForRetry,
  markStarted,
  nextEffectAt,
  type OutboxEffect,
} from '../store/outbox.ts'
import type { Clock } from './clock.ts'
import type { EffectOutcome } from './perform.ts'

export interface OutboxWorker {
  /** There may be something new in the outbox, or something waiting may be due. */
  wake(): void
  /** Resolves once no call is under way; none is begun after. */
  stop(): Promise<void>
}

/**
 * Calls under way at once, over all lanes of a kind. What is urgent must not wait for calls that hang, not even for those of
 * other rollbacks.
 */
const concurrencies: Readonly<Record<LaneKind, number>> = { urgent: 100, watching: 24, usual: 12 }
/** Attempts before an effect is given up; with the backoff below that is about half an hour. */
const maxAttempts = 12
const maxBackoffMs = 5 * 60_000
/** Looked at this often at least, in ms: the command line queues effects too, and a clock may be set. */
const longestWaitMs = 30_000
/** After an error of the store itself a lane is left alone for so long, in ms. */
const storeRetryMs = 1000

/**
 * Exponential backoff with full jitter over its upper half.
 *
 * @param attempts - failed attempts so far, from 1
 * @param random - in [0, 1)
 * @returns milliseconds
 */
export function backoffMs(attempts: number, random: number): number {
  const ceiling = Math.min(maxBackoffMs, 1000 * 2 ** Math.min(attempts - 1, 20))
  return Math.round(ceiling / 2 + (random * ceiling) / 2)
}

/**
 * Takes effects from the outbox, makes the calls, and puts the results into the inbox. Those of one lane are made one
 * after the other; one that is given up is parked as `dead` and lets the next go on.
 */
export function createOutboxWorker(options: {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly random: () => number
  /** Which lanes it works on: each kind has a worker of its own. */
  readonly lanes: LaneKind
  readonly perform: (effect: OutboxEffect) => Promise<EffectOutcome>
  /** Whether it changes nothing outside: none of its notes need be on disk before it goes on. */
  readonly asksOnly: (effect: OutboxEffect) => boolean
  /** An event was put into the inbox. */
  readonly onEvent: () => void
  readonly onDead: (effect: OutboxEffect, reason: string) => void
}): OutboxWorker {
  const { store, clock, log, random, perform, lanes } = options
  const concurrency = concurrencies[lanes]
  const busyLanes = new Set<string>()
  const underWay = new Set<Promise<void>>()
  let isStopped = false
  let looking: Promise<void> | null = null
  let lookAgain = false
  let lookedAt: number | null = null
  let cancelTimer: (() => void) | null = null

  async function look(): Promise<void> {
    do {
      lookAgain = false
      const now = clock.now()
      await mindClock(now)
      lookedAt = now
      const heads = await laneHeads(store.db, { lanes, limit: concurrency + busyLanes.size, dueBy: now })
      const free = heads.filter(({ lane }) => !busyLanes.has(lane)).slice(0, Math.max(0, concurrency - busyLanes.size))
      if (!isStopped && free.length > 0) startAll(free)
      const nextAt = await nextEffectAt(store.db, now)
      cancelTimer?.()
      const waitMs = nextAt === null ? longestWaitMs : Math.min(nextAt - now, longestWaitMs)
      cancelTimer = isStopped ? null : clock.after(waitMs, wake)
    } while (lookAgain && !isStopped)
  }

  /**
   * A clock that was set back must not make what waits for seconds wait for hours. At the start nobody knows what became
   * of the clock: what would wait for longer than any backoff is tried then.
   */
  async function mindClock(now: number): Promise<void> {
    if (lookedAt !== null && now >= lookedAt) return
    const later = lookedAt === null ? now + maxBackoffMs : now
    if ((await nextEffectAt(store.db, later)) !== null) await store.transaction((tx) => makeDue(tx, { at: now, later }))
  }

  /** That they begin is written down at once for all of them: each would wait for the notes of those before it. */
  function startAll(effects: readonly OutboxEffect[]): void {
    const begun = note(effects, async (tx) => {
      const marked = new Set<number>()
      for (const { seq } of effects) if (await markStarted(tx, seq, clock.now())) marked.add(seq)
      return marked
    })
    for (const effect of effects) start(effect, begun)
  }

  function start(effect: OutboxEffect, begun: Promise<ReadonlySet<number>>): void {
    busyLanes.add(effect.lane)
    const free = () => {
      busyLanes.delete(effect.lane)
      wake()
    }
    const work = begun
      // It may have been dropped since it was looked up.
      .then((marked) => (marked.has(effect.seq) ? attempt(effect) : undefined))
      .then(free, (error: unknown) => {
        log.error({ err: error, effect: effect.id }, 'an effect could not be written down; trying again')
        clock.after(storeRetryMs, free)
      })
      .finally(() => underWay.delete(work))
    underWay.add(work)
  }

  /** What is undone of a question when the power fails is asked again, and what followed from its answer is undone too. */
  async function note<T>(effects: readonly OutboxEffect[], work: (tx: Db) => Promise<T>): Promise<T> {
    return await (effects.every(options.asksOnly) ? store.relaxedTransaction(work) : store.transaction(work))
  }

  async function attempt(effect: OutboxEffect): Promise<void> {
    const outcome = await perform(effect).catch((error: unknown): EffectOutcome => {
      log.error({ err: error, effect: effect.id, type: effect.type }, 'an effect has a fault')
      return { type: 'retry', reason: String(error), countsAsAttempt: true, mayHaveHappened: true }
    })
    await settle(effect, outcome)
  }

  async function settle(effect: OutboxEffect, outcome: EffectOutcome): Promise<void> {
    const now = clock.now()
    if (outcome.type === 'retry' && (!outcome.countsAsAttempt || effect.attempts + 1 < maxAttempts)) {
      const afterMs = outcome.afterMs ?? backoffMs(effect.attempts + 1, random())
      await store.transaction((tx) =>
        markForRetry(tx, effect.seq, { ...outcome, error: outcome.reason, notBefore: now + afterMs }),
      )
      return
    }
    if (outcome.type === 'done') {
      const { event } = outcome
      await note([effect], async (tx) => {
        await markDone(tx, effect.seq, now)
        if (event !== undefined) await addEvent(tx, { ...event, at: now })
      })
      if (event !== undefined) options.onEvent()
      return
    }
    await store.transaction((tx) => markDead(tx, effect.seq, outcome.reason, now))
    log.error({ effect: effect.id, type: effect.type, reason: outcome.reason }, 'an effect was given up')
    options.onDead(effect, outcome.reason)
  }

  function wake(): void {
    if (isStopped) return
    lookAgain = true
    if (looking !== null) return
    looking = look()
      .catch((error: unknown) => {
        log.error({ err: error }, 'the outbox cannot be read; trying again')
        lookAgain = false
        cancelTimer?.()
        cancelTimer = isStopped ? null : clock.after(storeRetryMs, wake)
      })
      .finally(() => {
        looking = null
        // Woken after the last look had ended and before this.
        if (lookAgain) wake()
      })
  }

  return {
    wake,
    async stop() {
      isStopped = true
      await looking
      cancelTimer?.()
      await Promise.allSettled(underWay)
    },
  }
}
