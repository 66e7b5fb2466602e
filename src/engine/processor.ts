import type { Logger } from 'pino'
import { type InboxEvent, markProcessed, nextEvents } from '../store/inbox.ts'
import type { Store } from '../store/open-store.ts'
import type { EngineContext } from './engine-context.ts'
import { handleEvent } from './handle-event.ts'
import type { Handled } from './handled.ts'
import type { StepAside } from './step-aside.ts'

export interface Processor {
  /** There may be something new in the inbox. */
  wake(): void
  /** Resolves once nothing is being handled; nothing is begun after. */
  stop(): Promise<void>
  /** Resolves when the inbox is empty. For tests and the demo. */
  idle(): Promise<void>
}

/** How long events are handled in one go before the process looks after its sockets again, in ms. */
const sliceMs = 8
/** After an error of the store itself (a full disk, a lock) this much later again, in ms. */
const storeRetryMs = 1000

/**
 * Takes events from the inbox in the order of their arrival, one transaction each. An event whose handling has a
 * fault is marked `failed` and passed over, so that it cannot hold up the others; it stays in the inbox with its body.
 */
export function createProcessor(options: {
  readonly store: Store
  readonly context: EngineContext
  readonly log: Logger
  readonly onHandled: (type: string, handled: Omit<Handled, 'afterCommit'>) => void
  /** When handling lets deliveries go first. */
  readonly stepAside: StepAside
}): Processor {
  const { store, context, log, onHandled, stepAside } = options
  let isStopped = false
  let hasNews = false
  let running: Promise<void> | null = null
  let cancelRetry: (() => void) | null = null

  async function run(): Promise<void> {
    while (hasNews && !isStopped) {
      hasNews = false
      for (;;) {
        const events = await nextEvents(store.db, 50)
        if (events.length === 0 || isStopped) break
        await handleAll(events)
      }
    }
  }

  async function handleAll(events: readonly InboxEvent[]): Promise<void> {
    let sliceEnd = Number.NEGATIVE_INFINITY
    for (const event of events) {
      if (performance.now() > sliceEnd) {
        await nextTurn()
        await stepAside.turn()
        sliceEnd = performance.now() + sliceMs
      }
      if (isStopped) return
      await handleOne(event)
    }
  }

  async function handleOne(event: InboxEvent): Promise<void> {
    try {
      // What is undone when the power fails is handled again: the mark that it was handled is undone with it.
      const handled = await store.relaxedTransaction(async (tx) => {
        const result = await handleEvent(tx, event, context)
        await markProcessed(tx, event.seq, result.outcome, context.clock.now())
        return result
      })
      handled.afterCommit?.()
      onHandled(event.type, handled)
    } catch (error) {
      if (isStoreTrouble(error)) throw error
      log.error({ err: error, event: event.id, type: event.type }, 'an event could not be handled and is passed over')
      await store.transaction((tx) => markProcessed(tx, event.seq, 'failed', context.clock.now()))
      onHandled(event.type, { outcome: 'failed' })
    }
  }

  function retry(): void {
    cancelRetry = null
    wake()
  }

  function wake(): void {
    hasNews = true
    // While the store is left alone, what is new waits with the rest.
    if (running !== null || cancelRetry !== null || isStopped) return
    running = run()
      .catch((error: unknown) => {
        log.error({ err: error }, 'the store cannot be written; trying again')
        cancelRetry = context.clock.after(storeRetryMs, retry)
      })
      .finally(() => {
        running = null
        if (hasNews && cancelRetry === null) wake()
      })
  }

  return {
    wake,
    async stop() {
      isStopped = true
      stepAside.stop()
      cancelRetry?.()
      await running
    },
    async idle() {
      while (running !== null) await running
    },
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** What SQLite says of the statement or its values and not of the file: trying again would end the same way. */
const faultCodes = /^SQLITE_(ERROR|CONSTRAINT|MISMATCH|RANGE|TOOBIG|MISUSE)/

function isStoreTrouble(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  const code = String(error.code)
  return code.startsWith('SQLITE_') && !faultCodes.test(code)
}
