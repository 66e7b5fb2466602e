import type { SqlStatement } from './sql-statements.ts'
import type { SqlToken } from './sql-tokens.ts'
import { hasWordsAt, nameAt, wordAt } from './statement-words.ts'

/** Replaced in one file by dropping and creating them, as migrations usually do; that takes nothing away. */
const replaceable = new Set(['policy', 'trigger', 'index', 'rule'])

/**
 * Finds the DROP statements of a file that take nothing away: of tables that the file itself created before, and of
 * policies, triggers, indexes and rules that it creates again after.
 *
 * @returns by the statement's index
 */
export function undoneDrops(statements: readonly SqlStatement[]): (index: number) => boolean {
  const firstCreated = new Map<string, number>()
  const lastCreated = new Map<string, number>()
  for (const [index, { tokens }] of statements.entries()) {
    const created = wordAt(tokens, 0) === 'create' ? createdObject(tokens) : null
    if (created === null) continue
    if (!firstCreated.has(created)) firstCreated.set(created, index)
    lastCreated.set(created, index)
  }
  return (index) => {
    const tokens = statements[index]?.tokens ?? []
    const kind = wordAt(tokens, 1)
    // One of several may be another's.
    if (kind === null || tokens.length > 20 || tokens.some(({ text }) => text === ',')) return false
    const object = objectAt(tokens, kind, 2)
    if (kind === 'table') return (firstCreated.get(object) ?? index) < index
    return replaceable.has(kind) && (lastCreated.get(object) ?? index) > index
  }
}

function createdObject(tokens: readonly SqlToken[]): string | null {
  const at = tokens.slice(0, 5).findIndex(({ type, text }) => {
    return type === 'word' && (text === 'table' || replaceable.has(text))
  })
  const kind = wordAt(tokens, at)
  // A table that may have been there before is nobody's own.
  if (at === -1 || kind === null || (kind === 'table' && wordAt(tokens, at + 1) === 'if')) return null
  return objectAt(tokens, kind, at + 1)
}

/** Kind, name and, for what belongs to a table, the table. */
function objectAt(tokens: readonly SqlToken[], kind: string, index: number): string {
  let position = wordAt(tokens, index) === 'concurrently' ? index + 1 : index
  if (hasWordsAt(tokens, position, 'if', 'exists')) position += 2
  if (hasWordsAt(tokens, position, 'if', 'not', 'exists')) position += 3
  const name = nameAt(tokens, position)
  if (kind === 'table' || kind === 'index') return `${kind} ${name}`
  const on = tokens.findIndex(({ type, text }) => type === 'word' && text === 'on')
  return `${kind} ${name} on ${on === -1 ? '' : nameAt(tokens, on + 1)}`
}
