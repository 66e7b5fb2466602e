import { inWorker } from './in-worker.ts'

/** Longer than any picture takes. */
const longestMs = 15_000

/**
 * Draws an SVG document as a PNG of twice its size. The renderer takes some 60 MB and a tenth of a second.
 *
 * @returns null when it could not be drawn
 */
export async function drawPng(svg: string): Promise<Uint8Array | null> {
  return await inWorker(new URL('./draw-png-worker.ts', import.meta.url), { svg }, longestMs)
}
