/**
 * The table of supabase/migrations as PostgREST shows it to the insert-only role. What it refuses, and how, is what a real
 * PostgreSQL did with the migration: test/providers/supabase runs both.
 */

export interface StoredRow {
  readonly seq: number
  readonly hash: string
  readonly previous_hash: string
  readonly [column: string]: unknown
}

/** An answer of PostgREST's. */
export interface TableAnswer {
  readonly status: number
  readonly error: PostgrestError | null
}

interface PostgrestError {
  readonly code: string
  readonly message: string
  readonly details: string | null
  readonly hint: string | null
}

export interface AuditTable {
  readonly rows: ReadonlyMap<number, StoredRow>
  /** All of the rows or none. */
  insert(rows: readonly Readonly<Record<string, unknown>>[]): TableAnswer
  /** What the project's owner can do, with a statement of their own. */
  overwrite(row: StoredRow): void
  remove(seq: number): void
}

const required = ['seq', 'at', 'actor_type', 'action', 'object', 'client', 'previous_hash', 'hash']
const optional = [
  'actor_id',
  'actor_name',
  'actor_team',
  'github_login',
  'sha',
  'evidence_digest',
  'reason_code',
  'reason_text',
]
const granted = new Set([...required, ...optional])
const notGranted = new Set(['happened_at', 'mirrored_at'])

/** @param options.hasTrigger - without it the table is one that somebody made, with nothing but a unique `seq` */
export function createAuditTable(options: { readonly name: string; readonly hasTrigger: boolean }): AuditTable {
  const { name, hasTrigger } = options
  const rows = new Map<number, StoredRow>()

  function insert(given: readonly Readonly<Record<string, unknown>>[]): TableAnswer {
    const added = new Map<number, StoredRow>()
    const at = (seq: number) => added.get(seq) ?? rows.get(seq)
    for (const row of given) {
      const unknown = Object.keys(row).find((column) => !granted.has(column) && !notGranted.has(column))
      if (unknown !== undefined) {
        return refuse(400, 'PGRST204', `Could not find the '${unknown}' column of '${name}' in the schema cache`)
      }
      if (Object.keys(row).some((column) => notGranted.has(column))) return denied(name)
      const missing = required.find((column) => row[column] === undefined || row[column] === null)
      if (missing !== undefined || !isStored(row)) {
        const message = `null value in column "${missing ?? 'seq'}" of relation "${name}" violates not-null constraint`
        return refuse(400, '23502', message, `Failing row contains (${Object.values(row).join(', ')}).`)
      }
      const present = at(row.seq)
      if (present !== undefined && !hasTrigger) {
        const message = `duplicate key value violates unique constraint "${name}_pkey"`
        return refuse(409, '23505', message, `Key (seq)=(${row.seq}) already exists.`)
      }
      const fault = hasTrigger ? triggerFault(row, present, at(row.seq - 1)) : null
      if (fault !== null) return fault
      if (present === undefined) added.set(row.seq, { ...row })
    }
    for (const [seq, row] of added) rows.set(seq, row)
    return { status: 201, error: null }
  }

  return { rows, insert, overwrite: (row) => rows.set(row.seq, row), remove: (seq) => rows.delete(seq) }
}

/** What the migration's function says: null when the row may be added or is passed over. */
function triggerFault(
  row: StoredRow,
  present: StoredRow | undefined,
  before: StoredRow | undefined,
): TableAnswer | null {
  const { seq } = row
  if (present !== undefined) {
    if (present.hash === row.hash) return null
    return refuse(400, 'SL409', `row ${seq} is in the copy with the hash ${present.hash}, not ${row.hash}`)
  }
  if (seq === 1) return null
  if (before === undefined) {
    return refuse(400, 'SL404', `row ${seq - 1} is not in the copy, and row ${seq} has to follow it`)
  }
  if (before.hash === row.previous_hash) return null
  return refuse(400, 'SL409', `row ${seq} does not follow row ${seq - 1} in the copy`)
}

function isStored(row: Readonly<Record<string, unknown>>): row is StoredRow {
  return typeof row.seq === 'number' && typeof row.hash === 'string' && typeof row.previous_hash === 'string'
}

export function denied(name: string): TableAnswer {
  return refuse(403, '42501', `permission denied for table ${name}`)
}

export function refuse(status: number, code: string, message: string, details: string | null = null): TableAnswer {
  return { status, error: { code, message, details, hint: null } }
}
