/**
 * GitHub's objects as facts, the same whether they came in a webhook or in a REST answer. Each function also decides
 * the fact's `key` and `order`, and so what counts as newer when deliveries come late, twice and out of order.
 */
import type {
  CheckFact,
  CommitFact,
  DeploymentFact,
  DeploymentStatusFact,
  JobFact,
  PullRequestFact,
  RunFact,
  RunStatus,
  StatusFact,
} from './facts.ts'
import type {
  CheckRun,
  CommitStatus,
  Deployment,
  DeploymentStatus,
  HeadCommit,
  PullRequestObject,
  RestCommit,
  WorkflowJob,
  WorkflowRun,
} from './github-objects.ts'
import { shaSchema } from './github-objects.ts'
import { commitState, conclusion, deploymentRank, deploymentState, runStatus, statusRank } from './github-words.ts'

/** The repository that an object belongs to. */
export interface FactContext {
  /** `owner/name`, as GitHub spells it. */
  readonly repository: string
  /** Null when it is not known; then no fact claims to be about the default branch. */
  readonly defaultBranch: string | null
}

/** GitHub Actions reports its jobs as check runs as well; those are left to the `job` facts. */
const actionsAppSlug = 'github-actions'

/** Longest commit message kept: cards show its first line only. */
const maxMessageLength = 1000

/** Commit ids of nothing but zeros stand for "no commit", as in the push that deletes a branch. */
export function isZeroSha(sha: string): boolean {
  return /^0+$/.test(sha)
}

/** @param workflow - the workflow's own name where it is known; `run.name` may be the run's title instead */
export function runFact(context: FactContext, run: WorkflowRun, workflow: string | null = null): RunFact {
  const attempt = run.run_attempt ?? 1
  const status = runStatus(run.status)
  const headRepository = run.head_repository?.full_name ?? null
  // A fork's branch may have the name of our default branch without being it.
  const isFork = headRepository !== null && headRepository.toLowerCase() !== context.repository.toLowerCase()
  return {
    type: 'run',
    repository: context.repository,
    sha: run.head_sha,
    key: `run:${run.id}`,
    // Within an attempt only `completed` is final; a run goes back and forth between the other states.
    order: [attempt, status === 'completed' ? 1 : 0, run.updated_at, statusRank(status), workflow === null ? 0 : 1],
    runId: run.id,
    ...(typeof run.workflow_id === 'number' ? { workflowId: run.workflow_id } : {}),
    attempt,
    workflow: workflow || run.name || 'workflow',
    event: run.event ?? 'unknown',
    branch: run.head_branch,
    isDefaultBranch: isFork ? false : isDefaultBranch(context, run.head_branch),
    status,
    conclusion: status === 'completed' ? conclusion(run.conclusion) : null,
    actorLogin: run.triggering_actor ?? run.actor,
    url: run.html_url ?? '',
    ...(run.created_at === null ? {} : { createdAt: run.created_at }),
    startedAt: run.run_started_at ?? run.created_at,
    updatedAt: run.updated_at,
  }
}

export function jobFact(context: FactContext, job: WorkflowJob): JobFact {
  const attempt = job.run_attempt ?? 1
  const status = runStatus(job.status)
  const steps = job.steps ?? []
  const hasBegun = status === 'in_progress' || status === 'completed'
  return {
    type: 'job',
    repository: context.repository,
    sha: job.head_sha,
    key: `job:${job.id}`,
    // A job only ever goes forward, so its state says more than any clock; finished steps order what is in progress.
    order: [
      attempt,
      statusRank(status),
      steps.filter((step) => step.status === 'completed').length,
      job.completed_at ?? 0,
      job.workflow_name === null ? 0 : 1,
    ],
    jobId: job.id,
    runId: job.run_id,
    attempt,
    workflow: job.workflow_name || null,
    name: job.name,
    branch: job.head_branch,
    status,
    conclusion: status === 'completed' ? conclusion(job.conclusion) : null,
    step: decisiveStep(steps, status),
    url: job.html_url ?? '',
    // GitHub fills started_at with the time of creation while a job is queued.
    startedAt: hasBegun ? job.started_at : null,
    completedAt: status === 'completed' ? job.completed_at : null,
  }
}

/** @returns null for the check runs that GitHub Actions makes of its own jobs */
export function checkFact(context: FactContext, check: CheckRun): CheckFact | null {
  const app = check.app?.slug || check.app?.name || 'unknown'
  if (app === actionsAppSlug) return null
  const status = runStatus(check.status)
  const startedAt = check.started_at ?? 0
  return {
    type: 'check',
    repository: context.repository,
    sha: check.head_sha,
    key: `check:${check.id}`,
    // An app may set a finished check run going again: the later moment counts, the state only within one moment.
    order: [status === 'completed' ? Math.max(check.completed_at ?? 0, startedAt) : startedAt, statusRank(status)],
    checkRunId: check.id,
    app,
    name: check.name,
    branch: check.check_suite?.head_branch ?? null,
    status,
    conclusion: status === 'completed' ? conclusion(check.conclusion) : null,
    url: check.html_url ?? check.details_url,
    startedAt: check.started_at,
    completedAt: status === 'completed' ? check.completed_at : null,
  }
}

/** @param sha - REST answers about statuses do not repeat the commit that was asked for */
export function statusFact(context: FactContext, sha: string, status: CommitStatus): StatusFact {
  return {
    type: 'status',
    repository: context.repository,
    sha,
    key: `status:${status.context}`,
    order: [status.updated_at, status.id],
    context: status.context,
    state: commitState(status.state),
    description: status.description,
    url: status.target_url,
    branches: (status.branches ?? []).map((branch) => branch.name).sort(),
    updatedAt: status.updated_at,
  }
}

export function deploymentFact(context: FactContext, deployment: Deployment): DeploymentFact {
  return {
    type: 'deployment',
    repository: context.repository,
    sha: deployment.sha,
    key: `deployment:${deployment.id}`,
    order: [deployment.created_at],
    deploymentId: deployment.id,
    environment: deployment.environment,
    ref: deployment.ref,
    creatorLogin: deployment.creator,
    createdAt: deployment.created_at,
  }
}

export function deploymentStatusFact(
  context: FactContext,
  deployment: Pick<Deployment, 'id' | 'sha' | 'environment'>,
  status: DeploymentStatus,
): DeploymentStatusFact {
  const state = deploymentState(status.state)
  return {
    type: 'deployment_status',
    repository: context.repository,
    sha: deployment.sha,
    key: `deployment_status:${deployment.id}`,
    // `inactive` only says that a later deployment took its place: it must not hide how this one ended, nor when.
    order: [deploymentRank(state), status.created_at, status.id],
    deploymentId: deployment.id,
    environment: status.environment || deployment.environment,
    state,
    url: status.log_url || status.target_url || null,
    environmentUrl: status.environment_url || null,
    createdAt: status.created_at,
  }
}

/** One fact for the pull request's head, and one for its merge commit once it is merged. */
export function pullRequestFacts(context: FactContext, pull: PullRequestObject): readonly PullRequestFact[] {
  const state = pull.merged_at !== null ? 'merged' : pull.state === 'closed' ? 'closed' : 'open'
  const fact = (relation: 'head' | 'merge', sha: string): PullRequestFact => ({
    type: 'pull_request',
    repository: context.repository,
    sha,
    key: `pull_request:${pull.number}:${relation}`,
    order: [pull.updated_at],
    relation,
    number: pull.number,
    title: pull.title,
    url: pull.html_url,
    authorLogin: pull.user,
    headRef: pull.head.ref,
    baseRef: pull.base.ref,
    state,
    isDraft: pull.draft ?? false,
  })
  const facts = isZeroSha(pull.head.sha) ? [] : [fact('head', pull.head.sha)]
  // Before the merge `merge_commit_sha` is GitHub's trial merge, which nobody will see again.
  const merge = state === 'merged' ? shaSchema.safeParse(pull.merge_commit_sha) : null
  // A fast-forward ("rebase and merge" of one commit that was up to date) keeps the sha: one fact each all the same.
  if (merge?.success && !isZeroSha(merge.data)) facts.push(fact('merge', merge.data))
  return facts
}

/** Commit as pushes and workflow runs carry it. */
export function commitFact(context: FactContext, commit: HeadCommit): CommitFact {
  return buildCommitFact(context, commit.id, commit.message, commit.author, commit.author.username, commit.timestamp)
}

/** Commit as REST and the `status` event carry it. */
export function restCommitFact(context: FactContext, commit: RestCommit): CommitFact {
  const { message, author } = commit.commit
  return buildCommitFact(context, commit.sha, message, author, commit.author, author.date)
}

function buildCommitFact(
  context: FactContext,
  sha: string,
  message: string,
  author: { readonly name: string | null; readonly email: string | null },
  authorLogin: string | null,
  at: number | null,
): CommitFact {
  const email = author.email || null
  return {
    type: 'commit',
    repository: context.repository,
    sha,
    key: 'commit',
    // A commit never changes, but not every source knows its author's login: the fuller account wins.
    order: [authorLogin === null ? 0 : 1, email === null ? 0 : 1, at === null ? 0 : 1],
    message: message.slice(0, maxMessageLength),
    authorName: author.name || null,
    authorEmail: email,
    authorLogin: authorLogin || null,
    at,
  }
}

function isDefaultBranch(context: FactContext, branch: string | null): boolean | null {
  return branch === null || context.defaultBranch === null ? null : branch === context.defaultBranch
}

function decisiveStep(
  steps: readonly { readonly name: string; readonly status: string | null; readonly conclusion: string | null }[],
  status: RunStatus,
): string | null {
  const step =
    status === 'in_progress'
      ? steps.find((candidate) => candidate.status === 'in_progress')
      : status === 'completed'
        ? steps.find((candidate) => candidate.conclusion === 'failure' || candidate.conclusion === 'timed_out')
        : undefined
  return step?.name ?? null
}
