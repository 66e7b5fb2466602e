import { createHash } from 'node:crypto'
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

/** Appends one row to the chain. Call it in the transaction of the change that it records. */
export async function appendAudit(tx: Db, entry: AuditEntry): Promise<void> {
  const last = await tx.selectFrom('audit').select(['seq', 'hash']).orderBy('seq', 'desc').limit(1).executeTakeFirst()
  const operator = entry.actor.type === 'operator' ? entry.actor : null
  const content: Omit<AuditRow, 'hash'> = {
    seq: (last?.seq ?? 0) + 1,
    at: entry.at,
    actor_type: entry.actor.type,
    actor_id: operator?.id ?? null,
    actor_name: operator?.name ?? null,
    actor_team: operator?.team ?? null,
    github_login: operator?.githubLogin ?? null,
    action: entry.action,
    object: entry.object,
    sha: entry.sha,
    evidence_digest: entry.evidenceDigest,
    reason_code: entry.reasonCode,
    reason_text: entry.reasonText,
    client: entry.client,
    previous_hash: last?.hash ?? genesis,
  }
  await tx
    .insertInto('audit')
    .values({ ...content, hash: hashOf(content) })
    .execute()
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

/** SHA-256 over the canonical JSON (keys sorted) of the row without its own hash, which holds the previous row's. */
function hashOf(content: Omit<AuditRow, 'hash'>): string {
  const sorted = Object.fromEntries(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1)))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex')
}

/** Whether the chain holds; if not, the first row (by position, from 1) that does not fit and why. */
export type AuditCheck =
  | { readonly ok: true; readonly rows: number; readonly head: string }
  | { readonly ok: false; readonly seq: number; readonly problem: string }

/** Walks the whole chain in pages. A changed, removed, inserted or reordered row is found at its place. */
export async function verifyAudit(db: Db): Promise<AuditCheck> {
  let expectedSeq = 1
  let after = Number.MIN_SAFE_INTEGER
  let previous = genesis
  for (;;) {
    const rows = await db.selectFrom('audit').selectAll().where('seq', '>', after).orderBy('seq').limit(5000).execute()
    if (rows.length === 0) return { ok: true, rows: expectedSeq - 1, head: previous }
    for (const { hash, ...content } of rows) {
      if (content.seq < expectedSeq) return { ok: false, seq: content.seq, problem: 'it stands before the first row' }
      if (content.seq !== expectedSeq) return { ok: false, seq: expectedSeq, problem: `row ${expectedSeq} is missing` }
      if (content.previous_hash !== previous) {
        return { ok: false, seq: expectedSeq, problem: 'it does not follow the row before it' }
      }
      if (hash !== hashOf(content)) {
        return { ok: false, seq: expectedSeq, problem: 'its content does not match its hash' }
      }
      previous = hash
      after = content.seq
      expectedSeq += 1
    }
  }
}

/** A row of the log as it stands in the file. */
export type AuditRecord = Readonly<AuditRow>

/**
 * The rows of a span of time, oldest first, read in pages so that the log may be of any length.
 *
 * @param span.from - UTC milliseconds, inclusive
 * @param span.to - UTC milliseconds, exclusive
 */
export async function* auditRecords(
  db: Db,
  span: { readonly from: number; readonly to: number },
): AsyncGenerator<AuditRecord> {
  let after = 0
  for (;;) {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', after)
      .where('at', '>=', span.from)
      .where('at', '<', span.to)
      .orderBy('seq')
      .limit(1000)
      .execute()
    yield* rows
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.seq
  }
}
