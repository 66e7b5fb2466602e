import { sql } from 'kysely'
import type { Db } from './open-store.ts'

/** An event that waits to be handled, oldest first. */
export interface InboxEvent {
  readonly seq: number
  readonly id: string
  readonly type: string
  /** JSON. */
  readonly body: string
  readonly receivedAt: number
}

const eventColumns = ['seq', 'id', 'type', 'body', 'received_at as receivedAt'] as const

/**
 * Puts an event of our own making into the inbox.
 *
 * @returns false when an event with this id has been there before; nothing is changed then
 */
export async function addEvent(
  tx: Db,
  event: { readonly id: string; readonly type: string; readonly body: unknown; readonly at: number },
): Promise<boolean> {
  const result = await tx
    .insertInto('inbox')
    .values({ id: event.id, type: event.type, body: JSON.stringify(event.body), received_at: event.at })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export async function nextEvents(db: Db, limit: number): Promise<readonly InboxEvent[]> {
  const rows = await db
    .selectFrom('inbox')
    .select(eventColumns)
    .where('processed_at', 'is', null)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows
}

export async function markProcessed(tx: Db, seq: number, outcome: string, at: number): Promise<void> {
  await tx.updateTable('inbox').set({ processed_at: at, outcome }).where('seq', '=', seq).execute()
}

/** What handling an event came to; null while it is not there or not handled. */
export async function outcomeOf(db: Db, id: string): Promise<string | null> {
  const row = await db
    .selectFrom('inbox')
    .select('outcome')
    .where('id', '=', id)
    .where('processed_at', 'is not', null)
    .executeTakeFirst()
  return row?.outcome ?? null
}

/** Events of a type about one release that are not handled yet, oldest first. */
export async function waitingEvents(
  db: Db,
  of: { readonly type: string; readonly releaseId: string },
): Promise<readonly InboxEvent[]> {
  return await db
    .selectFrom('inbox')
    .select(eventColumns)
    .where('processed_at', 'is', null)
    .where('type', '=', of.type)
    .where(sql<boolean>`json_extract(body, '$.releaseId') = ${of.releaseId}`)
    .orderBy('seq')
    .execute()
}

/**
 * Handles one event unless that has been done: for a process beside the one that takes events as they come.
 *
 * @param handle - returns what handling it came to
 */
export async function handleWaiting(
  tx: Db,
  id: string,
  handle: (event: InboxEvent) => Promise<string>,
  at: number,
): Promise<void> {
  const event = await tx
    .selectFrom('inbox')
    .select(eventColumns)
    .where('id', '=', id)
    .where('processed_at', 'is', null)
    .executeTakeFirst()
  if (event !== undefined) await markProcessed(tx, event.seq, await handle(event), at)
}

/** Events not handled yet, and since when the oldest of them waits. */
export async function inboxDepth(db: Db): Promise<{ readonly count: number; readonly oldestAt: number | null }> {
  const row = await db
    .selectFrom('inbox')
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min('received_at').as('oldestAt')])
    .where('processed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return row
}

/** Which of these ids the inbox has seen. */
export async function knownEvents(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  for (let start = 0; start < ids.length; start += 500) {
    const rows = await db
      .selectFrom('inbox')
      .select('id')
      .where('id', 'in', ids.slice(start, start + 500))
      .execute()
    for (const row of rows) known.add(row.id)
  }
  return known
}

/** When an event of a type last came; null when none ever did. */
export async function lastEventAt(db: Db, type: string): Promise<number | null> {
  const row = await db
    .selectFrom('inbox')
    .select('received_at')
    .where('type', '=', type)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.received_at ?? null
}
