import { sql } from 'kysely'
import type { Fact } from '../pipeline/facts.ts'
import type { Db } from './open-store.ts'

export interface PipelineRow {
  readonly id: string
  readonly repository: string
  readonly sha: string
  readonly branch: string | null
  readonly verdict: string
  /** Grows with each change; cards compare it with what they show. */
  readonly revision: number
  readonly isOpen: boolean
  readonly createdAt: number
  readonly updatedAt: number
  /** Its place among the commits of its branch, see branch-place.ts; the time of creation where nothing tells. */
  readonly branchAt: number
  readonly committedAt: number
}

type NewPipelineRow = Omit<PipelineRow, 'branchAt' | 'committedAt'> & {
  readonly branchAt?: number | null
  readonly committedAt?: number | null
}

const columns = [
  'id',
  'repository',
  'sha',
  'branch',
  'verdict',
  'revision',
  'is_open as isOpen',
  'created_at as createdAt',
  'updated_at as updatedAt',
  'branch_at as branchAt',
  'committed_at as committedAt',
] as const

type SelectedRow = Omit<PipelineRow, 'isOpen'> & { readonly isOpen: number }

function toRow(row: SelectedRow): PipelineRow {
  return { ...row, isOpen: row.isOpen === 1 }
}

export async function findPipeline(db: Db, commit: { readonly repository: string; readonly sha: string }) {
  const row = await db
    .selectFrom('pipelines')
    .select(columns)
    .where('repository', '=', commit.repository)
    .where('sha', '=', commit.sha)
    .executeTakeFirst()
  return row === undefined ? null : toRow(row)
}

export async function pipelineById(db: Db, id: string): Promise<PipelineRow | null> {
  const row = await db.selectFrom('pipelines').select(columns).where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toRow(row)
}

export async function factsOf(db: Db, pipelineId: string): Promise<readonly Fact[]> {
  const rows = await db.selectFrom('pipeline_facts').select('body').where('pipeline_id', '=', pipelineId).execute()
  return rows.map((row) => JSON.parse(row.body) as Fact)
}

/**
 * Writes a pipeline, new or changed, and those of its facts that changed.
 *
 * @returns the row as it is now
 */
export async function savePipeline(
  tx: Db,
  pipeline: NewPipelineRow,
  changedFacts: readonly Fact[],
): Promise<PipelineRow> {
  const branchAt = pipeline.branchAt ?? pipeline.createdAt
  const committedAt = pipeline.committedAt ?? branchAt
  const changeable = {
    branch: pipeline.branch,
    verdict: pipeline.verdict,
    revision: pipeline.revision,
    is_open: pipeline.isOpen ? 1 : 0,
    updated_at: pipeline.updatedAt,
    branch_at: branchAt,
    committed_at: committedAt,
  }
  await tx
    .insertInto('pipelines')
    .values({
      id: pipeline.id,
      repository: pipeline.repository,
      sha: pipeline.sha,
      created_at: pipeline.createdAt,
      ...changeable,
    })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(changeable))
    .execute()
  for (const fact of changedFacts) {
    const body = JSON.stringify(fact)
    await tx
      .insertInto('pipeline_facts')
      .values({ pipeline_id: pipeline.id, key: fact.key, body })
      .onConflict((conflict) => conflict.columns(['pipeline_id', 'key']).doUpdateSet({ body }))
      .execute()
  }
  return { ...pipeline, branchAt, committedAt }
}

/**
 * Compares the place of the joined pipeline `p` on its branch with that of another. What was heard of first is the older
 * only where nothing else tells them apart.
 */
export function comparePlace(operator: '<' | '>', pipelineId: string) {
  return sql<boolean>`(p.branch_at, p.committed_at, p.id) ${sql.raw(operator)}
    (select branch_at, committed_at, id from pipelines where id = ${pipelineId})`
}

/** Unfinished pipelines that changed since `since`, most recently changed first. */
export async function openPipelines(
  db: Db,
  options: { readonly since: number; readonly limit: number },
): Promise<readonly PipelineRow[]> {
  const rows = await db
    .selectFrom('pipelines')
    .select(columns)
    .where('is_open', '=', sql.lit(1))
    .where('updated_at', '>=', options.since)
    .orderBy('updated_at', 'desc')
    .limit(options.limit)
    .execute()
  return rows.map(toRow)
}

/** The pipelines that changed last, newest first, whether finished or not. */
export async function recentPipelines(db: Db, limit: number): Promise<readonly PipelineRow[]> {
  const rows = await db.selectFrom('pipelines').select(columns).orderBy('updated_at', 'desc').limit(limit).execute()
  return rows.map(toRow)
}

/**
 * Records that these notices are sent.
 *
 * @returns the keys that had not been sent before
 */
export async function claimNotices(tx: Db, pipelineId: string, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const fresh = new Set<string>()
  for (const key of keys) {
    const result = await tx
      .insertInto('notices')
      .values({ pipeline_id: pipelineId, key })
      .onConflict((conflict) => conflict.columns(['pipeline_id', 'key']).doNothing())
      .executeTakeFirst()
    if ((result.numInsertedOrUpdatedRows ?? 0n) > 0n) fresh.add(key)
  }
  return fresh
}

export async function sentNotices(db: Db, pipelineId: string): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('notices').select('key').where('pipeline_id', '=', pipelineId).execute()
  return new Set(rows.map((row) => row.key))
}

/** Deletes pipelines not touched since `before`, with all that belongs to them; at most `limit` in one go. */
export async function prunePipelines(tx: Db, before: number, limit: number): Promise<number> {
  const result = await sql`delete from pipelines where id in
    (select id from pipelines where updated_at < ${before} limit ${limit})`.execute(tx)
  return Number(result.numAffectedRows ?? 0n)
}
