import type { Logger } from 'pino'
import { dirtyCards } from '../store/cards.ts'
import type { Store } from '../store/open-store.ts'
import type { Clock } from './clock.ts'
import type { CardAttempt } from './draw-card.ts'
import type { SlackBudget } from './slack-budget.ts'

export interface CardSync {
  /** Cards may be behind: looks which. */
  wake(): void
  /** Since when the card that is furthest behind is (UTC milliseconds); null when all are up to date. */
  oldestDirtyAt(): number | null
  stop(): Promise<void>
}

/** Never two calls for a card within this time, in ms. */
const minIntervalMs = 1200
/** After this long without a call for a card, in ms, it has been quiet: the next change is shown at once. */
const quietMs = 8000
/**
 * While changes pour in they are gathered, so long that a card is this far behind at most when the call that shows them
 * has been made, in ms: under the 2.5 s that are promised, with something to spare for a busy process.
 */
const behindMs = 2350
/** A call is expected to take as long as the slowest of the last few did, and before the first one this long, in ms. */
const callsRemembered = 8
const unknownCallMs = 500
const longestGatherMs = 2150
/** Cards being drawn at once. */
const concurrency = 6

/** The list of cards that are behind is read at most this often, in ms: it may be long while events pour in. */
const lookIntervalMs = 40
/** After an error of the store itself this much later again, in ms. */
const storeRetryMs = 1000

interface DirtyCard {
  readonly id: string
  /** Channel id once posted, before that as configured. */
  channel: string
  dirtySince: number
  /** Null before the first post. */
  shownAt: number | null
  lastCallAt: number | null
  notBefore: number
  failures: number
}

/**
 * How long changes are gathered before they are shown together.
 *
 * @param callsMs - how long the last calls to Slack took
 * @returns milliseconds
 */
export function gatherMs(callsMs: readonly number[]): number {
  const callMs = callsMs.length === 0 ? unknownCallMs : Math.max(...callsMs)
  return Math.min(Math.max(behindMs - callMs, minIntervalMs), longestGatherMs)
}

/**
 * When a card is to be drawn: at once after some quiet, otherwise with what gathers in a moment.
 *
 * @param gatheringMs - how long changes are gathered
 * @returns UTC milliseconds
 */
export function drawAt(
  card: { readonly dirtySince: number; readonly lastCallAt: number | null; readonly notBefore: number },
  gatheringMs: number,
): number {
  if (card.lastCallAt === null) return Math.max(card.dirtySince, card.notBefore)
  const gathered = Math.min(card.dirtySince + gatheringMs, card.lastCallAt + quietMs)
  return Math.max(card.lastCallAt + minIntervalMs, gathered, card.notBefore)
}

/**
 * Brings cards up to date: coalesces what changes fast, keeps the interval of each card and the budget of all, and
 * under pressure takes the card first whose reader has waited longest. What is behind is in the store, so that a
 * restart goes on where this stopped.
 */
export function createCardSync(options: {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly budget: SlackBudget
  /** Draws one card; says when to try again if it could not. */
  readonly draw: (cardId: string) => Promise<CardAttempt>
}): CardSync {
  const { store, clock, log, budget, draw } = options
  const dirty = new Map<string, DirtyCard>()
  /** When a card was last drawn, kept a little so that the next change knows whether it has been quiet. */
  const lastCalls = new Map<string, number>()
  let callsMs: readonly number[] = []
  const drawing = new Map<string, Promise<void>>()
  let isStopped = false
  let looking: Promise<void> | null = null
  let lookAgain = false
  let lookedAt = Number.NEGATIVE_INFINITY
  let lastNow = Number.NEGATIVE_INFINITY
  let cancelTimer: (() => void) | null = null
  let cancelLook: (() => void) | null = null

  async function look(): Promise<void> {
    const rows = await dirtyCards(store.db)
    const seen = new Set(rows.map((row) => row.id))
    for (const id of dirty.keys()) if (!seen.has(id)) dirty.delete(id)
    for (const row of rows) {
      const known = dirty.get(row.id)
      if (known === undefined) {
        const lastCallAt = lastCalls.get(row.id) ?? null
        const dirtySince = Math.min(row.dirtySince, clock.now())
        dirty.set(row.id, { ...row, dirtySince, lastCallAt, notBefore: 0, failures: 0 })
      } else {
        known.channel = row.channel
        known.dirtySince = Math.min(row.dirtySince, clock.now())
        known.shownAt = row.shownAt
      }
    }
    forgetOldCalls()
  }

  function forgetOldCalls(): void {
    const before = clock.now() - 2 * quietMs
    for (const [id, at] of lastCalls) if (at < before) lastCalls.delete(id)
  }

  /** The clock was set back: what lies in its future now says nothing any more. */
  function forgetTimes(now: number): void {
    for (const [id, at] of lastCalls) lastCalls.set(id, Math.min(at, now))
    for (const card of dirty.values()) {
      card.dirtySince = Math.min(card.dirtySince, now)
      if (card.lastCallAt !== null) card.lastCallAt = Math.min(card.lastCallAt, now)
      card.notBefore = Math.min(card.notBefore, now)
    }
  }

  function startDue(): void {
    if (isStopped) return
    cancelTimer?.()
    cancelTimer = null
    const now = clock.now()
    if (now < lastNow) forgetTimes(now)
    lastNow = now
    const waiting = [...dirty.values()].filter((card) => !drawing.has(card.id))
    waiting.sort((a, b) => (a.shownAt ?? 0) - (b.shownAt ?? 0) || a.dirtySince - b.dirtySince)
    let nextAt = Number.POSITIVE_INFINITY
    const gatheringMs = gatherMs(callsMs)
    for (const card of waiting) {
      if (drawing.size >= concurrency) return
      // The budget is asked before the card is drawn: under pressure hundreds wait, and drawing them all would be for nothing.
      const at = Math.max(
        drawAt(card, gatheringMs),
        now + budget.waitMs(card.shownAt === null ? 'post' : 'update', card.channel),
      )
      if (at <= now) start(card)
      else nextAt = Math.min(nextAt, at)
    }
    if (Number.isFinite(nextAt)) cancelTimer = clock.after(Math.max(nextAt - now, 1), startDue)
  }

  function start(card: DirtyCard): void {
    const startedAt = clock.now()
    const work = draw(card.id)
      .then((attempt) => {
        if (attempt.calledSlack) {
          card.lastCallAt = startedAt
          lastCalls.set(card.id, startedAt)
          // A clock that was set meanwhile says nothing of the call; a failed one took as long as it was waited for.
          const tookMs = clock.now() - startedAt
          if (attempt.retry === null && tookMs >= 0) callsMs = [...callsMs, tookMs].slice(-callsRemembered)
        }
        card.failures = attempt.retry?.countsAsFailure === true ? card.failures + 1 : 0
        if (attempt.retry !== null) card.notBefore = clock.now() + attempt.retry.afterMs(card.failures)
      })
      .catch((error: unknown) => {
        card.failures += 1
        card.notBefore = clock.now() + Math.min(60_000, 1000 * 2 ** card.failures)
        log.error({ err: error, card: card.id }, 'a card could not be drawn; trying again')
      })
      .finally(() => {
        drawing.delete(card.id)
        wake()
      })
    drawing.set(card.id, work)
  }

  function wake(): void {
    if (lookAgain || isStopped) return
    lookAgain = true
    if (looking !== null) return
    const waitMs = Math.min(lookedAt + lookIntervalMs - clock.now(), lookIntervalMs)
    if (waitMs > 0) cancelLook = clock.after(waitMs, lookNow)
    else lookNow()
  }

  function lookNow(): void {
    if (isStopped || looking !== null) return
    lookAgain = false
    lookedAt = clock.now()
    looking = look()
      .catch((error: unknown) => {
        log.error({ err: error }, 'the cards cannot be read; trying again')
        cancelLook = clock.after(storeRetryMs, wake)
      })
      .finally(() => {
        looking = null
        startDue()
        if (lookAgain) {
          lookAgain = false
          wake()
        }
      })
  }

  return {
    wake,
    oldestDirtyAt() {
      const times = [...dirty.values()].map((card) => card.dirtySince)
      return times.length === 0 ? null : Math.min(...times)
    },
    async stop() {
      isStopped = true
      cancelTimer?.()
      cancelLook?.()
      await looking
      await Promise.allSettled(drawing.values())
    },
  }
}
