import { describe, expect, it } from 'vitest'
import { addCard, recordShown } from '../../src/store/cards.ts'
import { commitOfMessage } from '../../src/store/commit-of-message.ts'
import { saveRelease } from '../../src/store/releases.ts'
import { opened, otherSha, sha, t0 } from '../release/fixtures.ts'
import { temporaryStore } from './temporary-store.ts'

/** A pipeline with its card and an alert under it, and a release with its card. */
async function told() {
  const { store, raw } = temporaryStore()
  raw.exec(`
    INSERT INTO pipelines (id, repository, sha, branch, verdict, revision, is_open, created_at, updated_at)
      VALUES ('P', 'acme/omnihub', '${otherSha}', 'main', 'failed', 1, 1, 0, 0);
    INSERT INTO alerts (id, pipeline_id, repository, branch, name, job, stage_name, failed_at, is_broadcast)
      VALUES ('A', 'P', 'acme/omnihub', 'main', 'lint', '{}', 'CI', 0, 0);`)
  await store.transaction(async (tx) => {
    await saveRelease(tx, { ...opened(), id: 'R' }, t0, true)
    const cards = [
      { id: 'CP', of: { pipelineId: 'P' }, ts: '1.1' },
      { id: 'CR', of: { releaseId: 'R' }, ts: '2.2' },
    ]
    for (const { id, of, ts } of cards) {
      await addCard(tx, { id, of, channel: '#deploys', revision: 1, at: t0 })
      await recordShown(tx, id, { revision: 1, digest: 'd', at: t0, place: { channelId: 'C1', ts } })
    }
  })
  raw.exec("INSERT INTO alert_messages (alert_id, card_id, channel_id, ts) VALUES ('A', 'CP', 'C1', '3.3')")
  return store
}

describe('the commit that a message is about', () => {
  it.each([
    ['a card of a pipeline', '1.1', otherSha],
    ['a card of a release', '2.2', sha],
    ['an alert', '3.3', otherSha],
  ])('is known for %s', async (_, ts, expected) => {
    const store = await told()
    expect(await commitOfMessage(store.db, { channel: 'C1', ts })).toEqual({
      repository: 'acme/omnihub',
      sha: expected,
    })
  })

  it.each([
    ['a message of somebody else', 'C1', '9.9'],
    ['the same time in another channel', 'C2', '1.1'],
  ])('is not known for %s', async (_, channel, ts) => {
    const store = await told()
    expect(await commitOfMessage(store.db, { channel, ts })).toBeNull()
  })
})
