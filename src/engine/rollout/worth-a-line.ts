import type { Rollout } from '../../release/rollout/rollout.ts'
import type { StoredCheck } from '../../store/rollouts.ts'

/**
 * Whether a check is told in the thread: what decides something, and a verdict that is another one than before. The card
 * shows each of them; a line a minute would bury what matters. A hold decides something once.
 */
export function isWorthALine(
  before: Rollout | null,
  rollout: Rollout,
  { decision }: Pick<StoredCheck, 'decision'>,
): boolean {
  const { type } = decision.outcome
  const isOld = type === 'continue' || (type === 'hold' && before?.phase.name === 'held')
  return !isOld || before?.verdict !== rollout.verdict
}
