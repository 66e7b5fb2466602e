/** While a release waits for approvals. */
import { approve } from './approve.ts'
import { breakGlass } from './break-glass.ts'
import { cancel, withdraw } from './call-off.ts'
import type { Decision, GateContext, ReleaseEvent } from './decision.ts'
import { endRelease } from './end-release.ts'
import { decidedElsewhere, endedOnGithub } from './on-github.ts'
import { nothing, ownLine, pressLine, refusal } from './outcomes.ts'
import { refreshed } from './refreshed.ts'
import { reject } from './reject.ts'
import type { Release, ReleaseState } from './release.ts'
import { moment } from './text-with-people.ts'

type AtGate = Extract<ReleaseState, { readonly name: 'awaiting_approval' }>

export function decideAtGate(release: Release, state: AtGate, event: ReleaseEvent, context: GateContext): Decision {
  // What GitHub says has happened there, whether our time is over or not.
  switch (event.type) {
    case 'decided_elsewhere':
      return decidedElsewhere(release, event)
    case 'run_ended':
      return release.mode === 'protection_rule' ? endedOnGithub(release, event) : nothing(release)
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
  }
  // The first event that sees the time over ends the gate, so that a clock that moves back cannot open it again.
  if (event.at >= state.expiresAt) return expire(release, state, event)
  const now = Math.max(event.at, state.since)
  switch (event.type) {
    case 'approve':
      return approve(release, event, context, now)
    case 'reject':
      return reject(release, event, context, now)
    case 'withdraw':
      return withdraw(release, event, context, now)
    case 'cancel':
      return cancel(release, event, context, now)
    case 'break_glass':
      return breakGlass(release, event, context, now)
    case 'refreshed':
      return refreshed(release, event, context, now)
    case 'supersede':
      return supersede(release, event.byRelease, now)
    case 'remind':
      return nothing(release, [{ type: 'remind_approvers' }])
    case 'expire':
    case 'try_start':
      return nothing(release)
    default:
      return event satisfies never
  }
}

function expire(release: Release, { expiresAt }: AtGate, event: ReleaseEvent): Decision {
  const said = `The gate was open until ${moment(expiresAt)} without a decision.`
  const step = endRelease(release, { name: 'expired', at: event.at }, `${said} Run the job again to ask again.`)
  if (!('press' in event)) return { ...step, audit: ownLine('sluice', 'expire', null, said), answer: null }
  const pressed = `Found at a press (${event.type}). ${said}`
  return { ...step, audit: pressLine(event.press, 'expire', 'expired', pressed), answer: refusal('expired', said) }
}

function supersede(release: Release, byRelease: string, now: number): Decision {
  const said = `Release ${byRelease} took its place.`
  const step = endRelease(release, { name: 'superseded', at: now, byRelease }, said)
  return { ...step, audit: ownLine('sluice', 'supersede', null, said), answer: null }
}
