import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { sql } from 'kysely'
import type { Evidence } from '../release/evidence.ts'
import { isOpen, type Release, type ReleaseState } from '../release/release.ts'
import type { Db } from './open-store.ts'

/** A release as lists show it: without the evidence. */
export type ReleaseRecord = Omit<Release, 'evidence'>

/** Literals, not parameters: SQLite has to know them when it plans, to see that a partial index covers them. */
const yes = sql.lit(1)
const no = sql.lit(0)

const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/**
 * Writes a release, new or changed.
 *
 * @param hasNewEvidence - false where the evidence is the one that is there already
 */
export async function saveRelease(tx: Db, release: Release, at: number, hasNewEvidence: boolean): Promise<void> {
  const { evidence, ...record } = release
  const row = {
    state: release.state.name,
    is_open: isOpen(release) ? 1 : 0,
    run_id: release.run?.id ?? null,
    updated_at: at,
    revision: release.revision,
    body: JSON.stringify(record),
  }
  await tx
    .insertInto('releases')
    .values({
      id: release.id,
      repository: release.repository,
      environment: release.environment,
      sha: release.sha,
      requested_at: release.requestedAt,
      ...row,
    })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute()
  if (!hasNewEvidence) return
  const body = zstdCompressSync(JSON.stringify(evidence), fast)
  await tx
    .insertInto('release_evidence')
    .values({ release_id: release.id, body })
    .onConflict((conflict) => conflict.column('release_id').doUpdateSet({ body }))
    .execute()
}

/** A release with its evidence, or null when there is none with this id. */
export async function releaseById(db: Db, id: string): Promise<Release | null> {
  const row = await db
    .selectFrom('releases')
    .innerJoin('release_evidence', 'release_id', 'id')
    .select(['releases.body as body', 'release_evidence.body as evidence'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return null
  // Both were written by us from these very types.
  const evidence = JSON.parse(zstdDecompressSync(row.evidence).toString('utf8')) as Evidence
  return { ...(JSON.parse(row.body) as ReleaseRecord), evidence }
}

/** A release without its evidence, which is large; null when there is none with this id. */
export async function releaseRecord(db: Db, id: string): Promise<ReleaseRecord | null> {
  const row = await db.selectFrom('releases').select('body').where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : (JSON.parse(row.body) as ReleaseRecord)
}

/** Where releases go: one environment of one repository. */
export interface Place {
  readonly repository: string
  readonly environment: string
}

/** Open releases, oldest first; of all environments without `place`. */
export async function openReleases(db: Db, place: Place | null): Promise<readonly ReleaseRecord[]> {
  const open = db.selectFrom('releases').select('body').where('is_open', '=', yes)
  if (place === null) {
    // In the order of the index of what is open: asked for in the order of ids, SQLite would walk all there ever were.
    const all = await open.orderBy('repository').orderBy('environment').orderBy('id').execute()
    return read(all).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }
  const ofPlace = open.where('repository', '=', place.repository).where('environment', '=', place.environment)
  return read(await ofPlace.orderBy('id').execute())
}

/** The newest releases first, open ones too. */
export async function recentReleases(
  db: Db,
  options: { readonly repository: string | null; readonly environment: string | null; readonly limit: number },
): Promise<readonly ReleaseRecord[]> {
  let query = db.selectFrom('releases').select('body')
  if (options.repository !== null) query = query.where('repository', '=', options.repository)
  if (options.environment !== null) query = query.where('environment', '=', options.environment)
  return read(await query.orderBy('id', 'desc').limit(options.limit).execute())
}

/** Releases of one commit, newest first. */
export async function releasesOfCommit(
  db: Db,
  commit: { readonly repository: string; readonly sha: string },
): Promise<readonly ReleaseRecord[]> {
  return read(
    await db
      .selectFrom('releases')
      .select('body')
      .where('repository', '=', commit.repository)
      .where('sha', '=', commit.sha)
      .orderBy('id', 'desc')
      .limit(20)
      .execute(),
  )
}

/** The newest release of an environment that ended in a state; null when there is none. */
export async function lastEnded(db: Db, place: Place, state: ReleaseState['name']): Promise<ReleaseRecord | null> {
  const rows = await db
    .selectFrom('releases')
    .select('body')
    .where('repository', '=', place.repository)
    .where('environment', '=', place.environment)
    .where('is_open', '=', no)
    .where('state', '=', state)
    .orderBy('updated_at', 'desc')
    .limit(1)
    .execute()
  return read(rows)[0] ?? null
}

/** Releases that made room for this one, which happened when it was asked for. */
export async function supersededByRelease(db: Db, release: ReleaseRecord): Promise<readonly ReleaseRecord[]> {
  const rows = await db
    .selectFrom('releases')
    .select('body')
    .where('repository', '=', release.repository)
    .where('environment', '=', release.environment)
    .where('is_open', '=', no)
    .where('state', '=', 'superseded')
    .where('updated_at', '=', release.requestedAt)
    .execute()
  return read(rows).filter(({ state }) => state.name === 'superseded' && state.byRelease === release.id)
}

/** When releases of an environment failed or were rolled back since a time (UTC milliseconds), newest first. */
export async function failuresSince(db: Db, place: Place, since: number): Promise<readonly number[]> {
  const ended = (state: ReleaseState['name']) =>
    db
      .selectFrom('releases')
      .select('updated_at as at')
      .where('repository', '=', place.repository)
      .where('environment', '=', place.environment)
      .where('is_open', '=', no)
      .where('state', '=', state)
      .where('updated_at', '>=', since)
      .orderBy('updated_at', 'desc')
      .limit(50)
      .execute()
  // One after the other: asked for together, SQLite would sort them all.
  const rows = [...(await ended('failed')), ...(await ended('rolled_back'))]
  return rows.map((row) => row.at).toSorted((a, b) => b - a)
}

/** The releases that a workflow run carries out or carried out, oldest first. */
export async function releasesOfRun(
  db: Db,
  repository: string,
  runId: number,
): Promise<readonly { readonly id: string; readonly isOpen: boolean }[]> {
  const rows = await db
    .selectFrom('releases')
    .select(['id', 'is_open'])
    .where('run_id', '=', runId)
    .where('repository', '=', repository)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({ id: row.id, isOpen: row.is_open === 1 }))
}

/** Ids of releases that begin like this, at most two: enough to tell whether the beginning is unambiguous. */
export async function releaseIdsLike(db: Db, beginning: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('releases')
    .select('id')
    .where('id', '>=', beginning)
    .where('id', '<', `${beginning}\u{10ffff}`)
    .orderBy('id')
    .limit(2)
    .execute()
  return rows.map((row) => row.id)
}

function read(rows: readonly { readonly body: string }[]): readonly ReleaseRecord[] {
  return rows.map((row) => JSON.parse(row.body) as ReleaseRecord)
}
