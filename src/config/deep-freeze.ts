/**
 * Freezes a value and everything in it, maps too: `Object.freeze` alone leaves the entries of a map open.
 *
 * @returns the same value
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (value instanceof Map) {
    for (const [key, entry] of value) {
      deepFreeze(key)
      deepFreeze(entry)
    }
    for (const name of ['set', 'delete', 'clear']) Object.defineProperty(value, name, { value: refuse })
  }
  Object.freeze(value)
  for (const part of Object.values(value)) deepFreeze(part)
  return value
}

function refuse(): never {
  throw new TypeError('The configuration is read once and cannot be changed while Sluice runs.')
}
