import type { Logger } from 'pino'
import { auditBrokenNotice, auditHeadLine } from '../cards/audit-notices.ts'
import type { AuditAnchor } from '../store/audit.ts'
import type { Store } from '../store/open-store.ts'
import { addEffect, hasEffect } from '../store/outbox.ts'
import { readSetting, writeSetting } from '../store/settings.ts'
import { verifyAuditInBackground } from '../store/verify-audit-in-background.ts'
import type { Clock } from './clock.ts'
import type { Engine } from './engine.ts'

/**
 * Checks the audit log and queues the day's line about its head for a channel: the day is UTC's, and a day has one line,
 * however often this is called and Sluice started. A log that does not hold, or does not lead up to the head that was
 * posted last, is said there and in the fallback channel instead.
 *
 * @throws when the check itself cannot be made
 */
export async function postAuditHead(deps: {
  readonly store: Store
  readonly engine: Pick<Engine, 'heartbeat' | 'tellFallback'>
  readonly channel: string
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Logger, 'error'>
}): Promise<'posted' | 'posted before' | 'broken'> {
  const { store, engine, channel, clock, log } = deps
  const id = `audit_head:${new Date(clock.now()).toISOString().slice(0, 10)}`
  if (await hasEffect(store.db, id)) return 'posted before'
  const check = await verifyAuditInBackground(store.file, await lastPosted(store))
  const at = clock.now()
  const message = check.ok
    ? auditHeadLine({ rows: check.rows, hash: check.head, verifiedAt: at })
    : auditBrokenNotice(check)
  await store.transaction(async (tx) => {
    await addEffect(tx, { id, lane: 'audit', type: 'post_in_channel', body: { channel, message }, at })
    if (check.ok) await writeSetting(tx, 'audit_head_posted', `${check.rows} ${check.head}`)
  })
  // Makes the worker look for what is new in the outbox.
  await engine.heartbeat()
  if (check.ok) return 'posted'
  log.error({ row: check.seq, problem: check.problem }, 'the audit log does not hold')
  await engine.tellFallback(id, message)
  return 'broken'
}

/** The chain alone cannot show that its end was cut off; what was posted last can. */
async function lastPosted(store: Store): Promise<AuditAnchor | null> {
  const [rows, hash] = (await readSetting(store.db, 'audit_head_posted'))?.split(' ') ?? []
  return rows === undefined || hash === undefined ? null : { rows: Number(rows), hash }
}
