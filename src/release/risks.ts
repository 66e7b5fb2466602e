import type { GatePolicy, RiskTrigger } from '../policy/gate-policy.ts'
import { compilePathGlobs } from '../policy/path-globs.ts'
import type { Evidence } from './evidence.ts'

/**
 * Names of the risk rules that are in force. What could not be seen counts as risky: a migration that could not be
 * read, and a list of files that ended before all were seen.
 *
 * @param known.recentFailures - when releases of the environment failed or were rolled back (UTC milliseconds)
 * @param known.at - UTC milliseconds
 */
export function risksInForce(
  policy: Pick<GatePolicy, 'risks'>,
  evidence: Pick<Evidence, 'changes'>,
  known: { readonly recentFailures: readonly number[]; readonly at: number },
): readonly string[] {
  return policy.risks.filter(({ when }) => isInForce(when, evidence, known)).map(({ name }) => name)
}

function isInForce(
  when: RiskTrigger,
  { changes }: Pick<Evidence, 'changes'>,
  known: { readonly recentFailures: readonly number[]; readonly at: number },
): boolean {
  switch (when.type) {
    case 'destructive_migration':
      return (
        !changes.isFileListComplete ||
        changes.migrations.some(({ destructive, isRead }) => !isRead || destructive.length > 0)
      )
    case 'paths':
      return !changes.isFileListComplete || changes.paths.some(compilePathGlobs(when.globs))
    case 'changed_lines':
      return !changes.isFileListComplete || changes.additions + changes.deletions > when.moreThan
    case 'recent_failure':
      return known.recentFailures.some((failedAt) => known.at - failedAt <= when.withinMs)
    default:
      return when satisfies never
  }
}
