/**
 * The calls of a rollout, as src/engine/rollout/perform-rollout.ts and run-check.ts make them, to simulated services.
 */
import { isOver, isRollingBack, type Rollout } from '../../src/release/rollout/rollout.ts'
import type { RolloutEffect, RolloutEvent } from '../../src/release/rollout/rollout-decision.ts'
import type { TrafficReading } from '../../src/release/traffic.ts'
import type { RolloutBooks } from './rollout-books.ts'
import type { SimulatedServices } from './rollout-services.ts'
import type { SimulatedTime } from './rollout-time.ts'

type CallType = 'read_traffic' | 'set_traffic' | 'observe' | 'run_check' | 'roll_back_leg'
export type Call = Extract<RolloutEffect, { readonly type: CallType }>
export type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never

export interface StoredCall {
  readonly releaseId: string
  readonly lane: string
  readonly call: Call
  notBefore: number
  attempts: number
  startedAt: number | null
}

/** What becomes of a call in the process that made it. */
export interface CallingProcess {
  /** @param event - what came of it; null for nothing */
  settle(stored: StoredCall, event: WithoutTime<RolloutEvent> | null): void
  retry(stored: StoredCall, ms: number, of: { readonly counts: boolean; readonly mayHaveHappened: boolean }): void
  /** The balancer has taken the order. */
  landed(releaseId: string, before: TrafficReading): void
}

const smokeTakesMs = 90_000
const listedAfterMs = 4_000

export class SimulatedCalls {
  /** When the last smoke test was asked for, by the time that passes. */
  beganRunAt = Number.NEGATIVE_INFINITY
  /** Smoke tests by name, with when they were begun. */
  private readonly runs = new Map<string, { readonly at: number; readonly result: 'passed' | 'failed' }>()
  private readonly time: SimulatedTime
  private readonly services: SimulatedServices
  private readonly books: RolloutBooks
  private readonly process: CallingProcess
  private readonly options: { readonly isGone: boolean; readonly isMeasured: boolean }

  constructor(
    time: SimulatedTime,
    services: SimulatedServices,
    books: RolloutBooks,
    process: CallingProcess,
    options: SimulatedCalls['options'],
  ) {
    this.time = time
    this.services = services
    this.books = books
    this.process = process
    this.options = options
  }

  /** @param startedAt - when an attempt began before this one whose end is not known */
  perform(stored: StoredCall, rollout: Rollout, startedAt: number | null) {
    const { call } = stored
    switch (call.type) {
      case 'read_traffic':
        return this.readTraffic(stored, call, rollout)
      case 'set_traffic':
        return this.setTraffic(stored, call, rollout, startedAt !== null)
      case 'observe':
        return this.observe(stored, rollout)
      case 'run_check':
        return this.runCheck(stored, call, rollout, startedAt)
      case 'roll_back_leg':
        return this.rollBackLeg(stored, call, rollout)
      default:
        return call satisfies never
    }
  }

  private readTraffic(stored: StoredCall, call: Extract<Call, { type: 'read_traffic' }>, rollout: Rollout) {
    if (isOver(rollout)) return this.process.settle(stored, null)
    const { purpose, generation } = call
    this.read((result) => this.process.settle(stored, { type: 'traffic_read', purpose, generation, result }))
  }

  private read(answered: (result: Extract<RolloutEvent, { type: 'traffic_read' }>['result']) => void): void {
    this.services.call(
      'router',
      () => this.services.reading(),
      (result) =>
        answered(result.ok ? { ok: true, reading: result.value } : { ok: false, detail: result.failure.type }),
    )
  }

  private setTraffic(
    stored: StoredCall,
    call: Extract<Call, { type: 'set_traffic' }>,
    rollout: Rollout,
    isRepeated: boolean,
  ) {
    const { generation, percents, disabled } = call
    if (isOver(rollout)) return this.process.settle(stored, null)
    const isWanted = isRollingBack(rollout)
      ? generation >= (rollout.rollback?.generation ?? 0)
      : rollout.wanted?.generation === generation
    if (!isWanted) {
      const result = { ok: false, detail: 'It is not wanted any more.', mayHaveHappened: true } as const
      return this.process.settle(stored, isRepeated ? { type: 'weights_set', generation, result, isRepeated } : null)
    }
    this.books.onSend(stored.releaseId, call, rollout)
    this.services.call(
      'router',
      (part) => {
        const before = this.services.reading()
        this.services.split({ percents, disabled }, part)
        this.process.landed(stored.releaseId, before)
        return this.services.reading()
      },
      (result) => {
        this.books.onAnswer()
        this.process.settle(stored, {
          type: 'weights_set',
          generation,
          isRepeated,
          result: result.ok
            ? { ok: true, reading: result.value }
            : {
                ok: false,
                detail: result.failure.type,
                mayHaveHappened: result.failure.type === 'unavailable' && result.failure.mayHaveHappened,
              },
        })
      },
    )
  }

  private observe(stored: StoredCall, rollout: Rollout) {
    const { pools, window, analysis, watch } = rollout
    if (isOver(rollout) || isRollingBack(rollout)) return this.process.settle(stored, null)
    const now = this.time.now()
    const since = analysis.lastTo ?? window?.openedAt ?? null
    const isDue = since !== null && pools !== null && window !== null && now > since
    const measure = (canary: string, from: number) =>
      this.options.isMeasured ? this.services.measure(canary, from, now) : { from, to: now, samples: {} }
    const observation = isDue ? measure(pools.canary, since) : null
    const look = (pool: string | undefined) =>
      pool === undefined || this.services.health[pool] !== false
        ? ({ ok: true } as const)
        : ({ ok: false, detail: `${pool} answers 500` } as const)
    const probes = { canary: look(pools?.canary), baseline: look(pools?.baseline) }
    this.read((traffic) =>
      this.process.settle(stored, { type: 'observed', watch, observation, traffic, probes, lastChange: null }),
    )
  }

  private rollBackLeg(stored: StoredCall, call: Extract<Call, { type: 'roll_back_leg' }>, rollout: Rollout) {
    if (!isRollingBack(rollout)) return this.process.settle(stored, null)
    const { leg, generation } = call
    if (this.options.isGone) {
      const result = { ok: false, detail: 'What was live before is not known.', isFinal: true } as const
      return this.process.settle(stored, { type: 'leg_ended', generation, leg, result })
    }
    this.services.call(
      'hosts',
      () => this.books.onRestored(stored.releaseId, leg),
      (result) =>
        this.process.settle(stored, {
          type: 'leg_ended',
          generation,
          leg,
          result: result.ok ? { ok: true } : { ok: false, detail: result.failure.type, isFinal: false },
        }),
    )
  }

  private runCheck(
    stored: StoredCall,
    call: Extract<Call, { type: 'run_check' }>,
    { phase, stepIndex }: Rollout,
    startedAt: number | null,
  ) {
    const { step, when, index, check } = call
    const active = phase.name === 'held' ? phase.from : phase
    const isAsked = active.name === (when === 'before' ? 'before_check' : 'after_check') && active.index === index
    if (!isAsked || step !== stepIndex) return this.process.settle(stored, null)
    const answer = (result: 'passed' | 'failed' | 'unknown') =>
      this.process.settle(stored, { type: 'check_ended', step, when, index, result, detail: null })
    if (check.type === 'http') {
      return this.services.call(
        'checks',
        () => this.services.check,
        (result) => {
          if (result.ok && result.value === 'passed') return answer('passed')
          if (stored.attempts + 1 >= 3) return answer('failed')
          this.process.retry(stored, 2_000, { counts: true, mayHaveHappened: false })
        },
      )
    }
    this.followRun(stored, runName(stored.releaseId, call), startedAt, answer)
  }

  private followRun(
    stored: StoredCall,
    name: string,
    startedAt: number | null,
    answer: (result: 'passed' | 'failed' | 'unknown') => void,
  ): void {
    const { services, time } = this
    const later = (mayHaveHappened: boolean, ms = 5_000) =>
      this.process.retry(stored, ms, { counts: false, mayHaveHappened })
    const find = () => {
      const run = this.runs.get(name)
      return run !== undefined && time.elapsed - run.at >= listedAfterMs ? run : null
    }
    services.call('checks', find, (found) => {
      if (!found.ok) return found.failure.type === 'rejected' ? answer('unknown') : later(startedAt !== null)
      if (found.value === null) {
        if (startedAt !== null) {
          const isOpen = time.now() - startedAt < 60_000
          return later(isOpen, isOpen ? undefined : 0)
        }
        const begin = () => {
          this.books.onRun(name)
          this.runs.set(name, { at: time.elapsed, result: services.check })
        }
        this.beganRunAt = time.elapsed
        return services.call('checks', begin, (started) => {
          if (started.ok) return later(true)
          const { failure } = started
          if (failure.type === 'unavailable') return later(failure.mayHaveHappened)
          return failure.type === 'rate_limited' ? later(false) : answer('unknown')
        })
      }
      const { at, result } = found.value
      if (time.elapsed - at < smokeTakesMs) return later(true)
      answer(result)
    })
  }
}

export function runName(releaseId: string, { step, when, index }: Extract<Call, { type: 'run_check' }>): string {
  return `${releaseId}-${when}-${step}-${index}`
}
