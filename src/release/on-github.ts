/** What happened on GitHub while we were (or were not) waiting: runs that ended, decisions on GitHub's own page. */
import type { Decision, ReleaseEvent } from './decision.ts'
import { endRelease } from './end-release.ts'
import { moved, nothing, ownLine } from './outcomes.ts'
import { isOpen, type Release } from './release.ts'
import { person, quote } from './text-with-people.ts'

type DecidedElsewhere = Extract<ReleaseEvent, { readonly type: 'decided_elsewhere' }>
type RunAgain = Extract<ReleaseEvent, { readonly type: 'run_again' }>
type RunEnded = Extract<ReleaseEvent, { readonly type: 'run_ended' }>

/** Before the answer was given: the gate follows what GitHub did, and calls nobody. */
export function decidedElsewhere(release: Release, event: DecidedElsewhere): Decision {
  // In `dispatch` mode nothing runs on GitHub yet that anybody could have decided about.
  if (release.mode === 'dispatch') return nothing(release)
  const who = person(event.by)
  const { decision } = event
  switch (decision) {
    case 'approved':
      return noted(release, event, `${who} approved on GitHub’s own page; the gate here is still open.`)
    case 'rejected': {
      const why = 'Rejected on GitHub’s own page.'
      const step = endRelease(release, { name: 'rejected', at: timeOf(release, event), by: event.by, why }, null)
      return {
        release: step.release,
        effects: [{ type: 'post_line', text: `${who} rejected it on GitHub’s own page.` }, ...step.effects],
        audit: githubLine(event, 'reject', why),
        answer: null,
      }
    }
    case 'started':
      return {
        release: moved(release, { state: { name: 'preparing', since: timeOf(release, event), phase: 'running' } }),
        effects: [{ type: 'post_line', text: `${who} let it through on GitHub’s own page, past the gate here.` }],
        audit: githubLine(event, 'run', 'Let through on GitHub’s own page, past the gate.'),
        answer: null,
      }
    default:
      return decision satisfies never
  }
}

/** Something that changes no state but that people have to know of. */
export function noted(release: Release, event: DecidedElsewhere, text: string): Decision {
  return { release, effects: [{ type: 'post_line', text }], audit: githubLine(event, 'note', text), answer: null }
}

/** Somebody presses "Re-run" on GitHub: no gate is in the way of that, so everybody who looks here hears of it. */
export function runAgain(release: Release, { attempt, by, conclusion }: RunAgain): Decision {
  const run = release.run === null ? 'The run' : `Run ${release.run.id}`
  const state = isOpen(release) ? '' : ', though this release had ended'
  // While the release is open, the end of its run is told as its own.
  if (conclusion !== null && isOpen(release)) return nothing(release)
  const who = by === null ? 'Somebody' : person(by)
  const text =
    conclusion === null
      ? `${who} started run ${release.run?.id ?? ''} again on GitHub (attempt ${attempt})${state}. No gate was asked.`
      : `${run} ended as ${quote(conclusion)} in attempt ${attempt}${state}. What it built has not been looked at.`
  const line = ownLine('github', 'note', 'decided_on_github', text)
  return {
    release,
    effects: [{ type: 'post_line', text }],
    audit: by === null ? line : { ...line, actor: by },
    answer: null,
  }
}

/** `protection_rule` mode: the run that waited for us ended before it was answered. */
export function endedOnGithub(release: Release, event: RunEnded): Decision {
  const why = `The run ended on GitHub (${quote(event.conclusion)}) before the gate was decided.`
  const step = endRelease(release, { name: 'cancelled', at: timeOf(release, event), by: null, why }, null)
  return { ...step, audit: ownLine('github', 'cancel', 'rule_gone', why), answer: null }
}

export function githubLine(
  { by }: DecidedElsewhere,
  action: 'reject' | 'run' | 'fail' | 'note',
  text: string,
): NonNullable<Decision['audit']> {
  return { ...ownLine('github', action, 'decided_on_github', text), actor: by }
}

/** Times in a state never go back. */
function timeOf({ state }: Release, { at }: { readonly at: number }): number {
  return 'since' in state ? Math.max(at, state.since) : at
}
