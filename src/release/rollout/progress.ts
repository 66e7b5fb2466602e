/** The way forward: checks, the weight, its window, checks, and the next step. */
import { holdRollout } from './hold-rollout.ts'
import { type Move, moved, unsureForMs } from './moves.ts'
import type { ActivePhase, Rollout, RolloutStep } from './rollout.ts'
import type { RolloutContext, RolloutEffect } from './rollout-decision.ts'
import { splitFor } from './traffic-split.ts'

export function stepAt(rollout: Rollout, index: number): RolloutStep {
  const step = rollout.steps[Math.max(0, Math.min(index, rollout.steps.length - 1))]
  if (step === undefined) throw new Error('A rollout has at least one step.')
  return step
}

/** Begins a step: a person's word first where one is asked for, then its checks, then its weight. */
export function enterStep(rollout: Rollout, index: number, context: RolloutContext, now: number): Move {
  const at = { ...rollout, stepIndex: index }
  if (isUnapproved(at, index)) {
    const waiting = moved(at, now, { phase: { name: 'before_check', index: 0, since: now } })
    const detail = `For ${stepAt(at, index).percent} %.`
    return holdRollout(waiting, { reason: 'step_needs_approval', by: null, detail }, context, now)
  }
  return beforeChecks(at, 0, now)
}

export function isUnapproved(rollout: Rollout, index: number): boolean {
  return stepAt(rollout, index).needsApproval && !rollout.approvedSteps.includes(index)
}

/** @param index - of the check to run next; after the last one the weight is set */
export function beforeChecks(rollout: Rollout, index: number, now: number): Move {
  const step = stepAt(rollout, rollout.stepIndex)
  const check = step.before[index]
  if (check === undefined) return step.isAnalysisOnly ? openWindow(rollout, now) : shift(rollout, step.percent, now)
  return {
    rollout: moved(rollout, now, { phase: { name: 'before_check', index, since: now } }),
    effects: [{ type: 'run_check', step: rollout.stepIndex, when: 'before', index, check }],
  }
}

/** Towards a weight: the split is read before it is written. */
export function shift(rollout: Rollout, percent: number, now: number, afterMs = 0): Move {
  const phase = { name: 'setting', percent, purpose: 'step', stage: 'reading', attempts: 0, since: now } as const
  const next = moved(rollout, now, { phase })
  return { rollout: next, effects: [readBeforeWrite(next, afterMs)] }
}

export function readBeforeWrite({ generation }: Rollout, afterMs: number): RolloutEffect {
  return { type: 'read_traffic', purpose: 'before_write', generation, afterMs }
}

/** Asks for the weight of the `setting` phase. Absolute, for every pool: it may be repeated. */
export function write(rollout: Rollout, now: number, afterMs = 0): Move {
  const { phase, pools } = rollout
  if (phase.name !== 'setting' || pools === null) return { rollout, effects: [] }
  const { generation } = rollout
  return {
    rollout: {
      ...rollout,
      movedAt: now,
      phase: { ...phase, stage: 'writing' },
      wanted: { percent: phase.percent, generation },
    },
    effects: [{ type: 'set_traffic', generation, afterMs, ...splitFor(pools, phase.percent) }],
  }
}

/** The weight was read back. */
export function confirm(rollout: Rollout, percent: number, now: number): Rollout {
  return {
    ...rollout,
    confirmed: percent,
    wanted: null,
    drift: null,
    watch: rollout.watch + 1,
    movedAt: now,
    failures: { ...rollout.failures, reads: 0 },
  }
}

/** Begins to observe the split that is in force, as the present step's. */
function openWindow(rollout: Rollout, now: number): Move {
  const { windowMs } = stepAt(rollout, rollout.stepIndex)
  const window = { stepIndex: rollout.stepIndex, openedAt: now, windowMs, extensionMs: 0 }
  const watch = rollout.watch + 1
  const next = moved(rollout, now, { window, watch, phase: { name: 'observing', since: now } })
  return { rollout: next, effects: [{ type: 'observe', watch }] }
}

/** After the weight of the step: its window, or what comes after one where it has none. */
export function observeStep(rollout: Rollout, context: RolloutContext, now: number): Move {
  const open = openWindow(rollout, now)
  return stepAt(rollout, rollout.stepIndex).windowMs > 0 ? open : windowOver(open.rollout, context, now)
}

export function windowOver(rollout: Rollout, context: RolloutContext, now: number): Move {
  return afterChecks(rollout, 0, context, now)
}

/** @param index - of the check to run next; after the last one comes the next step */
export function afterChecks(rollout: Rollout, index: number, context: RolloutContext, now: number): Move {
  const check = stepAt(rollout, rollout.stepIndex).after[index]
  if (check === undefined) return nextStep(rollout, context, now)
  return {
    rollout: moved(rollout, now, { phase: { name: 'after_check', index, since: now } }),
    effects: [{ type: 'run_check', step: rollout.stepIndex, when: 'after', index, check }],
  }
}

export function nextStep(rollout: Rollout, context: RolloutContext, now: number): Move {
  const next = rollout.stepIndex + 1
  if (next < rollout.steps.length) return enterStep(rollout, next, context, now)
  // After the end nobody looks any more: what may still be on its way is waited for, and then it is read once more.
  const afterMs = unsureForMs(rollout, now)
  return afterMs > 0 ? shift(rollout, rollout.confirmed, now, afterMs) : complete(rollout, now)
}

/** The old pool was enabled until now; what becomes of it is not the rollout's any more. */
function complete(rollout: Rollout, now: number): Move {
  return {
    rollout: moved(rollout, now, {
      phase: { name: 'completed', at: now },
      stopwatch: { ...rollout.stopwatch, endedAt: now },
    }),
    effects: [{ type: 'deployment_status', state: 'success' }, { type: 'environment_free' }, { type: 'post_story' }],
  }
}

/** Takes up what was interrupted by a hold. */
export function goOn(rollout: Rollout, from: ActivePhase, context: RolloutContext, now: number): Move {
  switch (from.name) {
    case 'preflight': {
      const next = moved(rollout, now, { phase: { ...from, attempts: 0, since: now } })
      const { generation } = next
      return { rollout: next, effects: [{ type: 'read_traffic', purpose: 'preflight', generation, afterMs: 0 }] }
    }
    case 'before_check':
      if (isUnapproved(rollout, rollout.stepIndex)) return enterStep(rollout, rollout.stepIndex, context, now)
      return beforeChecks(rollout, from.index, now)
    case 'setting':
      return from.purpose === 'restore' ? restore(rollout, now) : shift(rollout, from.percent, now)
    case 'observing': {
      const next = moved(rollout, now, { phase: { ...from, since: now } })
      return { rollout: next, effects: [{ type: 'observe', watch: next.watch }] }
    }
    case 'after_check':
      return afterChecks(rollout, from.index, context, now)
    default:
      return from satisfies never
  }
}

/** Writes the split that was confirmed last, whatever it is now. */
export function restore(rollout: Rollout, now: number): Move {
  const percent = rollout.confirmed
  const phase = { name: 'setting', percent, purpose: 'restore', stage: 'writing', attempts: 0, since: now } as const
  return write(moved(rollout, now, { phase, drift: null }), now)
}
