/** Runs in a worker thread: see quick-check.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'

const { file } = workerData as { readonly file: string }

function check(): string | null {
  try {
    const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 5000 })
    const finding = String(database.pragma('quick_check(1)', { simple: true }))
    database.close()
    return finding === 'ok' ? null : finding
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

parentPort?.postMessage(check())
