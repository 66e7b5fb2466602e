import { join } from 'node:path'
import { Writable } from 'node:stream'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { exportLog, showRelease, verifyLog } from '../../src/cli/audit.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { type AuditEntry, appendAudit } from '../../src/store/audit.ts'
import { openStore } from '../../src/store/open-store.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

const day = (date: string, time = '12:00:00Z') => Date.parse(`${date}T${time}`)

const entry: AuditEntry = {
  at: day('2026-11-01'),
  actor: { type: 'operator', id: 'U1', name: 'Mona Lisa', team: 'T1', githubLogin: null },
  action: 'rerun_failed_jobs',
  object: 'acme/shop run 7 attempt 1',
  sha: null,
  evidenceDigest: null,
  reasonCode: null,
  reasonText: null,
  client: 'slack',
}

async function logOf(...entries: readonly Partial<AuditEntry>[]) {
  const data = temporaryFolder()
  const store = openStore({ file: join(data, 'sluice.db') })
  await store.transaction(async (tx) => {
    for (const more of entries) await appendAudit(tx, { ...entry, ...more })
  })
  await store.close()
  return { config: 'sluice.yml', data }
}

async function exported(options: Parameters<typeof exportLog>[0]): Promise<string> {
  const parts: string[] = []
  const output = new Writable({
    highWaterMark: 64,
    write(part, _encoding, done) {
      parts.push(String(part))
      setImmediate(done)
    },
  })
  await exportLog(options, output)
  await new Promise<void>((resolve) => output.end(resolve))
  return parts.join('')
}

const threeDays = [{ at: day('2026-11-01') }, { at: day('2026-11-02') }, { at: day('2026-11-03') }]

describe('sluice audit verify', () => {
  it('says that an untouched chain holds, and its head', async () => {
    const log = await logOf(...threeDays)
    const { text, isSound } = await verifyLog(log)
    expect(isSound).toBe(true)
    expect(text).toMatch(/^The chain holds: 3 rows, head [0-9a-f]{64}$/)
  })

  it('names the first row that somebody changed in the file', async () => {
    const log = await logOf(...threeDays)
    const raw = new Database(join(log.data, 'sluice.db'))
    raw.exec("DROP TRIGGER audit_no_update; UPDATE audit SET actor_id = 'U2' WHERE seq = 2")
    raw.close()
    expect(await verifyLog(log)).toEqual({
      text: 'Row 2 does not fit: its content does not match its hash.',
      isSound: false,
    })
  })
})

describe('sluice audit verify --head', () => {
  const headOf = async (log: Awaited<ReturnType<typeof logOf>>) => (await verifyLog(log)).text.slice(-64)

  it('says that the log leads up to a head of earlier', async () => {
    const log = await logOf(...threeDays)
    const head = await headOf(log)
    const said = expect.stringMatching(/^The chain holds: 3 rows, head [0-9a-f]{64}\nIt leads up to the head/)
    expect(await verifyLog({ ...log, head: ` ${head.toUpperCase()} `, rows: '3' })).toEqual({
      text: said,
      isSound: true,
    })
    expect(await verifyLog({ ...log, head })).toEqual({ text: said, isSound: true })
  })

  it('names the first row of an end that was cut off', async () => {
    const log = await logOf(...threeDays)
    const head = await headOf(log)
    const raw = new Database(join(log.data, 'sluice.db'))
    raw.exec('DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE seq = 3')
    raw.close()
    expect(await verifyLog({ ...log, head, rows: '3' })).toEqual({
      text: 'Row 3 does not fit: row 3 is missing: the log ends before row 3, which was its head once.',
      isSound: false,
    })
    expect(await verifyLog({ ...log, head })).toEqual({
      text: expect.stringMatching(/^The log does not fit: none of its 2 rows has the hash/),
      isSound: false,
    })
  })

  it.each([
    [{ head: 'abc' }, /--head abc is no hash/],
    [{ rows: '3' }, /give its hash too/],
    [{ head: 'a'.repeat(64), rows: '-1' }, /--rows -1 is no number of rows/],
  ])('refuses %o', async (options, message) => {
    const attempt = verifyLog({ ...(await logOf()), ...options })
    await expect(attempt).rejects.toThrow(message)
    await expect(attempt).rejects.toBeInstanceOf(UsageError)
  })
})

const [releaseA, releaseB] = ['01JDB6Z0Q5T4K3M2N1P0R9S8V7', '01JDB6Z0Q5T4K3M2N1P0R9S8VZ'] as const
const sha = '3f786850e387550fdab836ed7e6dc881de23001b'
const digest = 'd1'.repeat(32)
const aboutA = { object: `release:${releaseA}`, sha, evidenceDigest: digest } as const

/** A release that was asked for, refused once, approved and done; and another one in between. */
const story: readonly Partial<AuditEntry>[] = [
  { ...aboutA, at: day('2026-11-24', '09:12:03Z'), action: 'request' },
  { object: `release:${releaseB}`, action: 'request', at: day('2026-11-24', '09:13:00Z') },
  {
    ...aboutA,
    at: day('2026-11-24', '09:13:10Z'),
    action: 'approve',
    reasonCode: 'self_approval',
    reasonText: 'Those who ask cannot approve.',
  },
  {
    ...aboutA,
    at: day('2026-11-24', '09:15:59Z'),
    action: 'approve',
    actor: { type: 'operator', id: 'U2', name: '山田', team: 'T1', githubLogin: 'yamada' },
  },
  {
    ...aboutA,
    at: day('2026-11-24', '09:30:00Z'),
    action: 'complete',
    actor: { type: 'sluice' },
    client: 'sluice',
    evidenceDigest: null,
  },
]

describe('sluice audit show', () => {
  const plain = { json: false, hasColor: false }

  it('tells the whole story of one release, in columns', async () => {
    const log = await logOf(...story)
    expect(await showRelease({ ...log, ...plain }, releaseA)).toEqual({
      isSound: true,
      text: `Release ${releaseA}: 4 rows, commit ${sha}

ROW  TIME (UTC)           WHO                     VIA     WHAT      REASON         EVIDENCE
1    2026-11-24 09:12:03  Mona Lisa (U1, T1)      slack   request                  d1d1d1d1d1d1
3    2026-11-24 09:13:10  Mona Lisa (U1, T1)      slack   approve   self_approval  d1d1d1d1d1d1
      Those who ask cannot approve.
4    2026-11-24 09:15:59  山田 (U2, @yamada, T1)  slack   approve                  d1d1d1d1d1d1
5    2026-11-24 09:30:00  Sluice                  sluice  complete`,
    })
  })

  it('has colour only when it may', async () => {
    const log = await logOf(...story)
    expect((await showRelease({ ...log, ...plain }, releaseA)).text).not.toContain('\u001B')
    expect((await showRelease({ ...log, json: false, hasColor: true }, releaseA)).text).toContain('\u001B[31m3 ')
  })

  it('gives the rows as JSON lines', async () => {
    const log = await logOf(...story)
    const { text } = await showRelease({ ...log, json: true, hasColor: false }, releaseA)
    const rows = text.split('\n').map((line) => JSON.parse(line))
    expect(rows.map(({ seq }) => seq)).toEqual([1, 3, 4, 5])
    expect(rows[1]).toMatchObject({
      at: '2026-11-24T09:13:10.000Z',
      reason_code: 'self_approval',
      evidence_digest: digest,
    })
  })

  it('lets no name command the terminal', async () => {
    const name = 'Eve\u001B[2J\u009B1m\u202Eadm\nin'
    const actor = { type: 'operator', id: 'U3', name, team: null, githubLogin: null } as const
    const log = await logOf({ ...aboutA, actor, reasonText: '\u001B]8;;https://x\u0007', reasonCode: 'guest' })
    const { text } = await showRelease({ ...log, ...plain }, releaseA)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202E]/)
  })

  it('warns of a row that is not what was written', async () => {
    const log = await logOf(...story)
    const raw = new Database(join(log.data, 'sluice.db'))
    raw.exec('DROP TRIGGER audit_no_update; UPDATE audit SET reason_code = NULL, reason_text = NULL WHERE seq = 3')
    raw.close()
    const { text, isSound } = await showRelease({ ...log, ...plain }, releaseA)
    expect(isSound).toBe(false)
    expect(text).toMatch(/Row 3 does not match the hash in the log/)
    expect(await showRelease({ ...log, json: true, hasColor: false }, releaseA)).toMatchObject({ isSound: false })
  })

  it.each([releaseA, releaseA.toLowerCase(), `release:${releaseA}`])('finds a release by %s', async (given) => {
    const log = await logOf(...story)
    expect((await showRelease({ ...log, ...plain }, given)).text).toContain(releaseA)
  })

  it('finds a release by a beginning that no other has', async () => {
    const log = await logOf(...story, { object: 'release:01KAAAAAAAAAAAAAAAAAAAAAAA' })
    expect((await showRelease({ ...log, ...plain }, '01k')).text).toContain('01KAAAAAAAAAAAAAAAAAAAAAAA')
  })

  it.each([
    ['01JDB', new RegExp(`may be more than one release: ${releaseA}, ${releaseB}$`)],
    ['01ZZ', /the audit log has no release 01ZZ…/],
    ['%', /is no id of a release/],
    ['', /is no id of a release/],
  ])('refuses %j', async (given, message) => {
    const attempt = showRelease({ ...(await logOf(...story)), ...plain }, given)
    await expect(attempt).rejects.toThrow(message)
    await expect(attempt).rejects.toBeInstanceOf(UsageError)
  })
})

describe('sluice audit export', () => {
  it('gives the rows of one release', async () => {
    const log = await logOf(...story)
    const rows = (await exported({ ...log, release: releaseA.slice(0, 26), format: 'jsonl' })).trimEnd().split('\n')
    expect(rows.map((row) => JSON.parse(row).seq)).toEqual([1, 3, 4, 5])
    const inTime = await exported({ ...log, release: releaseB, from: '2026-11-25', format: 'jsonl' })
    expect(inTime).toBe('')
    await expect(exported({ ...log, release: '01Z', format: 'csv' })).rejects.toBeInstanceOf(UsageError)
  })

  it('gives JSON lines with ISO times, oldest first', async () => {
    const log = await logOf(...threeDays)
    const rows = (await exported({ ...log, format: 'jsonl' })).trimEnd().split('\n')
    expect(rows.map((row) => JSON.parse(row).at)).toEqual([
      '2026-11-01T12:00:00.000Z',
      '2026-11-02T12:00:00.000Z',
      '2026-11-03T12:00:00.000Z',
    ])
    expect(JSON.parse(rows[0] ?? '')).toMatchObject({ seq: 1, actor_name: 'Mona Lisa', reason_code: null })
  })

  it('gives CSV with a head line, quotes what needs it and lets no cell be a formula', async () => {
    const name = '=cmd|"calc"'
    const log = await logOf({ actor: { type: 'operator', id: 'U1', name, team: 'T1', githubLogin: null } })
    const [head, row] = (await exported({ ...log, format: 'csv' })).split('\n')
    expect(head).toMatch(/^seq,at,actor_type,/)
    expect(row).toContain(`"'=cmd|""calc"""`)
  })

  it.each([
    ['a day', { from: '2026-11-02', to: '2026-11-02' }, [2]],
    ['from a day on', { from: '2026-11-02' }, [2, 3]],
    ['up to a time', { to: '2026-11-02T12:00:00Z' }, [1]],
    ['in another zone', { from: '2026-11-02T13:30:00+01:00' }, [3]],
    ['nothing', { from: '2027-01-01' }, []],
  ])('takes a span: %s', async (_, span, seqs) => {
    const log = await logOf(...threeDays)
    const rows = (await exported({ ...log, ...span, format: 'jsonl' })).split('\n').filter(Boolean)
    expect(rows.map((row) => JSON.parse(row).seq)).toEqual(seqs)
  })

  it('reads a log of more rows than fit in a page', async () => {
    const log = await logOf(...Array.from({ length: 2300 }, (_, index) => ({ at: day('2026-11-01') + index })))
    expect((await exported({ ...log, format: 'jsonl' })).trimEnd().split('\n')).toHaveLength(2300)
  })

  it.each([
    [{ from: 'yesterday' }, /--from yesterday is no time. Write a day, 2026-11-24/],
    [{ to: '2026-13-01' }, /--to 2026-13-01 is no time/],
    [{ from: '2026-11-03', to: '2026-11-01' }, /is not after/],
  ])('refuses %o', async (span, message) => {
    const log = await logOf(...threeDays)
    const attempt = exported({ ...log, ...span, format: 'csv' })
    await expect(attempt).rejects.toThrow(message)
    await expect(attempt).rejects.toBeInstanceOf(UsageError)
  })
})
