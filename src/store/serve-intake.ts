import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { type DeliveryOutcome, type DeliveryReader, takeDeliveries } from './deliveries.ts'
import { type DeliveryBatch, unpackDeliveries } from './delivery-batch.ts'
import { tune } from './tune.ts'

/** What the thread is started with. */
export interface IntakeThreadData {
  /** The store's file. */
  readonly file: string
  /** Address of a module that exports `createReader`. */
  readonly reader: string
  /** What `createReader` is called with. */
  readonly settings: unknown
}

/** What a module exports that reads deliveries in the thread. */
export interface ReaderModule {
  readonly createReader: (settings: unknown) => DeliveryReader
}

/** What this thread answers to a batch. */
export type IntakeAnswer =
  | { readonly outcomes: readonly DeliveryOutcome[] }
  | { readonly error: string; readonly code: string | null }

/**
 * SQLite's log is moved into the file when nothing has come in for so long, and not in the middle of a flood: it takes
 * as long as many commits. In ms, as is how often that is looked at.
 */
const quietMs = 250
const lookEveryMs = 2000

/** Takes batches until it is told to stop. */
export async function serveIntake(): Promise<void> {
  const { file, reader, settings } = workerData as IntakeThreadData
  const { createReader } = (await import(reader)) as ReaderModule
  const read = createReader(settings)
  const database = new Database(file, { fileMustExist: true, timeout: 5000 })
  tune(database)
  // It only adds rows, most of them at the end: there is little to be found again.
  database.pragma('cache_size = -1000')
  database.pragma('wal_autocheckpoint = 0')
  const write = database.transaction((batch: DeliveryBatch) =>
    takeDeliveries(database, unpackDeliveries(batch), read),
  ).immediate
  let lastAt = performance.now()
  const looking = setInterval(() => {
    if (performance.now() - lastAt >= quietMs) database.pragma('wal_checkpoint(PASSIVE)')
  }, lookEveryMs)

  function answerTo(batch: DeliveryBatch): IntakeAnswer {
    try {
      return { outcomes: write(batch) }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { error: message, code: error instanceof Error && 'code' in error ? String(error.code) : null }
    }
  }

  parentPort?.on('message', (batch: DeliveryBatch | null) => {
    if (batch === null) {
      clearInterval(looking)
      database.close()
      parentPort?.close()
      return
    }
    parentPort?.postMessage(answerTo(batch))
    lastAt = performance.now()
    // Gives its memory back at once: the collector sees only how small this thread's heap is, and would wait for long.
    batch.payloads.buffer.transfer(0)
  })
}
