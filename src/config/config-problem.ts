/** One thing that is wrong with the configuration, ready to be shown: every text in it has its secrets masked. */
export interface ConfigProblem {
  /** The file, or `environment`. */
  readonly file: string
  /** From 1; null for the environment and for a file that cannot be read. */
  readonly line: number | null
  /** From 1, in UTF-16 code units. */
  readonly column: number | null
  /** Key path (`repositories[0].channel`) or name of the variable; empty for the file as a whole. */
  readonly key: string
  readonly excerpt: Excerpt | null
  /** What is wrong. */
  readonly what: string
  /** How to mend it. */
  readonly mend: string
}

/** The offending line as it may be shown. */
export interface Excerpt {
  readonly text: string
  /** Where the caret goes, from 0. */
  readonly caret: number
  readonly caretLength: number
}

/**
 * All problems as a person reads them on a terminal.
 *
 * @returns several lines without a line end after the last; says that all is well when there are no problems
 */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  if (problems.length === 0) return 'The configuration has no problems.'
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`
  return [`Sluice cannot start: its configuration has ${count}.`, ...problems.map(formatProblem)].join('\n\n')
}

/** One of them, with its place. */
export function formatProblem(problem: ConfigProblem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== null).join(':')
  const lines = [problem.key === '' ? place : `${place}  ${problem.key}`]
  if (problem.excerpt !== null && problem.line !== null) {
    const { text, caret, caretLength } = problem.excerpt
    const number = String(problem.line).padStart(4)
    lines.push(`${number} | ${text}`, `${' '.repeat(number.length)} | ${' '.repeat(caret)}${'^'.repeat(caretLength)}`)
  }
  lines.push(...`${problem.what}\n${problem.mend}`.split('\n').map((line) => `  ${line}`))
  return lines.join('\n')
}
