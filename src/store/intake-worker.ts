/** Runs in a worker thread: see intake-writer.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { type ArrivalBatch, unpackArrivals } from './arrival-batch.ts'
import { type ArrivalOutcome, insertArrivals } from './insert-arrivals.ts'
import { tune } from './tune.ts'

/** What this thread answers to a batch. */
export type IntakeAnswer =
  | { readonly outcomes: readonly ArrivalOutcome[] }
  | { readonly error: string; readonly code: string | null }

const { file } = workerData as { readonly file: string }

const database = new Database(file, { fileMustExist: true, timeout: 5000 })
tune(database)
const write = database.transaction((batch: ArrivalBatch) => insertArrivals(database, unpackArrivals(batch))).immediate

parentPort?.on('message', (batch: ArrivalBatch | null) => {
  if (batch !== null) {
    parentPort?.postMessage(answerTo(batch))
    return
  }
  database.close()
  parentPort?.close()
})

function answerTo(batch: ArrivalBatch): IntakeAnswer {
  try {
    return { outcomes: write(batch) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { error: message, code: error instanceof Error && 'code' in error ? String(error.code) : null }
  }
}
