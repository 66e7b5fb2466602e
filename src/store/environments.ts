/** What people put on an environment: locks, freezes, and reviews that breaking the glass left owed. */
import type { Identity } from '../policy/identity.ts'
import type { Db } from './open-store.ts'
import type { Place } from './releases.ts'

export interface Lock {
  readonly holder: Identity
  readonly why: string
  /** Where it was asked for, to remind its holder there; null from the command line. */
  readonly channelId: string | null
  readonly since: number
  readonly expiresAt: number | null
}

/** The lock of an environment that is in force; null when it is free or the lock has run out. */
export async function lockOf(db: Db, place: Place, at: number): Promise<Lock | null> {
  const row = await db
    .selectFrom('locks')
    .selectAll()
    .where('repository', '=', place.repository)
    .where('environment', '=', place.environment)
    .executeTakeFirst()
  if (row === undefined || (row.expires_at !== null && row.expires_at <= at)) return null
  return {
    holder: JSON.parse(row.holder) as Identity,
    why: row.why,
    channelId: row.channel_id,
    since: row.since,
    expiresAt: row.expires_at,
  }
}

/** Locks an environment, in place of the lock that is there. */
export async function setLock(tx: Db, place: Place, lock: Lock): Promise<void> {
  const row = {
    holder: JSON.stringify(lock.holder),
    why: lock.why,
    channel_id: lock.channelId,
    since: lock.since,
    expires_at: lock.expiresAt,
  }
  await tx
    .insertInto('locks')
    .values({ repository: place.repository, environment: place.environment, ...row })
    .onConflict((conflict) => conflict.columns(['repository', 'environment']).doUpdateSet(row))
    .execute()
}

export async function removeLock(tx: Db, place: Place): Promise<void> {
  await tx
    .deleteFrom('locks')
    .where('repository', '=', place.repository)
    .where('environment', '=', place.environment)
    .execute()
}

export interface DeclaredFreeze {
  readonly by: Identity
  readonly why: string
  readonly fromMs: number
  readonly toMs: number
}

/** The freeze that somebody declared for an environment and that has not run out; null when there is none. */
export async function declaredFreezeOf(db: Db, place: Place, at: number): Promise<DeclaredFreeze | null> {
  const row = await db
    .selectFrom('freezes')
    .selectAll()
    .where('repository', '=', place.repository)
    .where('environment', '=', place.environment)
    .where('to_at', '>', at)
    .executeTakeFirst()
  if (row === undefined) return null
  return { by: JSON.parse(row.declared_by) as Identity, why: row.why, fromMs: row.from_at, toMs: row.to_at }
}

export async function declareFreeze(tx: Db, place: Place, freeze: DeclaredFreeze): Promise<void> {
  const row = {
    declared_by: JSON.stringify(freeze.by),
    why: freeze.why,
    from_at: freeze.fromMs,
    to_at: freeze.toMs,
  }
  await tx
    .insertInto('freezes')
    .values({ repository: place.repository, environment: place.environment, ...row })
    .onConflict((conflict) => conflict.columns(['repository', 'environment']).doUpdateSet(row))
    .execute()
}

export async function endFreeze(tx: Db, place: Place): Promise<void> {
  await tx
    .deleteFrom('freezes')
    .where('repository', '=', place.repository)
    .where('environment', '=', place.environment)
    .execute()
}

export interface OwedReview {
  readonly releaseId: string
  readonly by: Identity
  readonly since: number
}

/** The oldest review that is owed for an environment; null when none is. */
export async function owedReviewOf(db: Db, place: Place): Promise<OwedReview | null> {
  const row = await db
    .selectFrom('owed_reviews')
    .selectAll()
    .where('repository', '=', place.repository)
    .where('environment', '=', place.environment)
    .where('signed_at', 'is', null)
    .orderBy('since')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return null
  return { releaseId: row.release_id, by: JSON.parse(row.broken_by) as Identity, since: row.since }
}

/** The review that a release owes its environment; null when it owes none (any more), or belongs to another one. */
export async function owedReviewOfRelease(db: Db, place: Place, releaseId: string): Promise<OwedReview | null> {
  const row = await db
    .selectFrom('owed_reviews')
    .selectAll()
    .where('release_id', '=', releaseId)
    .where('repository', '=', place.repository)
    .where('environment', '=', place.environment)
    .where('signed_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return null
  return { releaseId: row.release_id, by: JSON.parse(row.broken_by) as Identity, since: row.since }
}

export async function oweReview(tx: Db, place: Place, review: OwedReview): Promise<void> {
  await tx
    .insertInto('owed_reviews')
    .values({
      release_id: review.releaseId,
      repository: place.repository,
      environment: place.environment,
      broken_by: JSON.stringify(review.by),
      since: review.since,
      signed_by: null,
      signed_at: null,
    })
    .onConflict((conflict) => conflict.column('release_id').doNothing())
    .execute()
}

/** Who signed a release off that broke the glass; null when it owes no review. */
export async function signOffOf(
  db: Db,
  releaseId: string,
): Promise<{ readonly signedOffBy: Identity | null; readonly at: number | null } | null> {
  const row = await db
    .selectFrom('owed_reviews')
    .select(['signed_by', 'signed_at'])
    .where('release_id', '=', releaseId)
    .executeTakeFirst()
  if (row === undefined) return null
  return { signedOffBy: row.signed_by === null ? null : (JSON.parse(row.signed_by) as Identity), at: row.signed_at }
}

/** Signs a review off; false when it was not owed (any more). */
export async function signOff(tx: Db, releaseId: string, by: Identity, at: number): Promise<boolean> {
  const result = await tx
    .updateTable('owed_reviews')
    .set({ signed_by: JSON.stringify(by), signed_at: at })
    .where('release_id', '=', releaseId)
    .where('signed_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}
