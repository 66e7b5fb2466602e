import type { ReleaseEffect } from './decision.ts'
import { moved, type Step } from './outcomes.ts'
import type { Release, ReleaseState } from './release.ts'
import { plainWords } from './text-with-people.ts'

export type FinalState = Extract<ReleaseState, { readonly at: number }>

/**
 * Ends a release and tidies up: the waiting protection rule gets its answer, GitHub's deployment record its last status,
 * and the next release its turn.
 *
 * @param rejection - what the protection rule is told; null when GitHub does not wait (any more)
 */
export function endRelease(release: Release, state: FinalState, rejection: string | null): Step {
  const { name } = release.state
  const effects: ReleaseEffect[] = []
  if (release.mode === 'protection_rule' && rejection !== null) {
    effects.push({ type: 'answer_rule', state: 'rejected', comment: plainWords(rejection) })
  }
  if (release.mode === 'dispatch' && (release.deploymentId !== null || release.approvedAt !== null)) {
    effects.push({ type: 'deployment_status', state: statusFor(state) })
  }
  if (name === 'queued' || name === 'preparing') effects.push({ type: 'environment_free' })
  effects.push({ type: 'post_story' })
  return { release: moved(release, { state }), effects }
}

function statusFor({ name }: FinalState): 'success' | 'failure' | 'inactive' {
  if (name === 'completed') return 'success'
  return name === 'failed' ? 'failure' : 'inactive'
}
