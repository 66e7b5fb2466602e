import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { type ReleaseSnapshot, releaseSnapshotSchema } from '../release/snapshot.ts'
import type { Db } from './open-store.ts'
import { packPayloads, unpackPayload } from './pack-payloads.ts'

/** So many releases of each environment can be rolled back to, however old they are. */
const newestKept = 20

/** A bundle on its way into the store: compressed already, so that no transaction waits for it. */
export interface PackedBundle {
  readonly key: string
  readonly sha256: string
  readonly bytes: number
  readonly encoding: 'utf8' | 'zstd'
  readonly body: Uint8Array
}

/** @param key - `bundleKey` of the function */
export function packBundle(key: string, bytes: Uint8Array): PackedBundle {
  const [packed] = packPayloads([bytes])
  if (packed === undefined) throw new Error('One payload was packed into no row.')
  return { key, sha256: sha256(bytes), bytes: bytes.length, encoding: packed.encoding, body: packed.body }
}

/** Which of the bundles are kept already, so that they need not be read from their host again. */
export async function keptBundles(db: Db, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set()
  const rows = await db.selectFrom('bundles').select('key').where('key', 'in', keys).execute()
  return new Set(rows.map(({ key }) => key))
}

/**
 * Keeps what was live before a release, with all that it needs; once more for the same release takes the place of the
 * first. A bundle that no snapshot needs is thrown away by the next pruning, so both are written together.
 *
 * @param options.bundles - slug to key; only those that are kept, or are among `packed`
 * @param options.packed - those that are not kept yet; one that is, is passed over
 */
export async function saveSnapshot(
  tx: Db,
  options: {
    readonly releaseId: string
    readonly repository: string
    readonly environment: string
    readonly snapshot: ReleaseSnapshot
    readonly bundles: ReadonlyMap<string, string>
    readonly packed: readonly PackedBundle[]
  },
): Promise<void> {
  const { releaseId, repository, environment, snapshot, bundles, packed } = options
  for (const bundle of packed) {
    await tx
      .insertInto('bundles')
      .values({ ...bundle, kept_at: snapshot.takenAt })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute()
  }
  const row = { repository, environment, taken_at: snapshot.takenAt, body: JSON.stringify(snapshot) }
  await tx
    .insertInto('release_snapshots')
    .values({ release_id: releaseId, ...row })
    .onConflict((conflict) => conflict.column('release_id').doUpdateSet(row))
    .execute()
  await tx.deleteFrom('snapshot_bundles').where('release_id', '=', releaseId).execute()
  for (const [slug, key] of bundles) {
    await tx.insertInto('snapshot_bundles').values({ release_id: releaseId, slug, key }).execute()
  }
}

/** What was live before a release; null when that was not recorded, or is not kept any more. */
export async function snapshotOf(db: Db, releaseId: string): Promise<ReleaseSnapshot | null> {
  const row = await db
    .selectFrom('release_snapshots')
    .select('body')
    .where('release_id', '=', releaseId)
    .executeTakeFirst()
  return row === undefined ? null : releaseSnapshotSchema.parse(JSON.parse(row.body))
}

/** Forgets a snapshot that nothing can be rolled back to any more; its bundles go with the next pruning. */
export async function deleteSnapshot(tx: Db, releaseId: string): Promise<void> {
  await tx.deleteFrom('release_snapshots').where('release_id', '=', releaseId).execute()
}

/** Bundles of a snapshot, as they came from their host. */
export interface SnapshotBundles {
  readonly kept: readonly { readonly slug: string; readonly bytes: Uint8Array }[]
  /** Slugs of those whose bytes are not what they were. They are left out: code that nobody wrote is not deployed. */
  readonly damaged: readonly string[]
}

export async function bundlesOf(db: Db, releaseId: string): Promise<SnapshotBundles> {
  const rows = await db
    .selectFrom('snapshot_bundles')
    .innerJoin('bundles', 'bundles.key', 'snapshot_bundles.key')
    .select(['slug', 'sha256', 'encoding', 'body'])
    .where('release_id', '=', releaseId)
    .orderBy('slug')
    .execute()
  const read = rows.map(({ slug, sha256: wanted, encoding, body }) => {
    const bytes = unpack(encoding, body)
    return { slug, bytes: bytes !== null && sha256(bytes) === wanted ? bytes : null }
  })
  return {
    kept: read.flatMap(({ slug, bytes }) => (bytes === null ? [] : [{ slug, bytes }])),
    damaged: read.filter(({ bytes }) => bytes === null).map(({ slug }) => slug),
  }
}

function unpack(encoding: 'utf8' | 'zstd', body: Uint8Array): Buffer | null {
  try {
    return unpackPayload({ encoding, body, lengths: null }, 0)
  } catch {
    // How zstd says that it is damaged.
    return null
  }
}

/**
 * Deletes snapshots taken before a time (UTC milliseconds), at most `limit` in one go. Never those of the newest twenty
 * releases of an environment, nor of a release that is open: they can still be rolled back to.
 *
 * @returns how many were deleted
 */
export async function pruneSnapshots(tx: Db, before: number, limit: number): Promise<number> {
  const result = await sql`delete from release_snapshots where release_id in (
    select release_id from (
      select release_id, taken_at,
        row_number() over (partition by repository, environment order by taken_at desc, release_id desc) as place
      from release_snapshots
    ) where place > ${newestKept} and taken_at < ${before}
      and release_id not in (select id from releases where is_open = ${sql.lit(1)})
    limit ${limit})`.execute(tx)
  return Number(result.numAffectedRows ?? 0n)
}

/** Deletes bundles that no snapshot needs, at most `limit` in one go; returns how many. */
export async function pruneBundles(tx: Db, limit: number): Promise<number> {
  const result = await sql`delete from bundles where key in (
    select key from bundles where not exists (select 1 from snapshot_bundles where snapshot_bundles.key = bundles.key)
    limit ${limit})`.execute(tx)
  return Number(result.numAffectedRows ?? 0n)
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
