import type { IncomingMessage } from 'node:http'
import { isRecord } from './blocks.ts'

/** Reads a request's body to its end. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** The arguments of a call from its address and its body, which may be a form or JSON; null when unreadable. */
export function readArguments(
  contentType: string,
  body: string,
  query: URLSearchParams,
): Record<string, unknown> | null {
  const args: Record<string, unknown> = Object.fromEntries(query)
  if (body === '') return args
  if (!contentType.startsWith('application/json')) return { ...args, ...Object.fromEntries(new URLSearchParams(body)) }
  try {
    const parsed: unknown = JSON.parse(body)
    return isRecord(parsed) ? { ...args, ...parsed } : null
  } catch {
    return null
  }
}

/** The bytes of an uploaded file: the body itself, the file in a multipart form, or a form's `body` field. */
export async function readUpload(contentType: string, body: Buffer): Promise<Buffer> {
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return Buffer.from(new URLSearchParams(body.toString()).get('body') ?? '')
  }
  if (!contentType.startsWith('multipart/form-data')) return body
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData()
  for (const value of form.values()) {
    return typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer())
  }
  return Buffer.alloc(0)
}
