/**
 * Reads and writes deliveries in a thread of its own, with a connection of its own: parsing and compressing payloads and
 * waiting for the disk would hold up the requests that come in meanwhile.
 */
import { Worker } from 'node:worker_threads'
import type { Delivery, DeliveryOutcome, WriteDeliveries } from './deliveries.ts'
import { packDeliveries } from './delivery-batch.ts'
import type { Store } from './open-store.ts'
import type { IntakeAnswer, IntakeThreadData } from './serve-intake.ts'

export interface IntakeWriter {
  /** One batch after the other. Resolves when all of it is on disk; rejects when none of it is, or nobody can tell. */
  readonly write: WriteDeliveries
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

/**
 * What it holds is a batch at a time, so that little room is enough where garbage is born, but not so little that
 * the collector is called all the time. The other limit is a ceiling for one delivery of the largest
 * size, which is many times as large once it is read.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 1024 }

/**
 * @param reader - the module that reads deliveries (see ReaderModule), and what it is started with
 * @param threadFile - the thread's program
 */
export function createIntakeWriter(
  store: Store,
  reader: { readonly module: URL; readonly settings: unknown },
  threadFile: URL = new URL('./intake-worker.ts', import.meta.url),
): IntakeWriter {
  const workerData: IntakeThreadData = { file: store.file, reader: reader.module.href, settings: reader.settings }
  let running: Thread | null = null
  let isStopped = false

  function start(): Thread {
    if (running !== null) return running
    const worker = new Worker(threadFile, { workerData, resourceLimits })
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

  async function send(deliveries: readonly Delivery[]): Promise<readonly DeliveryOutcome[]> {
    if (isStopped) throw new Error('Sluice is stopping and takes no more deliveries')
    const batch = packDeliveries(deliveries)
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
    write: (deliveries) => store.meanwhile(() => send(deliveries)),
    start: () => void start(),
    async stop() {
      isStopped = true
      const thread = running
      thread?.worker.postMessage(null)
      await thread?.ended
    },
  }
}
