import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { stringify } from 'csv-stringify/sync'
import {
  type AuditAnchor,
  type AuditRecord,
  auditRecords,
  isIntact,
  releaseObject,
  verifyAudit,
} from '../store/audit.ts'
import { auditStory } from './audit-story.ts'
import { findRelease } from './find-release.ts'
import { UsageError } from './usage-error.ts'
import { type StoreOptions, withStore } from './with-store.ts'

/**
 * Walks the chain of hashes and says how it stands.
 *
 * @param options.head - a head that was posted earlier; the log must lead up to it
 * @param options.rows - how many rows there were then
 * @throws UsageError when one of the two is malformed, or the second comes without the first
 */
export async function verifyLog(
  options: StoreOptions & { readonly head?: string; readonly rows?: string },
): Promise<{ readonly text: string; readonly isSound: boolean }> {
  const anchor = anchorOf(options)
  const check = await withStore(options, 'read', (store) => verifyAudit(store.db, anchor))
  if (!check.ok) {
    const what = check.seq === null ? 'The log does not fit' : `Row ${check.seq} does not fit`
    return { text: `${what}: ${check.problem}.`, isSound: false }
  }
  const ledUpTo = anchor === null ? '' : '\nIt leads up to the head that was given.'
  return { text: `The chain holds: ${countOf(check.rows)}, head ${check.head}${ledUpTo}`, isSound: true }
}

function anchorOf({ head, rows }: { readonly head?: string; readonly rows?: string }): AuditAnchor | null {
  if (head === undefined) {
    if (rows === undefined) return null
    throw new UsageError('--rows says where the head stood; give its hash too: --head HASH --rows N')
  }
  const hash = head.trim().toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new UsageError(`--head ${head} is no hash, which has 64 digits from 0 to f`)
  if (rows === undefined) return { hash, rows: null }
  if (!/^\d{1,15}$/.test(rows)) throw new UsageError(`--rows ${rows} is no number of rows`)
  return { hash, rows: Number(rows) }
}

function countOf(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`
}

const always = { from: 0, to: Number.MAX_SAFE_INTEGER }

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
 * @throws UsageError when a time cannot be read, the span ends before it begins, or the release is none or several
 */
export async function exportLog(
  options: StoreOptions & {
    readonly from?: string
    readonly to?: string
    /** Only the rows of this release: its id, or a beginning that no other has. */
    readonly release?: string
    readonly format: 'jsonl' | 'csv'
  },
  output: Writable,
): Promise<void> {
  const from = options.from === undefined ? always.from : readTime('--from', options.from).start
  const to = options.to === undefined ? always.to : readTime('--to', options.to).end
  if (to <= from) throw new UsageError(`--to ${options.to} is not after --from ${options.from}`)
  const line = options.format === 'csv' ? asCsv : asJson
  await withStore(options, 'read', async (store) => {
    const { release } = options
    const about = release === undefined ? {} : { object: releaseObject(await findRelease(store.db, release)) }
    if (options.format === 'csv') output.write(stringify([[...columns]]))
    for await (const record of auditRecords(store.db, { from, to, ...about })) {
      if (!output.write(line(record))) await once(output, 'drain')
    }
  })
}

function valuesOf(record: AuditRecord) {
  return columns.map((column) => (column === 'at' ? new Date(record.at).toISOString() : record[column]))
}

/** One line, with its end. */
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

/**
 * The whole story of one release.
 *
 * @param release - its id, or a beginning that no other has
 * @throws UsageError when there is no such release, or more than one
 */
export async function showRelease(
  options: StoreOptions & { readonly json: boolean; readonly hasColor: boolean },
  release: string,
): Promise<{ readonly text: string; readonly isSound: boolean }> {
  return await withStore(options, 'read', async (store) => {
    const id = await findRelease(store.db, release)
    const rows: AuditRecord[] = []
    for await (const row of auditRecords(store.db, { ...always, object: releaseObject(id) })) rows.push(row)
    if (options.json) return { text: rows.map(asJson).join('').trimEnd(), isSound: rows.every(isIntact) }
    return auditStory(id, rows, options)
  })
}
