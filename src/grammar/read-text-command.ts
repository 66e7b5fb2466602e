import type { GrammarContext } from './deploy-command.ts'
import { parseDuration } from './duration.ts'
import { candidatesOf, type Names } from './names.ts'
import { nearMiss } from './near-miss.ts'
import { type Outcome, shown, trouble, understood } from './outcome.ts'
import { durationLength, type Item, type NamedItem, type WordItem } from './read-items.ts'
import { asPlainText } from './read-text.ts'
import { resolveEnvironment, resolveRepository } from './resolve.ts'
import type { Placed, PlacedRepository } from './sort-words.ts'
import type { OptionKey } from './vocabulary.ts'

/**
 * Commands that end in free text: `lock [repository] environment reason [for 2h]`, `freeze`, `cancel [id] [reason]`.
 * Their order is fixed, because any word may stand in a reason; what is put into quotes is nothing but text.
 */

const maxTextLength = 500
const minute = 60_000
const maxDurationMs = 366 * 24 * 60 * minute

interface Situation {
  /** What was typed, see `Source.text`. */
  readonly text: string
  /** Those behind the subcommand. */
  readonly items: readonly Item[]
  readonly names: Names
  readonly context: GrammarContext
}

export function readLock(type: 'lock' | 'freeze', situation: Situation): Outcome {
  const { items, names, context } = situation
  const repositories: PlacedRepository[] = []
  const environments: Placed<string>[] = []
  const head = headLength(items, names, repositories, environments)
  const tail = readTail(type, items.slice(head), situation.text, ['environment', 'repository', 'for', 'reason'])
  if (!tail.ok) return tail
  for (const item of [...items.slice(0, head), ...tail.value.options]) {
    if (item.type !== 'named' || item.value === null) continue
    const placed = { text: item.value, place: { start: item.start, end: item.end } }
    if (item.key === 'environment') environments.push({ ...placed, value: item.value })
    if (item.key !== 'repository') continue
    const found = names.repository(item.value)
    if (found.type !== 'one') {
      return trouble('unknown_repository', item.value, `There is no repository ${shown(item.value)} here.`)
    }
    repositories.push({ ...placed, value: found.value, isBare: false })
  }
  const [first] = tail.value.words
  if (environments.length === 0 && first !== undefined) {
    const near = nearMiss(
      first.text,
      candidatesOf(context, repositories.length > 0 ? repositories.map(({ value }) => value) : names.meant),
    )
    const edits = near === null || near.only === null ? [] : [{ start: first.start, end: first.end, text: near.only }]
    const message = `${type} begins with the environment, then the reason; ${shown(first.text)} is no environment.`
    return trouble('unknown_word', first.text, message, edits)
  }
  const repository = resolveRepository(repositories, names)
  if (!repository.ok) return repository
  if (first !== undefined && !first.isQuoted && names.environment(first.text, repository.value).type !== 'none') {
    const way = 'If it belongs to the reason, put the reason into quotes.'
    return trouble('too_many', first.text, `${shown(first.text)} is a second environment. ${way}`)
  }
  const environment = resolveEnvironment(environments, repository.value, names)
  if (!environment.ok) return environment
  const { why, forMs } = tail.value
  const place = { repository: repository.value.repo, environment: environment.value.name }
  if (why === null) {
    return trouble('missing', null, `Say why, behind the environment: a ${type} shows its reason to everybody.`)
  }
  if (type === 'lock') return understood({ type, ...place, why, forMs })
  if (forMs === null) {
    return trouble('missing', null, 'Say for how long, at the end: “for 2h”. Without an end it would be a lock.')
  }
  return understood({ type, ...place, why, forMs })
}

export function readCancel({ items, text, names }: Situation): Outcome {
  const [first] = items
  const isIdFirst = first?.type === 'word' && !first.isQuoted && asReleaseId(first.text) !== null
  const tail = readTail('cancel', isIdFirst ? items.slice(1) : items, text, ['id', 'reason'])
  if (!tail.ok) return tail
  const { options, words, why } = tail.value
  const ids = options.filter(({ key }) => key === 'id').map(({ value }) => value ?? '')
  if (isIdFirst) ids.push(first.text)
  const [id = null, second] = ids
  if (second !== undefined) return trouble('too_many', second, 'One release at a time can be cancelled.')
  if (id !== null && asReleaseId(id) === null) return noReleaseId(id)
  const [word] = words
  if (id === null && word !== undefined && !word.isQuoted) {
    const other = words.find((one) => !one.isQuoted && asReleaseId(one.text) !== null)
    if (other !== undefined) {
      const edits = [
        { start: word.start, end: word.start, text: `${other.text} ` },
        { start: other.start, end: other.end, text: '' },
      ]
      return trouble('ambiguous', other.text, 'The id of the release goes before the reason.', edits)
    }
    if (/^0[0-9a-z]{15,}$/i.test(word.text)) return noReleaseId(word.text)
    // “cancel prod” would otherwise call off whatever release is open, with “prod” for a reason.
    if (names.isEnvironment(word.text) || names.repository(word.text).type !== 'none') {
      const way = 'Name the release by its id, or put the reason into quotes.'
      return trouble('unknown_word', word.text, `cancel takes no environment or repository. ${way}`)
    }
  }
  return understood({ type: 'cancel', releaseId: id === null ? null : asReleaseId(id), why })
}

/** A ULID in upper case, or null. */
export function asReleaseId(text: string): string | null {
  return /^[0-7][0-9a-hjkmnp-tv-z]{25}$/i.test(text) ? text.toUpperCase() : null
}

export function noReleaseId(word: string): ReturnType<typeof trouble> {
  const message = `${shown(word)} is not the id of a release: 26 letters and digits, as history shows them.`
  return trouble('unknown_word', word, message)
}

/** Counts the items before the reason and collects the repository and environment among them. */
function headLength(
  items: readonly Item[],
  names: Names,
  repositories: PlacedRepository[],
  environments: Placed<string>[],
): number {
  let length = 0
  for (const item of items) {
    if (item.type === 'word') {
      const placed = { text: item.text, place: { start: item.start, end: item.end } }
      const isName = !item.isUnknownOption && item.mark !== 'person'
      const found = isName && repositories.length === 0 ? names.repository(item.text) : null
      if (isName && environments.length === 0 && names.isEnvironment(item.text)) {
        environments.push({ ...placed, value: item.text })
      } else if (found?.type === 'one' && (environments.length === 0 || names.defaultRepository === null)) {
        repositories.push({ ...placed, value: found.value, isBare: false })
      } else break
    } else if (item.key === 'reason' || item.key === 'note' || item.key === 'for') break
    else if (item.key !== 'environment' && item.key !== 'repository') break
    length++
  }
  return length
}

interface Tail {
  /** Words of the reason, without what was taken for a duration. */
  readonly words: readonly WordItem[]
  readonly why: string | null
  readonly forMs: number | null
  /** Options that stood in or before the reason. */
  readonly options: readonly NamedItem[]
}

function readTail(command: string, items: readonly Item[], text: string, allowed: readonly OptionKey[]): Outcome<Tail> {
  const options: NamedItem[] = []
  const durations: { readonly text: string; readonly start: number; readonly end: number }[] = []
  let body = [...items]
  // In front of the reason an option needs no dashes; within it only dashes tell it from text.
  while (body[0]?.type === 'named' && isOption(body[0], allowed)) body = takeOption(body, 0)
  for (let index = 0; index < body.length; ) {
    const item = body[index]
    if (item?.type === 'word' && item.isFlag) return strayOption(command, `--${item.text}`)
    if (item?.type === 'word' && item.isUnknownOption && item.text.startsWith('--'))
      return strayOption(command, item.text)
    if (item?.type !== 'named' || !item.isDashed) index++
    else if (isOption(item, allowed)) body = takeOption(body, index)
    else return strayOption(command, item.name)
  }
  const last = body.at(-1)
  if (last?.type === 'named' && last.key === 'for' && allowed.includes('for')) body = takeOption(body, body.length - 1)

  if (allowed.includes('for')) {
    const leading = spokenDuration(body, 0)
    if (leading > 0) body = takeDuration(body, 0, leading)
    for (let start = Math.max(0, body.length - 5); start < body.length; start++) {
      const count = spokenDuration(body, start)
      if (count > 0 && start + count === body.length) body = takeDuration(body, start, count)
    }
    const inside = body.findIndex((_item, index) => spokenDuration(body, index) > 0)
    if (inside >= 0) {
      const [start, end] = spanOf(body, inside, spokenDuration(body, inside))
      const way = 'Put the time at the end or behind --for; put the reason into quotes if it belongs there.'
      return trouble('ambiguous', text.slice(start, end), `A time stands within the reason. ${way}`)
    }
    const [first] = body
    if (first?.type === 'word' && !first.isQuoted && parseDuration(first.text) !== null) {
      const edits = [{ start: first.start, end: first.start, text: 'for ' }]
      return trouble('ambiguous', first.text, `Write “for” before ${shown(first.text)} if it says how long.`, edits)
    }
  }
  for (const option of options) {
    if (option.value === null)
      return trouble('missing', option.name, `Something is missing behind ${shown(option.name)}.`)
    if (option.key === 'for') durations.push({ text: option.value, start: option.valueStart, end: option.end })
  }
  const [duration, secondDuration] = durations
  if (secondDuration !== undefined) return trouble('too_many', secondDuration.text, 'Say once for how long.')
  const forMs = duration === undefined ? null : parseDuration(duration.text)
  if (duration !== undefined && (forMs === null || forMs < minute || forMs > maxDurationMs)) {
    return trouble(
      'unknown_word',
      duration.text,
      `${shown(duration.text)} is no time from 1 minute to 366 days, like 90m, 2h or 3d.`,
    )
  }
  const why = reasonOf(body, options, withBlanks(text, [...options, ...durations]))
  if (!why.ok) return why
  const words = body.filter((item) => item.type === 'word')
  return understood({ words, why: why.value, forMs, options })

  function takeOption(from: readonly Item[], index: number): Item[] {
    const option = from[index]
    if (option?.type === 'named') options.push(option)
    return from.toSpliced(index, 1)
  }

  function takeDuration(from: readonly Item[], index: number, count: number): Item[] {
    const words = from
      .slice(index, index + count)
      .map((item) => (item.type === 'word' ? item.text : (item.value ?? '')))
    const [start, end] = spanOf(from, index, count)
    durations.push({ text: words.slice(1).join(' '), start, end })
    return from.toSpliced(index, count)
  }
}

function spanOf(items: readonly Item[], index: number, count: number): readonly [start: number, end: number] {
  return [items[index]?.start ?? 0, items[index + count - 1]?.end ?? 0]
}

function isOption(item: NamedItem, allowed: readonly OptionKey[]): boolean {
  return allowed.includes(item.key) || (item.key === 'note' && allowed.includes('reason'))
}

function strayOption(command: string, name: string): ReturnType<typeof trouble> {
  const way = 'Put the reason into quotes if it belongs there.'
  return trouble('unknown_word', name, `${command} has no option ${shown(name)}. ${way}`)
}

/** How many items from here on are `for` and a duration. */
function spokenDuration(items: readonly Item[], index: number): number {
  const [first, ...rest] = items.slice(index, index + 5)
  if (first?.type !== 'word' || first.isQuoted || first.text.toLowerCase() !== 'for') return 0
  const words: string[] = []
  for (const item of rest) {
    if (item.type !== 'word' || item.isQuoted) break
    words.push(item.text)
  }
  const count = durationLength(words)
  return count === 0 ? 0 : count + 1
}

function isOneQuotation(items: readonly Item[]): boolean {
  const [only, ...others] = items
  return only?.type === 'word' && only.isQuoted && others.length === 0
}

/** The text with what was taken out of it blank; positions stay the same. */
function withBlanks(text: string, spans: readonly { readonly start: number; readonly end: number }[]): string {
  let blanked = text
  for (const { start, end } of spans) {
    blanked = `${blanked.slice(0, start)}${' '.repeat(end - start)}${blanked.slice(end)}`
  }
  return blanked
}

function reasonOf(body: readonly Item[], options: readonly NamedItem[], text: string): Outcome<string | null> {
  const named = options.filter(({ key }) => key === 'reason' || key === 'note').map(({ value }) => value ?? '')
  const [only] = body
  const spoken =
    only?.type === 'word' && isOneQuotation(body)
      ? only.text
      : asPlainText(text.slice(only?.start ?? 0, body.at(-1)?.end ?? 0))
  const texts = [...named, spoken].filter((one) => one !== '')
  const [why = null, second] = texts
  if (second !== undefined) return trouble('too_many', second, 'Say the reason once.')
  return why === null ? understood(null) : checkText('reason', why)
}

/** Reasons and notes stand on cards and in the audit log: they are refused when they are too long, never cut. */
export function checkText(kind: 'reason' | 'note', text: string): Outcome<string> {
  if (text.length <= maxTextLength) return understood(text)
  return trouble('not_allowed', null, `A ${kind} has at most ${maxTextLength} characters; this one has ${text.length}.`)
}
