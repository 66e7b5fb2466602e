import type { DestructiveStatement, EvidenceMigration } from '../evidence.ts'
import { kindsOfAlter } from './alter-statement.ts'
import { type SqlStatement, splitStatements } from './sql-statements.ts'
import type { SqlToken } from './sql-tokens.ts'
import { afterName, depthChange, hasWordsAt, wordAt } from './statement-words.ts'
import { undoneDrops } from './undone-drops.ts'

type Kind = DestructiveStatement['kind']
type Finding = Omit<DestructiveStatement, 'path'>

const maxStatementLength = 200
/** DO within EXECUTE within DO …: deeper than this nobody means it. */
const maxDepth = 5

/**
 * Statements of a migration that lose data or break code that runs: DROP, TRUNCATE, dropped and renamed columns, types
 * that may be narrower, NOT NULL without a value for the rows that exist, DELETE and UPDATE of all rows.
 *
 * Reads PostgreSQL's SQL. Bodies of DO blocks are executed and so are read, EXECUTE with its text too; bodies of
 * functions are only stored. Not called out: DROP CONSTRAINT, policies, triggers and indexes that the same file creates
 * again, tables that it created itself.
 *
 * @param sql - any text; time grows with its length
 * @returns in the order of the file, with the line on which each statement begins; a statement that does two kinds of
 *   damage is there twice
 */
export function scanMigration(path: string, sql: string): readonly DestructiveStatement[] {
  return scan(sql, 'sql', 0).map(({ line, kind, statement }) => ({ path, line, kind, statement }))
}

/**
 * Whether the code of before can run on the database of after these migrations: all were read, and none of them takes
 * away, renames or restricts what that code may use.
 */
export function isSafeToRollBackOver(migrations: readonly EvidenceMigration[]): boolean {
  return migrations.every(({ isRead, destructive }) => isRead && destructive.length === 0)
}

function scan(text: string, language: 'sql' | 'plpgsql', depth: number): readonly Finding[] {
  const statements = splitStatements(text, language)
  const lineAt = lineCounter(text)
  const isUndone = undoneDrops(statements)
  return statements.flatMap((statement, index) => {
    const line = lineAt(statement.start)
    const shown = beginning(text, statement)
    const body = depth < maxDepth ? executedBody(statement.tokens) : null
    if (body !== null) {
      // Positions within a body count from the line on which it begins.
      const firstLine = lineAt(body.inside) - 1
      return scan(body.text, 'plpgsql', depth + 1).map((finding) => ({ ...finding, line: finding.line + firstLine }))
    }
    const dynamic = language === 'plpgsql' && depth < maxDepth ? executedText(statement.tokens) : null
    if (dynamic !== null) {
      const kinds = new Set(scan(dynamic, 'sql', depth + 1).map(({ kind }) => kind))
      return [...kinds].map((kind) => ({ line, kind, statement: shown }))
    }
    const kinds = new Set(kindsOf(statement.tokens))
    const isReplaced = kinds.has('drop') && isUndone(index)
    return isReplaced ? [] : [...kinds].map((kind) => ({ line, kind, statement: shown }))
  })
}

function kindsOf(tokens: readonly SqlToken[]): readonly Kind[] {
  switch (wordAt(tokens, 0)) {
    case 'drop':
      return ['drop']
    case 'truncate':
      return ['truncate']
    case 'alter':
      return kindsOfAlter(tokens)
    case 'delete':
    case 'update':
    // WITH … DELETE, FOR row IN DELETE … LOOP, RETURN QUERY UPDATE …
    case 'with':
    case 'for':
    case 'return':
    case 'explain':
    case 'prepare':
    case 'insert':
      return touchesAllRows(tokens) ? ['delete_all'] : []
    default:
      return []
  }
}

/** True when the statement has a DELETE or UPDATE in it without WHERE, or with one that is always true. */
function touchesAllRows(tokens: readonly SqlToken[]): boolean {
  /** Depths of brackets at which one waits for its WHERE, outermost first. */
  const waiting: number[] = []
  let depth = 0
  for (const [index, token] of tokens.entries()) {
    depth += depthChange(token)
    const innermost = waiting.at(-1)
    if (innermost !== undefined && depth < innermost) return true
    if (token.type !== 'word') continue
    if (token.text === 'where' && innermost === depth) {
      if (isAlwaysTrue(tokens.slice(index + 1, index + 6))) return true
      waiting.pop()
    } else if (hasWordsAt(tokens, index, 'delete', 'from') || isUpdate(tokens, index)) {
      if (innermost === depth) return true
      waiting.push(depth)
    }
  }
  return waiting.length > 0
}

/** `UPDATE [ONLY] name [*] [[AS] alias] SET`, and neither `FOR UPDATE` nor `DO UPDATE SET`. */
function isUpdate(tokens: readonly SqlToken[], index: number): boolean {
  if (wordAt(tokens, index) !== 'update' || ['for', 'do', 'on', 'key'].includes(wordAt(tokens, index - 1) ?? ''))
    return false
  const name = wordAt(tokens, index + 1) === 'only' ? index + 2 : index + 1
  const behind = afterName(tokens, name)
  return tokens.slice(behind, behind + 4).some(({ type, text }) => type === 'word' && text === 'set')
}

/** `WHERE true` and `WHERE 1 = 1`: ways around a database that refuses statements without WHERE. */
function isAlwaysTrue(condition: readonly SqlToken[]): boolean {
  const end = condition.findIndex(
    (token) => token.text === ')' || (token.type === 'word' && token.text === 'returning'),
  )
  const text = condition
    .slice(0, end === -1 ? undefined : end)
    .slice(0, 4)
    .map((token) => token.text)
    .join(' ')
  return text === 'true' || /^(\d+) = \1$/.test(text)
}

/** The body of a DO block in PL/pgSQL. */
function executedBody(tokens: readonly SqlToken[]): SqlToken | null {
  if (wordAt(tokens, 0) !== 'do') return null
  const language = tokens.find((_token, index) => wordAt(tokens, index - 1) === 'language')
  if (language !== undefined && language.text.toLowerCase() !== 'plpgsql') return null
  return (
    tokens.find(
      ({ type }, index) => (type === 'dollar' || type === 'string') && wordAt(tokens, index - 1) !== 'language',
    ) ?? null
  )
}

/** What EXECUTE runs, as far as it stands there: its strings, with something for what is put between them. */
function executedText(tokens: readonly SqlToken[]): string | null {
  if (wordAt(tokens, 0) !== 'execute') return null
  return tokens
    .filter(({ type }) => type === 'string' || type === 'dollar')
    .map(({ text }) => text)
    .join(' _ ')
}

/** Lines from 1; positions have to be asked for in ascending order. */
function lineCounter(text: string): (position: number) => number {
  let line = 1
  let newline = text.indexOf('\n')
  return (position) => {
    while (newline !== -1 && newline < position) {
      line++
      newline = text.indexOf('\n', newline + 1)
    }
    return line
  }
}

function beginning(text: string, { start, end }: SqlStatement): string {
  // Much longer than what is shown, so that blanks which are taken out do not make it short.
  const line = text
    .slice(start, Math.min(end, start + 4000))
    .replace(/\s+/g, ' ')
    .trim()
  return line.length <= maxStatementLength ? line : `${line.slice(0, maxStatementLength - 1)}…`
}
