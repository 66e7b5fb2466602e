import { checkEnded } from './check-ended.ts'
import { pressed } from './presses.ts'
import { rollbackLegEnded } from './roll-back.ts'
import type { Rollout } from './rollout.ts'
import type { RolloutContext, RolloutDecision, RolloutEvent } from './rollout-decision.ts'
import { timerFired } from './timers.ts'
import { trafficRead, weightsSet } from './traffic-events.ts'
import { observed } from './watching.ts'
import { withOutcome } from './with-outcome.ts'

/**
 * Decides what one event does to a rollout. Pure: same input, same output. Every event has an outcome in every phase, and
 * after the end nothing changes any more.
 *
 * - A weight counts only when it was read back, and is read before it is written; the next one comes from the plan, never
 *   from what is live.
 * - A failing verdict, and whoever presses, rolls back from anywhere. What was asked for before that has no say afterwards.
 * - What is not known holds; it neither goes on nor back.
 *
 * @param rollout - before the event; not modified
 * @param event - what happened, with its time in `at` (UTC milliseconds)
 * @param context - the environment's rules at that moment
 * @returns the rollout after it, the calls to make in order, the line for the audit log, and the answer to a press
 */
export function decideRollout(rollout: Rollout, event: RolloutEvent, context: RolloutContext): RolloutDecision {
  const decision = withOutcome(rollout, decideByEvent(rollout, event, context))
  if (decision.rollout === rollout) return decision
  return { ...decision, rollout: { ...decision.rollout, revision: rollout.revision + 1 } }
}

function decideByEvent(rollout: Rollout, event: RolloutEvent, context: RolloutContext): RolloutDecision {
  switch (event.type) {
    case 'traffic_read':
      return trafficRead(rollout, event, context)
    case 'weights_set':
      return weightsSet(rollout, event, context)
    case 'observed':
      return observed(rollout, event, context)
    case 'check_ended':
      return checkEnded(rollout, event, context)
    case 'timer':
      return timerFired(rollout, event, context)
    case 'leg_ended':
      return rollbackLegEnded(rollout, event, context)
    case 'hold':
    case 'resume':
    case 'advance':
    case 'promote':
    case 'roll_back':
    case 'extend':
    case 'adopt':
    case 'restore':
    case 'approve_step':
    case 'done_by_hand':
      return pressed(rollout, event, context)
    default:
      return event satisfies never
  }
}
