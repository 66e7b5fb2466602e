import { isOver, type Rollout } from '../release/rollout/rollout.ts'
import { type ReleaseLook, releaseLook } from './release-looks.ts'

/** As much of a rollout as says how it looks. */
export type RolloutLookInput = Pick<Rollout, 'phase' | 'confirmed'>

/** How the state of a release looks and reads: that of its rollout while it has one under way. */
export function wholeLook(release: Parameters<typeof releaseLook>[0], rollout: RolloutLookInput | null): ReleaseLook {
  if (rollout === null || isOver(rollout) || release.state.name !== 'rolling_out') return releaseLook(release)
  const { phase, confirmed } = rollout
  switch (phase.name) {
    case 'held':
      return { symbol: '⏸️', word: `Held at ${confirmed} %`, task: 'pending' }
    case 'rolling_back':
      return { symbol: '⏪', word: 'Rolling back', task: 'in_progress' }
    case 'rollback_incomplete':
      return { symbol: '🚨', word: 'Rollback NOT complete', task: 'error' }
    case 'setting':
      return { symbol: '🚦', word: `Rolling out, ${confirmed} % to ${phase.percent} %`, task: 'in_progress' }
    default:
      return { symbol: '🚦', word: `Rolling out, ${confirmed} %`, task: 'in_progress' }
  }
}
