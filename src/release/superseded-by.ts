import type { GatePolicy } from '../policy/gate-policy.ts'
import type { Release } from './release.ts'

/**
 * The releases that a newly opened one takes the place of: those of the same repository and environment that still wait
 * at the gate, if the environment is configured so. Approved ones keep their place in the queue.
 */
export function supersededBy<Other extends Pick<Release, 'id' | 'repository' | 'environment' | 'state'>>(
  newer: Release,
  open: readonly Other[],
  policy: Pick<GatePolicy, 'supersedes'>,
): readonly Other[] {
  if (!policy.supersedes || newer.state.name === 'refused') return []
  return open.filter(
    (release) =>
      release.id !== newer.id &&
      release.repository.toLowerCase() === newer.repository.toLowerCase() &&
      release.environment === newer.environment &&
      release.state.name === 'awaiting_approval',
  )
}
