import { Worker } from 'node:worker_threads'

/** Longer than any picture takes; a thread that hangs is ended. */
const longestMs = 15_000

/**
 * Draws an SVG document as a PNG of twice its size, in a thread of its own: the renderer takes some 60 MB and a tenth of a
 * second, and gives both back when the thread ends.
 *
 * @returns null when it could not be drawn
 */
export async function drawPng(svg: string): Promise<Uint8Array | null> {
  return await new Promise((resolve) => {
    const worker = new Worker(new URL('./draw-png-worker.ts', import.meta.url), { workerData: { svg } })
    const end = (picture: Uint8Array | null): void => {
      clearTimeout(timer)
      resolve(picture)
      void worker.terminate()
    }
    const timer = setTimeout(() => end(null), longestMs)
    worker.once('message', end)
    // Whatever is wrong with it, it is a chart that is missing: its numbers are in the message.
    worker.once('error', () => end(null))
    worker.once('exit', () => end(null))
    worker.unref()
  })
}
