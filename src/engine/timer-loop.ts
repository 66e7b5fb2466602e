import type { Logger } from 'pino'
import { addEvent } from '../store/inbox.ts'
import type { Store } from '../store/open-store.ts'
import { dueTimers, nextTimerAt, removeTimer } from '../store/timers.ts'
import type { Clock } from './clock.ts'

export interface TimerLoop {
  /** Timers may have been set: looks when the next one is due. */
  wake(): void
  stop(): Promise<void>
}

/** Looked at this often at least, in ms: a clock that is set forward must not wait for an old alarm. */
const longestWaitMs = 60_000

/** Turns due timers into events, each exactly once: the timer goes and the event comes in one transaction. */
export function createTimerLoop(options: {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly onEvent: () => void
}): TimerLoop {
  const { store, clock, log, onEvent } = options
  let isStopped = false
  let running: Promise<void> | null = null
  let lookAgain = false
  let cancel: (() => void) | null = null

  async function run(): Promise<void> {
    const due = await dueTimers(store.db, clock.now(), 100)
    for (const timer of due) {
      await store.transaction(async (tx) => {
        if (!(await removeTimer(tx, timer))) return
        const id = `timer:${timer.id}:${timer.dueAt}`
        await addEvent(tx, { id, type: timer.type, body: JSON.parse(timer.body), at: clock.now() })
      })
    }
    if (due.length > 0) onEvent()
    const nextAt = await nextTimerAt(store.db)
    const waitMs = nextAt === null ? longestWaitMs : Math.min(nextAt - clock.now(), longestWaitMs)
    if (!isStopped) cancel = clock.after(Math.max(waitMs, 10), wake)
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
      await running
    },
  }
}
