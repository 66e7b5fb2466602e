import { createHash } from 'node:crypto'

/**
 * One text for one value, whatever order its keys were written in: approvals are bound to digests of it, so the same
 * plan or policy must always give the same text, and different ones never the same.
 *
 * @param value - plain data: null, booleans, finite numbers, text, arrays, and objects whose keys are text. A key with
 *   the value undefined counts as absent
 * @returns JSON without spaces, the keys of every object sorted by their UTF-16 code units
 * @throws TypeError for what JSON would drop or change unseen: a map, a date, a function, NaN, undefined in an array
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(',')}]`
  if (!isPlain(value)) throw new TypeError(`A value of the type ${typeOf(value)} has no canonical form.`)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

/** @returns SHA-256 of the canonical JSON, 64 hexadecimal digits in lower case; throws as `canonicalJson` does */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex')
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function typeOf(value: unknown): string {
  return typeof value === 'object' ? (value?.constructor.name ?? 'object') : typeof value
}
