import { Worker } from 'node:worker_threads'

/**
 * Has something worked out in a thread of its own, which ends with it: what takes long would keep everything else waiting,
 * and what takes much memory gives it back.
 *
 * @param script - posts one message, its result
 * @param longestMs - after which it is ended
 * @returns null when it failed or took too long
 */
export async function inWorker<Result>(script: URL, workerData: unknown, longestMs: number): Promise<Result | null> {
  return await new Promise((resolve) => {
    const worker = new Worker(script, { workerData })
    const end = (result: Result | null): void => {
      clearTimeout(timer)
      resolve(result)
      void worker.terminate()
    }
    const timer = setTimeout(() => end(null), longestMs)
    worker.once('message', end)
    // Told by what is missing then; what it was is of no use to anybody but in a test of the script.
    worker.once('error', () => end(null))
    worker.once('exit', () => end(null))
    worker.unref()
  })
}
