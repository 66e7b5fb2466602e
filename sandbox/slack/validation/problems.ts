/** One thing that Slack would refuse: where it is (a JSON pointer such as `/blocks/2/text/text`) and what is wrong. */
export interface BlockProblem {
  readonly path: string
  readonly sentence: string
}

/** Collects what is wrong; every check goes on after a problem, so that all of them are reported at once. */
export type Report = (path: string, sentence: string) => void

export type JsonObject = { readonly [key: string]: unknown }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reports and returns null when the value is not an object. */
export function asObject(value: unknown, path: string, report: Report): JsonObject | null {
  if (isObject(value)) return value
  report(path, 'must be an object')
  return null
}

/** Reports and returns an empty list when the value is not a list, or holds fewer or more items than it may. */
export function asList(
  value: unknown,
  path: string,
  report: Report,
  size: { readonly min: number; readonly max: number },
): readonly unknown[] {
  if (!Array.isArray(value)) {
    report(path, 'must be a list')
    return []
  }
  if (value.length < size.min) report(path, `must have at least ${size.min} ${size.min === 1 ? 'item' : 'items'}`)
  if (value.length > size.max) report(path, `must have at most ${size.max} items, has ${value.length}`)
  return value
}

/**
 * Checks a string's length in UTF-16 code units: Slack does not say what it counts, and no other plausible count
 * of characters is greater, so what passes here passes there.
 */
export function checkString(
  value: unknown,
  path: string,
  report: Report,
  size: { readonly min: number; readonly max: number },
): void {
  if (typeof value !== 'string') {
    report(path, 'must be a string')
    return
  }
  if (value.length < size.min) report(path, size.min === 1 ? 'must not be empty' : `must have ${size.min} characters`)
  if (value.length > size.max) report(path, `must have at most ${size.max} characters, has ${value.length}`)
  if (!value.isWellFormed()) report(path, 'must be well-formed Unicode (has half a surrogate pair)')
}

/** Checks that a value is one of a few strings. */
export function checkOneOf(value: unknown, path: string, report: Report, allowed: readonly string[]): void {
  if (typeof value !== 'string' || !allowed.includes(value)) report(path, `must be one of ${allowed.join(', ')}`)
}

export function checkBoolean(value: unknown, path: string, report: Report): void {
  if (typeof value !== 'boolean') report(path, 'must be true or false')
}

/** Checks a web address of at most `max` characters. */
export function checkUrl(value: unknown, path: string, report: Report, max = 3000): void {
  checkString(value, path, report, { min: 1, max })
  if (typeof value === 'string' && value !== '' && !/^(https?|mailto|slack|tel):/i.test(value)) {
    report(path, 'must be a valid address (http, https, mailto, slack or tel)')
  }
}

/** Reports keys that the object may not have, as Slack does. */
export function checkKeys(value: JsonObject, path: string, report: Report, allowed: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key)) report(path, `has an unknown field: ${key}`)
  }
}
