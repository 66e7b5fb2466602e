import type { Entry, KeyPath } from './read-yaml.ts'
import type { Span } from './secret-shapes.ts'

/** Where the keys and values of a file stand in its text. */
export interface Places {
  /** The entry at a path, or the nearest one around it. */
  entryAt(path: KeyPath): Entry | undefined
  /** What to point at. A value that is not there is pointed at by its key. */
  spanAt(path: KeyPath, part: 'key' | 'value'): Span
  /** The innermost entry around an offset. */
  entryAround(offset: number): Entry | undefined
}

export function createPlaces(entries: readonly Entry[]): Places {
  const byPath = new Map(entries.map((entry) => [JSON.stringify(entry.path), entry]))

  function entryAt(path: KeyPath): Entry | undefined {
    for (let length = path.length; length >= 0; length -= 1) {
      const entry = byPath.get(JSON.stringify(path.slice(0, length)))
      if (entry !== undefined) return entry
    }
    return undefined
  }

  return {
    entryAt,
    spanAt(path, part) {
      const entry = entryAt(path)
      if (entry === undefined) return [0, 0]
      const isNothing = entry.value[0] === entry.value[1]
      return part === 'key' || isNothing ? (entry.key ?? entry.value) : entry.value
    },
    entryAround(offset) {
      let innermost: Entry | undefined
      for (const entry of entries) {
        const isAround = (entry.key?.[0] ?? entry.value[0]) <= offset && offset <= entry.value[1]
        if (isAround && entry.path.length >= (innermost?.path.length ?? 0)) innermost = entry
      }
      return innermost
    },
  }
}

/** What a file holds at a path; undefined where there is nothing. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  let current = value
  for (const part of path) {
    // A value may be written without the list around it: `channel: x` stands for `channel: [x]`.
    if (part === 0 && !Array.isArray(current)) continue
    if (typeof current !== 'object' || current === null) return undefined
    current = Object.getOwnPropertyDescriptor(current, part)?.value
  }
  return current
}

/**
 * The path as the file spells it out: without positions in lists that are not written as lists, and not further than to
 * a text that stands for several keys (`5% 15m`).
 */
export function spelledOut(path: KeyPath, at: (path: KeyPath) => unknown): KeyPath {
  const spelled: (string | number)[] = []
  for (const part of path) {
    const value = at(spelled)
    if (typeof value !== 'object' && value !== undefined) return spelled
    if (part !== 0 || Array.isArray(value)) spelled.push(part)
  }
  return spelled
}

/** `repositories[0].channel`; keys that are no plain words come in quotes. */
export function keyText(path: KeyPath, plain: (text: string) => string): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`
      const shown = plain(part)
      if (!/^[\w-]+$/.test(part) || shown !== part) return `[${JSON.stringify(shown.slice(0, 80))}]`
      return index === 0 ? shown : `.${shown}`
    })
    .join('')
}
