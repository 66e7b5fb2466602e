/**
 * Writes arrivals from a thread of its own, with a connection of its own: compressing payloads and waiting for the disk
 * would hold up the requests that come in meanwhile.
 */
import { Worker } from 'node:worker_threads'
import { packArrivals } from './arrival-batch.ts'
import type { Arrival, ArrivalOutcome } from './insert-arrivals.ts'
import type { WriteArrivals } from './intake.ts'
import type { IntakeAnswer } from './intake-worker.ts'
import type { Store } from './open-store.ts'

export interface IntakeWriter {
  /** One batch after the other. Resolves when all of it is on disk; rejects when none of it is, or nobody can tell. */
  readonly write: WriteArrivals
  /** Starts the thread, so that the first arrival need not wait for it. */
  start(): void
  /** Ends the thread when what was handed to it is written. What comes after is rejected. */
  stop(): Promise<void>
}

interface Thread {
  readonly worker: Worker
  readonly ended: Promise<void>
  /** Takes the answer to the batch under way. */
  settle: ((answer: IntakeAnswer) => void) | null
}

/** @param threadFile - the thread's program */
export function createIntakeWriter(
  store: Store,
  threadFile: URL = new URL('./intake-worker.ts', import.meta.url),
): IntakeWriter {
  let running: Thread | null = null
  let isStopped = false

  function start(): Thread {
    if (running !== null) return running
    const worker = new Worker(threadFile, { workerData: { file: store.file } })
    const answer = (given: IntakeAnswer) => {
      thread.settle?.(given)
      thread.settle = null
    }
    const gone = (why: string) => {
      // The next batch starts another thread.
      if (running === thread) running = null
      answer({ error: `the thread that writes deliveries ended: ${why}`, code: null })
    }
    const thread: Thread = {
      worker,
      settle: null,
      ended: new Promise((resolve) => worker.once('exit', () => resolve())),
    }
    worker.on('message', answer)
    worker.once('error', (error) => gone(String(error)))
    worker.once('exit', (code) => gone(`exit code ${code}`))
    running = thread
    return thread
  }

  async function send(arrivals: readonly Arrival[]): Promise<readonly ArrivalOutcome[]> {
    if (isStopped) throw new Error('Sluice is stopping and takes no more deliveries')
    const batch = packArrivals(arrivals)
    const thread = start()
    const answer = await new Promise<IntakeAnswer>((resolve) => {
      thread.settle = resolve
      thread.worker.postMessage(batch, [batch.payloads.buffer])
    })
    if ('outcomes' in answer) return answer.outcomes
    throw Object.assign(new Error(answer.error), answer.code === null ? {} : { code: answer.code })
  }

  return {
    // The engine's own connection rests meanwhile: of two that write at once one would wait for the other's lock, and
    // SQLite waits by blocking its thread.
    write: (arrivals) => store.meanwhile(() => send(arrivals)),
    start: () => void start(),
    async stop() {
      isStopped = true
      const thread = running
      thread?.worker.postMessage(null)
      await thread?.ended
    },
  }
}
