import { decideAtGate } from './at-gate.ts'
import type { Decision, GateContext, ReleaseEvent } from './decision.ts'
import { decideInQueue } from './in-queue.ts'
import { nothing } from './outcomes.ts'
import type { Release } from './release.ts'
import { decideWhenEnded } from './when-ended.ts'
import { decideWhilePreparing } from './while-preparing.ts'
import { decideWhileRollingOut } from './while-rolling-out.ts'

/**
 * Decides what one event does to a release. Pure: same input, same output. Every event has an outcome in every state;
 * a final state never changes, but that what was released may be rolled back for a while.
 *
 * The start (`start_workflow`, `answer_rule` approved) is asked for in one place only, after `plan_checked`: the plan
 * is then the one that was approved, the evidence still good, the approvals complete, and nothing else in the way.
 *
 * A clock that moves back does no harm: a release expires when an event says that its time is over, and stays so; the
 * times that are written into a state never go back.
 *
 * @param release - before the event; not modified
 * @param event - what happened, with its time in `at` (UTC milliseconds)
 * @param context - the environment's rules and how it stands at that moment
 * @returns the release after it, the calls to make in order, the line for the audit log, and the answer to a press
 */
export function decide(release: Release, event: ReleaseEvent, context: GateContext): Decision {
  const decision = decideByState(release, event, context)
  if (decision.release === release) return decision
  return { ...decision, release: { ...decision.release, revision: release.revision + 1 } }
}

function decideByState(release: Release, event: ReleaseEvent, context: GateContext): Decision {
  if (event.type === 'deployment_recorded') return recordDeployment(release, event.deploymentId)
  switch (release.state.name) {
    case 'awaiting_approval':
      return decideAtGate(release, release.state, event, context)
    case 'queued':
      return decideInQueue(release, release.state, event, context)
    case 'preparing':
      return decideWhilePreparing(release, release.state, event, context)
    case 'rolling_out':
      return decideWhileRollingOut(release, release.state, event)
    case 'completed':
    case 'rolled_back':
    case 'failed':
    case 'refused':
    case 'rejected':
    case 'expired':
    case 'superseded':
    case 'cancelled':
      return decideWhenEnded(release, release.state, event)
    default:
      return release.state satisfies never
  }
}

/** Changes neither buttons nor state, so this may come late, after the end as well. */
function recordDeployment(release: Release, deploymentId: number): Decision {
  return nothing(release.deploymentId === deploymentId ? release : { ...release, deploymentId })
}
