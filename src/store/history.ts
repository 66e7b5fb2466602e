import type { Db } from './open-store.ts'
import { comparePlace } from './pipelines.ts'

/** A stage or a job that ended. */
export interface HistoryEntry {
  readonly pipelineId: string
  readonly kind: 'stage' | 'job'
  /** Unique within the pipeline and kind: the stage's name, or the job's key. */
  readonly key: string
  readonly repository: string
  readonly branch: string
  readonly name: string
  readonly state: string
  readonly durationMs: number | null
  readonly completedAt: number
}

export async function recordHistory(tx: Db, entry: HistoryEntry): Promise<void> {
  const changeable = {
    branch: entry.branch,
    name: entry.name,
    state: entry.state,
    duration_ms: entry.durationMs,
    completed_at: entry.completedAt,
  }
  await tx
    .insertInto('history')
    .values({
      pipeline_id: entry.pipelineId,
      kind: entry.kind,
      key: entry.key,
      repository: entry.repository,
      ...changeable,
    })
    .onConflict((conflict) => conflict.columns(['pipeline_id', 'kind', 'key']).doUpdateSet(changeable))
    .execute()
}

/** How many of the latest runs count for "usually" and "often". */
const recentRuns = 20

/**
 * The usual duration of a stage: the median of its last 20 passed runs on the branch.
 *
 * @returns milliseconds, or null when it never passed there
 */
export async function usualDurationMs(
  db: Db,
  stage: { readonly repository: string; readonly branch: string; readonly name: string },
): Promise<number | null> {
  const rows = await db
    .selectFrom('history')
    .select('duration_ms')
    .where('repository', '=', stage.repository)
    .where('branch', '=', stage.branch)
    .where('kind', '=', 'stage')
    .where('name', '=', stage.name)
    .where('state', '=', 'passed')
    .where('duration_ms', 'is not', null)
    .orderBy('completed_at', 'desc')
    .limit(recentRuns)
    .execute()
  const durations = rows.map((row) => row.duration_ms ?? 0).sort((a, b) => a - b)
  if (durations.length === 0) return null
  const middle = durations.length >> 1
  const upper = durations[middle] ?? 0
  return durations.length % 2 === 1 ? upper : Math.round(((durations[middle - 1] ?? upper) + upper) / 2)
}

/** How often a job failed in its last 20 runs on a branch, the pipeline at hand not counted. */
export async function failureRate(
  db: Db,
  job: {
    readonly repository: string
    readonly branch: string
    readonly name: string
    readonly exceptPipelineId: string
  },
): Promise<{ readonly failed: number; readonly runs: number }> {
  const rows = await db
    .selectFrom('history')
    .select('state')
    .where('repository', '=', job.repository)
    .where('branch', '=', job.branch)
    .where('kind', '=', 'job')
    .where('name', '=', job.name)
    .where('pipeline_id', '<>', job.exceptPipelineId)
    .where('state', 'in', ['passed', 'failed', 'timed_out'])
    .orderBy('completed_at', 'desc')
    .limit(recentRuns)
    .execute()
  return { failed: rows.filter((row) => row.state !== 'passed').length, runs: rows.length }
}

/**
 * The first time that a job passed on a branch after `after`, in a pipeline of a newer commit than that of
 * `pipelineId`; null when it has not.
 */
export async function passedAfter(
  db: Db,
  job: {
    readonly repository: string
    readonly branch: string
    readonly name: string
    readonly after: number
    readonly pipelineId: string
  },
): Promise<{ readonly sha: string; readonly completedAt: number } | null> {
  const row = await db
    .selectFrom('history')
    .innerJoin('pipelines as p', 'p.id', 'history.pipeline_id')
    .select(['p.sha', 'history.completed_at as completedAt'])
    .where('history.repository', '=', job.repository)
    .where('history.branch', '=', job.branch)
    .where('history.kind', '=', 'job')
    .where('history.name', '=', job.name)
    .where('history.state', '=', 'passed')
    .where('history.completed_at', '>', job.after)
    .where(comparePlace('>', job.pipelineId))
    .orderBy('history.completed_at')
    .limit(1)
    .executeTakeFirst()
  return row ?? null
}
