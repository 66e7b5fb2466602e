/**
 * Splits PostgreSQL's SQL into tokens, as its lexical rules say
 * (https://www.postgresql.org/docs/current/sql-syntax-lexical.html): nested comments, strings with doubled quotes and
 * with backslashes (`E''`), dollar quotes, quoted names. What is begun and never ended is read as if its first
 * character were a symbol of its own: then too much is looked at rather than too little.
 */
export interface SqlToken {
  readonly type: 'word' | 'name' | 'string' | 'dollar' | 'number' | 'symbol'
  /** Words in lower case; of strings, names and dollar quotes what is inside, unescaped. */
  readonly text: string
  /** Positions in the file, the quotes included. */
  readonly start: number
  readonly end: number
  /** Where the text inside begins. */
  readonly inside: number
}

export interface SqlReader {
  /** The next token that is no comment; null at the end. */
  next(): SqlToken | null
  /** Goes on behind the next line that is `\.`, the end of what COPY reads. */
  skipCopiedRows(): void
}

const blanks = /(?:\s+|--[^\n]*)+/y
const wordPattern = /[\p{L}_][\p{L}\p{N}_$]*/uy
const numberPattern = /\d[\w.]*/y
const dollarPattern = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy
const prefixedString = /^(?:e|b|x|n|u&)$/i

/** So many things may be begun and not ended before they are not looked for any more; it keeps the time linear. */
const maxUnended = 10

export function readSql(text: string): SqlReader {
  let position = 0
  let unended = 0
  let hasCopiedRows = true

  function next(): SqlToken | null {
    for (;;) {
      position += lengthOf(blanks, position)
      if (position >= text.length) return null
      if (!text.startsWith('/*', position)) break
      const end = mayLook() ? endOfComment(text, position) : null
      if (end === null) return symbol(1)
      position = end
    }
    const start = position
    const character = text.charAt(position)
    if (character === "'") return quoted(start, start, "'", false) ?? symbol(1)
    if (character === '"' || character === '`') return quoted(start, start, character, false) ?? symbol(1)
    if (character === '$') return dollar(start) ?? symbol(1)
    const word = lengthOf(wordPattern, position)
    if (word > 0) return wordOrString(start, word)
    const number = lengthOf(numberPattern, position)
    if (number === 0) return symbol(1)
    position += number
    return { type: 'number', text: text.slice(start, position), start, end: position, inside: start }
  }

  function wordOrString(start: number, length: number): SqlToken {
    const word = text.slice(start, start + length)
    const opens = word.toLowerCase() === 'u' && text.charAt(start + 1) === '&' ? start + 2 : start + length
    if (prefixedString.test(text.slice(start, opens)) && text.charAt(opens) === "'") {
      const token = quoted(start, opens, "'", word.toLowerCase() === 'e')
      if (token !== null) return token
    }
    position = start + length
    return { type: 'word', text: word.toLowerCase(), start, end: position, inside: start }
  }

  function quoted(start: number, opens: number, quote: string, hasBackslashes: boolean): SqlToken | null {
    const end = mayLook() ? endOfQuote(text, opens, quote, hasBackslashes) : null
    if (end === null) {
      unended++
      return null
    }
    position = end
    const inner = text.slice(opens + 1, end - 1).replaceAll(quote + quote, quote)
    const unescaped = hasBackslashes ? inner.replace(/\\(['\\])/g, '$1') : inner
    return { type: quote === "'" ? 'string' : 'name', text: unescaped, start, end, inside: opens + 1 }
  }

  function dollar(start: number): SqlToken | null {
    const length = lengthOf(dollarPattern, start)
    if (length === 0) return null
    const closes = mayLook() ? text.indexOf(text.slice(start, start + length), start + length) : -1
    if (closes === -1) {
      unended++
      return null
    }
    position = closes + length
    const inside = start + length
    return { type: 'dollar', text: text.slice(inside, closes), start, end: position, inside }
  }

  function symbol(length: number): SqlToken {
    const start = position
    if (text.startsWith('/*', start)) unended++
    position += length
    return { type: 'symbol', text: text.slice(start, position), start, end: position, inside: start }
  }

  function mayLook(): boolean {
    return unended < maxUnended
  }

  function lengthOf(pattern: RegExp, at: number): number {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0].length ?? 0
  }

  function skipCopiedRows(): void {
    if (!hasCopiedRows) return
    const end = text.indexOf('\n\\.', position)
    hasCopiedRows = end !== -1
    if (end !== -1) position = end + 3
  }

  return { next, skipCopiedRows }
}

function endOfComment(text: string, start: number): number | null {
  const pattern = /\/\*|\*\//g
  pattern.lastIndex = start
  let depth = 0
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return pattern.lastIndex
  }
  return null
}

function endOfQuote(text: string, opens: number, quote: string, hasBackslashes: boolean): number | null {
  for (let position = opens + 1; position < text.length; position++) {
    const character = text.charAt(position)
    if (hasBackslashes && character === '\\') position++
    else if (character === quote) {
      if (text.charAt(position + 1) !== quote) return position + 1
      position++
    }
  }
  return null
}
