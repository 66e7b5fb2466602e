import type { Names } from './names.ts'
import { type Outcome, shown, trouble, understood } from './outcome.ts'
import type { Item, NamedItem } from './read-items.ts'
import type { Placed, PlacedRepository } from './sort-words.ts'
import { fillers } from './vocabulary.ts'

/** What a command that ends in free text says about its place before that text. */
export interface Head {
  readonly repositories: readonly PlacedRepository[]
  readonly environments: readonly Placed<string>[]
  /** How many items it has; the text begins behind them. */
  readonly length: number
}

/** Reads the repository and the environment, bare or named, that stand in front of a reason. */
export function readHead(items: readonly Item[], names: Names): Head {
  const repositories: PlacedRepository[] = []
  const environments: Placed<string>[] = []
  let length = 0
  for (const [index, item] of items.entries()) {
    if (item.type === 'word') {
      const placed = { text: item.text, place: { start: item.start, end: item.end } }
      const isName = !item.isUnknownOption && item.mark !== 'person'
      const found = isName && repositories.length === 0 ? names.repository(item.text) : null
      if (isName && environments.length === 0 && names.isEnvironment(item.text)) {
        environments.push({ ...placed, value: item.text })
      } else if (found?.type === 'one' && (environments.length === 0 || names.defaultRepository === null)) {
        repositories.push({ ...placed, value: found.value, isBare: false })
      } else if (environments.length > 0 || !leadsToEnvironment(items, index, names)) break
    } else if (item.key !== 'environment' && item.key !== 'repository') break
    length++
  }
  return { repositories, environments, length }
}

/** `on prod`, `in the production`. */
function leadsToEnvironment(items: readonly Item[], from: number, names: Names): boolean {
  for (const item of items.slice(from, from + 3)) {
    if (item.type !== 'word' || item.isQuoted || item.mark !== null) return false
    if (names.isEnvironment(item.text)) return true
    if (!fillers.has(item.text.toLowerCase()) && item.text.toLowerCase() !== 'in') return false
  }
  return false
}

/** With what `env:`, `--repo` and the like say, in the head and behind the text. */
export function withNamed(head: Head, named: readonly Item[], names: Names): Outcome<Head> {
  const repositories = [...head.repositories]
  const environments = [...head.environments]
  for (const item of named) {
    if (item.type !== 'named' || item.value === null) continue
    const placed = placedOf(item, item.value)
    if (item.key === 'environment') environments.push({ ...placed, value: item.value })
    if (item.key !== 'repository') continue
    const found = names.repository(item.value)
    if (found.type !== 'one') {
      return trouble('unknown_repository', item.value, `There is no repository ${shown(item.value)} here.`)
    }
    repositories.push({ ...placed, value: found.value, isBare: false })
  }
  return understood({ ...head, repositories, environments })
}

function placedOf({ start, end }: NamedItem, text: string) {
  return { text, place: { start, end } }
}
