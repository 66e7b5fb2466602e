import type { ReasonCode } from '../policy/reason-codes.ts'
import type { Decision, ReleaseEvent } from './decision.ts'
import { endRelease, type FinalState } from './end-release.ts'
import { ownLine } from './outcomes.ts'
import type { Release } from './release.ts'

/**
 * The run that carries a release out is over. One that built another commit than the approved one has failed however
 * it ended. That a run did not say what it built is written down, and said.
 */
export function runEnded(
  release: Release,
  { conclusion, builtSha }: Extract<ReleaseEvent, { readonly type: 'run_ended' }>,
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
  const fail = (reason: ReasonCode, detail: string) => end({ name: 'failed', at: now, reason, detail }, reason, detail)

  if (builtSha !== null && builtSha.toLowerCase() !== release.sha.toLowerCase()) {
    return fail('built_other_commit', `Built ${shown(builtSha)}, approved was ${release.sha}.`)
  }
  if (conclusion === 'cancelled') return fail('run_cancelled', 'The run was cancelled.')
  if (conclusion !== 'success') return fail('run_failed', `The run ended as ${shown(conclusion)}.`)
  if (builtSha !== null) return end({ name: 'completed', at: now }, null, null)
  const unsaid = 'The run did not say which commit it built (a line “sluice-built-sha: <sha>”).'
  return end({ name: 'completed', at: now }, null, unsaid, true)
}

/** What a run says of itself comes from outside. */
function shown(text: string): string {
  return text.slice(0, 64).replace(/[^\w-]/g, ' ')
}
