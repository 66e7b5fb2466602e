/** How to get back to where an environment was: by one press from what was released last, by a release to anything older. */
import type { Release } from '../release/release.ts'
import type { ButtonInput } from './button.ts'
import { requestValue } from './button-values.ts'
import { openDeployAction } from './gate-actions.ts'
import type { RolloutGlance } from './gate-card-input.ts'
import { rollBackButton } from './rollout-buttons.ts'
import { name } from './spans.ts'
import { shortSha } from './subject.ts'

export type WayBack =
  /** This release is undone: what was live before it comes back. */
  | { readonly type: 'roll_back'; readonly glance: Pick<RolloutGlance, 'rollout' | 'rollbackWords'> }
  /** Its commit is released again, through the gate. */
  | { readonly type: 'release_again' }

type Subject = Pick<Release, 'repository' | 'environment' | 'strategy' | 'sha'>

export function wayBackButton(release: Subject, way: WayBack): ButtonInput {
  if (way.type === 'release_again') return releaseAgainButton(release)
  const button = rollBackButton({ release }, way.glance)
  const opensForm = button.confirm === undefined ? '…' : ''
  const text = `Roll ${shortSha(release.sha)} back in ${name(release.environment, 40)}${opensForm}`
  return { ...button, text }
}

/** Opens the form for an earlier release's commit. */
export function releaseAgainButton(release: Subject): ButtonInput {
  const { repository, environment, strategy, sha } = release
  return {
    action: openDeployAction,
    text: `Roll ${name(environment, 30)} back to ${shortSha(sha)}…`,
    value: requestValue({ repository, environment, strategy, ref: sha }),
  }
}
