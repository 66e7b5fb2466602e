import { join } from 'node:path'
import { Writable } from 'node:stream'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { exportLog, verifyLog } from '../../src/cli/audit.ts'
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

describe('sluice audit export', () => {
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
