import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type SimulatedSupabase,
  type SimulatedSupabaseOptions,
  startSimulatedSupabase,
} from '../../sandbox/supabase/simulated-supabase.ts'
import { Secret } from '../../src/config/secret.ts'
import { type AuditMirroring, startAuditMirroring } from '../../src/engine/audit-mirroring.ts'
import type { Clock } from '../../src/engine/clock.ts'
import { supabaseAuditMirror } from '../../src/providers/supabase/audit-mirror.ts'
import { type AuditEntry, appendAudit } from '../../src/store/audit.ts'
import type { Store } from '../../src/store/open-store.ts'
import { temporaryStore } from '../store/temporary-store.ts'

const startMs = Date.parse('2026-11-24T10:00:00Z')

const entry = (n: number, at = startMs): AuditEntry => ({
  at,
  actor: { type: 'sluice' },
  action: 'request',
  object: `release:${n}`,
  sha: null,
  evidenceDigest: null,
  reasonCode: null,
  reasonText: null,
  client: 'sluice',
})

/** Time that moves only from one look of the mirroring to its next. */
function steppedClock() {
  let now = startMs
  let pending: { readonly ms: number; readonly run: () => void } | null = null
  let onPending: () => void = () => {}
  const clock: Clock = {
    now: () => now,
    after(ms, run) {
      pending = { ms, run }
      onPending()
      return () => {
        pending = null
      }
    },
  }
  /** Resolves when the mirroring waits, to how long it means to, in ms. */
  const waits = () =>
    new Promise<number>((resolve) => {
      const look = () => {
        if (pending !== null) resolve(pending.ms)
      }
      onPending = look
      look()
    })
  return {
    clock,
    waits,
    /** Lets the wait be over, and resolves to the next one. */
    async step(): Promise<number> {
      const ms = await waits()
      const run = pending?.run
      pending = null
      now += ms
      run?.()
      return await waits()
    },
    isPending: () => pending !== null,
  }
}

interface World extends ReturnType<typeof steppedClock> {
  readonly supabase: SimulatedSupabase
  readonly store: Store
  readonly told: { readonly id: string; readonly text: string }[]
  append(from: number, to: number): Promise<void>
  mirroring(): AuditMirroring
  restart(): Promise<void>
  seqs(): readonly number[]
}

async function start(options: SimulatedSupabaseOptions & { readonly rows?: number } = {}): Promise<World> {
  const stepped = steppedClock()
  const { clock } = stepped
  const supabase = await startSimulatedSupabase({ clock, ...options })
  const { store, raw } = temporaryStore()
  const told: { id: string; text: string }[] = []
  const append = (from: number, to: number) =>
    store.transaction(async (tx) => {
      for (let n = from; n <= to; n++) await appendAudit(tx, entry(n))
    })
  await append(1, options.rows ?? 3)
  const begin = () =>
    startAuditMirroring({
      store,
      mirror: supabaseAuditMirror({
        url: supabase.url,
        table: 'sluice_audit',
        key: new Secret(supabase.auditKey),
        publishableKey: new Secret(supabase.publishableKey),
        timeoutMs: 2000,
      }),
      engine: { tellFallback: async (id, { text }) => void told.push({ id, text }) },
      clock,
      log: { info: () => {}, warn: () => {}, error: () => {} },
      random: () => 0.5,
    })
  let mirroring = begin()
  onTestFinished(async () => {
    await mirroring.stop()
    await supabase.stop()
    raw.close()
  })
  return {
    ...stepped,
    supabase,
    store,
    told,
    append,
    mirroring: () => mirroring,
    async restart() {
      await mirroring.stop()
      mirroring = begin()
    },
    seqs: () => supabase.rows().map(({ seq }) => seq),
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('the mirror of the audit log', () => {
  it('gets what there is, in batches, and then what comes', async () => {
    const world = await start({ rows: 1203 })
    expect(await world.waits()).toBe(5000)
    expect(world.seqs()).toEqual(upTo(1203))
    expect(world.supabase.calls.map(({ rows }) => rows)).toEqual([500, 500, 203])
    await world.step()
    expect(world.supabase.calls).toHaveLength(3)
    await world.append(1204, 1205)
    expect(await world.mirroring().lag()).toEqual({ rows: 2, ms: 10_000 - 5000 })
    await world.step()
    expect(world.seqs()).toEqual(upTo(1205))
    expect(await world.mirroring().lag()).toEqual({ rows: 0, ms: 0 })
  })

  it('goes on after a restart where it was', async () => {
    const world = await start()
    await world.waits()
    await world.append(4, 4)
    await world.restart()
    await world.waits()
    expect(world.supabase.calls.map(({ rows }) => rows)).toEqual([3, 1])
  })

  it('waits longer and longer while there is an outage, and catches up after it', async () => {
    const world = await start({ rows: 0 })
    await world.waits()
    world.supabase.outage(true)
    await world.append(1, 3)
    const waits = []
    for (let look = 0; look < 11; look++) waits.push(await world.step())
    expect(waits.slice(0, 4)).toEqual([750, 1500, 3000, 6000])
    expect(waits.at(-1)).toBe(225_000)
    expect((await world.mirroring().lag()).rows).toBe(3)
    world.supabase.outage(false)
    expect(await world.step()).toBe(5000)
    expect(world.seqs()).toEqual([1, 2, 3])
    expect(world.told).toEqual([])
  })

  it('waits for as long as it is asked to', async () => {
    const world = await start({ rows: 0 })
    await world.waits()
    world.supabase.failNext({ kind: 'rate_limited', retryAfterSeconds: 42 })
    await world.append(1, 1)
    expect(await world.step()).toBe(42_000)
    expect(await world.step()).toBe(5000)
    expect(world.seqs()).toEqual([1])
  })

  it.each([true, false])('takes rows for mirrored whose answer was lost (with the trigger: %s)', async (hasTrigger) => {
    const world = await start({ rows: 0, hasTrigger })
    await world.waits()
    world.supabase.failNext({ kind: 'reset_after' })
    await world.append(1, 4)
    expect(await world.step()).toBe(750)
    await world.append(5, 6)
    expect(await world.step()).toBe(5000)
    expect(world.seqs()).toEqual(upTo(6))
    await world.append(7, 9)
    await world.step()
    expect(world.supabase.calls.at(-1)?.rows).toBe(3)
    expect(world.seqs()).toEqual(upTo(9))
  })

  it('tells people once a day when its key is no longer good, and goes on when it is again', async () => {
    const world = await start({ rows: 0 })
    await world.waits()
    world.supabase.failNext({ kind: 'not_found_empty' })
    await world.append(1, 1)
    expect(await world.step()).toBe(300_000)
    expect(world.told).toEqual([
      { id: 'audit_mirror:rejected:2026-11-24', text: expect.stringMatching(/does not take rows: HTTP 404\./) },
    ])
    expect(await world.step()).toBe(5000)
    expect(world.seqs()).toEqual([1])
    world.supabase.rotateKeys()
    await world.append(2, 2)
    expect(await world.step()).toBe(300_000)
    expect(world.told.at(-1)?.id).toBe('audit_mirror:unauthorized:2026-11-24')
  })

  it('tells people when the copy holds another row than the log', async () => {
    const world = await start()
    await world.waits()
    world.supabase.overwrite({ seq: 3, hash: 'forged', previous_hash: '' })
    await world.append(4, 4)
    expect(await world.step()).toBe(300_000)
    expect(world.told).toEqual([
      {
        id: 'audit_mirror:differs:2026-11-24',
        text: expect.stringMatching(/does not fit the log: row 4 does not follow/),
      },
    ])
    expect(world.seqs()).toEqual([1, 2, 3])
  })

  it('tells people when the log is shorter than its copy', async () => {
    const world = await start()
    await world.waits()
    await world.mirroring().stop()
    await world.store.exclusively((database) => {
      database.exec('DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE seq = 3')
    })
    await world.restart()
    expect(await world.waits()).toBe(300_000)
    expect(world.told).toEqual([
      {
        id: 'audit_mirror:differs:2026-11-24',
        text: expect.stringMatching(/the log ends at row 2, the copy has row 3/),
      },
    ])
    expect(await world.mirroring().lag()).toEqual({ rows: 0, ms: 0 })
  })

  it('copies everything again to a table that has lost its rows', async () => {
    const world = await start()
    await world.waits()
    for (const seq of [1, 2, 3]) world.supabase.remove(seq)
    await world.append(4, 4)
    expect(await world.step()).toBe(750)
    expect(await world.step()).toBe(5000)
    expect(world.seqs()).toEqual([1, 2, 3, 4])
    expect(world.told).toEqual([])
  })

  it('stops at once, also in the middle of a call, and the next start does the rest', async () => {
    const world = await start({ rows: 0 })
    await world.waits()
    await world.mirroring().stop()
    expect(world.isPending()).toBe(false)
    world.supabase.failNext({ kind: 'hang' })
    await world.append(1, 2)
    await world.restart()
    await world.supabase.until(() => world.supabase.calls.length === 1, 'the call')
    await world.mirroring().stop()
    expect(world.isPending()).toBe(false)
    expect(world.told).toEqual([])
    await world.restart()
    await world.waits()
    expect(world.seqs()).toEqual([1, 2])
  })
})
