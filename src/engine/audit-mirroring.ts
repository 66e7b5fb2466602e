/**
 * Keeps a mirror of the audit log up to date, beside everything else: it has a timer and a backoff of its own, and nobody
 * waits for it. How far it has come is in the store, so that it goes on there after an outage or a restart.
 */
import type { Logger } from 'pino'
import { auditMirrorNotice } from '../cards/audit-notices.ts'
import { auditHead, auditRowsAfter } from '../store/audit.ts'
import type { Store } from '../store/open-store.ts'
import { readSetting, type SettingKey, writeSetting } from '../store/settings.ts'
import type { AuditMirror, MirrorFailure } from './audit-mirror.ts'
import type { Clock } from './clock.ts'
import type { Engine } from './engine.ts'
import { backoffMs } from './outbox-worker.ts'

export interface AuditMirroring {
  /** How many rows are not there yet, and how old the oldest of them is, in ms. */
  lag(): Promise<{ readonly rows: number; readonly ms: number }>
  /** Gives up the call that is under way, and resolves when nothing is. */
  stop(): Promise<void>
}

/** Rows in one call: some 300 kB. */
const batchRows = 500
/** How often new rows are looked for, in ms. */
const lookMs = 5000
/** How long something is left alone that a person has to mend, in ms. */
const mendMs = 5 * 60_000

export function startAuditMirroring(options: {
  readonly store: Store
  readonly mirror: AuditMirror
  readonly engine: Pick<Engine, 'tellFallback'>
  readonly clock: Clock
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** In [0, 1); for jitter. */
  readonly random: () => number
}): AuditMirroring {
  const { store, mirror, engine, clock, log, random } = options
  const setting: SettingKey = `audit_mirrored:${mirror.place}`
  const stopping = new AbortController()
  let failures = 0
  /** How many of the next rows go one by one, because one of them is there already. */
  let oneByOne = 0
  let cancel: () => void = () => {}
  let running: Promise<void> = Promise.resolve()

  const mirrored = async () => Number((await readSetting(store.db, setting)) ?? 0)
  const note = (seq: number) => store.transaction((tx) => writeSetting(tx, setting, String(seq)))

  /** Sends what there is; resolves to how long to leave it alone then, in ms. */
  async function catchUp(): Promise<number> {
    for (;;) {
      const after = await mirrored()
      const rows = await auditRowsAfter(store.db, after, oneByOne > 0 ? 1 : batchRows)
      const last = rows.at(-1)
      if (last === undefined) return await endsAt(after)
      const result = await mirror.append(rows, stopping.signal)
      if (stopping.signal.aborted) return lookMs
      if (!result.ok && result.failure.type === 'exists' && rows.length > 1) {
        oneByOne = rows.length
        continue
      }
      if (!result.ok && result.failure.type !== 'exists') return await failed(result.failure, after)
      await note(last.seq)
      oneByOne = Math.max(0, oneByOne - 1)
      if (failures > 0) log.info({ place: mirror.place, row: last.seq }, 'the audit log is copied again')
      failures = 0
    }
  }

  async function endsAt(after: number): Promise<number> {
    const { rows } = await auditHead(store.db)
    if (after <= rows) return lookMs
    return await failed({ type: 'differs', detail: `the log ends at row ${rows}, the copy has row ${after}` }, after)
  }

  async function failed(failure: Exclude<MirrorFailure, { type: 'exists' }>, after: number): Promise<number> {
    failures += 1
    const about = { place: mirror.place, failure }
    switch (failure.type) {
      case 'rate_limited':
        return failure.retryAfterMs
      case 'unavailable':
        log.warn(about, 'the audit log cannot be copied now; trying again')
        return backoffMs(failures, random())
      case 'gap':
        if (after > 0) {
          log.warn(about, 'the copy of the audit log lacks rows that it had; copying it from the start')
          await note(0)
          return backoffMs(failures, random())
        }
        return await tell(failure)
      case 'differs':
      case 'unauthorized':
      case 'rejected':
        return await tell(failure)
      default:
        return failure satisfies never
    }
  }

  async function tell(failure: { readonly type: MirrorFailure['type']; readonly detail: string }): Promise<number> {
    log.error({ place: mirror.place, failure }, 'the audit log cannot be copied until somebody has mended this')
    const day = new Date(clock.now()).toISOString().slice(0, 10)
    const notice = auditMirrorNotice({
      place: mirror.place,
      differs: failure.type === 'differs',
      detail: failure.detail,
    })
    await engine.tellFallback(`audit_mirror:${failure.type}:${day}`, notice)
    return mendMs
  }

  function look(): void {
    running = catchUp()
      .catch((error: unknown) => {
        log.error({ err: error }, 'the audit log cannot be read or copied; trying again')
        return mendMs
      })
      .then((waitMs) => {
        if (!stopping.signal.aborted) cancel = clock.after(waitMs, look)
      })
  }
  look()

  return {
    async lag() {
      const after = await mirrored()
      const [{ rows }, [oldest]] = [await auditHead(store.db), await auditRowsAfter(store.db, after, 1)]
      return { rows: Math.max(0, rows - after), ms: oldest === undefined ? 0 : Math.max(0, clock.now() - oldest.at) }
    },
    async stop() {
      stopping.abort()
      cancel()
      await running
    },
  }
}
