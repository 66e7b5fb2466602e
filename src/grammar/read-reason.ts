import { parseDuration } from './duration.ts'
import { type Outcome, shown, trouble, understood } from './outcome.ts'
import { durationLength, type Item, type NamedItem, type WordItem } from './read-items.ts'
import { asPlainText } from './read-text.ts'
import type { OptionKey } from './vocabulary.ts'

const maxTextLength = 500
const minute = 60_000
const maxDurationMs = 366 * 24 * 60 * minute

export interface Tail {
  /** Words of the reason, without what was taken for a duration. */
  readonly words: readonly WordItem[]
  readonly why: string | null
  readonly forMs: number | null
  /** Options that stood in or before the reason. */
  readonly options: readonly NamedItem[]
}

/**
 * The reason with what may stand around it: options, and a time at its beginning or end.
 *
 * @param items - those behind the name of the environment or the id of the release
 * @param text - see `Source.text`
 * @param allowed - options of the command
 */
export function readTail(
  command: string,
  items: readonly Item[],
  text: string,
  allowed: readonly OptionKey[],
): Outcome<Tail> {
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
    const unclear = unclearTime(body)
    if (unclear !== null) return unclear
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

/** What promises an end that nobody would keep, because it is not understood as one. */
function unclearTime(body: readonly Item[]): ReturnType<typeof trouble> | null {
  const spoken = body.filter((item) => item.type === 'word' && !item.isQuoted)
  const word = spoken.find((item, index) => {
    if (item.type !== 'word') return false
    return /^(?:until|till)$/i.test(item.text) || (index === 0 && /^(?:for|and|or|&|\+)$/i.test(item.text))
  })
  if (word?.type !== 'word') return null
  const way = 'A time is said like “for 2h”; put the reason into quotes if the word belongs there.'
  return trouble('ambiguous', word.text, `It is not clear what ${shown(word.text)} means here. ${way}`)
}
