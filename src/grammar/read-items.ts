import { parseDuration } from './duration.ts'
import { asPlainText } from './read-text.ts'
import type { OptionToken, Source, Token, WordToken } from './tokenize.ts'
import { type OptionKey, optionKeys, textOptions } from './vocabulary.ts'

/** Tokens with each option's value put to it. */
export interface WordItem {
  readonly type: 'word'
  readonly text: string
  readonly isQuoted: boolean
  /** `--canary`: has to be a word of the language, never a ref. */
  readonly isFlag: boolean
  /** `evn:prod`: spelt like an option that there is not. */
  readonly isUnknownOption: boolean
  readonly mark: WordToken['mark']
  readonly start: number
  readonly end: number
}

export interface NamedItem {
  readonly type: 'named'
  readonly key: OptionKey
  /** As typed, for messages: `--env`, `ref:`. */
  readonly name: string
  readonly isDashed: boolean
  /** Null when nothing stands behind it. */
  readonly value: string | null
  readonly start: number
  readonly end: number
  /** Where the value alone stands. */
  readonly valueStart: number
}

export type Item = WordItem | NamedItem

export function readItems(source: Source): readonly Item[] {
  const items: Item[] = []
  const { tokens } = source
  for (let index = 0; index < tokens.length; ) {
    const token = tokens[index]
    if (token === undefined) break
    if (token.type === 'word') {
      items.push(wordItem(token))
      index++
      continue
    }
    const key = optionKeys.get(token.key)
    if (key === undefined) {
      items.push(unknownOption(token, source))
      index++
      continue
    }
    const { item, next } = namedItem(token, key, index, source)
    items.push(item)
    index = next
  }
  return items
}

function wordItem({ text, isQuoted, mark, start, end }: WordToken): WordItem {
  return { type: 'word', text, isQuoted, isFlag: false, isUnknownOption: false, mark, start, end }
}

function unknownOption({ key, value, start, end }: OptionToken, source: Source): WordItem {
  const word = { type: 'word', isQuoted: false, mark: null, start, end } as const
  return value === null
    ? { ...word, text: key, isFlag: true, isUnknownOption: false }
    : { ...word, text: source.text.slice(start, end), isFlag: false, isUnknownOption: true }
}

interface Taken {
  readonly item: NamedItem
  /** Index of the token after it. */
  readonly next: number
}

function namedItem(token: OptionToken, key: OptionKey, index: number, source: Source): Taken {
  const { isDashed, start } = token
  const name = isDashed ? `--${token.key}` : `${token.key}:`
  const named = { type: 'named', key, name, isDashed, start } as const
  if (key === 'help') return { item: { ...named, value: null, end: token.end, valueStart: token.end }, next: index + 1 }
  if (textOptions.has(key) && !token.isQuoted) return textItem(named, token, index, source)
  if (token.value !== null) {
    const value = token.value === '' ? null : token.value
    return { item: { ...named, value, end: token.end, valueStart: token.valueStart }, next: index + 1 }
  }
  const words = wordsFrom(source.tokens, index + 1, key === 'for' ? 4 : 1)
  // `--for 2 hours` is one duration.
  const count = key === 'for' ? durationLength(words.map(({ text }) => text)) || 1 : 1
  const taken = words.slice(0, count)
  const [first] = taken
  if (first === undefined) {
    return { item: { ...named, value: null, end: token.end, valueStart: token.end }, next: index + 1 }
  }
  return {
    item: {
      ...named,
      value: taken.map(({ text }) => text).join(' '),
      end: taken.at(-1)?.end ?? token.end,
      valueStart: first.start,
    },
    next: index + 1 + taken.length,
  }
}

/** A text goes on to the next `--option`; in quotes it is what stands in them. */
function textItem(
  named: Omit<NamedItem, 'value' | 'end' | 'valueStart'>,
  token: OptionToken,
  index: number,
  source: Source,
): Taken {
  const { tokens, text } = source
  const following = tokens[index + 1]
  if (token.value === null && following?.type === 'word' && following.isQuoted) {
    const item = { ...named, value: following.text, end: following.end, valueStart: following.start }
    return { item, next: index + 2 }
  }
  let next = index + 1
  while (next < tokens.length && !isDashedOption(tokens[next])) next++
  const end = next < tokens.length ? (tokens[next]?.start ?? text.length) : text.length
  const value = asPlainText(text.slice(token.valueStart, end))
  return { item: { ...named, value: value === '' ? null : value, end, valueStart: token.valueStart }, next }
}

function isDashedOption(token: Token | undefined): boolean {
  return token?.type === 'option' && token.isDashed
}

function wordsFrom(tokens: readonly Token[], from: number, most: number): readonly WordToken[] {
  const words: WordToken[] = []
  for (const token of tokens.slice(from, from + most)) {
    if (token.type !== 'word') break
    words.push(token)
  }
  return words
}

/** How many of the first words are a duration together; 0 when they do not begin with one. */
export function durationLength(words: readonly string[]): number {
  for (let count = Math.min(4, words.length); count > 0; count--) {
    if (parseDuration(words.slice(0, count).join(' ')) !== null) return count
  }
  return 0
}
