import { asPlainText, channelMark, personMark, readText, withStraightQuotes } from './read-text.ts'
import { optionKeys, strategyWords } from './vocabulary.ts'

/** `start` and `end` are positions in `Source.text`, so that a reason can be cut out as it was typed. */
export interface WordToken {
  readonly type: 'word'
  readonly text: string
  readonly isQuoted: boolean
  /** Slack wrote it as a link to a channel or to a person. */
  readonly mark: 'channel' | 'person' | null
  readonly start: number
  readonly end: number
}

/** `--key`, `--key=value`, `key:value`, `key=value`. */
export interface OptionToken {
  readonly type: 'option'
  /** Lower case; not necessarily a known one. */
  readonly key: string
  readonly isDashed: boolean
  /** Null when nothing stands behind the key; it may be the next word then. */
  readonly value: string | null
  readonly isQuoted: boolean
  readonly start: number
  readonly end: number
  readonly valueStart: number
}

export type Token = WordToken | OptionToken

export interface Source {
  readonly text: string
  readonly tokens: readonly Token[]
}

const optionPattern = /^(--|[-—–―])?([a-z][a-z0-9_.-]{0,40})(?:([:=])(.*))?$/is
const dashes = /^[-—–―]+$/

/** Splits a command into words and options. Takes any text; time grows with its length. */
export function tokenize(typed: string): Source {
  const text = readText(typed)
  const plain = withStraightQuotes(text)
  const closingQuote = quoteFinder(plain)
  const tokens: Token[] = []
  let position = 0
  while (position < plain.length) {
    if (plain[position] === ' ') {
      position++
      continue
    }
    const space = plain.indexOf(' ', position)
    const runEnd = space === -1 ? plain.length : space
    const closes = closingQuote(position)
    if (closes !== null) {
      const value = unquote(text.slice(position + 1, closes))
      if (value !== '') {
        tokens.push({ type: 'word', text: value, isQuoted: true, mark: null, start: position, end: closes + 1 })
      }
      position = skipPunctuation(plain, closes + 1)
      continue
    }
    const run = plain.slice(position, runEnd)
    const token = readOption(run, position, text, closingQuote) ?? readWord(run, position)
    if (token !== null) tokens.push(token)
    position = Math.max(runEnd, token?.end ?? 0)
  }
  return { text, tokens }
}

function readOption(
  run: string,
  start: number,
  text: string,
  closingQuote: (position: number) => number | null,
): OptionToken | null {
  const [, dash, typedKey, separator, rest] = optionPattern.exec(run) ?? []
  if (typedKey === undefined || rest?.startsWith('//')) return null
  const key = typedKey.toLowerCase()
  const isKnown = optionKeys.has(key)
  // Keyboards make one long dash of two; in prose it is only a dash.
  const isDashed = dash === '--' || (dash !== undefined && (isKnown || strategyWords.has(key)))
  if (!isDashed && (separator === undefined || dash !== undefined)) return null
  const isEmpty = rest === undefined || rest === ''
  if (isEmpty && !isDashed && !isKnown) return null
  const end = start + run.length
  const option = { type: 'option', key, isDashed, start } as const
  if (isEmpty) return { ...option, value: null, isQuoted: false, end, valueStart: end }
  const valueStart = end - rest.length
  const closes = closingQuote(valueStart)
  return closes === null
    ? { ...option, value: trimWord(rest), isQuoted: false, end, valueStart }
    : { ...option, value: unquote(text.slice(valueStart + 1, closes)), isQuoted: true, end: closes + 1, valueStart }
}

function readWord(run: string, start: number): WordToken | null {
  if (dashes.test(run)) return null
  if (run === '?') return { type: 'word', text: run, isQuoted: false, mark: null, start, end: start + 1 }
  const first = run[0]
  const mark = first === channelMark ? 'channel' : first === personMark ? 'person' : null
  const word = trimWord(mark === null ? run : run.slice(1))
  return word === '' ? null : { type: 'word', text: word, isQuoted: false, mark, start, end: start + run.length }
}

const trailing = new Set([...',;.!?:)…*`\'"'])
const leading = new Set([...'(*`\'"'])

/** Without the punctuation of the sentence that it stands in. */
function trimWord(word: string): string {
  let start = 0
  let end = word.length
  while (start < end && leading.has(word.charAt(start))) start++
  while (end > start && trailing.has(word.charAt(end - 1))) end--
  return word.slice(start, end)
}

function skipPunctuation(plain: string, from: number): number {
  let position = from
  while (position < plain.length && plain[position] !== ' ' && afterQuote.has(plain.charAt(position))) position++
  return position
}

const afterQuote = new Set([...' ,;.:!?)'])

/**
 * Finds the quote that closes the one at a position: the next of its kind that stands at the end of a word and has no
 * backslash before it. Remembers for each kind where there is none left, so that many open ones cost nothing.
 */
function quoteFinder(plain: string): (position: number) => number | null {
  const noneFrom = new Map<string, number>()
  return (position) => {
    const quote = plain.charAt(position)
    if (quote !== '"' && quote !== "'" && quote !== '`') return null
    if (position >= (noneFrom.get(quote) ?? Number.POSITIVE_INFINITY)) return null
    for (let index = position + 1; index < plain.length; index++) {
      if (plain[index] === '\\') index++
      else if (plain[index] === quote && (index + 1 === plain.length || afterQuote.has(plain.charAt(index + 1)))) {
        return index
      }
    }
    noneFrom.set(quote, position)
    return null
  }
}

/** A backslash takes the meaning from a quote and from a backslash; before anything else it stands for itself. */
function unquote(text: string): string {
  return asPlainText(text.replace(/\\([\\"'`“”„‟«»＂″‘’‚‛‹›＇′])/g, '$1'))
}

/** `text` in quotes, so that `tokenize` reads it back. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"“”„‟«»＂″]/g, '\\$&')}"`
}
