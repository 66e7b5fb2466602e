import type { Db } from './open-store.ts'

export interface Timer {
  readonly id: string
  readonly type: string
  /** JSON. */
  readonly body: string
  readonly dueAt: number
}

/** Sets a timer, or moves the one with the same id. */
export async function setTimer(
  tx: Db,
  timer: { readonly id: string; readonly type: string; readonly body: unknown; readonly dueAt: number },
): Promise<void> {
  const row = { type: timer.type, body: JSON.stringify(timer.body), due_at: timer.dueAt }
  await tx
    .insertInto('timers')
    .values({ id: timer.id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute()
}

export async function dueTimers(db: Db, now: number, limit: number): Promise<readonly Timer[]> {
  return await db
    .selectFrom('timers')
    .select(['id', 'type', 'body', 'due_at as dueAt'])
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(limit)
    .execute()
}

/** When the next timer is due, or null when none is set. */
export async function nextTimerAt(db: Db): Promise<number | null> {
  const row = await db
    .selectFrom('timers')
    .select((eb) => eb.fn.min('due_at').as('at'))
    .executeTakeFirst()
  return row?.at ?? null
}

/** Removes a timer if it is still due at `dueAt`: one that was moved meanwhile stays. */
export async function removeTimer(tx: Db, timer: { readonly id: string; readonly dueAt: number }): Promise<boolean> {
  const result = await tx
    .deleteFrom('timers')
    .where('id', '=', timer.id)
    .where('due_at', '=', timer.dueAt)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Whether any timer of a type is set. */
export async function isTimerSet(db: Db, type: string): Promise<boolean> {
  const row = await db.selectFrom('timers').select('id').where('type', '=', type).limit(1).executeTakeFirst()
  return row !== undefined
}

/**
 * Makes timers of a type due now that would be later.
 *
 * @param options.except - beginnings of the ids of those that keep their time
 */
export async function makeTimersDue(
  tx: Db,
  options: { readonly type: string; readonly except: readonly string[]; readonly at: number },
): Promise<void> {
  let query = tx.updateTable('timers').set({ due_at: options.at })
  query = query.where('type', '=', options.type).where('due_at', '>', options.at)
  for (const beginning of options.except) query = query.where('id', 'not like', `${beginning}%`)
  await query.execute()
}
