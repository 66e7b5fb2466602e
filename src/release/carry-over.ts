/**
 * Asking again is not a loop: approvals of an earlier release may count for a new one when what was approved is the
 * same, or differs only by commits that touch nothing of the service. Who may still approve is judged again when the
 * new release is opened (open-release.ts): authors of the new commits and people who lost their role drop out there.
 */
import type { GatePolicy } from '../policy/gate-policy.ts'
import { compilePathGlobs } from '../policy/path-globs.ts'
import { isSamePerson } from '../policy/same-person.ts'
import type { Evidence } from './evidence.ts'
import type { Plan } from './plan.ts'
import { planDifferences } from './plan-digest.ts'
import type { Approval, Release } from './release.ts'
import { takesMoreAway } from './taken-away.ts'

/** An approval older than this is not carried. */
export const carriedForMs = 24 * 3600_000

/** What differs between the commit of the earlier release and the new one. */
export interface CommitsBetween {
  readonly from: string
  readonly to: string
  /**
   * Every path whose content may differ, old names of renamed files included. When the new commit is not simply ahead
   * of the old one (a rebase), these are the paths of the comparisons in both directions.
   */
  readonly paths: readonly string[]
  readonly isComplete: boolean
}

/** The new release as far as carrying over has to know it. */
export interface CarryTarget {
  readonly plan: Plan
  readonly evidence: Evidence
  readonly policy: Pick<GatePolicy, 'paths' | 'supersedes'>
  readonly between: CommitsBetween | null
  /** When the new release is asked for, UTC milliseconds. */
  readonly at: number
}

/**
 * Approvals of an earlier release that may count for a new one, each marked with where it was given and why it holds.
 * None when the earlier one is still open, was rejected, called off by an approver, completed (its approvals are used
 * up), or built something else than was approved, and when the new one would take away what the earlier one did not. One that still waits at the gate hands its approvals on where the
 * environment lets the new release supersede it, which then has to happen together with the opening.
 *
 * @param earlier - the newest release of the same repository and environment before the new one: taking an older one
 *   could count an approval twice
 */
export function carriedApprovals(earlier: Release, target: CarryTarget): readonly Approval[] {
  if (!handsOn(earlier, target.policy.supersedes) || takesMoreAway(earlier.evidence, target.evidence)) return []
  const why = reasonToCarry(earlier.plan, target)
  if (why === null) return []
  return earlier.approvals
    .filter((approval) => Math.abs(target.at - approval.at) <= carriedForMs)
    .map((approval) => ({
      ...approval,
      carriedFrom: {
        releaseId: approval.carriedFrom?.releaseId ?? earlier.id,
        why: approval.carriedFrom?.why === 'untouched_paths' ? 'untouched_paths' : why,
      },
    }))
}

/**
 * Why approvals of one plan hold for another: `same_plan`, `untouched_paths` (only commit and artifacts differ, and no
 * path of the service does), or null when they do not.
 */
function reasonToCarry(
  earlier: Plan,
  { plan, policy, between }: Pick<CarryTarget, 'plan' | 'policy' | 'between'>,
): 'same_plan' | 'untouched_paths' | null {
  const differences = planDifferences(earlier, plan)
  if (differences.length === 0) return 'same_plan'
  if (!differences.every((part) => part === 'commit' || part === 'artifacts')) return null
  // Other artifacts of the very same commit are another build of it, which nobody has looked at.
  if (!differences.includes('commit')) return null
  if (between === null || !between.isComplete || policy.paths.length === 0) return null
  if (between.from !== earlier.sha || between.to !== plan.sha) return null
  return between.paths.some(compilePathGlobs(policy.paths)) ? null : 'untouched_paths'
}

function handsOn({ state, requester }: Release, supersedes: boolean): boolean {
  switch (state.name) {
    case 'awaiting_approval':
      return supersedes
    case 'expired':
    case 'superseded':
      return true
    case 'failed':
      return state.reason !== 'built_other_commit'
    case 'cancelled':
      return state.by === null || isSamePerson(state.by, requester)
    case 'queued':
    case 'preparing':
    case 'rolling_out':
    case 'completed':
    case 'rolled_back':
    case 'refused':
    case 'rejected':
      return false
    default:
      return state satisfies never
  }
}
