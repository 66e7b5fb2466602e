import { Worker } from 'node:worker_threads'

/**
 * Looks for damage in the whole file, in a thread of its own with a connection of its own: it may take minutes.
 *
 * @returns null when the file is sound, otherwise what SQLite complains of first
 */
export async function quickCheck(file: string): Promise<string | null> {
  return await new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./quick-check-worker.ts', import.meta.url), { workerData: { file } })
    worker.once('message', (finding: string | null) => resolve(finding))
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the check of ${file} ended early (exit code ${code})`)))
    worker.unref()
  })
}
