import type { IncomingMessage } from 'node:http'

export type Body =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly problem: 'too_large' | 'aborted' }

/**
 * Reads a request's whole body, up to a limit. One that is too large is read no further into memory, but its sender
 * is let finish (up to as much again), so that it gets to read the answer.
 *
 * @param maxBytes - the largest body that is taken
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  return await new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBytes) {
        chunks.push(chunk)
        return
      }
      chunks.length = 0
      resolve({ ok: false, problem: 'too_large' })
      if (size > 2 * maxBytes) request.destroy()
    })
    request.once('end', () =>
      resolve({ ok: true, bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) }),
    )
    request.once('error', () => resolve({ ok: false, problem: 'aborted' }))
    request.once('close', () => resolve({ ok: false, problem: 'aborted' }))
  })
}
