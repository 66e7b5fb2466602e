/** Carries out one change on the state, and says what GitHub tells its listeners about it, in GitHub's order. */

import { checkRunEmission, checkSuiteEmission, runEmission } from './actions-payloads.ts'
import { applyJobChange } from './apply-job-change.ts'
import type { Change, CommitWithSha, Moment } from './change.ts'
import { addDeployment, moveDeployment } from './deployments.ts'
import type { Emission } from './emission.ts'
import { runOfRef } from './find.ts'
import { treeWith } from './git.ts'
import { addSuite, completeSuite, requestAgain, requestRun, suiteOf } from './runs.ts'
import type { CheckRunState, CommitState, GithubState, RepositoryState } from './state.ts'
import { newId, userOf } from './state-access.ts'
import { deploymentEmission, pullEmission, pushEmission, statusEmission } from './webhook-payloads.ts'

export function applyChange(
  state: GithubState,
  repository: RepositoryState,
  change: Change,
  moment: Moment,
): readonly Emission[] {
  const { now } = moment
  switch (change.type) {
    case 'pushed': {
      const before = repository.branches.get(change.branch) ?? null
      const parent = before ?? repository.branches.get(repository.defaultBranch) ?? null
      addCommit(state, repository, change.commit, parent, now)
      repository.branches.set(change.branch, change.commit.sha)
      repository.pushedAt = now
      const push = { branch: change.branch, before, after: change.commit.sha, by: change.by, forced: false }
      return [pushEmission(state, repository, push)]
    }
    case 'pull_opened':
      return openPull(state, repository, change, now)
    case 'pull_merged': {
      const pull = repository.pulls.get(change.number)
      if (pull === undefined) throw new Error(`There is no pull request #${change.number} to merge.`)
      pull.state = 'closed'
      pull.mergedAt = now
      pull.mergedBy = change.by
      pull.mergeCommitSha = change.commit.sha
      pull.updatedAt = now
      return [pullEmission(state, repository, pull, 'closed', change.by)]
    }
    case 'run_requested': {
      const run = requestRun(state, repository, change, now)
      return [runEmission(state, repository, run, 'requested')]
    }
    case 'run_requested_again': {
      const run = requestAgain(state, repository, change, now)
      return [runEmission(state, repository, run, 'requested')]
    }
    case 'run_in_progress': {
      const run = runOfRef(repository, change.run)
      run.status = 'in_progress'
      run.updatedAt = now
      suiteOf(repository, run.checkSuiteId).status = 'in_progress'
      return [runEmission(state, repository, run, 'in_progress')]
    }
    case 'run_completed': {
      const run = runOfRef(repository, change.run)
      run.status = 'completed'
      run.conclusion = change.conclusion
      run.updatedAt = now
      const suite = suiteOf(repository, run.checkSuiteId)
      completeSuite(suite, change.conclusion, now)
      return [runEmission(state, repository, run, 'completed'), checkSuiteEmission(state, repository, suite)]
    }
    case 'check_created':
      return [checkRunEmission(state, repository, createCheck(state, repository, change, now), 'created')]
    case 'check_completed': {
      const check = [...repository.checkRuns.values()].findLast(
        (known) => known.sha === change.sha && known.app === change.app && known.name === change.name,
      )
      if (check === undefined) throw new Error(`There is no check "${change.name}" to complete.`)
      check.status = 'completed'
      check.conclusion = change.conclusion
      check.completedAt = now
      check.annotations = change.annotations
      if (change.output !== undefined) {
        const { title, summary, text } = change.output
        Object.assign(check, { title: title ?? null, summary: summary ?? null, text: text ?? null })
      }
      const suite = suiteOf(repository, check.suiteId)
      const all = [...repository.checkRuns.values()].filter((known) => known.suiteId === suite.id)
      if (all.some((known) => known.status !== 'completed'))
        return [checkRunEmission(state, repository, check, 'completed')]
      completeSuite(suite, all.find((known) => known.conclusion !== 'success')?.conclusion ?? 'success', now)
      return [checkRunEmission(state, repository, check, 'completed'), checkSuiteEmission(state, repository, suite)]
    }
    case 'status_set': {
      const { by, type, ...own } = change
      const status = { id: newId(state), ...own, creatorLogin: by, createdAt: now }
      repository.statuses.push(status)
      return [statusEmission(state, repository, status)]
    }
    case 'deployed': {
      const deployment = addDeployment(state, repository, { ...change, runId: null, ref: '' }, now)
      return [deploymentEmission(state, repository, deployment)]
    }
    case 'deployment_moved': {
      const deployment = repository.deployments.findLast(
        (known) => known.sha === change.sha && known.environment === change.environment && known.runId === null,
      )
      if (deployment === undefined) throw new Error(`There is no deployment to "${change.environment}" to move.`)
      return moveDeployment(state, repository, deployment, change.state, change.url, '', now)
    }
    default:
      return applyJobChange(state, repository, change, moment)
  }
}

function addCommit(
  state: GithubState,
  repository: RepositoryState,
  commit: CommitWithSha,
  parent: string | null,
  now: number,
): CommitState {
  const known = repository.commits.get(commit.sha)
  if (known !== undefined) return known
  const author = userOf(state, commit.author)
  const added: CommitState = {
    sha: commit.sha,
    message: commit.message,
    authorName: commit.authorName ?? author.name ?? author.login,
    authorEmail: commit.authorEmail ?? author.email ?? `${author.id}+${author.login}@users.noreply.github.com`,
    authorLogin: author.login,
    at: now,
    parents: parent === null ? [] : [parent],
    files: treeWith(parent === null ? null : (repository.commits.get(parent) ?? null), commit.files ?? {}),
  }
  repository.commits.set(commit.sha, added)
  return added
}

function openPull(
  state: GithubState,
  repository: RepositoryState,
  change: Extract<Change, { type: 'pull_opened' }>,
  now: number,
): readonly Emission[] {
  const spec = change.pipeline.pullRequest
  if (spec === undefined) throw new Error('The pipeline has no pull request to open.')
  const author = change.pipeline.commit.author
  const baseRef = change.pipeline.branch ?? repository.defaultBranch
  const known = repository.pulls.get(spec.number)
  const pull = known ?? {
    id: newId(state),
    number: spec.number,
    title: spec.title,
    body: null,
    authorLogin: author,
    headRef: spec.headRef,
    baseRef,
    headSha: change.head.sha,
    baseSha: repository.branches.get(baseRef) ?? '0'.repeat(40),
    state: 'open' as const,
    mergedAt: null,
    mergedBy: null,
    mergeCommitSha: null,
    isDraft: spec.isDraft ?? false,
    createdAt: now,
    updatedAt: now,
  }
  pull.headSha = change.head.sha
  pull.updatedAt = now
  repository.pulls.set(spec.number, pull)
  return [pullEmission(state, repository, pull, known === undefined ? 'opened' : 'synchronize', author)]
}

function createCheck(
  state: GithubState,
  repository: RepositoryState,
  change: Extract<Change, { type: 'check_created' }>,
  now: number,
): CheckRunState {
  const known = [...repository.checkSuites.values()].find(
    (suite) => suite.app === change.app && suite.sha === change.sha,
  )
  const suite = known ?? addSuite(state, repository, change.app, change.sha, change.branch, now)
  suite.status = 'in_progress'
  suite.conclusion = null
  const id = newId(state)
  const check: CheckRunState = {
    id,
    suiteId: suite.id,
    app: change.app,
    name: change.name,
    sha: change.sha,
    branch: change.branch,
    detailsUrl: `${state.webUrl}/apps/${change.app}/checks/${id}`,
    status: 'in_progress',
    conclusion: null,
    startedAt: now,
    completedAt: null,
    title: change.name,
    summary: null,
    text: null,
    annotations: [],
  }
  repository.checkRuns.set(id, check)
  return check
}
