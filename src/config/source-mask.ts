import { LineCounter } from 'yaml'
import type { Excerpt } from './config-problem.ts'
import type { Entry, YamlSource } from './read-yaml.ts'
import { type Span, secretKeySpans, secretSpans } from './secret-shapes.ts'

const MASK = '[secret]'
const MAX_EXCERPT = 110
const MAX_QUOTE = 60
/** Control characters could drive the terminal, direction marks could turn a line around. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu
/** Shows parts of a source text without its secrets. Every word from the file that is printed goes through it. */
export interface SourceMask {
  /** From 1. */
  position(offset: number): { readonly line: number; readonly column: number }
  excerpt(offset: number, length: number): Excerpt
  /** A text from the file, in quotes, fit for one line. */
  quote(text: string): string
  /** A text from the file as it is, without secrets and control characters. */
  plain(text: string): string
}

/**
 * @param source - the text of the file
 * @param secrets.spans - where secrets were found
 * @param secrets.literals - secrets word for word; those under 4 characters are left alone
 * @param yaml - what the parser made of the file
 */
export function createSourceMask(
  source: string,
  secrets: { readonly spans: readonly Span[]; readonly literals: readonly string[] },
  yaml: Pick<YamlSource, 'entries' | 'brokenAt'>,
): SourceMask {
  const known = secrets.literals.filter((literal) => literal.trim().length >= 4)
  const masked = merge([
    ...secrets.spans,
    ...secretSpans(source),
    ...known.flatMap((literal) => occurrences(source, literal)),
    ...valuesUnderSecretKeys(source, yaml),
  ])
  const literals = [...known, ...(yaml.brokenAt === null ? [] : wordsIn(masked, yaml.entries))]
  const lines = new LineCounter()
  lines.addNewLine(0)
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) lines.addNewLine(at + 1)

  function plain(text: string): string {
    const spans = merge([
      ...secretSpans(text),
      ...literals.flatMap((literal) => occurrences(text, literal)),
      ...secretKeySpans(text).map(([, end]): Span => [end, text.length]),
    ])
    return printable(replaceSpans(text, 0, text.length, spans).text)
  }

  return {
    position(offset) {
      const { line, col } = lines.linePos(offset)
      return { line, column: col }
    },
    excerpt(offset, length) {
      const { col } = lines.linePos(offset)
      const start = offset - col + 1
      const newline = source.indexOf('\n', start)
      let end = newline < 0 ? source.length : newline
      if (source[end - 1] === '\r') end -= 1
      const shown = replaceSpans(source, start, Math.max(start, end), masked)
      const caret = shown.at(offset)
      return window(printable(shown.text), caret, Math.max(1, shown.at(offset + length) - caret))
    },
    quote(text) {
      const shown = plain(text)
      return `"${shown.length > MAX_QUOTE ? `${shown.slice(0, MAX_QUOTE - 1)}…` : shown}"`
    },
    plain,
  }
}

function printable(text: string): string {
  return text.replaceAll('\t', ' ').replace(UNPRINTABLE, '\uFFFD')
}

/** Cuts a long line down to what is around the caret. */
function window(text: string, caret: number, length: number): Excerpt {
  const start = caret < MAX_EXCERPT - 30 ? 0 : caret - 30
  const before = start > 0 ? '…' : ''
  const shown = `${before}${text.slice(start, start + MAX_EXCERPT)}${text.length > start + MAX_EXCERPT ? '…' : ''}`
  const shownCaret = Math.min(caret - start + before.length, shown.length)
  return { text: shown, caret: shownCaret, caretLength: Math.max(1, Math.min(length, shown.length - shownCaret)) }
}

/** Replaces what the spans cover by a mask; `at` says where an offset of the source has gone. */
function replaceSpans(source: string, start: number, end: number, spans: readonly Span[]) {
  let text = ''
  let cursor = start
  const moved: { readonly from: number; readonly to: number; readonly at: number }[] = []
  for (const [from, to] of spans) {
    if (to <= cursor || from >= end) continue
    text += source.slice(cursor, Math.max(cursor, from))
    moved.push({ from: Math.max(cursor, from), to: Math.min(to, end), at: text.length })
    text += MASK
    cursor = Math.min(to, end)
  }
  text += source.slice(cursor, end)
  return {
    text,
    at(offset: number): number {
      const last = moved.findLast(({ from }) => from < offset)
      if (last === undefined) return Math.max(0, Math.min(offset - start, text.length))
      if (offset < last.to) return last.at
      return Math.min(last.at + MASK.length + offset - last.to, text.length)
    },
  }
}

function merge(spans: readonly Span[]): readonly Span[] {
  const merged: [number, number][] = []
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (end <= start) continue
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else merged.push([start, end])
  }
  return merged
}

function occurrences(text: string, literal: string): readonly Span[] {
  const found: Span[] = []
  for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + literal.length)) {
    found.push([at, at + literal.length])
  }
  return found
}

/**
 * What stands after a key named like a secret where the parser saw no key, in a comment for one: the rest of the line.
 * In a broken file what the parser saw counts for nothing, and a value that is not plainly over at the end of its line
 * hides everything after it, because nobody can say where it ends.
 */
function valuesUnderSecretKeys(source: string, yaml: Pick<YamlSource, 'entries' | 'brokenAt'>): readonly Span[] {
  const found = secretKeySpans(source).map(([keyStart, keyEnd]) => {
    const start = keyEnd + blanksAt(source, keyEnd)
    const newline = source.indexOf('\n', start)
    return { keyStart, start, end: newline < 0 ? source.length : newline }
  })
  if (yaml.brokenAt === null) {
    const isKey = (at: number) => yaml.entries.some(({ key }) => key !== null && key[0] <= at && at < key[1])
    return found.filter(({ keyStart }) => !isKey(keyStart)).map(({ start, end }) => [start, end])
  }
  return found.map(({ keyStart, start, end }): Span => {
    const value = source.slice(start, end).trim()
    const isSimple = /^(?:[^\s|>"'&*!{[\]},?#-][^\n]*|'[^']*'|"[^"\\]*")$/.test(value)
    const indent = blanksAt(source, source.lastIndexOf('\n', keyStart) + 1)
    const nextIndent = blanksAt(source, end + 1)
    const isNextBlank = source.slice(end + 1 + nextIndent, end + 2 + nextIndent).trim() === ''
    return [start, isSimple && !isNextBlank && nextIndent <= indent ? end : source.length]
  })
}

/** What the parser read from masked places: in a broken file a secret may have become a part of a key. */
function wordsIn(masked: readonly Span[], entries: readonly Entry[]): readonly string[] {
  const isMasked = (span: Span | null) =>
    span !== null && masked.some(([start, end]) => start < span[1] && span[0] < end)
  return entries
    .flatMap(({ path, key, value, scalar }) => [
      ...(isMasked(key) ? [String(path.at(-1))] : []),
      ...(typeof scalar === 'string' && isMasked(value) ? [scalar] : []),
    ])
    .filter((word) => word.trim().length >= 4)
}

function blanksAt(text: string, offset: number): number {
  let end = offset
  while (text[end] === ' ' || text[end] === '\t') end += 1
  return end - offset
}
