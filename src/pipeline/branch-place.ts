import type { Fact } from './facts.ts'

/**
 * Where a commit stands among those of its branch: the greater `branchAt` is the newer commit, the greater
 * `committedAt` where they are equal (GitHub tells the time of a push in seconds). UTC milliseconds.
 */
export interface BranchPlace {
  /** When the commit became the tip of the branch; null when no fact tells. */
  readonly branchAt: number | null
  readonly committedAt: number | null
}

/**
 * By the push to the branch, the last one where a commit was pushed to it again. Without one by the first thing that
 * ran for the commit, which a push sets going within seconds. When we heard of it has no say: deliveries come late.
 */
export function placeOnBranch(facts: readonly Fact[], branch: string | null): BranchPlace {
  const pushes = facts.flatMap((fact) => (fact.type === 'push' && fact.branch === branch ? fact.at : []))
  const begun = facts.flatMap((fact) => beginningOf(fact) ?? [])
  const commit = facts.find((fact) => fact.type === 'commit')
  return {
    branchAt: pushes.length > 0 ? Math.max(...pushes) : earliest(begun),
    committedAt: commit?.type === 'commit' ? commit.at : null,
  }
}

function beginningOf(fact: Fact): number | null {
  switch (fact.type) {
    case 'run':
      return fact.createdAt ?? fact.startedAt
    case 'job':
    case 'check':
      return fact.startedAt
    case 'status':
      return fact.updatedAt
    case 'deployment':
    case 'deployment_status':
      return fact.createdAt
    case 'review':
      return fact.at
    // A pull request is opened and edited at any time, and a commit may be made long before it is pushed.
    case 'push':
    case 'commit':
    case 'pull_request':
      return null
  }
}

function earliest(times: readonly number[]): number | null {
  return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b))
}
