import { describe, expect, it } from 'vitest'
import { addAlert, recordAlertMessage } from '../../src/store/alerts.ts'
import { appendAudit, verifyAudit } from '../../src/store/audit.ts'
import { addCard } from '../../src/store/cards.ts'
import { recordHistory } from '../../src/store/history.ts'
import { markProcessed } from '../../src/store/inbox.ts'
import { createIntake } from '../../src/store/intake.ts'
import type { Store } from '../../src/store/open-store.ts'
import { addEffect, markDead, markDone } from '../../src/store/outbox.ts'
import { claimNotices, savePipeline } from '../../src/store/pipelines.ts'
import { prune } from '../../src/store/prune.ts'
import { aJob } from '../pipeline/facts.ts'
import { inThisThread } from './in-this-thread.ts'
import { temporaryStore } from './temporary-store.ts'

async function pipeline(store: Store, id: string, at: number): Promise<void> {
  await store.transaction(async (tx) => {
    const row = { id, repository: 'acme/shop', sha: id, branch: 'main', verdict: 'passed', revision: 1, isOpen: false }
    await savePipeline(tx, { ...row, createdAt: at, updatedAt: at }, [aJob({ id: 1 })])
    await addCard(tx, { id: `card ${id}`, of: { pipelineId: id }, channel: '#deploys', revision: 1, at })
    const ended = { pipelineId: id, key: 'k', repository: 'acme/shop', branch: 'main', name: 'lint', state: 'passed' }
    await recordHistory(tx, { ...ended, kind: 'job', durationMs: 1, completedAt: at })
    await claimNotices(tx, id, ['stage:Build:1'])
    const job = {
      key: 'job:1',
      source: 'job',
      name: 'lint',
      groupName: 'lint',
      workflow: 'CI',
      state: 'failed',
      attempt: 1,
    } as const
    const more = {
      runId: 1,
      jobId: 1,
      step: null,
      url: null,
      startedAt: null,
      completedAt: at,
      isFromOlderAttempt: false,
    }
    const alert = { id: `alert ${id}`, pipelineId: id, repository: 'acme/shop', branch: 'main', name: 'CI / lint' }
    const rest = { stageName: 'Build', failedAt: at, isBroadcast: true, details: null, fixed: null }
    await addAlert(tx, { ...alert, ...rest, job: { ...job, ...more } })
    await recordAlertMessage(tx, { alertId: `alert ${id}`, cardId: `card ${id}`, channelId: 'C1', ts: '1.1' })
  })
}

async function counts(store: Store) {
  const tables = [
    'inbox',
    'payloads',
    'outbox',
    'pipelines',
    'pipeline_facts',
    'history',
    'cards',
    'notices',
    'alerts',
    'alert_messages',
    'audit',
  ] as const
  const found: Record<string, number> = {}
  for (const table of tables) {
    const { n } = await store.db
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow()
    found[table] = n
  }
  return found
}

describe('pruning', () => {
  it('deletes what is old with all that belongs to it, and keeps what is young', async () => {
    const { store } = temporaryStore()
    await pipeline(store, 'old', 100)
    await pipeline(store, 'young', 2000)
    await prune(store, { payloads: 0, pipelines: 1000 })
    const left = await counts(store)
    for (const table of ['pipelines', 'pipeline_facts', 'history', 'cards', 'notices', 'alerts', 'alert_messages']) {
      expect([table, left[table]]).toEqual([table, 1])
    }
    expect(await store.db.selectFrom('pipelines').select('id').execute()).toEqual([{ id: 'young' }])
  })

  it('deletes old payloads in steps and leaves their events, so that a late duplicate is still known', async () => {
    const { store, raw } = temporaryStore()
    const intake = createIntake(inThisThread(store), () => {})
    await Promise.all(
      Array.from({ length: 1203 }, (_, n) =>
        intake.accept({ id: `${n}`, type: 't', body: '{}', payload: Buffer.from('{}'), at: n < 1201 ? 10 : 900 }),
      ),
    )
    // As if each had come alone: what comes together is one row.
    raw.exec(`DELETE FROM payloads;
      INSERT INTO payloads (inbox_seq, encoding, body, received_at) SELECT seq, 'utf8', x'7b7d', received_at FROM inbox`)
    expect(await prune(store, { payloads: 500, pipelines: 0 })).toMatchObject({ payloads: 1201, events: 0 })
    expect(await counts(store)).toMatchObject({ payloads: 2, inbox: 1203 })
  })

  it('never deletes an event that is not handled, an effect that is not made, or the audit log', async () => {
    const { store } = temporaryStore()
    const intake = createIntake(inThisThread(store), () => {})
    const payload = Buffer.from('{}')
    for (const id of ['open', 'handled']) await intake.accept({ id, type: 't', body: '{}', payload, at: 10 })
    await store.transaction(async (tx) => {
      await markProcessed(tx, 2, 'changed', 20)
      for (const id of ['queued', 'dead', 'done']) await addEffect(tx, { id, lane: id, type: 't', body: {}, at: 10 })
      await markDead(tx, 2, 'x', 20)
      await markDone(tx, 3, 20)
      const actor = { type: 'sluice' } as const
      const none = { sha: null, evidenceDigest: null, reasonCode: null, reasonText: null, client: 'sluice' } as const
      await appendAudit(tx, { at: 1, actor, action: 'a', object: 'o', ...none })
    })
    expect(await prune(store, { payloads: 1000, pipelines: 1000 })).toMatchObject({ events: 1, effects: 1 })
    expect(await counts(store)).toMatchObject({ inbox: 1, outbox: 2, audit: 1 })
    expect(await store.db.selectFrom('inbox').select('id').execute()).toEqual([{ id: 'open' }])
    expect(await store.db.selectFrom('outbox').select('id').orderBy('seq').execute()).toEqual([
      { id: 'queued' },
      { id: 'dead' },
    ])
    expect(await verifyAudit(store.db)).toMatchObject({ ok: true, rows: 1 })
  })
})
