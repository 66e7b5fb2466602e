/** A rollout's world in short words: what was read, what was measured, who pressed. */
import { type AnalysisPolicy, defaultPolicy } from '../../../src/analysis/analysis-policy.ts'
import type { Observation } from '../../../src/analysis/samples.ts'
import type { Identity } from '../../../src/policy/identity.ts'
import { decideRollout } from '../../../src/release/rollout/decide-rollout.ts'
import { openRollout, type RolloutPlan } from '../../../src/release/rollout/open-rollout.ts'
import type { Rollout } from '../../../src/release/rollout/rollout.ts'
import type {
  RolloutContext,
  RolloutDecision,
  RolloutEffect,
  RolloutEvent,
  RolloutPress,
} from '../../../src/release/rollout/rollout-decision.ts'
import type { TrafficReading } from '../../../src/release/traffic.ts'
import { ada, aPolicy, hour, memberships, minute, oneLead, rita, t0 } from '../fixtures.ts'

const analysis: AnalysisPolicy = {
  ...defaultPolicy,
  metrics: defaultPolicy.metrics.filter(({ name }) => name === 'errors'),
  warmUp: { ms: 0, factor: 1 },
}

export function aRolloutContext(more: Partial<RolloutContext> = {}): RolloutContext {
  return {
    policy: aPolicy({ requesters: null, approvals: oneLead }),
    risks: [],
    requester: rita,
    authors: [],
    analysis,
    tickMs: minute,
    intervalMs: minute,
    probeFailures: 2,
    hold: { remindAfterMs: 30 * minute, limitMs: 60 * minute },
    isRollbackOpen: false,
    backup: null,
    byHand: { functions: [{ what: 'Deploy the old functions.', command: 'deploy' }] },
    ...more,
  }
}

const steps = [5, 25, 50].map((percent) => ({ percent, windowMs: 3 * minute }))

export function aPlan(more: Partial<RolloutPlan> = {}): RolloutPlan {
  return {
    releaseId: 'R1',
    environment: 'production',
    sha: 'a'.repeat(40),
    strategy: 'canary',
    steps: [...steps, { percent: 100, windowMs: 0 }],
    switchedOff: null,
    migrations: { count: 0, isSafeToRollBack: null, why: null },
    hosts: { functions: true, frontend: true },
    ...more,
  }
}

export type Health = TrafficReading['pools'][number]['health']

export function split(
  percent: number,
  more: { blue?: Health; green?: Health; off?: readonly string[]; affinity?: boolean; obstacles?: string[] } = {},
): TrafficReading {
  const { blue = 'healthy', green = 'healthy', off = [], affinity = false, obstacles = [] } = more
  return {
    pools: [
      { pool: 'blue', percent: 100 - percent, isEnabled: !off.includes('blue'), health: blue },
      { pool: 'green', percent, isEnabled: !off.includes('green'), health: green },
    ],
    obstacles,
    hasSessionAffinity: affinity,
  }
}

export type Quality = 'good' | 'bad' | 'unclear' | 'away' | 'silent'

/** Two thousand requests in the interval, split as they should be. */
export function measured(quality: Quality, percent: number, from: number, to: number): Observation {
  const canary = percent * 20
  const ratio = (canaryTotal: number, canaryBad: number, baselineTotal: number, baselineBad: number) =>
    ({
      type: 'ratio',
      canary: { total: canaryTotal, bad: canaryBad },
      baseline: { total: baselineTotal, bad: baselineBad },
    }) as const
  const samples = {
    good: ratio(canary * 100, 0, (2000 - canary) * 100, 0),
    bad: ratio(canary, Math.ceil(canary / 2), 2000 - canary, 0),
    unclear: ratio(1, 0, percent >= 100 ? 0 : Math.round((100 - percent) / percent), 0),
    away: { type: 'error', detail: 'timed out' } as const,
    silent: ratio(0, 0, 2000, 0),
  }
  return { from, to, samples: { errors: samples[quality] } }
}

export function press(rollout: Rollout, by: Identity = ada, more: Partial<RolloutPress> = {}): RolloutPress {
  return {
    id: 'P1',
    client: 'slack',
    by,
    // Read for this press, whenever it is made.
    memberships: memberships(by === ada ? ['SLEADS'] : [], { readAt: t0 + 1000 * hour }),
    seen: { generation: rollout.generation, step: rollout.stepIndex },
    ...more,
  }
}

/** One rollout, played event by event. */
export class Played {
  rollout: Rollout
  last: RolloutDecision
  at = t0
  readonly context: RolloutContext
  constructor(plan: Partial<RolloutPlan> = {}, context: Partial<RolloutContext> = {}) {
    this.context = aRolloutContext(context)
    this.last = openRollout(aPlan(plan), this.context, this.at)
    this.rollout = this.last.rollout
  }

  play(event: RolloutEvent): RolloutDecision {
    this.last = decideRollout(this.rollout, event, this.context)
    this.rollout = this.last.rollout
    return this.last
  }

  read(reading: TrafficReading, purpose: 'preflight' | 'before_write' | 'verify' = 'before_write'): RolloutDecision {
    const { generation } = this.rollout
    return this.play({ type: 'traffic_read', at: this.at, purpose, generation, result: { ok: true, reading } })
  }

  set(reading: TrafficReading): RolloutDecision {
    const { generation } = this.rollout
    return this.play({ type: 'weights_set', at: this.at, generation, result: { ok: true, reading } })
  }

  /** Begun, with its first weight read back. */
  toFirstStep(): this {
    this.read(split(0), 'preflight')
    this.read(split(0))
    this.set(split(this.rollout.steps[0]?.percent ?? 0))
    return this
  }

  check(
    quality: Quality,
    more: Partial<Extract<RolloutEvent, { type: 'observed' }>> = {},
    minutes = 1,
  ): RolloutDecision {
    const { confirmed, watch } = this.rollout
    const from = this.at
    this.at += minutes * minute
    return this.play({
      type: 'observed',
      at: this.at,
      watch,
      observation: confirmed > 0 ? measured(quality, confirmed, from, this.at) : null,
      traffic: { ok: true, reading: split(confirmed) },
      probes: { canary: { ok: true }, baseline: { ok: true } },
      lastChange: null,
      ...more,
    })
  }

  timer(timer: 'tick' | 'hold_reminder' | 'hold_limit', minutes: number): RolloutDecision {
    this.at += minutes * minute
    return this.play({ type: 'timer', at: this.at, timer })
  }

  rollBack(): RolloutDecision {
    return this.play({ type: 'roll_back', at: this.at, press: press(this.rollout), why: 'Looks wrong' })
  }

  legs(): void {
    const { generation } = this.rollout
    for (const leg of ['functions', 'frontend'] as const)
      this.play({ type: 'leg_ended', at: this.at, generation, leg, result: { ok: true } })
  }

  effects<T extends RolloutEffect['type']>(type: T): Extract<RolloutEffect, { type: T }>[] {
    return this.last.effects.filter((effect): effect is Extract<RolloutEffect, { type: T }> => effect.type === type)
  }
}
