import { type BranchPlace, placeOnBranch } from './branch-place.ts'
import type { CommitFact, Fact, PullRequestFact } from './facts.ts'
import type { Pipeline } from './pipeline.ts'

type CommitView = Pick<
  Pipeline,
  'branch' | 'isDefaultBranch' | 'pullRequest' | 'title' | 'authorLogin' | 'authorName' | 'authorEmail'
> & { readonly branches: readonly string[]; readonly place: BranchPlace }

/** Where the commit is, what it says and who made it, chosen the same way in whatever order the facts came. */
export function viewCommit(facts: readonly Fact[]): CommitView {
  const commit = facts.find((fact): fact is CommitFact => fact.type === 'commit') ?? null
  const pulls = facts.filter((fact): fact is PullRequestFact => fact.type === 'pull_request')
  const pull = [...pulls].sort(comparePulls)[0] ?? null
  const pushers = facts.flatMap((fact) => (fact.type === 'push' && fact.pusherLogin !== null ? [fact.pusherLogin] : []))
  const { branches, isDefaultBranch } = rankBranches(facts, pull)
  const title = commit?.message.split(/\r?\n/, 1)[0]?.trim()
  return {
    branch: branches[0] ?? null,
    branches,
    place: placeOnBranch(facts, branches[0] ?? null),
    isDefaultBranch,
    pullRequest: pull && {
      number: pull.number,
      title: pull.title,
      url: pull.url,
      state: pull.state,
      relation: pull.relation,
    },
    title: title || pull?.title || null,
    authorLogin: commit?.authorLogin ?? pull?.authorLogin ?? pushers.sort()[0] ?? null,
    authorName: commit?.authorName ?? null,
    authorEmail: commit?.authorEmail ?? null,
  }
}

/** An open pull request with this head first, then the one that was merged as this commit; the newest of equals. */
function comparePulls(a: PullRequestFact, b: PullRequestFact): number {
  const rank = (pull: PullRequestFact) =>
    pull.relation === 'merge' ? 1 : ['open', 'merged', 'closed'].indexOf(pull.state) * 2
  return rank(a) - rank(b) || b.number - a.number
}

/** The default branch first, then the pull request's, then what was pushed to, then whatever else names one. */
function rankBranches(
  facts: readonly Fact[],
  pull: PullRequestFact | null,
): { readonly branches: readonly string[]; readonly isDefaultBranch: boolean } {
  const defaults = new Set<string>()
  const pushed = new Set<string>()
  const named = new Set<string>()
  for (const fact of facts) {
    if ((fact.type === 'push' || fact.type === 'run') && fact.isDefaultBranch === true && fact.branch !== null) {
      defaults.add(fact.branch)
    } else if (fact.type === 'push') pushed.add(fact.branch)
    else if ((fact.type === 'run' || fact.type === 'job' || fact.type === 'check') && fact.branch !== null) {
      named.add(fact.branch)
    } else if (fact.type === 'status') for (const branch of fact.branches) named.add(branch)
  }
  const ofPull = pull === null ? [] : [pull.relation === 'head' ? pull.headRef : pull.baseRef]
  const branches = [...new Set([...[...defaults].sort(), ...ofPull, ...[...pushed].sort(), ...[...named].sort()])]
  return { branches, isDefaultBranch: defaults.size > 0 }
}
