/**
 * What the engine does for rollouts, in memory and fast: inbox, outbox with its lanes, timers, and a process that may die
 * at any boundary between two of its steps. The rules are the real ones; what carries them out follows, step by step,
 * src/engine/rollout, src/engine/outbox-worker.ts and src/engine/timer-loop.ts. The engine itself is played in
 * gate-rollouts.test.ts, slower and less often.
 */
import { decideRollout } from '../../src/release/rollout/decide-rollout.ts'
import { openRollout } from '../../src/release/rollout/open-rollout.ts'
import { isOver, type Rollout } from '../../src/release/rollout/rollout.ts'
import type {
  RolloutContext,
  RolloutDecision,
  RolloutEffect,
  RolloutEvent,
} from '../../src/release/rollout/rollout-decision.ts'
import type { TrafficReading } from '../../src/release/traffic.ts'
import type { RolloutBooks } from './rollout-books.ts'
import {
  type Call,
  type CallingProcess,
  runName,
  SimulatedCalls,
  type StoredCall,
  type WithoutTime,
} from './rollout-calls.ts'
import { planOf } from './rollout-plans.ts'
import type { SimulatedServices } from './rollout-services.ts'
import type { SimulatedTime } from './rollout-time.ts'

interface StoredTimer {
  readonly releaseId: string
  readonly timer: Extract<RolloutEvent, { type: 'timer' }>['timer']
  dueAt: number
}

type NewArrival =
  | { readonly releaseId: string; readonly type: 'rollout'; readonly event: RolloutEvent }
  | { readonly releaseId: string; readonly type: 'try_start' }
  | { readonly releaseId: string; readonly type: 'run_ended' }
export type Arrival = NewArrival & { readonly at: number }

/** One release of the environment. */
export interface SimulatedRelease {
  readonly id: string
  state: 'waiting' | 'preparing' | 'rolling_out' | 'ended'
}

const longestWaitMs = { timers: 60_000, outbox: 30_000 } as const
const workflowTakesMs = 180_000

export class SimulatedEngine implements CallingProcess {
  // On disk.
  readonly releases: SimulatedRelease[] = []
  readonly rollouts = new Map<string, Rollout>()
  readonly inbox: Arrival[] = []
  readonly outbox: StoredCall[] = []
  readonly timers = new Map<string, StoredTimer>()
  isLocked = false
  // Of the process.
  isAlive = false
  private readonly busy = new Set<string>()
  private lookedAt = { timers: Number.POSITIVE_INFINITY, outbox: Number.POSITIVE_INFINITY }
  /** When each of the loops looks again at the latest, by the time that passes. */
  private alarmAt = { timers: Number.POSITIVE_INFINITY, outbox: Number.POSITIVE_INFINITY }
  private isHandling = false
  private fuse: { left: number; readonly awayMs: number } | null = null
  readonly calls: SimulatedCalls
  /** What was heard, to be heard again. */
  readonly heard: Arrival[] = []

  private readonly time: SimulatedTime
  private readonly books: RolloutBooks
  private readonly context: RolloutContext
  private readonly reopening: RolloutContext
  private readonly options: {
    readonly plan: number
    readonly hasHosts: boolean
    readonly isGone: boolean
    readonly isMeasured: boolean
  }

  constructor(
    time: SimulatedTime,
    services: SimulatedServices,
    books: RolloutBooks,
    context: RolloutContext,
    options: SimulatedEngine['options'],
  ) {
    this.time = time
    this.books = books
    this.context = context
    this.reopening = { ...context, isRollbackOpen: true }
    this.options = options
    this.calls = new SimulatedCalls(time, services, books, this, options)
  }

  start(): void {
    this.isAlive = true
    this.lookedAt = { timers: Number.POSITIVE_INFINITY, outbox: Number.POSITIVE_INFINITY }
    this.alarmAt = { timers: Number.POSITIVE_INFINITY, outbox: Number.POSITIVE_INFINITY }
    this.wakeAll()
  }

  /** The process lives on. */
  heal(): void {
    this.fuse = null
  }

  /** The process dies at the boundary with this number from now on. */
  dieAt(number: number, awayMs: number): void {
    this.fuse = { left: number, awayMs }
  }

  /** An event is written down, with the time of now. */
  arrive(arrival: NewArrival): void {
    const at = this.time.now()
    this.inbox.push(
      arrival.type === 'rollout' ? { ...arrival, at, event: { ...arrival.event, at } } : { ...arrival, at },
    )
    this.handleSoon()
  }

  unlock(): void {
    this.isLocked = false
    this.wakeQueue()
  }

  /** A boundary: whether the process lives on. */
  private survives(): boolean {
    const { fuse } = this
    if (fuse === null) return true
    fuse.left -= 1
    if (fuse.left >= 0) return true
    this.fuse = null
    this.isAlive = false
    this.isHandling = false
    this.busy.clear()
    this.time.life += 1
    this.books.onDeath()
    this.time.after(fuse.awayMs, null, () => this.start())
    return false
  }

  private ours(ms: number, run: () => void): void {
    this.time.after(ms, this.time.life, run)
  }

  private wakeAll(): void {
    this.handleSoon()
    this.lookAtOutbox()
    this.lookAtTimers()
  }

  // The processor: one event after the other, each in one transaction.

  private handleSoon(): void {
    if (this.isHandling || !this.isAlive || this.inbox.length === 0) return
    this.isHandling = true
    this.ours(0, () => this.handleNext())
  }

  private handleNext(): void {
    this.isHandling = false
    const [arrival] = this.inbox
    if (arrival === undefined || !this.survives()) return
    this.inbox.shift()
    this.handle(arrival)
    if (!this.survives()) return
    this.wakeAll()
  }

  private handle(arrival: Arrival) {
    const { releaseId, at } = arrival
    const release = this.releases.find(({ id }) => id === releaseId)
    if (release === undefined) return
    if (arrival.type === 'try_start') return this.tryStart(release)
    if (arrival.type === 'run_ended') {
      const { hasHosts, plan } = this.options
      release.state = 'rolling_out'
      const hosts = { functions: hasHosts, frontend: hasHosts }
      return this.apply(release, null, openRollout(planOf(plan, releaseId, hosts), this.context, at), at)
    }
    const before = this.rollouts.get(releaseId)
    if (before === undefined) return
    const { event } = arrival
    const isReopening = release.state === 'ended' && this.releases.at(-1) === release
    const isFree = !this.releases.some(({ state }) => state === 'preparing' || state === 'rolling_out')
    const decision = decideRollout(before, event, isReopening && isFree ? this.reopening : this.context)
    this.books.onDecision(before, event, decision)
    if (event.type !== 'timer' && !('press' in event)) this.heard.push(arrival)
    this.apply(release, before, decision, at)
  }

  private tryStart(release: SimulatedRelease): void {
    const isTaken = this.releases.some(({ state }) => state === 'preparing' || state === 'rolling_out')
    if (release.state !== 'waiting' || this.isLocked || isTaken) return
    release.state = 'preparing'
    this.time.after(workflowTakesMs, null, () => this.arrive({ type: 'run_ended', releaseId: release.id }))
  }

  private wakeQueue(): void {
    for (const { id, state } of this.releases) {
      if (state === 'waiting') this.arrive({ type: 'try_start', releaseId: id })
    }
  }

  private apply(release: SimulatedRelease, before: Rollout | null, decision: RolloutDecision, at: number): void {
    const { rollout, audit, effects } = decision
    this.rollouts.set(release.id, rollout)
    if (audit !== null) this.books.onAudit(release.id, audit)
    for (const effect of effects) this.queue(release.id, effect, at)
    if (isOver(rollout) && (before === null || !isOver(before))) release.state = 'ended'
    if (!isOver(rollout)) release.state = 'rolling_out'
    this.books.onApplied(this, rollout)
  }

  private queue(releaseId: string, effect: RolloutEffect, at: number) {
    const add = (lane: string, call: Call, notBefore = at) =>
      this.outbox.push({ releaseId, lane, call, notBefore, attempts: 0, startedAt: null })
    const addInstead = (lane: string, call: Call, afterMs: number) =>
      add(lane, call, Math.min(at + afterMs, this.replaceUnbegun(lane, releaseId)))
    switch (effect.type) {
      case 'read_traffic':
        return void addInstead(`read:${releaseId}`, effect, effect.afterMs)
      case 'set_traffic':
        return void addInstead('traffic', effect, effect.afterMs)
      case 'roll_back_leg':
        return void addInstead(`leg:${effect.leg}:${releaseId}`, effect, effect.afterMs)
      case 'observe': {
        const lane = `observe:${releaseId}`
        if (this.outbox.some((one) => one.lane === lane && one.startedAt === null)) return
        return void add(lane, effect)
      }
      case 'run_check': {
        const name = runName(releaseId, effect)
        const isQueued = this.outbox.some(
          ({ call, releaseId: of }) => call.type === 'run_check' && runName(of, call) === name,
        )
        if (!isQueued) add(`check:${releaseId}`, effect)
        return
      }
      case 'cancel_calls':
        return this.drop(releaseId, effect.before)
      case 'timer':
        return void this.timers.set(`${effect.timer}:${releaseId}`, {
          releaseId,
          timer: effect.timer,
          dueAt: effect.at,
        })
      case 'lock_environment':
        this.isLocked = true
        return
      case 'environment_free':
        return this.wakeQueue()
      case 'page':
      case 'remind_holder':
      case 'post_line':
      case 'post_story':
        return this.books.onTold(releaseId, effect, at)
      case 'record_verdict':
      case 'deployment_status':
        return
      default:
        return effect satisfies never
    }
  }

  /** @returns when the earliest of them was due */
  private replaceUnbegun(lane: string, releaseId: string): number {
    let dueAt = Number.POSITIVE_INFINITY
    for (let place = this.outbox.length - 1; place >= 0; place -= 1) {
      const stored = this.outbox[place]
      if (stored?.lane !== lane || stored.releaseId !== releaseId || stored.startedAt !== null) continue
      dueAt = Math.min(dueAt, stored.notBefore)
      this.outbox.splice(place, 1)
    }
    return dueAt
  }

  private drop(releaseId: string, before: number): void {
    const isDropped = ({ call, releaseId: of, startedAt }: StoredCall) =>
      of === releaseId &&
      startedAt === null &&
      (call.type === 'run_check' ||
        ((call.type === 'set_traffic' || call.type === 'read_traffic') && call.generation < before))
    const kept = this.outbox.filter((one) => !isDropped(one))
    this.outbox.splice(0, this.outbox.length, ...kept)
  }

  // The timers: each becomes an event once.

  private lookAtTimers(): void {
    if (!this.isAlive) return
    const now = this.time.now()
    if (now < this.lookedAt.timers) for (const timer of this.timers.values()) timer.dueAt = Math.min(timer.dueAt, now)
    this.lookedAt.timers = now
    let nextAt = now + longestWaitMs.timers
    for (const [id, timer] of this.timers) {
      if (timer.dueAt > now) {
        nextAt = Math.min(nextAt, timer.dueAt)
        continue
      }
      if (!this.survives()) return
      this.timers.delete(id)
      this.arrive({
        type: 'rollout',
        releaseId: timer.releaseId,
        event: { type: 'timer', at: now, timer: timer.timer },
      })
    }
    this.lookAgain('timers', Math.max(10, nextAt - now))
  }

  private lookAgain(loop: 'timers' | 'outbox', ms: number): void {
    const at = this.time.elapsed + ms
    if (this.alarmAt[loop] <= at) return
    this.alarmAt[loop] = at
    this.ours(ms, () => {
      if (this.alarmAt[loop] !== at) return
      this.alarmAt[loop] = Number.POSITIVE_INFINITY
      if (loop === 'timers') this.lookAtTimers()
      else this.lookAtOutbox()
    })
  }

  // The outbox: those of one lane one after the other, and lanes side by side.

  private lookAtOutbox(): void {
    if (!this.isAlive) return
    const now = this.time.now()
    // What waits for minutes waits for longer than any pause of the worker's own only when the clock was set back.
    if (now < this.lookedAt.outbox) {
      const later = this.lookedAt.outbox === Number.POSITIVE_INFINITY ? now + 300_000 : now
      for (const one of this.outbox) if (one.notBefore > later) one.notBefore = now
    }
    this.lookedAt.outbox = now
    let nextAt = now + longestWaitMs.outbox
    for (const [place, stored] of this.outbox.entries()) {
      if (stored.notBefore > now) {
        nextAt = Math.min(nextAt, stored.notBefore)
        continue
      }
      if (this.busy.has(stored.lane) || !this.isHead(stored.lane, place)) continue
      this.busy.add(stored.lane)
      this.ours(0, () => this.begin(stored))
    }
    this.lookAgain('outbox', nextAt - now)
  }

  private isHead(lane: string, place: number): boolean {
    for (let before = 0; before < place; before += 1) if (this.outbox[before]?.lane === lane) return false
    return true
  }

  private begin(stored: StoredCall) {
    if (!this.survives()) return
    // It may have been dropped since it was looked up.
    if (!this.outbox.includes(stored)) {
      this.busy.delete(stored.lane)
      return this.lookAtOutbox()
    }
    const startedAt = stored.startedAt
    stored.startedAt ??= this.time.now()
    if (!this.survives()) return
    this.ours(0, () => {
      if (this.survives()) this.perform(stored, startedAt)
    })
  }

  /** @param startedAt - when an attempt began before this one whose end is not known */
  private perform(stored: StoredCall, startedAt: number | null) {
    const rollout = this.rollouts.get(stored.releaseId)
    if (rollout === undefined) return this.settle(stored, null)
    this.calls.perform(stored, rollout, startedAt)
  }

  landed(releaseId: string, before: TrafficReading): void {
    this.books.onLanding(this, releaseId, before)
  }

  settle(stored: StoredCall, event: WithoutTime<RolloutEvent> | null): void {
    if (!this.survives()) return
    const place = this.outbox.indexOf(stored)
    if (place >= 0) this.outbox.splice(place, 1)
    this.busy.delete(stored.lane)
    // `arrive` puts the time to it.
    if (event !== null) this.arrive({ type: 'rollout', releaseId: stored.releaseId, event: event as RolloutEvent })
    this.lookAtOutbox()
  }

  retry(
    stored: StoredCall,
    ms: number,
    { counts, mayHaveHappened }: { readonly counts: boolean; readonly mayHaveHappened: boolean },
  ): void {
    if (!this.survives()) return
    stored.notBefore = this.time.now() + ms
    if (counts) stored.attempts += 1
    if (!mayHaveHappened) stored.startedAt = null
    this.busy.delete(stored.lane)
    this.lookAtOutbox()
  }
}
