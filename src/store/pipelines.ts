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

/** Writes a pipeline, new or changed, and those of its facts that changed. */
export async function savePipeline(tx: Db, pipeline: PipelineRow, changedFacts: readonly Fact[]): Promise<void> {
  const changeable = {
    branch: pipeline.branch,
    verdict: pipeline.verdict,
    revision: pipeline.revision,
    is_open: pipeline.isOpen ? 1 : 0,
    updated_at: pipeline.updatedAt,
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
