/** When checks of rollouts were due and when they were decided, from the inbox that a Sluice has left. */
import { sql } from 'kysely'
import type { Db } from '../../src/store/open-store.ts'

export interface Checks {
  /** Rollouts that were looked at so far. */
  readonly seen: number
  /** When the last of them was looked at for the first time, UTC milliseconds. */
  readonly firstRoundAt: number
  /** Checks that were decided in the time. */
  readonly decided: number
  /** Of each check that was due in the time: from then to its decision, ms; to the end of what is known while it has none. */
  readonly lateMs: readonly number[]
}

/** @param time - UTC milliseconds */
export async function checksIn(db: Db, time: { readonly from: number; readonly to: number }): Promise<Checks> {
  const rows = await db
    .selectFrom('inbox')
    .select([
      'id',
      'type',
      'received_at as receivedAt',
      'processed_at as processedAt',
      sql<string>`json_extract(body, '$.releaseId')`.as('releaseId'),
    ])
    .where('type', 'in', ['timer.rollout', 'rollout.happened'])
    .where(sql<boolean>`(type = 'timer.rollout' or json_extract(body, '$.what.type') = 'observed')`)
    .orderBy('seq')
    .execute()
  const due = new Map<string, number[]>()
  const first = new Map<string, number>()
  const lateMs: number[] = []
  let decided = 0
  for (const { id, type, processedAt, releaseId } of rows) {
    const waiting = due.get(releaseId) ?? []
    if (type === 'timer.rollout') {
      due.set(releaseId, [...waiting, Number(/^timer:.*:(\d{13})/.exec(id)?.[1])])
      continue
    }
    if (processedAt === null) continue
    if (!first.has(releaseId)) first.set(releaseId, processedAt)
    if (processedAt >= time.from && processedAt < time.to) decided += 1
    // One check answers all that was due before it.
    for (const at of waiting) if (at >= time.from && at < time.to) lateMs.push(processedAt - at)
    due.set(releaseId, [])
  }
  for (const at of [...due.values()].flat()) if (at >= time.from && at < time.to) lateMs.push(time.to - at)
  return { seen: first.size, firstRoundAt: Math.max(...first.values()), decided, lateMs }
}
