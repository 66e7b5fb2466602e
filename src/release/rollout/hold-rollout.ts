/** Stops a rollout's clock, not its watching, and sees to it that somebody hears of a hold that nobody ends. */
import type { Identity } from '../../policy/identity.ts'
import type { ReasonCode } from '../../policy/reason-codes.ts'
import { activeOf, type Move, moved, nothing, own, timeOf } from './moves.ts'
import { startRollback } from './roll-back.ts'
import { type ActivePhase, type Hold, highestPercent, type Rollout } from './rollout.ts'
import type { RolloutContext, RolloutDecision, RolloutEffect } from './rollout-decision.ts'
import { holdSentence } from './say-rollout.ts'

export interface HoldCause {
  readonly reason: ReasonCode | null
  readonly by: Identity | null
  readonly detail: string | null
  readonly endsByItself?: boolean
  readonly isPaging?: boolean
}

/** Up to here a hold that ran out is rolled back, in percent; above it people are called instead. */
const rollsBackUpTo = 25

/** Holds it; what is held already gets another reason, and goes back to the same as before. */
export function holdRollout(rollout: Rollout, cause: HoldCause, context: RolloutContext, now: number): Move {
  const active = activeOf(rollout.phase)
  if (active === null) return { rollout, effects: [] }
  const { remindAfterMs, limitMs } = context.hold
  const hold: Hold = {
    reason: cause.reason,
    by: cause.by,
    detail: cause.detail,
    endsByItself: cause.endsByItself ?? false,
    since: now,
    remindAt: now + remindAfterMs,
    limitAt: limitMs === null ? null : now + limitMs,
  }
  const next = moved(rollout, now, { phase: { name: 'held', since: now, hold, from: asBegun(active) } })
  const sentence = holdSentence(hold)
  const effects: RolloutEffect[] = []
  if (active.name === 'setting') effects.push({ type: 'cancel_calls', before: next.generation })
  effects.push(
    { type: 'post_line', text: `Held at ${rollout.confirmed} %. ${sentence}` },
    { type: 'timer', timer: 'hold_reminder', at: hold.remindAt },
  )
  if (hold.limitAt !== null) effects.push({ type: 'timer', timer: 'hold_limit', at: hold.limitAt })
  if (cause.isPaging === true && cause.reason !== null)
    effects.push({ type: 'page', reason: cause.reason, text: sentence })
  return { rollout: next, effects }
}

/** As a decision of Sluice's own. */
export function holdByItself(
  rollout: Rollout,
  cause: Omit<HoldCause, 'by'>,
  context: RolloutContext,
  now: number,
): RolloutDecision {
  return own(holdRollout(rollout, { ...cause, by: null }, context, now), 'hold', cause.reason, cause.detail)
}

/** From the beginning of what was interrupted. */
function asBegun(active: ActivePhase): ActivePhase {
  if (active.name === 'setting') return { ...active, stage: 'reading', attempts: 0 }
  return active.name === 'preflight' ? { ...active, attempts: 0 } : active
}

export function remindOfHold(rollout: Rollout, at: number, context: RolloutContext): RolloutDecision {
  const { phase } = rollout
  if (phase.name !== 'held') return nothing(rollout)
  const now = timeOf(rollout, at)
  // Of a hold before this one, or a clock that went back: the timer is set for this one.
  if (now < phase.hold.remindAt) {
    return nothing(rollout, [{ type: 'timer', timer: 'hold_reminder', at: phase.hold.remindAt }])
  }
  const remindAt = now + context.hold.remindAfterMs
  const text = `Still held at ${rollout.confirmed} %. ${holdSentence(phase.hold)}`
  const next = { ...rollout, phase: { ...phase, hold: { ...phase.hold, remindAt } } }
  const effects: RolloutEffect[] = [
    { type: 'remind_holder', by: phase.hold.by, text },
    { type: 'timer', timer: 'hold_reminder', at: remindAt },
  ]
  return own({ rollout: next, effects }, 'remind', phase.hold.reason, text)
}

/**
 * Whether a hold that runs out is rolled back, or people are called. Time alone rolls back only while the new version has
 * little of the traffic, not for want of answers, and not to an old version that is not well.
 */
export function rollsBackWhenItRunsOut(rollout: Rollout, { reason, endsByItself }: Hold): boolean {
  return highestPercent(rollout) <= rollsBackUpTo && !endsByItself && reason !== 'baseline_unhealthy'
}

export function holdRanOut(rollout: Rollout, at: number, context: RolloutContext): RolloutDecision {
  const { phase } = rollout
  if (phase.name !== 'held' || phase.hold.limitAt === null) return nothing(rollout)
  const now = timeOf(rollout, at)
  if (now < phase.hold.limitAt) {
    return nothing(rollout, [{ type: 'timer', timer: 'hold_limit', at: phase.hold.limitAt }])
  }
  if (rollsBackWhenItRunsOut(rollout, phase.hold)) {
    const detail = holdSentence(phase.hold)
    const move = startRollback(rollout, { reason: 'hold_ran_out', by: null, why: detail }, now)
    return own(move, 'roll_back', 'hold_ran_out', detail)
  }
  const limitAt = now + (context.hold.limitMs ?? context.hold.remindAfterMs)
  const text = `Held at ${rollout.confirmed} % for too long: it has to be decided by a person. ${holdSentence(phase.hold)}`
  const next = { ...rollout, phase: { ...phase, hold: { ...phase.hold, limitAt } } }
  const effects: RolloutEffect[] = [
    { type: 'page', reason: 'hold_ran_out', text },
    { type: 'timer', timer: 'hold_limit', at: limitAt },
  ]
  return own({ rollout: next, effects }, 'page', 'hold_ran_out', text)
}
