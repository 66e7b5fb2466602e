import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { migrations } from '../../src/store/migrations/migrations.ts'
import { openStore } from '../../src/store/open-store.ts'
import { temporaryFolder } from './temporary-store.ts'

/** A file as the Sluice before the gate left it: two cards, one shown and one on its way, and an alert with its message. */
function storeBefore(): { readonly file: string; readonly raw: Database.Database } {
  const file = join(temporaryFolder(), 'sluice.db')
  const raw = new Database(file)
  onTestFinished(() => void raw.close())
  for (const statements of migrations.slice(0, 2)) raw.exec(statements)
  raw.pragma('user_version = 2')
  raw.exec(`
    INSERT INTO pipelines (id, repository, sha, branch, verdict, revision, is_open, created_at, updated_at)
      VALUES ('P', 'acme/omnihub', 'a', 'main', 'failed', 4, 1, 1, 2);
    INSERT INTO cards (id, pipeline_id, channel, channel_id, ts, state, posts, posting_since, wanted_revision,
        shown_revision, digest, dirty_since, shown_at)
      VALUES ('shown', 'P', '#deploys', 'C1', '1.1', 'shown', 2, NULL, 4, 3, 'digest', 17, 16),
             ('posting', 'P', '#more', NULL, NULL, 'posting', 1, 15, 4, 0, NULL, 14, NULL);
    INSERT INTO alerts (id, pipeline_id, repository, branch, name, job, stage_name, failed_at, is_broadcast)
      VALUES ('A', 'P', 'acme/omnihub', 'main', 'lint', '{}', 'CI', 5, 1);
    INSERT INTO alert_messages (alert_id, card_id, channel_id, ts) VALUES ('A', 'shown', 'C1', '2.2');
    INSERT INTO outbox (id, lane, type, body, state, not_before, started_at, created_at)
      VALUES ('effect', 'lane', 'post_alert', '{}', 'queued', 1, 2, 1);`)
  return { file, raw }
}

it('keeps cards, alerts and calls of a store that knew no releases', async () => {
  const { file, raw } = storeBefore()
  const rows = (table: string) => raw.prepare<[], object>(`SELECT * FROM ${table} ORDER BY 1`).all()
  const before = ['cards', 'alerts', 'alert_messages', 'outbox', 'pipelines'].map(
    (table) => [table, rows(table)] as const,
  )
  const store = openStore({ file })
  for (const [table, old] of before) {
    const added = table === 'cards' ? { release_id: null, thread_ts: null } : {}
    expect(rows(table), table).toEqual(old.map((row) => ({ ...row, ...added })))
  }
  expect(raw.pragma('user_version', { simple: true })).toBe(migrations.length)
  expect(raw.pragma('foreign_key_check')).toEqual([])
  await store.close()
})

it('still lets a card go with its pipeline, and an alert’s message with its card', async () => {
  const { file, raw } = storeBefore()
  const store = openStore({ file })
  await store.db.deleteFrom('pipelines').where('id', '=', 'P').execute()
  for (const table of ['cards', 'alert_messages', 'alerts']) {
    expect(raw.prepare(`SELECT count(*) AS n FROM ${table}`).get(), table).toEqual({ n: 0 })
  }
  await store.close()
})

it('takes a card for exactly one of a pipeline and a release', async () => {
  const { file, raw } = storeBefore()
  const store = openStore({ file })
  const insert = (pipeline: string | null, release: string | null) => () =>
    raw
      .prepare(
        "INSERT INTO cards (id, pipeline_id, release_id, channel, state, wanted_revision) VALUES ('x', ?, ?, '#x', 'wanted', 1)",
      )
      .run(pipeline, release)
  expect(insert(null, null)).toThrow(/CHECK/)
  expect(insert('P', 'R')).toThrow(/CHECK/)
  expect(insert('P', null)).not.toThrow()
  await store.close()
})
