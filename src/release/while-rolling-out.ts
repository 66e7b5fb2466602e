/** While traffic is shifted or put back: the rollout decides, and the gate has nothing more to say. */
import type { Decision, ReleaseEvent } from './decision.ts'
import { noted, runAgain } from './on-github.ts'
import { moved, nothing, refuse } from './outcomes.ts'
import type { Release, ReleaseState } from './release.ts'
import { approvedBy } from './say.ts'
import { person } from './text-with-people.ts'

type RollingOut = Extract<ReleaseState, { readonly name: 'rolling_out' }>

export function decideWhileRollingOut(release: Release, state: RollingOut, event: ReleaseEvent): Decision {
  switch (event.type) {
    case 'approve':
    case 'reject':
    case 'break_glass':
      return refuse(
        release,
        event,
        'already_decided',
        `${approvedBy(release)} It is rolling out: hold it, or roll it back.`,
      )
    case 'withdraw':
    case 'cancel':
      return refuse(release, event, 'too_late', 'It is rolling out: hold it, or roll it back.')
    case 'rollout_ended': {
      const at = Math.max(event.at, state.since)
      // The rollout has called for what follows, and has its row in the audit log.
      return nothing(moved(release, { state: { ...event.end, at } }))
    }
    case 'run_again':
      return runAgain(release, event)
    case 'decided_elsewhere':
      if (event.decision !== 'rejected') return nothing(release)
      return noted(release, event, `${person(event.by)} rejected it on GitHub’s own page, though it is rolling out.`)
    case 'expire':
    case 'remind':
    case 'refreshed':
    case 'try_start':
    case 'plan_checked':
    case 'run_started':
    case 'start_failed':
    case 'start_postponed':
    case 'rule_answered':
    case 'run_ended':
    case 'supersede':
    case 'deployment_recorded':
    case 'rollback_begun':
      return nothing(release)
    default:
      return event satisfies never
  }
}
