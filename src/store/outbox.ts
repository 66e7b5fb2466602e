import { type RawBuilder, sql } from 'kysely'
import type { Db } from './open-store.ts'

/** A call to another service that is still to be made. */
export interface OutboxEffect {
  readonly seq: number
  readonly id: string
  readonly lane: string
  readonly type: string
  /** JSON. */
  readonly body: string
  readonly attempts: number
  readonly notBefore: number
  /** When an attempt began whose end was never written down: it may have taken effect. */
  readonly startedAt: number | null
  readonly createdAt: number
}

/** Literals, not parameters: SQLite has to know them when it plans, to see that a partial index covers them. */
const queued = sql.lit('queued' as const)
const dead = sql.lit('dead' as const)

/**
 * Lanes are worked on apart, so that none of a kind waits for another kind: `urgent` are those whose names begin with
 * `urgent:`, `watching` those with `observe:`.
 */
export type LaneKind = 'urgent' | 'watching' | 'usual'

/** `;` is the character after `:`. */
const isUrgent = sql<boolean>`(lane >= 'urgent:' and lane < 'urgent;')`
const isWatching = sql<boolean>`(lane >= 'observe:' and lane < 'observe;')`
const isOfKind = {
  urgent: isUrgent,
  watching: isWatching,
  usual: sql<boolean>`not ${isUrgent} and not ${isWatching}`,
}

const effectColumns = [
  'seq',
  'id',
  'lane',
  'type',
  'body',
  'attempts',
  'not_before as notBefore',
  'started_at as startedAt',
  'created_at as createdAt',
] as const

/**
 * Puts a call into the outbox.
 *
 * @returns false when a call with this id has been there before; nothing is changed then
 */
export async function addEffect(
  tx: Db,
  effect: {
    readonly id: string
    readonly lane: string
    readonly type: string
    readonly body: unknown
    readonly at: number
    /** Not before so many ms have passed. */
    readonly afterMs?: number
  },
): Promise<boolean> {
  const result = await tx
    .insertInto('outbox')
    .values({
      id: effect.id,
      lane: effect.lane,
      type: effect.type,
      body: JSON.stringify(effect.body),
      state: 'queued',
      not_before: effect.at + (effect.afterMs ?? 0),
      created_at: effect.at,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Whether there is a call with this id, made or not; finished ones are forgotten after a while. */
export async function hasEffect(db: Db, id: string): Promise<boolean> {
  const row = await db.selectFrom('outbox').select('seq').where('id', '=', id).executeTakeFirst()
  return row !== undefined
}

/** Whether a call of the lane whose id begins like this is still to be made. */
export async function isQueued(
  db: Db,
  { lane, beginning }: { readonly lane: string; readonly beginning: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('outbox')
    .select('seq')
    .where('lane', '=', lane)
    .where('state', '=', queued)
    .where('id', '>=', beginning)
    .where('id', '<', `${beginning}\u{10ffff}`)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether a call of the lane is still to be made that has not begun: it will be made from how things stand then. */
export async function hasUnbegun(db: Db, lane: string): Promise<boolean> {
  const row = await db
    .selectFrom('outbox')
    .select('seq')
    .where('lane', '=', lane)
    .where('state', '=', queued)
    .where('started_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether a call of the lane and type was given up since a time (UTC milliseconds). */
export async function wasGivenUp(
  db: Db,
  of: { readonly lane: string; readonly types: readonly string[]; readonly since: number },
): Promise<boolean> {
  const row = await db
    .selectFrom('outbox')
    .select('seq')
    .where('state', '=', dead)
    .where('lane', '=', of.lane)
    .where('type', 'in', of.types)
    .where('finished_at', '>=', of.since)
    .executeTakeFirst()
  return row !== undefined
}

/** The first queued effect of each lane, oldest first, whether it is due or not. */
export async function laneHeads(
  db: Db,
  options: { readonly lanes: LaneKind; readonly limit: number; readonly dueBy: number },
): Promise<readonly OutboxEffect[]> {
  return await headsWhere(db, isOfKind[options.lanes])
    .where('not_before', '<=', options.dueBy)
    .limit(options.limit)
    .execute()
}

/** The first queued effect of each of these lanes, whether it is due or not. */
export async function headsOfLanes(db: Db, lanes: readonly string[]): Promise<readonly OutboxEffect[]> {
  return await headsWhere(db, sql<boolean>`lane in (${sql.join(lanes)})`).execute()
}

function headsWhere(db: Db, isWanted: RawBuilder<boolean>) {
  const heads = db
    .selectFrom('outbox')
    .select((eb) => eb.fn.min('seq').as('seq'))
    .where('state', '=', queued)
    .where(isWanted)
    .groupBy('lane')
  return db
    .selectFrom('outbox')
    .select(effectColumns)
    .where('state', '=', queued)
    .where('seq', 'in', heads)
    .orderBy('seq')
}

/** When the next effect is due, or null when none is queued. */
export async function nextEffectAt(db: Db, after: number): Promise<number | null> {
  const row = await db
    .selectFrom('outbox')
    .select((eb) => eb.fn.min('not_before').as('at'))
    .where('state', '=', queued)
    .where('not_before', '>', after)
    .executeTakeFirst()
  return row?.at ?? null
}

/**
 * Writes down that an attempt begins. The time of an earlier one that may have taken effect stays: its message is as old.
 *
 * @returns false when the call is not wanted any more
 */
export async function markStarted(tx: Db, seq: number, at: number): Promise<boolean> {
  const result = await tx
    .updateTable('outbox')
    .set((eb) => ({ started_at: eb.fn.coalesce('started_at', eb.val(at)) }))
    .where('seq', '=', seq)
    .where('state', '=', queued)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/**
 * Calls of these lanes and of one release that have not begun, and were asked for under a generation below one, are not
 * made any more.
 */
export async function dropUnbegun(
  tx: Db,
  of: { readonly lanes: readonly string[]; readonly releaseId: string; readonly before: number; readonly at: number },
): Promise<void> {
  await tx
    .updateTable('outbox')
    .set({ state: 'done', finished_at: of.at, error: 'not wanted any more' })
    .where('state', '=', queued)
    .where('lane', 'in', of.lanes)
    .where('started_at', 'is', null)
    .where(sql<boolean>`json_extract(body, '$.releaseId') = ${of.releaseId}`)
    .where(sql<boolean>`coalesce(json_extract(body, '$.generation'), 0) < ${of.before}`)
    .execute()
}

/**
 * Calls of a lane and a release that have not begun are not made any more, because a newer one takes their place.
 *
 * @returns when the earliest of them was due, UTC milliseconds; null when there was none
 */
export async function replaceUnbegun(
  tx: Db,
  of: { readonly lane: string; readonly releaseId: string; readonly at: number },
): Promise<number | null> {
  const replaced = await tx
    .updateTable('outbox')
    .set({ state: 'done', finished_at: of.at, error: 'replaced by a newer one' })
    .where('state', '=', queued)
    .where('lane', '=', of.lane)
    .where('started_at', 'is', null)
    .where(sql<boolean>`json_extract(body, '$.releaseId') = ${of.releaseId}`)
    .returning('not_before')
    .execute()
  return replaced.length === 0 ? null : Math.min(...replaced.map(({ not_before }) => not_before))
}

export async function markDone(tx: Db, seq: number, at: number): Promise<void> {
  await tx.updateTable('outbox').set({ state: 'done', finished_at: at, error: null }).where('seq', '=', seq).execute()
}

/**
 * Puts an effect back for later.
 *
 * @param retry.countsAsAttempt - false when the service was never asked (a limit, a card that is not there yet)
 * @param retry.mayHaveHappened - true keeps `startedAt`, so that the next attempt looks before it repeats
 */
export async function markForRetry(
  tx: Db,
  seq: number,
  retry: {
    readonly notBefore: number
    readonly error: string
    readonly countsAsAttempt: boolean
    readonly mayHaveHappened: boolean
  },
): Promise<void> {
  await tx
    .updateTable('outbox')
    .set((eb) => ({
      not_before: retry.notBefore,
      error: retry.error,
      attempts: retry.countsAsAttempt ? eb('attempts', '+', 1) : eb.ref('attempts'),
      ...(retry.mayHaveHappened ? {} : { started_at: null }),
    }))
    .where('seq', '=', seq)
    .execute()
}

export async function markDead(tx: Db, seq: number, error: string, at: number): Promise<void> {
  await tx
    .updateTable('outbox')
    .set((eb) => ({ state: 'dead', error, finished_at: at, attempts: eb('attempts', '+', 1) }))
    .where('seq', '=', seq)
    .execute()
}

/** Makes the effects of a lane due now; for lanes that waited for something that has come. */
export async function wakeLane(tx: Db, lane: string, at: number): Promise<void> {
  await tx
    .updateTable('outbox')
    .set({ not_before: at })
    .where('lane', '=', lane)
    .where('state', '=', queued)
    .where('not_before', '>', at)
    .execute()
}

/** Makes every effect due at `at` that would be due after `later`. */
export async function makeDue(tx: Db, options: { readonly at: number; readonly later: number }): Promise<void> {
  await tx
    .updateTable('outbox')
    .set({ not_before: options.at })
    .where('state', '=', queued)
    .where('not_before', '>', options.later)
    .execute()
}

/** How many effects wait, since when the oldest does, and how many were given up. */
export async function outboxDepth(
  db: Db,
): Promise<{ readonly queued: number; readonly oldestAt: number | null; readonly dead: number }> {
  const waiting = await db
    .selectFrom('outbox')
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min('created_at').as('oldestAt')])
    .where('state', '=', queued)
    .executeTakeFirstOrThrow()
  const givenUp = await db
    .selectFrom('outbox')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', dead)
    .executeTakeFirstOrThrow()
  return { queued: waiting.count, oldestAt: waiting.oldestAt, dead: givenUp.count }
}

export interface ListedEffect extends OutboxEffect {
  readonly state: 'queued' | 'done' | 'dead'
  readonly error: string | null
}

/** What waits and what was given up, oldest first. */
export async function listEffects(
  db: Db,
  options: { readonly states: readonly ('queued' | 'dead')[]; readonly limit: number },
): Promise<readonly ListedEffect[]> {
  return await db
    .selectFrom('outbox')
    .select([...effectColumns, 'state', 'error'])
    .where('state', 'in', options.states)
    .orderBy('seq')
    .limit(options.limit)
    .execute()
}

/**
 * Queues given-up effects again, with a fresh count of attempts.
 *
 * @param ids - which ones; all of them when empty
 * @returns how many were queued
 */
export async function reviveEffects(tx: Db, ids: readonly string[], at: number): Promise<number> {
  let query = tx.updateTable('outbox').set({ state: 'queued', attempts: 0, not_before: at, finished_at: null })
  query = query.where('state', '=', 'dead')
  if (ids.length > 0) query = query.where('id', 'in', ids)
  const result = await query.executeTakeFirst()
  return Number(result.numUpdatedRows)
}

/** Deletes finished effects older than `before`; at most `limit` in one go. */
export async function pruneEffects(tx: Db, before: number, limit: number): Promise<number> {
  const result = await sql`delete from outbox where seq in
    (select seq from outbox where state = 'done' and finished_at < ${before} limit ${limit})`.execute(tx)
  return Number(result.numAffectedRows ?? 0n)
}
