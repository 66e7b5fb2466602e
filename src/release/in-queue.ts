/** While an approved release waits for its turn, or for what is in its way to end. */
import { breakGlass } from './break-glass.ts'
import { cancel, withdraw } from './call-off.ts'
import type { Decision, GateContext, ReleaseEvent } from './decision.ts'
import { subjectOf, waitingGates } from './gates.ts'
import { goOn } from './go-on.ts'
import { decidedElsewhere, endedOnGithub } from './on-github.ts'
import { nothing, ownLine, refuse } from './outcomes.ts'
import { refreshed } from './refreshed.ts'
import type { Release, ReleaseState } from './release.ts'
import { approvedBy } from './say.ts'

type InQueue = Extract<ReleaseState, { readonly name: 'queued' }>

export function decideInQueue(release: Release, state: InQueue, event: ReleaseEvent, context: GateContext): Decision {
  const now = Math.max(event.at, state.since)
  switch (event.type) {
    case 'approve':
      return refuse(release, event, 'already_decided', approvedBy(release))
    case 'reject':
      return refuse(release, event, 'already_decided', `${approvedBy(release)} Cancel it to call it off.`)
    case 'withdraw':
      return withdraw(release, event, context, now)
    case 'cancel':
      return cancel(release, event, context, now)
    case 'break_glass':
      return breakGlass(release, event, context, now)
    case 'refreshed':
      return refreshed(release, event, context, now)
    case 'try_start':
      return tryStart(release, state, context, { now, at: event.at })
    case 'decided_elsewhere':
      return decidedElsewhere(release, event)
    case 'run_ended':
      return release.mode === 'protection_rule' ? endedOnGithub(release, event) : nothing(release)
    case 'expire':
    case 'remind':
    case 'supersede':
    case 'plan_checked':
    case 'run_started':
    case 'start_failed':
    case 'start_postponed':
    case 'run_again':
    case 'rule_answered':
    case 'rollout_ended':
    case 'rollback_begun':
    case 'deployment_recorded':
      return nothing(release)
    default:
      return event satisfies never
  }
}

function tryStart(
  release: Release,
  state: InQueue,
  context: GateContext,
  time: { readonly now: number; readonly at: number },
): Decision {
  const held = waitingGates(subjectOf(release), context, time.at).find((gate) => gate.state === 'closed')
  if (held?.name === state.waitsFor) return nothing(release)
  const step = goOn(release, context, time)
  const audit =
    held === undefined
      ? ownLine('sluice', 'check', null, 'Nothing is in the way any more: the plan is being checked.')
      : ownLine('sluice', 'queue', null, held.sentence)
  return { ...step, audit, answer: null }
}
