import type { ReasonCode } from '../policy/reason-codes.ts'
import type { Decision, GateContext, ReleaseEvent } from './decision.ts'
import { endRelease, type FinalState } from './end-release.ts'
import { moved, ownLine } from './outcomes.ts'
import type { Release } from './release.ts'

/**
 * The run that carries a release out is over. One that built another commit than the approved one has failed however
 * it ended. So has one that did not say what it built, where that is asked for; elsewhere it is written down, and said.
 * A run that waited at a protection rule is GitHub's own for that very commit, so that its word is not needed.
 */
export function runEnded(
  release: Release,
  { conclusion, builtSha, backup }: Extract<ReleaseEvent, { readonly type: 'run_ended' }>,
  { policy }: GateContext,
  now: number,
): Decision {
  const end = (state: FinalState, reason: ReasonCode | null, text: string | null, isSaid = false): Decision => {
    const step = endRelease(release, state, null)
    return {
      release: step.release,
      effects: isSaid && text !== null ? [{ type: 'post_line', text }, ...step.effects] : step.effects,
      audit: ownLine('github', reason === null ? 'complete' : 'fail', reason, text),
      answer: null,
    }
  }
  const wentWell = (text: string | null): Decision => {
    if (!policy.shiftsTraffic || release.strategy === 'direct') {
      return end({ name: 'completed', at: now }, null, text, text !== null)
    }
    return {
      release: moved(release, { backup, state: { name: 'rolling_out', since: now } }),
      effects: [...(text === null ? [] : ([{ type: 'post_line', text }] as const)), { type: 'open_rollout' }],
      audit: ownLine('github', 'roll_out', null, text),
      answer: null,
    }
  }
  const fail = (reason: ReasonCode, detail: string) => end({ name: 'failed', at: now, reason, detail }, reason, detail)

  if (builtSha !== null && builtSha.toLowerCase() !== release.sha.toLowerCase()) {
    return fail('built_other_commit', `Built ${shown(builtSha)}, approved was ${release.sha}.`)
  }
  if (conclusion === 'cancelled') return fail('run_cancelled', 'The run was cancelled.')
  if (conclusion !== 'success') return fail('run_failed', `The run ended as ${shown(conclusion)}.`)
  if (builtSha !== null) return wentWell(null)
  const unsaid =
    'The run did not say which commit it built (the notice “sluice-built-sha” of docs/workflow-contract.md).'
  if (policy.requiresBuiltSha && release.mode === 'dispatch') return fail('built_unknown', unsaid)
  return wentWell(unsaid)
}

/** What a run says of itself comes from outside. */
function shown(text: string): string {
  return text.slice(0, 64).replace(/[^\w-]/g, ' ')
}
