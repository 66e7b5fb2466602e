import type { SqlToken } from './sql-tokens.ts'

/** Looks at a statement's tokens by what they say. Names in quotes and strings are never taken for words of SQL. */

/** The word at a place, or null when there stands something else. */
export function wordAt(tokens: readonly SqlToken[], index: number): string | null {
  const token = tokens[index]
  return token?.type === 'word' ? token.text : null
}

export function hasWordsAt(tokens: readonly SqlToken[], index: number, ...words: readonly string[]): boolean {
  return words.every((word, offset) => wordAt(tokens, index + offset) === word)
}

/** The parts between commas that stand in no brackets. */
export function splitAtCommas(tokens: readonly SqlToken[]): readonly (readonly SqlToken[])[] {
  const parts: SqlToken[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    depth += depthChange(token)
    if (depth <= 0 && token.type === 'symbol' && token.text === ',') parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

/** Without everything in brackets, and without the brackets. */
export function outsideBrackets(tokens: readonly SqlToken[]): readonly SqlToken[] {
  let depth = 0
  return tokens.filter((token) => {
    const change = depthChange(token)
    depth = Math.max(0, depth + change)
    return depth === 0 && change === 0
  })
}

export function depthChange(token: SqlToken): number {
  if (token.type !== 'symbol') return 0
  return token.text === '(' ? 1 : token.text === ')' ? -1 : 0
}

/** Index behind the name (`schema.name`, quoted or not, or a placeholder of `format`) that begins at `index`. */
export function afterName(tokens: readonly SqlToken[], index: number): number {
  let position = tokens[index]?.text === '%' ? index + 2 : index + 1
  while (tokens[position]?.text === '.' && tokens[position]?.type === 'symbol') {
    position += tokens[position + 1]?.text === '%' ? 3 : 2
  }
  return position
}

/** The name that begins at `index`, in one spelling: unquoted names are the same in upper and lower case. */
export function nameAt(tokens: readonly SqlToken[], index: number): string {
  return tokens
    .slice(index, afterName(tokens, index))
    .map(({ text }) => text)
    .join('')
}
