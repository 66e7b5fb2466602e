import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type SimulatedSupabase,
  type SimulatedSupabaseOptions,
  startSimulatedSupabase,
} from '../../../sandbox/supabase/simulated-supabase.ts'
import { Secret } from '../../../src/config/secret.ts'
import type { AuditMirror } from '../../../src/engine/audit-mirror.ts'
import { type SupabaseAuditMirrorOptions, supabaseAuditMirror } from '../../../src/providers/supabase/audit-mirror.ts'
import { type AuditEntry, type AuditRecord, appendAudit, auditRowsAfter } from '../../../src/store/audit.ts'
import { temporaryStore } from '../../store/temporary-store.ts'

const entry = (n: number): AuditEntry => ({
  at: n,
  actor: { type: 'operator', id: 'U1', name: 'Ada “Ünï” 🚀', team: null, githubLogin: 'ada' },
  action: 'approve',
  object: 'release:1',
  sha: null,
  evidenceDigest: 'd1',
  reasonCode: null,
  reasonText: 'looks good',
  client: 'slack',
})

async function rowsOf(count: number): Promise<readonly AuditRecord[]> {
  const { store } = temporaryStore()
  await store.transaction(async (tx) => {
    for (let n = 1; n <= count; n++) await appendAudit(tx, entry(n))
  })
  return await auditRowsAfter(store.db, 0, count)
}

async function start(
  options: SimulatedSupabaseOptions = {},
  given: Partial<SupabaseAuditMirrorOptions> = {},
): Promise<{ readonly supabase: SimulatedSupabase; readonly mirror: AuditMirror }> {
  const supabase = await startSimulatedSupabase(options)
  onTestFinished(() => supabase.stop())
  const mirror = supabaseAuditMirror({
    url: supabase.url,
    table: 'sluice_audit',
    key: new Secret(supabase.auditKey),
    publishableKey: new Secret(supabase.publishableKey),
    ...given,
  })
  return { supabase, mirror }
}

const never = new AbortController().signal

describe('appending to the mirror', () => {
  it('puts the rows there as they are in the log', async () => {
    const { supabase, mirror } = await start()
    const rows = await rowsOf(3)
    expect(await mirror.append(rows, never)).toEqual({ ok: true })
    expect(supabase.rows()).toEqual(rows)
    expect(supabase.calls).toEqual([{ method: 'POST', status: 201, rows: 3 }])
  })

  it('counts rows as taken that are there already', async () => {
    const { supabase, mirror } = await start()
    const rows = await rowsOf(3)
    await mirror.append(rows.slice(0, 2), never)
    expect(await mirror.append(rows, never)).toEqual({ ok: true })
    expect(supabase.rows()).toEqual(rows)
  })

  it('says that rows are there in a table without the trigger, and adds none', async () => {
    const { supabase, mirror } = await start({ hasTrigger: false })
    const rows = await rowsOf(3)
    await mirror.append(rows.slice(0, 2), never)
    expect(await mirror.append(rows, never)).toEqual({ ok: false, failure: { type: 'exists' } })
    expect(supabase.rows()).toHaveLength(2)
  })

  it('tells a row that was changed there', async () => {
    const { supabase, mirror } = await start()
    const rows = await rowsOf(2)
    await mirror.append(rows, never)
    supabase.overwrite({ seq: 2, hash: 'forged', previous_hash: '' })
    expect(await mirror.append(rows, never)).toEqual({
      ok: false,
      failure: { type: 'differs', detail: `row 2 is in the copy with the hash forged, not ${rows[1]?.hash}` },
    })
  })

  it('tells a gap', async () => {
    const { mirror } = await start()
    const result = await mirror.append((await rowsOf(3)).slice(2), never)
    expect(result).toEqual({ ok: false, failure: { type: 'gap', detail: expect.stringMatching(/^row 2 is not/) } })
  })

  it.each([
    ['rate_limited', 7, { type: 'rate_limited', retryAfterMs: 7000 }],
    ['rate_limited', undefined, { type: 'rate_limited', retryAfterMs: 30_000 }],
    ['internal_error', undefined, { type: 'unavailable', detail: 'HTTP 500 XX000: internal error' }],
    ['bad_gateway', undefined, { type: 'unavailable', detail: expect.stringMatching(/^HTTP 502 .*Bad Gateway/) }],
    ['not_found_empty', undefined, { type: 'rejected', detail: 'HTTP 404' }],
    ['reset', undefined, { type: 'unavailable', detail: expect.stringMatching(/fetch failed/) }],
    ['reset_after', undefined, { type: 'unavailable', detail: expect.stringMatching(/fetch failed/) }],
    ['hang', undefined, { type: 'unavailable', detail: expect.stringMatching(/TimeoutError/) }],
  ] as const)('answers %s (%s) with what to do about it', async (kind, retryAfterSeconds, failure) => {
    const { supabase, mirror } = await start({}, { timeoutMs: 300 })
    supabase.failNext({ kind, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
    expect(await mirror.append(await rowsOf(1), never)).toEqual({ ok: false, failure })
    expect(supabase.calls).toHaveLength(1)
    expect(await mirror.append(await rowsOf(1), never)).toEqual({ ok: true })
  })

  it('gives up when it is told to', async () => {
    const { supabase, mirror } = await start()
    supabase.failNext({ kind: 'hang' })
    const stopping = new AbortController()
    const result = mirror.append(await rowsOf(1), stopping.signal)
    await supabase.until(() => supabase.calls.length === 1, 'the request')
    stopping.abort()
    expect(await result).toMatchObject({ ok: false, failure: { type: 'unavailable' } })
  })

  it('says when nobody answers at all', async () => {
    const { supabase, mirror } = await start()
    await supabase.stop()
    expect(await mirror.append(await rowsOf(1), never)).toMatchObject({ ok: false, failure: { type: 'unavailable' } })
  })
})

describe('a key that will not do', () => {
  it('is told when it has been replaced', async () => {
    const { supabase, mirror } = await start()
    supabase.rotateKeys()
    const detail = 'HTTP 401 PGRST301: No suitable key or wrong key type'
    expect(await mirror.append(await rowsOf(1), never)).toEqual({
      ok: false,
      failure: { type: 'unauthorized', detail },
    })
  })

  it('is told when it has expired', async () => {
    const { supabase } = await start()
    const key = new Secret(supabase.keyUntil(Date.now() - 60_000))
    const mirror = supabaseAuditMirror({
      url: supabase.url,
      table: 'sluice_audit',
      key,
      publishableKey: new Secret(supabase.publishableKey),
    })
    const detail = 'HTTP 401 PGRST303: JWT expired'
    expect(await mirror.append(await rowsOf(1), never)).toEqual({
      ok: false,
      failure: { type: 'unauthorized', detail },
    })
  })

  it.each([
    ['the gateway does not know', { publishableKey: null }, /Invalid API key/],
    ['belongs to nobody', { key: new Secret('sb_publishable_simulated') }, /permission denied for table sluice_audit/],
  ])('is told when it is one that %s', async (_name, given, message) => {
    const { mirror } = await start({}, given)
    const detail = expect.stringMatching(message)
    expect(await mirror.append(await rowsOf(1), never)).toEqual({
      ok: false,
      failure: { type: 'unauthorized', detail },
    })
  })

  it('never shows itself, not in a failure and not in the mirror', async () => {
    const { supabase, mirror } = await start({}, { table: 'elsewhere' })
    const result = await mirror.append(await rowsOf(1), never)
    expect(result).toMatchObject({
      ok: false,
      failure: { type: 'rejected', detail: expect.stringMatching(/PGRST205/) },
    })
    for (const shown of [inspect(result), inspect(mirror, { depth: 5 }), JSON.stringify(mirror)]) {
      expect(shown).not.toContain(supabase.auditKey)
      expect(shown).not.toContain(supabase.publishableKey)
    }
    expect(mirror.place).toBe(`${new URL(supabase.url).host}/elsewhere`)
  })
})

describe('the calls', () => {
  it('are counted by how they ended', async () => {
    const seen: string[] = []
    const { supabase, mirror } = await start({}, { onCall: (call) => seen.push(`${call.method} ${call.outcome}`) })
    supabase.failNext({ kind: 'unavailable' })
    await mirror.append(await rowsOf(1), never)
    await mirror.append(await rowsOf(1), never)
    expect(seen).toEqual(['insert unavailable', 'insert ok'])
  })
})
