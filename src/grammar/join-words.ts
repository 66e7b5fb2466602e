import { asStrategy, type Names } from './names.ts'
import type { Item } from './read-items.ts'
import { pullOf, runOf } from './read-ref.ts'

/** Puts together what was typed as several words: `blue green`, `PR 123`, environments with spaces in their names. */
export function joinWords(items: readonly Item[], names: Names): readonly Item[] {
  const joined: Item[] = []
  for (let index = 0; index < items.length; ) {
    const { item, next } = joinFrom(items, index, names)
    if (item !== null) joined.push(item)
    index = next
  }
  return joined
}

function joinFrom(items: readonly Item[], index: number, names: Names): { item: Item | null; next: number } {
  const first = items[index]
  const second = items[index + 1]
  if (first === undefined) return { item: null, next: index + 1 }
  if (first.type === 'named' || first.isQuoted || first.isFlag || first.mark !== null) {
    return { item: first, next: index + 1 }
  }
  const number = numberAfter(first.text, items, index + 1)
  if (number !== null) return number
  for (let count = 4; count > 1; count--) {
    const words = items.slice(index, index + count)
    if (words.length < count || !words.every(isPlainWord)) continue
    const text = words.map((word) => (word.type === 'word' ? word.text : '')).join(' ')
    const isName = names.isEnvironment(text) && !words.some((word) => word.type === 'word' && asStrategy(word.text))
    if (isName || (count === 2 && asStrategy(text) !== null)) {
      return { item: { ...first, text, end: words.at(-1)?.end ?? first.end }, next: index + count }
    }
  }
  return { item: first, next: second === undefined ? items.length : index + 1 }
}

/** `PR 123`, `pull request #123`, `run 17423342`. */
function numberAfter(word: string, items: readonly Item[], index: number): { item: Item; next: number } | null {
  const kind = word.toLowerCase()
  if (kind !== 'pr' && kind !== 'pull' && kind !== 'run') return null
  const next = items[index]
  if (next?.type !== 'word' || next.isQuoted) return null
  if (kind === 'pull' && next.text.toLowerCase() === 'request') return numberAfter('pr', items, index + 1)
  const isNumber = kind === 'run' ? runOf(next.text) !== null : pullOf(next.text) !== null
  if (!isNumber) return null
  const { start, end, text } = next
  const key = kind === 'run' ? 'run' : 'pull'
  return {
    item: { type: 'named', key, name: word, isDashed: false, value: text, start, end, valueStart: start },
    next: index + 1,
  }
}

function isPlainWord(item: Item): boolean {
  return item.type === 'word' && !item.isQuoted && !item.isFlag && !item.isUnknownOption && item.mark === null
}
