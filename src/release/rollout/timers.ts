import { checkAgain } from './check-ended.ts'
import { holdByItself, holdRanOut, remindOfHold } from './hold-rollout.ts'
import { nothing, timeOf } from './moves.ts'
import { driveRollback } from './roll-back.ts'
import { isOver, isRollingBack, type Rollout } from './rollout.ts'
import type { RolloutContext, RolloutDecision, RolloutEffect, RolloutEvent } from './rollout-decision.ts'
import { askAgain } from './traffic-events.ts'

/** A call of which nothing is heard for so long is made again, in ms. */
const silenceMs = 60_000

export function timerFired(
  rollout: Rollout,
  { timer, at }: Extract<RolloutEvent, { readonly type: 'timer' }>,
  context: RolloutContext,
): RolloutDecision {
  if (isOver(rollout)) return nothing(rollout)
  switch (timer) {
    case 'tick':
      return tick(rollout, at, context)
    case 'hold_reminder':
      return remindOfHold(rollout, at, context)
    case 'hold_limit':
      return holdRanOut(rollout, at, context)
    default:
      return timer satisfies never
  }
}

/** Keeps a rollout moving: the next check, and again what nothing was heard of. */
function tick(rollout: Rollout, at: number, context: RolloutContext): RolloutDecision {
  const now = timeOf(rollout, at)
  const next: RolloutEffect = { type: 'timer', timer: 'tick', at: at + context.tickMs }
  const decision = driven(rollout, now, context)
  return { ...decision, effects: [next, ...decision.effects] }
}

function driven(rollout: Rollout, now: number, context: RolloutContext): RolloutDecision {
  if (isRollingBack(rollout)) {
    const move = driveRollback(rollout, now, false)
    return nothing(move.rollout, move.effects)
  }
  if (rollout.pools !== null && isUnwatched(rollout, now, context)) {
    const detail = 'No check has come in.'
    const cause = { reason: 'traffic_unreadable', detail, endsByItself: true, isPaging: true } as const
    return withCheck(holdByItself(rollout, cause, context, now))
  }
  const isSilent = now - rollout.movedAt >= silenceMs
  const { name } = rollout.phase
  if (isSilent && (name === 'preflight' || name === 'setting')) {
    const move = askAgain(rollout, now)
    return withCheck(nothing(move.rollout, move.effects))
  }
  if (isSilent && (name === 'before_check' || name === 'after_check')) {
    return withCheck(checkAgain(rollout, context, now))
  }
  return withCheck(nothing(rollout))
}

/** The window is open, and for long nobody has looked: it would never end. */
function isUnwatched({ phase, heardAt, movedAt }: Rollout, now: number, { analysis }: RolloutContext): boolean {
  return phase.name === 'observing' && now - Math.max(heardAt ?? 0, movedAt) >= analysis.source.pageAfterMs
}

function withCheck(decision: RolloutDecision): RolloutDecision {
  const { pools, watch } = decision.rollout
  if (pools === null || decision.effects.some(({ type }) => type === 'observe')) return decision
  return { ...decision, effects: [...decision.effects, { type: 'observe', watch }] }
}
