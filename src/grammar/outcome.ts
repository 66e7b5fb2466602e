import type { DeployCommand, GrammarProblem } from './deploy-command.ts'

/** A change of what was typed that may mend it; positions are those of `Source.text`. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

export interface Trouble extends Omit<GrammarProblem, 'suggestion'> {
  /** Empty when nothing is known that would mend it. Only ever takes a word away, moves it, or puts its one near miss there. */
  readonly edits: readonly Edit[]
}

export type Outcome<T = DeployCommand> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly trouble: Trouble }

export function understood<T>(value: T): Outcome<T> {
  return { ok: true, value }
}

export function trouble(
  reason: Trouble['reason'],
  word: string | null,
  message: string,
  edits: readonly Edit[] = [],
): { readonly ok: false; readonly trouble: Trouble } {
  return { ok: false, trouble: { reason, word: word === null ? null : cut(word, 100), message, edits } }
}

export function withoutWord({ start, end }: { readonly start: number; readonly end: number }): Edit {
  return { start, end, text: '' }
}

/** A word in a message. */
export function shown(word: string): string {
  return `“${cut(word, 60)}”`
}

/** `a`, `a or b`, `a, b or c`; of many only the first ones. */
export function oneOf(words: readonly string[], conjunction: 'or' | 'and' = 'or'): string {
  const most = 12
  if (words.length > most) return `${words.slice(0, most).join(', ')} ${conjunction} others`
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}
