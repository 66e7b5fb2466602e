import { knownKeys } from './config-schema.ts'
import type { KeyPath } from './read-yaml.ts'
import { nearest } from './suggest.ts'

export interface MisspelledKey {
  /** As it stands in the file. */
  readonly path: KeyPath
  readonly meant: string
}

export interface MendedKeys {
  /** The file as it would be with every misspelled key put right. */
  readonly value: unknown
  readonly misspelled: readonly MisspelledKey[]
  /** From a path in the mended value to the one in the file. */
  inFile(path: KeyPath): KeyPath
}

/**
 * Puts misspelled keys right, so that what stands under them is checked in the same go: a slip in `repositories` must
 * not hide every mistake inside of it.
 */
export function mendKeys(file: unknown): MendedKeys {
  const misspelled: MisspelledKey[] = []
  const writtenKeys = new Map<string, string>()

  function mend(value: unknown, place: string, path: KeyPath, mendedPath: KeyPath): unknown {
    if (Array.isArray(value)) {
      return value.map((item, index) => mend(item, `${place}[]`, [...path, index], [...mendedPath, index]))
    }
    // One entry may be written without the list around it.
    const isBare = !knownKeys.has(place) && knownKeys.has(`${place}[]`)
    const known = knownKeys.get(isBare ? `${place}[]` : place)
    if (typeof value !== 'object' || value === null || known === undefined) return value
    const open = new Set(known.filter((key) => !Object.hasOwn(value, key)))
    const mended: Record<string, unknown> = Object.create(null)
    for (const [key, item] of Object.entries(value)) {
      const meant = known.includes(key) ? null : nearest(key, [...open])
      const name = meant ?? key
      if (meant !== null) {
        open.delete(meant)
        misspelled.push({ path: [...path, key], meant })
        writtenKeys.set(JSON.stringify([...mendedPath, meant]), key)
      }
      const childPlace = place === '' ? name : `${place}${isBare ? '[]' : ''}.${name}`
      mended[name] = mend(item, childPlace, [...path, key], [...mendedPath, name])
    }
    return mended
  }

  const value = mend(file, '', [], [])
  return {
    value,
    misspelled,
    inFile: (path) => path.map((part, index) => writtenKeys.get(JSON.stringify(path.slice(0, index + 1))) ?? part),
  }
}
