/** From the check of the plan over the start to the end of the run. */
import { cancel, withdraw } from './call-off.ts'
import type { Decision, GateContext, ReleaseEvent } from './decision.ts'
import { endRelease } from './end-release.ts'
import { decidedElsewhere, endedOnGithub, githubLine, noted, runAgain } from './on-github.ts'
import { moved, nothing, ownLine, refuse } from './outcomes.ts'
import { planChecked } from './plan-checked.ts'
import type { Release, ReleaseState } from './release.ts'
import { runEnded } from './run-ended.ts'
import { approvedBy } from './say.ts'
import { person, quote } from './text-with-people.ts'

type Preparing = Extract<ReleaseState, { readonly name: 'preparing' }>

export function decideWhilePreparing(
  release: Release,
  state: Preparing,
  event: ReleaseEvent,
  context: GateContext,
): Decision {
  const now = Math.max(event.at, state.since)
  const isChecking = state.phase === 'checking'
  const isStarting = state.phase === 'starting'
  const mayHaveStarted = isChecking && release.lostStarts > 0
  switch (event.type) {
    case 'approve':
    case 'reject': {
      const hint = event.type === 'reject' && isChecking ? ' Cancel it to call it off.' : ''
      return refuse(release, event, 'already_decided', `${approvedBy(release)}${hint}`)
    }
    case 'withdraw':
      return isChecking ? withdraw(release, event, context, now) : refuse(release, event, 'too_late')
    case 'cancel':
      if (isChecking) return cancel(release, event, context, now)
      return refuse(release, event, 'too_late', 'The run can be cancelled on GitHub.')
    case 'break_glass':
      return refuse(release, event, isChecking ? 'nothing_to_break' : 'too_late')
    case 'plan_checked':
      // A check that was asked for before the release went back to the gate says nothing about now.
      if (!isChecking || event.generation !== release.generation) return nothing(release)
      return planChecked(release, event, context, now)
    case 'try_start':
      if (!isChecking) return nothing(release)
      return nothing(release, [{ type: 'check_plan', generation: release.generation }])
    case 'run_started':
      if (!isStarting || release.mode !== 'dispatch') return nothing(release)
      return running(release, event.run, now)
    case 'rule_answered':
      // Known by another sign than GitHub's own answer, when that was lost.
      if (release.mode !== 'protection_rule' || !(isStarting || mayHaveStarted)) return nothing(release)
      return running(release, release.run, now)
    case 'start_failed':
      return isStarting ? startFailed(release, event, now) : notTaken(release, event)
    case 'start_postponed':
      return isStarting ? startPostponed(release, event, now) : nothing(release)
    case 'run_again':
      return isChecking || isStarting ? nothing(release) : runAgain(release, event)
    case 'run_ended':
      if (isChecking && !mayHaveStarted)
        return release.mode === 'protection_rule' ? endedOnGithub(release, event) : nothing(release)
      return runEnded(release, event, context, now)
    case 'decided_elsewhere':
      return isChecking ? decidedElsewhere(release, event) : decidedLate(release, event, now)
    case 'expire':
    case 'remind':
    case 'refreshed':
    case 'supersede':
    case 'deployment_recorded':
    case 'rollout_ended':
    case 'rollback_begun':
      return nothing(release)
    default:
      return event satisfies never
  }
}

function running(release: Release, run: Release['run'], now: number): Decision {
  return {
    release: moved(release, { run, state: { name: 'preparing', since: now, phase: 'running' } }),
    effects: release.mode === 'dispatch' ? [{ type: 'deployment_status', state: 'in_progress' }] : [],
    audit: ownLine('github', 'run', null, run === null ? null : `Run ${run.id}.`),
    answer: null,
  }
}

function startFailed(
  release: Release,
  { reason, detail }: Extract<ReleaseEvent, { readonly type: 'start_failed' }>,
  now: number,
): Decision {
  const step = endRelease(release, { name: 'failed', at: now, reason, detail }, null)
  return { ...step, audit: ownLine('github', 'fail', reason, detail), answer: null }
}

/** The run is on its way, and its job waits at a rule that did not take our answer. */
function notTaken(
  release: Release,
  { reason, detail }: Extract<ReleaseEvent, { readonly type: 'start_failed' }>,
): Decision {
  if (release.state.name !== 'preparing' || release.state.phase !== 'running') return nothing(release)
  const text = `GitHub did not take the answer to its protection rule: ${quote(detail)}`
  const audit = ownLine('github', 'note', reason, text)
  return { release, effects: [{ type: 'post_line', text }], audit, answer: null }
}

/** So many starts that GitHub may have taken and no run came of; then a person has to look. */
const maxLostStarts = 3

/** Back to the check: nothing has happened as far as can be told, so that it can be called off again, too. */
function startPostponed(
  release: Release,
  { at, afterMs, detail, mayHaveHappened }: Extract<ReleaseEvent, { readonly type: 'start_postponed' }>,
  now: number,
): Decision {
  const lostStarts = release.lostStarts + (mayHaveHappened ? 1 : 0)
  if (lostStarts >= maxLostStarts) {
    return startFailed({ ...release, lostStarts }, { type: 'start_failed', at, reason: 'start_unknown', detail }, now)
  }
  const next = moved(release, { lostStarts, state: { name: 'preparing', since: now, phase: 'checking' } })
  return {
    release: next,
    effects: [{ type: 'check_plan', generation: next.generation, afterMs }],
    audit: ownLine('sluice', 'check', null, `Not started yet: ${detail}`),
    answer: null,
  }
}

/** On GitHub's own page, after the start was asked for. */
function decidedLate(
  release: Release,
  event: Extract<ReleaseEvent, { readonly type: 'decided_elsewhere' }>,
  now: number,
): Decision {
  const isStarting = release.state.name === 'preparing' && release.state.phase === 'starting'
  const who = person(event.by)
  if (event.decision === 'approved') return noted(release, event, `${who} approved on GitHub’s own page.`)
  if (event.decision === 'started') {
    return isStarting && release.mode === 'protection_rule' ? running(release, release.run, now) : nothing(release)
  }
  const text = `${who} rejected it on GitHub’s own page.`
  // A run that is going on says itself how it ends; one that waits for our answer will not take it any more.
  if (!isStarting || release.mode === 'dispatch') return noted(release, event, text)
  const detail = 'Rejected on GitHub’s own page.'
  const step = endRelease(release, { name: 'failed', at: now, reason: 'decided_on_github', detail }, null)
  return {
    release: step.release,
    effects: [{ type: 'post_line', text }, ...step.effects],
    audit: githubLine(event, 'fail', detail),
    answer: null,
  }
}
