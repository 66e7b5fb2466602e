/** After the end: nothing changes any more, and everybody who still presses is told how it ended. */
import type { ReasonCode } from '../policy/reason-codes.ts'
import type { Decision, ReleaseEvent } from './decision.ts'
import type { FinalState } from './end-release.ts'
import { noted, runAgain } from './on-github.ts'
import { moved, nothing, ownLine, refuse } from './outcomes.ts'
import type { Release } from './release.ts'
import { becauseOf } from './say.ts'
import { moment, person, quote } from './text-with-people.ts'

export function decideWhenEnded(release: Release, state: FinalState, event: ReleaseEvent): Decision {
  switch (event.type) {
    case 'approve':
    case 'reject':
    case 'withdraw':
    case 'cancel':
    case 'break_glass':
      return refuse(release, event, reasonFor(state), howItEnded(state))
    case 'run_started': {
      if (release.run?.id === event.run.id) return nothing(release)
      const text = `GitHub started run ${event.run.id} after all, though the release had ended. Look at it.`
      return said(release, text, state.name === 'failed' ? state.reason : null)
    }
    case 'start_failed': {
      // Only a rejection of a protection rule is still sent after the end.
      if (release.mode !== 'protection_rule') return nothing(release)
      return said(release, `GitHub did not take the answer: ${quote(event.detail)}`, event.reason)
    }
    case 'decided_elsewhere':
      // Our own rejection may come back as one of GitHub's reviews.
      if (event.decision !== 'started' || state.name === 'completed') return nothing(release)
      return noted(release, event, `${person(event.by)} let the run go on, on GitHub, though the release had ended.`)
    case 'run_again':
      return runAgain(release, event)
    case 'rollback_begun':
      return rollbackBegun(release, state, event.at)
    case 'expire':
    case 'remind':
    case 'refreshed':
    case 'try_start':
    case 'plan_checked':
    case 'start_postponed':
    case 'rule_answered':
    case 'run_ended':
    case 'supersede':
    case 'deployment_recorded':
    case 'rollout_ended':
      return nothing(release)
    default:
      return event satisfies never
  }
}

/** Of what was deployed, and of what failed on the way: its functions and its frontend may be live. */
function rollbackBegun(release: Release, state: FinalState, at: number): Decision {
  if (state.name !== 'completed' && state.name !== 'failed') return nothing(release)
  const since = Math.max(at, state.at)
  return nothing(moved(release, { state: { name: 'rolling_out', since } }))
}

function said(release: Release, text: string, reason: ReasonCode | null): Decision {
  return {
    release,
    effects: [{ type: 'post_line', text }],
    audit: ownLine('github', 'note', reason, text),
    answer: null,
  }
}

function reasonFor({ name }: FinalState): 'expired' | 'superseded' | 'already_decided' {
  return name === 'expired' || name === 'superseded' ? name : 'already_decided'
}

/** One sentence: how a release ended, by whom, and when. See text-with-people.ts. */
function howItEnded(state: FinalState): string {
  const at = moment(state.at)
  switch (state.name) {
    case 'completed':
      return `It was released at ${at}.`
    case 'rolled_back':
      return `${state.by === null ? 'It was rolled back' : `${person(state.by)} rolled it back`} at ${at}${becauseOf(state.why)}`
    case 'failed':
    case 'refused':
      return `It ${state.name === 'failed' ? 'failed' : 'was refused'} at ${at}${becauseOf(state.detail)}`
    case 'rejected':
      return `${person(state.by)} rejected it at ${at}${becauseOf(state.why)}`
    case 'expired':
      return `It expired at ${at}.`
    case 'superseded':
      return `Release ${state.byRelease} took its place at ${at}.`
    case 'cancelled':
      return `${state.by === null ? 'It was called off' : `${person(state.by)} called it off`} at ${at}${becauseOf(state.why)}`
    default:
      return state satisfies never
  }
}
