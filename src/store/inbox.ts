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
    .select(['seq', 'id', 'type', 'body', 'received_at as receivedAt'])
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
