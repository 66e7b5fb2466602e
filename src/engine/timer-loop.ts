import type { Logger } from 'pino'
import { addEvent } from '../store/inbox.ts'
import type { Db, Store } from '../store/open-store.ts'
import { dueTimers, makeTimersDue, nextTimerAt, removeTimer, type Timer } from '../store/timers.ts'
import type { Clock } from './clock.ts'

export interface TimerLoop {
  /** Timers may have been set: looks when the next one is due. */
  wake(): void
  stop(): Promise<void>
}

/**
 * So many become events in one go. After a long stop a thousand may be due at once, and whoever presses meanwhile waits for
 * what came before: the next ones come when these have been handled, or after `longestPauseMs`.
 */
const atOnce = 50
const longestPauseMs = 1_000
/** Looked at this often at least, in ms: a clock that is set forward must not wait for an old alarm. */
const longestWaitMs = 60_000

/**
 * Timers that only mean to look again soon. When the clock may have been set back, soon could be in hours: they are due
 * at once then. What stays at its time is what people were told (`except`): until when a gate is open, say.
 */
const looks = [
  { type: 'timer.gate', except: ['gate:expire:', 'gate:remind:'] },
  { type: 'timer.rollout', except: [] },
  { type: 'timer.home', except: [] },
  { type: 'timer.pipeline_silent', except: [] },
] as const
/** At the start nobody knows what became of the clock. Silent pipelines are looked after by catching up. */
const looksAtStart = looks.slice(0, 3)

/** Turns due timers into events, each exactly once: the timer goes and the event comes in one transaction. */
export function createTimerLoop(options: {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly onEvent: () => void
  /** Resolves when all events have been handled. */
  readonly untilHandled: () => Promise<void>
}): TimerLoop {
  const { store, clock, log, onEvent, untilHandled } = options
  let isStopped = false
  let running: Promise<void> | null = null
  let lookAgain = false
  let cancel: (() => void) | null = null
  let letGo: (() => void) | null = null
  let lookedAt = Number.POSITIVE_INFINITY

  async function run(): Promise<void> {
    const now = clock.now()
    if (now < lookedAt) {
      const doubtful = lookedAt === Number.POSITIVE_INFINITY ? looksAtStart : looks
      await store.transaction(async (tx) => {
        for (const timers of doubtful) await makeTimersDue(tx, { ...timers, at: now })
      })
    }
    lookedAt = now
    const due = await dueTimers(store.db, now, atOnce)
    if (due.length > 0) {
      // What is undone when the power fails is due again: the timer comes back as its event goes.
      await store.relaxedTransaction(async (tx) => {
        for (const timer of due) await fire(tx, timer)
      })
      onEvent()
    }
    if (due.length === atOnce && !isStopped) await soon()
    const nextAt = await nextTimerAt(store.db)
    const waitMs = nextAt === null ? longestWaitMs : Math.min(nextAt - clock.now(), longestWaitMs)
    if (!isStopped) cancel = clock.after(Math.max(waitMs, 10), wake)
  }

  async function fire(tx: Db, timer: Timer): Promise<void> {
    if (!(await removeTimer(tx, timer))) return
    const event = { type: timer.type, body: JSON.parse(timer.body), at: clock.now() }
    // After a clock was set back the same timer may be due at the same time once more, and has to count again.
    const id = `timer:${timer.id}:${timer.dueAt}`
    for (let again = 1; !(await addEvent(tx, { ...event, id: again === 1 ? id : `${id}:${again}` })); again += 1);
  }

  /** Resolves when more may become events. */
  async function soon(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    letGo = resolve
    const cancelPause = clock.after(longestPauseMs, resolve)
    await Promise.race([untilHandled(), promise])
    cancelPause()
    letGo = null
  }

  function wake(): void {
    if (isStopped) return
    if (running !== null) {
      lookAgain = true
      return
    }
    lookAgain = false
    cancel?.()
    running = run()
      .catch((error: unknown) => {
        log.error({ err: error }, 'timers cannot be read; trying again')
        cancel = clock.after(1000, wake)
      })
      .finally(() => {
        running = null
        if (lookAgain) wake()
      })
  }

  return {
    wake,
    async stop() {
      isStopped = true
      cancel?.()
      letGo?.()
      await running
    },
  }
}
