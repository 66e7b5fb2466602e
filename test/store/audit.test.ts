import { createHash } from 'node:crypto'
import type Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { type AuditEntry, appendAudit, auditHead, auditRowsAfter, verifyAudit, wasDone } from '../../src/store/audit.ts'
import type { Store } from '../../src/store/open-store.ts'
import { temporaryStore } from './temporary-store.ts'

const entry = (n: number, given: Partial<AuditEntry> = {}): AuditEntry => ({
  at: 1000 + n,
  actor: { type: 'operator', id: `U${n}`, name: 'Ada', team: 'T1', githubLogin: null },
  action: 'rerun_failed_jobs',
  object: `acme/shop run ${n} attempt 1`,
  sha: null,
  evidenceDigest: null,
  reasonCode: null,
  reasonText: null,
  client: 'slack',
  ...given,
})

async function chain(rows: number): Promise<{ readonly store: Store; readonly raw: Database.Database }> {
  const { store, raw } = temporaryStore()
  await store.transaction(async (tx) => {
    for (let n = 1; n <= rows; n++) await appendAudit(tx, entry(n))
  })
  return { store, raw }
}

function disarm(raw: Database.Database): void {
  const triggers = raw.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all() as { name: string }[]
  for (const { name } of triggers) raw.exec(`DROP TRIGGER ${name}`)
}

describe('the audit log', () => {
  it('holds when nobody touched it, empty or long', async () => {
    expect(await verifyAudit((await chain(0)).store.db)).toEqual({ ok: true, rows: 0, head: '0'.repeat(64) })
    const { store, raw } = await chain(5003)
    const { hash } = raw.prepare('SELECT hash FROM audit ORDER BY seq DESC LIMIT 1').get() as { hash: string }
    expect(await verifyAudit(store.db)).toEqual({ ok: true, rows: 5003, head: hash })
  })

  it('holds whatever people write into it', async () => {
    const { store } = await chain(0)
    const odd = 'Ünï\u0000code "quotes" \\ \u2028 🚀 \n'
    await store.transaction(async (tx) => {
      await appendAudit(
        tx,
        entry(1, { reasonText: odd, reasonCode: 'guest', actor: { type: 'sluice' }, client: 'sluice' }),
      )
      await appendAudit(tx, entry(2, { object: odd }))
    })
    expect(await verifyAudit(store.db)).toMatchObject({ ok: true, rows: 2 })
  })

  it.each([
    "UPDATE audit SET reason_code = 'guest' WHERE seq = 2",
    'DELETE FROM audit WHERE seq = 3',
    'DELETE FROM audit',
    `INSERT OR REPLACE INTO audit SELECT seq, at, actor_type, 'U666', actor_name, actor_team, github_login, action, object,
       sha, evidence_digest, reason_code, reason_text, client, previous_hash, hash FROM audit WHERE seq = 2`,
    'UPDATE OR REPLACE audit SET seq = 1 WHERE seq = 2',
  ])('refuses to be changed: %s', async (statement) => {
    const { store, raw } = await chain(3)
    expect(() => raw.exec(statement)).toThrow(/append-only/)
    expect(await verifyAudit(store.db)).toMatchObject({ ok: true, rows: 3 })
  })

  it.each([
    ['a changed row', "UPDATE audit SET actor_id = 'U666' WHERE seq = 4", 4, /does not match its hash/],
    ['a changed time', 'UPDATE audit SET at = at + 1 WHERE seq = 1', 1, /does not match its hash/],
    ['a removed row', 'DELETE FROM audit WHERE seq = 4', 4, /missing/],
    ['a removed first row', 'DELETE FROM audit WHERE seq = 1', 1, /missing/],
    [
      'a removed row with the gap closed',
      'DELETE FROM audit WHERE seq = 4; UPDATE audit SET seq = seq - 1 WHERE seq > 4',
      4,
      /does not follow/,
    ],
    [
      'two rows in each other’s place',
      'UPDATE audit SET seq = 99 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 99',
      3,
      /does not follow/,
    ],
    [
      'an inserted row',
      `UPDATE audit SET seq = -seq WHERE seq > 3; UPDATE audit SET seq = -seq + 1 WHERE seq < 0;
       INSERT INTO audit SELECT 4, at, actor_type, 'U666', actor_name, actor_team, github_login, action, object, sha,
         evidence_digest, reason_code, reason_text, client, previous_hash, 'forged' FROM audit WHERE seq = 5`,
      4,
      /does not match its hash/,
    ],
    [
      'a row put before the first',
      `INSERT INTO audit SELECT 0, at, actor_type, 'U666', actor_name, actor_team, github_login, action, object, sha,
         evidence_digest, reason_code, reason_text, client, previous_hash, 'forged' FROM audit WHERE seq = 1`,
      0,
      /./,
    ],
  ])('finds %s and names it', async (_name, tampering, seq, problem) => {
    const { store, raw } = await chain(7)
    disarm(raw)
    raw.exec(tampering)
    expect(await verifyAudit(store.db)).toEqual({ ok: false, seq, problem: expect.stringMatching(problem) })
  })

  it('knows a deed from a refusal of it', async () => {
    const { store } = await chain(0)
    await store.transaction((tx) => appendAudit(tx, entry(1, { reasonCode: 'guest', reasonText: 'Guests cannot.' })))
    const deed = { action: 'rerun_failed_jobs', object: entry(1).object }
    expect(await wasDone(store.db, deed)).toBe(false)
    await store.transaction((tx) => appendAudit(tx, entry(1)))
    expect(await wasDone(store.db, deed)).toBe(true)
    expect(await wasDone(store.db, { ...deed, object: 'another' })).toBe(false)
  })

  it('takes a text that was cut in the middle of a character', async () => {
    const { store } = await chain(0)
    const half = '🚀'.slice(0, 1)
    const actor = { type: 'operator', id: 'U1', name: `Ada ${half}`, team: null, githubLogin: null } as const
    await store.transaction((tx) => appendAudit(tx, entry(1, { actor, reasonText: half, object: half })))
    expect(await verifyAudit(store.db)).toMatchObject({ ok: true, rows: 1 })
  })

  it('keeps the hashes of rows that are in it: these were computed from the text that stands beside them', async () => {
    const { store } = await chain(0)
    await store.transaction((tx) => appendAudit(tx, entry(1, { actor: { type: 'sluice' }, client: 'sluice' })))
    const canonical =
      `{"action":"rerun_failed_jobs","actor_id":null,"actor_name":null,"actor_team":null,"actor_type":"sluice","at":1001,` +
      `"client":"sluice","evidence_digest":null,"github_login":null,"object":"acme/shop run 1 attempt 1",` +
      `"previous_hash":"${'0'.repeat(64)}","reason_code":null,"reason_text":null,"seq":1,"sha":null}`
    const hash = createHash('sha256').update(canonical).digest('hex')
    expect(await auditHead(store.db)).toEqual({ rows: 1, hash })
  })

  it('is read on from any row', async () => {
    const { store } = await chain(7)
    const seqs = (await auditRowsAfter(store.db, 3, 2)).map(({ seq }) => seq)
    expect(seqs).toEqual([4, 5])
    expect(await auditRowsAfter(store.db, 7, 2)).toEqual([])
  })
})

describe('a head that was posted', () => {
  const genesis = '0'.repeat(64)
  const hashAt = (raw: Database.Database, seq: number) =>
    String(raw.prepare('SELECT hash FROM audit WHERE seq = ?').pluck().get(seq))

  it('is the end of the chain, and zeros for an empty log', async () => {
    expect(await auditHead((await chain(0)).store.db)).toEqual({ rows: 0, hash: genesis })
    const { store, raw } = await chain(7)
    expect(await auditHead(store.db)).toEqual({ rows: 7, hash: hashAt(raw, 7) })
  })

  it.each([1, 4, 7])('of row %i is found in the log, with its place or without', async (rows) => {
    const { store, raw } = await chain(7)
    const hash = hashAt(raw, rows)
    expect(await verifyAudit(store.db, { hash, rows })).toEqual({ ok: true, rows: 7, head: hashAt(raw, 7) })
    expect(await verifyAudit(store.db, { hash, rows: null })).toMatchObject({ ok: true })
  })

  it('of an empty log is what every log leads up from', async () => {
    const { store } = await chain(2)
    expect(await verifyAudit(store.db, { hash: genesis, rows: 0 })).toMatchObject({ ok: true })
    expect(await verifyAudit(store.db, { hash: genesis, rows: null })).toMatchObject({ ok: true })
    expect(await verifyAudit(store.db, { hash: genesis, rows: 1 })).toMatchObject({ ok: false, seq: 1 })
  })

  it('shows that the end was cut off, which the chain alone cannot', async () => {
    const { store, raw } = await chain(7)
    const hash = hashAt(raw, 7)
    disarm(raw)
    raw.exec('DELETE FROM audit WHERE seq > 4')
    expect(await verifyAudit(store.db)).toMatchObject({ ok: true, rows: 4 })
    const missing = expect.stringMatching(/row 5 is missing: the log ends before row 7/)
    expect(await verifyAudit(store.db, { hash, rows: 7 })).toEqual({ ok: false, seq: 5, problem: missing })
    expect(await verifyAudit(store.db, { hash, rows: null })).toEqual({
      ok: false,
      seq: null,
      problem: expect.stringMatching(/none of its 4 rows has the hash/),
    })
  })

  it('shows that the whole log was written anew, which the chain alone cannot', async () => {
    const { raw } = await chain(7)
    const hash = hashAt(raw, 7)
    const { store } = await chain(0)
    await store.transaction(async (tx) => {
      for (let n = 1; n <= 9; n++) await appendAudit(tx, entry(n, n === 3 ? { object: 'another' } : {}))
    })
    expect(await verifyAudit(store.db)).toMatchObject({ ok: true, rows: 9 })
    const problem = expect.stringMatching(/written anew/)
    expect(await verifyAudit(store.db, { hash, rows: 7 })).toEqual({ ok: false, seq: 7, problem })
    expect(await verifyAudit(store.db, { hash, rows: null })).toEqual({ ok: false, seq: null, problem })
  })

  it('does not count at another place than the one given', async () => {
    const { store, raw } = await chain(7)
    expect(await verifyAudit(store.db, { hash: hashAt(raw, 4), rows: 5 })).toMatchObject({ ok: false, seq: 5 })
  })
})

describe('any change of one field of one row', () => {
  const columns = [
    'at',
    'actor_type',
    'actor_id',
    'actor_name',
    'actor_team',
    'github_login',
    'action',
    'object',
    'sha',
    'evidence_digest',
    'reason_code',
    'reason_text',
    'client',
    'previous_hash',
    'hash',
  ]
  const other = new Map<string, string | number>([
    ['at', 5],
    ['actor_type', 'sluice'],
    ['client', 'cli'],
  ])

  it.each(columns)('is found: %s', async (column) => {
    const { store, raw } = await chain(7)
    disarm(raw)
    raw.prepare(`UPDATE audit SET ${column} = ? WHERE seq = 4`).run(other.get(column) ?? 'x')
    expect(await verifyAudit(store.db)).toMatchObject({ ok: false, seq: 4 })
  })
})
