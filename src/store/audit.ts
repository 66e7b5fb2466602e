import { hash } from 'node:crypto'
import { CompiledQuery } from 'kysely'
import type { Db } from './open-store.ts'
import type { Tables } from './schema.ts'

/** One decision or refusal, as it is written to the audit log. */
export interface AuditEntry {
  /** UTC milliseconds. */
  readonly at: number
  readonly actor:
    | { readonly type: 'sluice' }
    | {
        readonly type: 'operator'
        readonly id: string
        readonly name: string | null
        readonly team: string | null
        readonly githubLogin: string | null
      }
  readonly action: string
  readonly object: string
  readonly sha: string | null
  readonly evidenceDigest: string | null
  readonly reasonCode: string | null
  readonly reasonText: string | null
  readonly client: 'slack' | 'cli' | 'github' | 'sluice'
}

type AuditRow = Tables['audit']

/** The hash that stands before the first row. */
const genesis = '0'.repeat(64)

/** In the order of `AuditRow`; a statement that is known word for word is prepared once, and the builder is not asked. */
const insertRow = `insert into audit (seq, at, actor_type, actor_id, actor_name, actor_team, github_login, action, object,
  sha, evidence_digest, reason_code, reason_text, client, previous_hash, hash)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** Appends one row to the chain. Call it in the transaction of the change that it records. */
export async function appendAudit(tx: Db, entry: AuditEntry): Promise<void> {
  const head = await auditHead(tx)
  const operator = entry.actor.type === 'operator' ? entry.actor : null
  const row: Omit<AuditRow, 'hash'> = {
    seq: head.rows + 1,
    at: entry.at,
    actor_type: entry.actor.type,
    actor_id: stored(operator?.id),
    actor_name: stored(operator?.name),
    actor_team: stored(operator?.team),
    github_login: stored(operator?.githubLogin),
    action: entry.action.toWellFormed(),
    object: entry.object.toWellFormed(),
    sha: stored(entry.sha),
    evidence_digest: stored(entry.evidenceDigest),
    reason_code: stored(entry.reasonCode),
    reason_text: stored(entry.reasonText),
    client: entry.client,
    previous_hash: head.hash,
  }
  await tx.executeQuery(CompiledQuery.raw(insertRow, [...Object.values(row), hashOf(row)]))
}

/** Half of a character (a name that was cut in the middle of one) would be another text once it is in the file. */
function stored(text: string | null | undefined): string | null {
  return text?.toWellFormed() ?? null
}

/** Where the chain ends: how many rows there are, and the last one's hash; zeros for an empty log. */
export interface AuditHead {
  readonly rows: number
  readonly hash: string
}

const selectHead = 'select seq as "rows", hash from audit order by seq desc limit 1'

/** The end of the chain as it stands in the file; `verifyAudit` says whether what leads up to it holds. */
export async function auditHead(db: Db): Promise<AuditHead> {
  const last = await db.executeQuery<AuditHead>(CompiledQuery.raw(selectHead))
  return last.rows[0] ?? { rows: 0, hash: genesis }
}

/** Whether the log says that this was done: a row for it without a reason for refusal. */
export async function wasDone(db: Db, deed: { readonly action: string; readonly object: string }): Promise<boolean> {
  const row = await db
    .selectFrom('audit')
    .select('seq')
    .where('object', '=', deed.object)
    .where('action', '=', deed.action)
    .where('reason_code', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * SHA-256 over the canonical JSON of the row without its own hash; it holds the previous row's. Canonical is: every column
 * by its name, the names in alphabetical order, no spaces. Written out, because a million rows are hashed in one go.
 */
function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const canonical = JSON.stringify({
    action: row.action,
    actor_id: row.actor_id,
    actor_name: row.actor_name,
    actor_team: row.actor_team,
    actor_type: row.actor_type,
    at: row.at,
    client: row.client,
    evidence_digest: row.evidence_digest,
    github_login: row.github_login,
    object: row.object,
    previous_hash: row.previous_hash,
    reason_code: row.reason_code,
    reason_text: row.reason_text,
    seq: row.seq,
    sha: row.sha,
  })
  return hash('sha256', canonical, 'hex')
}

/** A head that was written down elsewhere: the log must still lead up to it. Without `rows` it may be any row's. */
export interface AuditAnchor {
  readonly hash: string
  readonly rows: number | null
}

/**
 * Whether the chain holds; if not, the first row (by position, from 1) that does not fit and why. `seq` is null when an
 * anchor's hash is no row's, so that nobody can tell at which one the log was cut off or written anew.
 */
export type AuditCheck =
  | { readonly ok: true; readonly rows: number; readonly head: string }
  | { readonly ok: false; readonly seq: number | null; readonly problem: string }

/** Rows that are in memory at a time: larger pages take more of it and are not read any faster. */
const pageSize = 1000

/**
 * Walks the whole chain in pages. A changed, removed, inserted or reordered row is found at its place, and with an anchor
 * also an end that was cut off or written anew. A million rows are some seconds of this thread's time: a running server
 * calls `verifyAuditInBackground`.
 */
export async function verifyAudit(db: Db, anchor: AuditAnchor | null = null): Promise<AuditCheck> {
  let rows = 0
  let head = genesis
  let after = Number.MIN_SAFE_INTEGER
  let isAnchored = anchor === null || (anchor.hash === genesis && (anchor.rows ?? 0) === 0)
  for (;;) {
    const page = await readPage(db, after)
    for (const row of page) {
      const problem = problemOf(row, rows + 1, head)
      if (problem !== null) return { ok: false, ...problem }
      rows += 1
      head = row.hash
      after = row.seq
      if (anchor === null) continue
      if (head === anchor.hash && (anchor.rows ?? rows) === rows) isAnchored = true
      else if (rows === anchor.rows) return { ok: false, seq: rows, problem: writtenAnew }
    }
    if (page.length === 0) break
  }
  if (anchor === null || isAnchored) return { ok: true, rows, head }
  if (anchor.rows !== null && rows < anchor.rows) {
    const problem = `row ${rows + 1} is missing: the log ends before row ${anchor.rows}, which was its head once`
    return { ok: false, seq: rows + 1, problem }
  }
  const problem = `none of its ${rows} rows has the hash ${anchor.hash}: its end was cut off, or rows were written anew`
  return { ok: false, seq: null, problem }
}

const writtenAnew = 'its hash is another than when it was the head: it, or a row before it, was written anew'

async function readPage(db: Db, after: number): Promise<readonly AuditRow[]> {
  return await db.selectFrom('audit').selectAll().where('seq', '>', after).orderBy('seq').limit(pageSize).execute()
}

function problemOf(row: AuditRow, expectedSeq: number, previous: string) {
  const { seq } = row
  if (seq < expectedSeq) return { seq, problem: 'it stands before the first row' }
  if (seq !== expectedSeq) return { seq: expectedSeq, problem: `row ${expectedSeq} is missing` }
  if (row.previous_hash !== previous) return { seq, problem: 'it does not follow the row before it' }
  return isIntact(row) ? null : { seq, problem: 'its content does not match its hash' }
}

/** Whether a row's content matches its hash; says nothing about its place in the chain. */
export function isIntact(row: AuditRecord): boolean {
  return row.hash === hashOf(row)
}

/** A row of the log as it stands in the file. */
export type AuditRecord = Readonly<AuditRow>

/**
 * The rows of a span of time, oldest first, read in pages so that the log may be of any length.
 *
 * @param span.from - UTC milliseconds, inclusive
 * @param span.to - UTC milliseconds, exclusive
 * @param span.object - only the rows about this
 */
export async function* auditRecords(
  db: Db,
  span: { readonly from: number; readonly to: number; readonly object?: string },
): AsyncGenerator<AuditRecord> {
  let after = 0
  for (;;) {
    let query = db.selectFrom('audit').selectAll().where('seq', '>', after)
    if (span.object !== undefined) query = query.where('object', '=', span.object)
    const rows = await query.where('at', '>=', span.from).where('at', '<', span.to).orderBy('seq').limit(1000).execute()
    yield* rows
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.seq
  }
}

/** The rows after a row, in order; for whoever copies the log bit by bit. */
export async function auditRowsAfter(db: Db, seq: number, limit: number): Promise<readonly AuditRecord[]> {
  return await db.selectFrom('audit').selectAll().where('seq', '>', seq).orderBy('seq').limit(limit).execute()
}

const releasePrefix = 'release:'

/** What the rows of a release have as their object. */
export function releaseObject(id: string): string {
  return `${releasePrefix}${id}`
}

/**
 * The releases in the log whose id begins like this, sorted.
 *
 * @param prefix - a ULID's beginning, in upper case
 */
export async function auditedReleases(db: Db, prefix: string, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('audit')
    .select('object')
    .distinct()
    .where('object', '>=', releaseObject(prefix))
    // After every letter and digit that an id may go on with.
    .where('object', '<', `${releaseObject(prefix)}~`)
    .orderBy('object')
    .limit(limit)
    .execute()
  return rows.map(({ object }) => object.slice(releasePrefix.length))
}
