import type { DeployCommand, GrammarContext } from './deploy-command.ts'
import { parseDuration } from './duration.ts'
import { candidatesOf, environmentNames, type Names, type Repository, rolloutCandidates } from './names.ts'
import { nearMiss } from './near-miss.ts'
import { oneOf, shown, type Trouble, trouble, withoutWord } from './outcome.ts'
import type { WordItem } from './read-items.ts'
import { isRef, isUsualBranch } from './read-ref.ts'
import type { SortedWords } from './sort-words.ts'
import { neverRefs } from './vocabulary.ts'

type Refusal = { readonly ok: false; readonly trouble: Trouble }

/** The repositories that a command can be about: those that it names, or those that it need not name. */
export function repositoriesOf(
  { repositories }: Pick<SortedWords, 'repositories'>,
  names: Names,
): readonly Repository[] {
  return repositories.length > 0 ? repositories.map(({ value }) => value) : names.meant
}

/** For commands in which a word that is nothing else can only be a slip. */
export function noPlace(
  type: DeployCommand['type'],
  word: WordItem,
  among: readonly Repository[],
  context: GrammarContext,
): Refusal {
  const { text, start, end } = word
  const near = nearMiss(text, candidatesOf(context, among))
  const mended = near?.only == null ? [] : [{ start, end, text: quoted(near.only) }]
  const message = `${shown(text)} has no place in ${titleOf(type)}.`
  return trouble('unknown_word', text, message, near === null ? [withoutWord(word)] : mended)
}

/**
 * Tells a ref from a slip: what is spelt nearly like something known, or is a word of everyday language, is no branch
 * unless it is said so.
 *
 * @returns null when the word may be a ref
 */
export function refuseAsRef(
  word: WordItem,
  words: SortedWords,
  among: readonly Repository[],
  context: GrammarContext,
): Refusal | null {
  const { text, start, end } = word
  const hasEnvironment = words.environments.length > 0
  // Who says where as well can only mean the branch.
  if (hasEnvironment && isUsualBranch(text)) return null
  const near = nearMiss(text, [...candidatesOf(context, among), ...(isFirst(word, words) ? rolloutCandidates : [])])
  const isThere =
    (hasEnvironment && near?.meaning.startsWith('environment')) ||
    (words.strategies.length + words.either.length > 0 && near?.meaning.startsWith('strategy'))
  const mended = near?.only == null || isThere ? [] : [{ start, end, text: quoted(near.only) }]
  if (word.isFlag) {
    const flags = mended.map((edit) => ({ ...edit, text: `--${edit.text}` }))
    return trouble('unknown_word', `--${text}`, `There is no option ${shown(`--${text}`)}.`, flags)
  }
  if (word.isQuoted && /\s/.test(text)) {
    const message = `${shown(text)} is no name of anything here. Text for the card goes behind note:`
    return trouble('unknown_word', text, message, [{ start, end, text }])
  }
  const known = `environment (${oneOf(environmentNames(among))}), strategy or command here`
  if (/^[@#]/.test(text) || !/[\p{L}\p{N}]/u.test(text) || !isRef(text)) {
    return trouble('unknown_word', text, `${shown(text)} is no ${known}, and no branch can be called so.`, mended)
  }
  const wayOut = `If it is a branch or tag, write ref:${text}`
  if (near !== null) return trouble('unknown_word', text, `${shown(text)} is no ${known}. ${wayOut}`, mended)
  const isTime = text.length <= 4 && parseDuration(text) !== null
  if (isTime || neverRefs.has(text.toLowerCase())) {
    const hint = meantPerhaps.get(text.toLowerCase()) ?? ''
    return trouble('unknown_word', text, `${shown(text)} means nothing here. ${hint}${wayOut}`)
  }
  if (!/^\d{1,6}$/.test(text)) return null
  return trouble('ambiguous', text, `${shown(text)} can be a pull request (#${text}) or a tag or commit (ref:${text}).`)
}

const stops = 'A rollout is stopped with hold, and taken back with rollback. '

/** What people type who want a rollout to stop. */
const meantPerhaps: ReadonlyMap<string, string> = new Map(
  ['abort', 'stop', 'pause', 'undo', 'revert', 'rolling'].map((word) => [word, stops]),
)

/** Whether nothing else stands before a word. */
function isFirst({ start }: WordItem, words: SortedWords): boolean {
  const { repositories, environments, strategies, either, refs, rest, named } = words
  const placed = [...repositories, ...environments, ...strategies, ...either, ...refs].map(({ place }) => place)
  return [...placed, ...rest, ...named.values()].every((other) => other.start >= start)
}

export function titleOf(type: DeployCommand['type']): string {
  return type === 'request' ? 'a request' : type.replace('_', '-')
}

function quoted(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word
}
