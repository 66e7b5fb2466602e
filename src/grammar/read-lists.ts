import type { GrammarContext } from './deploy-command.ts'
import type { Names } from './names.ts'
import { type Outcome, shown, trouble, understood, withoutWord } from './outcome.ts'
import { readScope } from './read-scope.ts'
import { asReleaseId, noReleaseId } from './read-text-command.ts'
import { noPlace, repositoriesOf } from './slips.ts'
import type { SortedWords } from './sort-words.ts'
import type { OptionKey } from './vocabulary.ts'

/** How many releases `history` shows, and how many it may be asked for. */
const usualHistory = 10
const longestHistory = 50

/** `status [repository] [environment]` */
export function readStatus(words: SortedWords, names: Names, context: GrammarContext): Outcome {
  const stray = findStray('status', words, null)
  if (stray !== null) return stray
  const [word] = words.rest
  if (word !== undefined) return noPlace('status', word, repositoriesOf(words, names), context)
  const scope = readScope(words, names)
  return scope.ok ? understood({ type: 'status', ...scope.value }) : scope
}

/** `history [repository] [environment] [how many]` */
export function readHistory(words: SortedWords, names: Names, context: GrammarContext): Outcome {
  const stray = findStray('history', words, 'limit')
  if (stray !== null) return stray
  const option = words.named.get('limit')
  const numbers = words.rest.filter(({ text }) => /^\d{1,9}$/.test(text)).map(({ text }) => text)
  if (option?.value != null) numbers.push(option.value)
  const word = words.rest.find(({ text }) => !/^\d{1,9}$/.test(text))
  if (word !== undefined) return noPlace('history', word, repositoriesOf(words, names), context)
  const [number, second] = numbers
  if (second !== undefined) return trouble('too_many', second, 'Say once how many releases to show.')
  const limit = number === undefined ? usualHistory : /^\d{1,9}$/.test(number) ? Number(number) : 0
  if (limit < 1 || limit > longestHistory) {
    return trouble('not_allowed', number ?? null, `history shows 1 to ${longestHistory} releases.`)
  }
  const scope = readScope(words, names)
  return scope.ok ? understood({ type: 'history', ...scope.value, limit }) : scope
}

/** `show ID` */
export function readShow(words: SortedWords): Outcome {
  const stray = findStray('show', words, 'id')
  if (stray !== null) return stray
  const other = words.repositories[0] ?? words.environments[0] ?? words.either[0]
  if (other !== undefined) {
    return trouble('unknown_word', other.text, `show takes the id of a release, no ${shown(other.text)}.`, [
      withoutWord(other.place),
    ])
  }
  const option = words.named.get('id')
  const ids = words.rest.map(({ text }) => text)
  if (option?.value != null) ids.push(option.value)
  const [id, second] = ids
  if (id === undefined) return trouble('missing', null, 'Say which release: show and its id, as history shows them.')
  if (second !== undefined) return trouble('too_many', second, 'show takes one id.')
  const releaseId = asReleaseId(id)
  return releaseId === null ? noReleaseId(id) : understood({ type: 'show', releaseId })
}

/** The first option, ref or strategy in a command that takes none. */
export function findStray(
  title: string,
  { named, refs, strategies }: SortedWords,
  allowed: OptionKey | null,
): ReturnType<typeof trouble> | null {
  const option = [...named.values()].find(({ key }) => key !== allowed)
  if (option !== undefined) {
    return trouble('unknown_word', option.name, `${title} has no option ${shown(option.name)}.`, [withoutWord(option)])
  }
  const word = refs[0] ?? strategies[0]
  if (word === undefined) return null
  return trouble('unknown_word', word.text, `${shown(word.text)} has no place in ${title}.`, [withoutWord(word.place)])
}
