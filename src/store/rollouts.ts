import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { sql } from 'kysely'
import type { StepDecision } from '../analysis/decide-step.ts'
import type { Observation } from '../analysis/samples.ts'
import type { StepWindow } from '../analysis/step-window.ts'
import type { Verdict } from '../analysis/verdict.ts'
import { isOver, type Rollout } from '../release/rollout/rollout.ts'
import type { Db } from './open-store.ts'
import type { Place } from './releases.ts'

/** A literal, not a parameter: SQLite has to know it when it plans, to see that the partial index covers it. */
const no = sql.lit(0)

/** Of a rollout that is open, the environment's place and when it was written; `repository` is its release's. */
export async function saveRollout(tx: Db, repository: string, rollout: Rollout, at: number): Promise<void> {
  const row = {
    is_over: isOver(rollout) ? 1 : 0,
    updated_at: at,
    revision: rollout.revision,
    body: JSON.stringify(rollout),
  }
  await tx
    .insertInto('rollouts')
    .values({ release_id: rollout.releaseId, repository, environment: rollout.environment, ...row })
    .onConflict((conflict) => conflict.column('release_id').doUpdateSet(row))
    .execute()
}

/** The rollout of a release; null when it has none. */
export async function rolloutOf(db: Db, releaseId: string): Promise<Rollout | null> {
  const row = await db.selectFrom('rollouts').select('body').where('release_id', '=', releaseId).executeTakeFirst()
  return row === undefined ? null : (JSON.parse(row.body) as Rollout)
}

/** Rollouts of an environment that are not over: one at most, but for mistakes; of all environments without `place`. */
export async function openRollouts(db: Db, place: Place | null): Promise<readonly Rollout[]> {
  let query = db.selectFrom('rollouts').select('body').where('is_over', '=', no)
  if (place !== null) {
    query = query.where('repository', '=', place.repository).where('environment', '=', place.environment)
  }
  const rows = await query.orderBy('repository').orderBy('environment').orderBy('release_id').execute()
  return rows.map(({ body }) => JSON.parse(body) as Rollout)
}

/** One check, with everything that it was judged by. */
export interface StoredCheck {
  /** UTC milliseconds. */
  readonly at: number
  readonly step: StepWindow
  readonly observation: Observation
  readonly verdict: Verdict
  readonly decision: StepDecision
}

export async function saveCheck(tx: Db, releaseId: string, check: StoredCheck): Promise<void> {
  await tx
    .insertInto('checks')
    .values({
      release_id: releaseId,
      at: check.at,
      step: JSON.stringify(check.step),
      observation: JSON.stringify(check.observation),
      verdict: JSON.stringify(check.verdict),
      decision: JSON.stringify(check.decision),
    })
    .onConflict((conflict) => conflict.columns(['release_id', 'at']).doNothing())
    .execute()
}

/** All checks of a rollout, oldest first. */
export async function checksOf(db: Db, releaseId: string): Promise<readonly StoredCheck[]> {
  const rows = await db.selectFrom('checks').selectAll().where('release_id', '=', releaseId).orderBy('at').execute()
  return rows.map(readCheck)
}

/** The newest check of a rollout; null while there is none. */
export async function lastCheckOf(db: Db, releaseId: string): Promise<StoredCheck | null> {
  return await checkBy(db, releaseId, Number.MAX_SAFE_INTEGER)
}

/** The newest check of a rollout that was made by `at` (UTC milliseconds); null while there is none. */
export async function checkBy(db: Db, releaseId: string, at: number): Promise<StoredCheck | null> {
  const row = await db
    .selectFrom('checks')
    .selectAll()
    .where('release_id', '=', releaseId)
    .where('at', '<=', at)
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : readCheck(row)
}

function readCheck(row: {
  readonly at: number
  readonly step: string
  readonly observation: string
  readonly verdict: string
  readonly decision: string
}): StoredCheck {
  // Written by us from these very types.
  return {
    at: row.at,
    step: JSON.parse(row.step) as StepWindow,
    observation: JSON.parse(row.observation) as Observation,
    verdict: JSON.parse(row.verdict) as Verdict,
    decision: JSON.parse(row.decision) as StepDecision,
  }
}

const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Keeps what the baseline was like before a rollout, minute by minute. */
export async function saveBaseline(tx: Db, releaseId: string, minutes: readonly Observation[]): Promise<void> {
  const body = zstdCompressSync(JSON.stringify(minutes), fast)
  await tx
    .insertInto('baselines')
    .values({ release_id: releaseId, body })
    .onConflict((conflict) => conflict.column('release_id').doUpdateSet({ body }))
    .execute()
}

export async function baselineOf(db: Db, releaseId: string): Promise<readonly Observation[]> {
  const row = await db.selectFrom('baselines').select('body').where('release_id', '=', releaseId).executeTakeFirst()
  if (row === undefined) return []
  return JSON.parse(zstdDecompressSync(row.body).toString('utf8')) as readonly Observation[]
}

/** Deletes checks made before a time (UTC milliseconds), at most `limit` in one go; returns how many. */
export async function pruneChecks(tx: Db, before: number, limit: number): Promise<number> {
  const result = await sql`delete from checks where (release_id, at) in
    (select release_id, at from checks where at < ${before} limit ${limit})`.execute(tx)
  return Number(result.numAffectedRows ?? 0n)
}

/** Open rollouts that no timer drives any more: their last event could not be handled, or their environment was away. */
export async function rolloutsWithoutTimer(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('rollouts')
    .select('release_id as id')
    .where('is_over', '=', no)
    .where(sql<boolean>`not exists (select 1 from timers where timers.id = 'rollout:tick:' || rollouts.release_id)`)
    // A timer that was due is an event until it is handled.
    .where(
      sql<boolean>`not exists (select 1 from inbox where processed_at is null and type = 'timer.rollout'
        and json_extract(inbox.body, '$.releaseId') = rollouts.release_id)`,
    )
    .execute()
  return rows.map(({ id }) => id)
}

/** Releases that are rolling out and have no rollout (yet): the event that begins it could not be handled. */
export async function releasesWithoutRollout(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('releases')
    .select('id')
    .where('is_open', '=', sql.lit(1))
    .where('state', '=', 'rolling_out')
    .where(sql<boolean>`not exists (select 1 from rollouts where rollouts.release_id = releases.id)`)
    .execute()
  return rows.map(({ id }) => id)
}
