import { createHash } from 'node:crypto'

/**
 * JSON that is the same for the same content: keys sorted, no spaces, what is `undefined` left out (of objects; in
 * lists it is `null`, as in JSON). Only for plain data.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sortKeys(value)) ?? 'null'
}

/** SHA-256 (hex, 64 characters) over the canonical JSON. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, part]) => [key, sortKeys(part)]),
  )
}
