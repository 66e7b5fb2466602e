import type { GatePolicy, RiskRule, RiskTrigger } from '../../policy/gate-policy.ts'
import type { Evidence } from '../evidence.ts'
import { compilePathGlobs } from './path-globs.ts'

/**
 * The risk rules that are in force for a release. What is not known counts as risk: a migration that could not be read,
 * and files beyond the end of the code host's list, which includes every first release.
 *
 * @param recentFailures - when releases of the environment failed or were rolled back (UTC milliseconds)
 * @param at - now, UTC milliseconds
 * @returns in the policy's order
 */
export function risksOf(
  evidence: Pick<Evidence, 'changes'>,
  policy: Pick<GatePolicy, 'risks'>,
  recentFailures: readonly number[],
  at: number,
): readonly RiskRule[] {
  return policy.risks.filter(({ when }) => isInForce(when, evidence, recentFailures, at))
}

function isInForce(
  when: RiskTrigger,
  { changes }: Pick<Evidence, 'changes'>,
  recentFailures: readonly number[],
  at: number,
): boolean {
  switch (when.type) {
    case 'destructive_migration':
      return (
        !changes.isFileListComplete ||
        changes.migrations.some(({ isRead, destructive }) => !isRead || destructive.length > 0)
      )
    case 'paths':
      return !changes.isFileListComplete || changes.paths.some(compilePathGlobs(when.globs))
    case 'changed_lines':
      return !changes.isFileListComplete || changes.additions + changes.deletions > when.moreThan
    case 'recent_failure':
      // One that lies in the future (clocks that disagree) is recent as well.
      return recentFailures.some((failedAt) => at - failedAt <= when.withinMs)
  }
}
