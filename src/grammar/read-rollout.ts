/**
 * Commands that steer a rollout: `hold [place] [because] reason`, `rollback [place] [reason]`, `extend [place] 15 min`,
 * `resume [place]` and the like. The place may be left out, so that a word which may be a place is never a reason.
 */
import { longestExtensionMs } from '../policy/rollout-policy.ts'
import type { GrammarContext, RolloutCommand } from './deploy-command.ts'
import { parseDuration } from './duration.ts'
import { environmentCandidates, type Names, type Repository } from './names.ts'
import { type Candidate, nearMiss } from './near-miss.ts'
import { type Outcome, shown, trouble, understood } from './outcome.ts'
import { readHead, withNamed } from './read-head.ts'
import { durationLength, type Item, type WordItem } from './read-items.ts'
import { findStray } from './read-lists.ts'
import { readTail } from './read-reason.ts'
import { asPull, isUsualBranch } from './read-ref.ts'
import { readScope } from './read-scope.ts'
import { asReleaseId, type Situation } from './read-text-command.ts'
import { noPlace, repositoriesOf } from './slips.ts'
import type { Placed, SortedWords } from './sort-words.ts'
import type { RolloutSubcommand } from './vocabulary.ts'

type Refusal = ReturnType<typeof trouble>

/** `hold` needs its reason; `rollback` may have one. */
export function readStop(type: 'hold' | 'rollback', { text, items, names }: Situation): Outcome {
  const before = readHead(items, names)
  const own = items.slice(0, before.length)
  const body = withoutBecause(items.slice(before.length))
  const timed = type === 'hold' ? timeInFront(body) : null
  if (timed !== null) return timed
  const tail = readTail(type, body, text, ['environment', 'repository', 'reason'])
  if (!tail.ok) return tail
  const head = withNamed(before, [...own, ...tail.value.options], names)
  if (!head.ok) return head
  const { repositories, environments } = head.value
  const words = tail.value.words.filter((word) => !word.isQuoted)
  const among = repositoriesOf({ repositories }, names)
  const [said] = items.slice(before.length)
  const slip =
    (type === 'rollback' ? targetInReason(words) : null) ??
    (environments.length === 0
      ? placeInReason(words, said?.start ?? 0, among, names)
      : secondEnvironment(words, environments, among, names))
  if (slip !== null) return slip
  const scope = readScope({ repositories, environments, either: [] }, names)
  if (!scope.ok) return scope
  const { why } = tail.value
  if (type === 'rollback') return understood({ type, ...scope.value, why })
  if (why === null) return trouble('missing', null, 'Say why, at the end: a hold shows its reason to everybody.')
  return understood({ type, ...scope.value, why })
}

/** `because errors`, `because of errors`: the reason is `errors`. */
function withoutBecause(items: readonly Item[]): readonly Item[] {
  const says = (item: Item | undefined, word: string) =>
    item?.type === 'word' && !item.isQuoted && item.text.toLowerCase() === word
  if (!says(items[0], 'because')) return items
  return items.slice(says(items[1], 'of') ? 2 : 1)
}

/** A hold lasts until somebody ends it: `hold prod for 30m` would promise what nobody keeps. */
function timeInFront(items: readonly Item[]): Refusal | null {
  const [first, ...rest] = items.slice(0, 5)
  const isFor = first?.type === 'named' ? first.key === 'for' : first?.text.toLowerCase() === 'for'
  if (first === undefined || !isFor) return null
  const spoken = rest.map((item) => (item.type === 'word' ? item.text : ''))
  if (first.type === 'word' && (first.isQuoted || durationLength(spoken) === 0)) return null
  const way = 'It stands until resume. Put the reason into quotes if the time belongs there.'
  return trouble('not_allowed', 'for', `A hold has no end of its own. ${way}`)
}

/** `rollback to v1.4.1` wants a certain version, which is a release of its own and not what a rollback brings back. */
function targetInReason(words: readonly WordItem[]): Refusal | null {
  const [first, second, third] = words
  const isTo = first?.text.toLowerCase() === 'to'
  const target = isTo ? second : first
  const isAlone = (isTo ? third : second) === undefined
  if (target === undefined || !isVersion(target.text) || !(isTo || isAlone)) return null
  const way = 'To release another version, name it behind the environment, without rollback. Quotes make it a reason.'
  return trouble(
    'not_allowed',
    target.text,
    `rollback brings back what was live before, not ${shown(target.text)}. ${way}`,
  )
}

function isVersion(text: string): boolean {
  const isSha = /^[0-9a-f]{7,40}$/i.test(text) && /\d/.test(text)
  const isTag = /^v?\d+(?:\.\d+)+(?:[-+.~^].*)?$/i.test(text) || /^v\d+$/i.test(text)
  const isPlace = /[~^]\d*$/.test(text) || isUsualBranch(text)
  return isSha || isTag || isPlace || asPull(text) !== null || asReleaseId(text) !== null
}

/**
 * Nobody named an environment, and a word of the reason is one, or is nearly one: it may be the one that is meant.
 *
 * @param start - where the reason begins
 */
function placeInReason(
  words: readonly WordItem[],
  start: number,
  among: readonly Repository[],
  names: Names,
): Refusal | null {
  const [first] = words
  if (first === undefined) return null
  const near = nearMiss(first.text, [...environmentCandidates(among), ...repositoryCandidates(among)])
  if (near !== null && !names.isEnvironment(first.text)) {
    const edits = near.only === null ? [] : [{ start: first.start, end: first.end, text: quoted(near.only) }]
    const way = 'Put the reason into quotes if the word belongs there.'
    return trouble('unknown_word', first.text, `${shown(first.text)} is no environment here. ${way}`, edits)
  }
  const place = words.find(({ text, mark }) => mark === null && names.isEnvironment(text))
  if (place === undefined) return null
  const edits = [{ start, end: start, text: `${quoted(place.text)} ` }]
  const way = 'Name it before the reason, or put the reason into quotes.'
  return trouble('ambiguous', place.text, `${shown(place.text)} in the reason is an environment. ${way}`, edits)
}

function repositoryCandidates(among: readonly Repository[]): readonly Candidate[] {
  return among.flatMap(({ repo }) =>
    [repo, repo.slice(repo.indexOf('/') + 1)].map((word) => ({
      word,
      meaning: `repository ${repo}`,
      hasShortForms: false,
    })),
  )
}

/** `hold prod staging is next`: which of the two is it? The one that was named may well be the first word of the reason. */
function secondEnvironment(
  words: readonly WordItem[],
  named: readonly Placed<string>[],
  among: readonly Repository[],
  names: Names,
): Refusal | null {
  const [first] = words
  const [environment] = named
  if (first === undefined || environment === undefined) return null
  const isOther = among.some((one) => {
    const found = names.environment(first.text, one)
    const own = names.environment(environment.text, one)
    return found.type !== 'none' && !(found.type === 'one' && own.type === 'one' && found.value === own.value)
  })
  if (!isOther) return null
  const way = 'If it belongs to the reason, put the reason into quotes.'
  return trouble('too_many', first.text, `${shown(first.text)} is a second environment. ${way}`)
}

function quoted(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word
}

/** Those of one word and a place, in any order. */
export function readRolloutWords(
  subcommand: Exclude<RolloutSubcommand, 'hold' | 'rollback' | 'extend'>,
  words: SortedWords,
  names: Names,
  context: GrammarContext,
): Outcome {
  const type: Exclude<RolloutCommand['type'], 'hold' | 'rollback' | 'extend'> =
    subcommand === 'approve-step' ? 'approve_step' : subcommand
  const stray = findStray(subcommand, words, null)
  if (stray !== null) return stray
  const [word] = words.rest
  if (word !== undefined) return noPlace(type, word, repositoriesOf(words, names), context)
  const scope = readScope(words, names)
  return scope.ok ? understood({ type, ...scope.value }) : scope
}

/** `extend [place] [by] 15 min` */
export function readExtend(words: SortedWords, names: Names, context: GrammarContext): Outcome {
  const stray = findStray('extend', words, 'for')
  if (stray !== null) return stray
  const { duration, others } = takeDuration(words)
  const [word] = others
  if (word !== undefined && /^\d+$/.test(word.text)) {
    return trouble('unknown_word', word.text, `Say of what: ${shown(word.text)} minutes or hours? Like 15m or 1h.`)
  }
  if (word !== undefined) return noPlace('extend', word, repositoriesOf(words, names), context)
  const option = words.named.get('for')
  if (duration !== null && option !== undefined) return trouble('too_many', option.name, 'Say once for how long.')
  const text = option?.value ?? duration
  if (text === null) return trouble('missing', null, 'Say for how much longer, at the end: “15 min”.')
  const ms = parseDuration(text)
  if (ms === null || ms < 1000 || ms > longestExtensionMs) {
    return trouble('unknown_word', text, `${shown(text)} is no time from 1 second to 1 day, like 15m or 1h.`)
  }
  const scope = readScope(words, names)
  return scope.ok ? understood({ type: 'extend', ...scope.value, ms }) : scope
}

/** The words that are a time together, and those that are neither of it nor lead to it. */
function takeDuration({ rest }: SortedWords): {
  readonly duration: string | null
  readonly others: readonly WordItem[]
} {
  for (const start of rest.keys()) {
    const count = durationLength(rest.slice(start).map(({ text }) => text))
    if (count === 0) continue
    const before = rest.slice(0, start)
    const lead = before.at(-1)
    const isLead = lead !== undefined && !lead.isQuoted && /^(?:by|for)$/i.test(lead.text)
    return {
      duration: rest
        .slice(start, start + count)
        .map(({ text }) => text)
        .join(' '),
      others: [...(isLead ? before.slice(0, -1) : before), ...rest.slice(start + count)],
    }
  }
  return { duration: null, others: rest }
}
