import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { stringify } from 'csv-stringify/sync'
import { type AuditRecord, auditRecords, verifyAudit } from '../store/audit.ts'
import { UsageError } from './usage-error.ts'
import { type StoreOptions, withStore } from './with-store.ts'

/** Walks the chain of hashes and says how it stands. */
export async function verifyLog(options: StoreOptions): Promise<{ readonly text: string; readonly isSound: boolean }> {
  const check = await withStore(options, 'read', (store) => verifyAudit(store.db))
  if (!check.ok) return { text: `Row ${check.seq} does not fit: ${check.problem}.`, isSound: false }
  const rows = check.rows === 1 ? '1 row' : `${check.rows} rows`
  return { text: `The chain holds: ${rows}, head ${check.head}`, isSound: true }
}

/** The columns of the log, in the order in which they are exported. Times are ISO 8601 in UTC. */
const columns = [
  'seq',
  'at',
  'actor_type',
  'actor_id',
  'actor_name',
  'actor_team',
  'github_login',
  'action',
  'object',
  'sha',
  'evidence_digest',
  'reason_code',
  'reason_text',
  'client',
  'previous_hash',
  'hash',
] as const satisfies readonly (keyof AuditRecord)[]

/**
 * Writes the log to a stream, row by row.
 *
 * @throws UsageError when a time cannot be read, or the span ends before it begins
 */
export async function exportLog(
  options: StoreOptions & { readonly from?: string; readonly to?: string; readonly format: 'jsonl' | 'csv' },
  output: Writable,
): Promise<void> {
  const from = options.from === undefined ? 0 : readTime('--from', options.from).start
  const to = options.to === undefined ? Number.MAX_SAFE_INTEGER : readTime('--to', options.to).end
  if (to <= from) throw new UsageError(`--to ${options.to} is not after --from ${options.from}`)
  const line = options.format === 'csv' ? asCsv : asJson
  await withStore(options, 'read', async (store) => {
    if (options.format === 'csv') output.write(stringify([[...columns]]))
    for await (const record of auditRecords(store.db, { from, to })) {
      if (!output.write(line(record))) await once(output, 'drain')
    }
  })
}

function valuesOf(record: AuditRecord) {
  return columns.map((column) => (column === 'at' ? new Date(record.at).toISOString() : record[column]))
}

function asJson(record: AuditRecord): string {
  const values = valuesOf(record)
  return `${JSON.stringify(Object.fromEntries(columns.map((column, index) => [column, values[index]])))}\n`
}

/** A spreadsheet takes what begins like a formula for one, and names and reasons are other people's words. */
function asCsv(record: AuditRecord): string {
  return stringify([valuesOf(record)], { escape_formulas: true })
}

const dayMs = 24 * 3600_000

/** A day stands for the whole of it, a time for itself. */
function readTime(option: string, text: string): { readonly start: number; readonly end: number } {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text)
  const start = isDay || isTime ? Date.parse(text) : Number.NaN
  if (Number.isNaN(start)) {
    throw new UsageError(`${option} ${text} is no time. Write a day, 2026-11-24, or a time, 2026-11-24T10:00:00Z.`)
  }
  return { start, end: isDay ? start + dayMs : start }
}
