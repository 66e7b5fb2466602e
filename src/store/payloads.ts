import { sql } from 'kysely'
import { z } from 'zod'
import type { Db } from './open-store.ts'
import { unpackPayload } from './pack-payloads.ts'

const lengthsSchema = z.array(z.number().int().nonnegative())

/**
 * The raw payload that an event came with, byte for byte.
 *
 * @param id - the event's id in the inbox
 * @returns null for an unknown event, one of our own making, or one whose payload was pruned
 */
export async function payloadOf(db: Db, id: string): Promise<Buffer | null> {
  const event = await db.selectFrom('inbox').select('seq').where('id', '=', id).executeTakeFirst()
  if (event === undefined) return null
  const row = await db
    .selectFrom('payloads')
    .select(['inbox_seq as firstSeq', 'encoding', 'body', 'lengths'])
    .where('inbox_seq', '<=', event.seq)
    .orderBy('inbox_seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return null
  const lengths = row.lengths === null ? null : lengthsSchema.parse(JSON.parse(row.lengths))
  return unpackPayload({ ...row, lengths }, event.seq - row.firstSeq)
}

/** Deletes payloads received before a time (UTC milliseconds), those of at most `limit` rows in one go. */
export async function prunePayloads(tx: Db, before: number, limit: number): Promise<number> {
  const result = await sql`delete from payloads where inbox_seq in
    (select inbox_seq from payloads where received_at < ${before} limit ${limit})`.execute(tx)
  return Number(result.numAffectedRows ?? 0n)
}
