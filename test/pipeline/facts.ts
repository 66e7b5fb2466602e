/** Short ways to write facts in tests: what matters is named, the rest has a plain value. */
import type {
  CheckFact,
  CommitFact,
  Conclusion,
  DeploymentFact,
  DeploymentStatusFact,
  JobFact,
  PullRequestFact,
  PushFact,
  ReviewFact,
  RunFact,
  RunStatus,
  StatusFact,
} from '../../src/pipeline/facts.ts'
import {
  checkFact,
  commitFact,
  deploymentFact,
  deploymentStatusFact,
  jobFact,
  pullRequestFacts,
  runFact,
  statusFact,
} from '../../src/pipeline/facts-from-github.ts'
import {
  checkRunSchema,
  commitStatusSchema,
  deploymentSchema,
  deploymentStatusSchema,
  headCommitSchema,
  pullRequestSchema,
  workflowJobSchema,
  workflowRunSchema,
} from '../../src/pipeline/github-objects.ts'

export const repository = 'acme/shop'
export const sha = 'a'.repeat(40)
const context = { repository, defaultBranch: 'main' }

/** Seconds since the beginning of the test's time, as GitHub writes times. */
function time(seconds: number): string {
  return new Date(atMs(seconds)).toISOString()
}

/** The same moment as `time(seconds)`, in UTC milliseconds. */
export function atMs(seconds: number): number {
  return Date.UTC(2026, 0, 5, 9) + seconds * 1000
}

export function aRun(given: {
  readonly id?: number
  readonly attempt?: number
  readonly status?: RunStatus
  readonly conclusion?: Conclusion
  readonly workflow?: string
  readonly workflowId?: number
  readonly event?: string
  readonly branch?: string
  readonly actor?: string
  readonly headRepository?: string
  readonly started?: number
  readonly at?: number
}): RunFact {
  const run = workflowRunSchema.parse({
    id: given.id ?? 1,
    name: given.workflow ?? 'CI',
    ...(given.workflowId === undefined ? {} : { workflow_id: given.workflowId }),
    head_branch: given.branch ?? 'main',
    head_sha: sha,
    run_attempt: given.attempt ?? 1,
    event: given.event ?? 'push',
    status: given.status ?? (given.conclusion === undefined ? 'in_progress' : 'completed'),
    conclusion: given.conclusion ?? null,
    html_url: `https://github.com/${repository}/actions/runs/${given.id ?? 1}`,
    run_started_at: time(given.started ?? 0),
    updated_at: time(given.at ?? 1000),
    actor: { login: 'mona' },
    triggering_actor: { login: given.actor ?? 'mona' },
    head_repository: { full_name: given.headRepository ?? repository },
  })
  return runFact(context, run, given.workflow ?? 'CI')
}

export function aJob(given: {
  readonly id: number
  readonly run?: number
  readonly attempt?: number
  readonly name?: string
  readonly workflow?: string
  readonly branch?: string
  readonly status?: RunStatus
  readonly conclusion?: Conclusion
  readonly started?: number
  readonly completed?: number
  readonly steps?: readonly { readonly name: string; readonly status: string; readonly conclusion: string | null }[]
}): JobFact {
  const status = given.status ?? (given.conclusion === undefined ? 'in_progress' : 'completed')
  return jobFact(
    context,
    workflowJobSchema.parse({
      id: given.id,
      run_id: given.run ?? 1,
      run_attempt: given.attempt ?? 1,
      workflow_name: given.workflow ?? 'CI',
      head_branch: given.branch ?? 'main',
      head_sha: sha,
      name: given.name ?? 'lint',
      status,
      conclusion: given.conclusion ?? null,
      html_url: `https://github.com/${repository}/actions/runs/${given.run ?? 1}/job/${given.id}`,
      started_at: time(given.started ?? 10),
      completed_at: status === 'completed' ? time(given.completed ?? 60) : null,
      steps: given.steps ?? [],
    }),
  )
}

export function aCheck(given: {
  readonly id: number
  readonly app?: string
  readonly name?: string
  readonly status?: string
  readonly conclusion?: Conclusion
  readonly started?: number
  readonly completed?: number
}): CheckFact {
  const fact = checkFact(
    context,
    checkRunSchema.parse({
      id: given.id,
      name: given.name ?? 'coverage/patch',
      head_sha: sha,
      status: given.status ?? (given.conclusion === undefined ? 'in_progress' : 'completed'),
      conclusion: given.conclusion ?? null,
      started_at: time(given.started ?? 10),
      completed_at: given.conclusion === undefined ? null : time(given.completed ?? 60),
      app: { slug: given.app ?? 'codecov' },
      check_suite: { head_branch: 'main' },
    }),
  )
  if (fact === null) throw new Error('a check run of GitHub Actions is no fact')
  return fact
}

export function aStatus(given: {
  readonly id?: number
  readonly context?: string
  readonly state: StatusFact['state']
  readonly at?: number
  readonly branches?: readonly string[]
}): StatusFact {
  return statusFact(
    context,
    sha,
    commitStatusSchema.parse({
      id: given.id ?? 1,
      context: given.context ?? 'ci/circleci: build',
      state: given.state,
      updated_at: time(given.at ?? 20),
      branches: (given.branches ?? []).map((name) => ({ name })),
    }),
  )
}

export function aDeployment(given: {
  readonly id: number
  readonly environment?: string
  readonly at?: number
}): DeploymentFact {
  return deploymentFact(
    context,
    deploymentSchema.parse({
      id: given.id,
      sha,
      ref: 'main',
      environment: given.environment ?? 'staging',
      creator: { login: 'mona' },
      created_at: time(given.at ?? 100),
    }),
  )
}

export function aDeploymentStatus(given: {
  readonly id: number
  readonly deployment: number
  readonly state: string
  readonly environment?: string
  readonly at?: number
}): DeploymentStatusFact {
  return deploymentStatusFact(
    context,
    { id: given.deployment, sha, environment: given.environment ?? 'staging' },
    deploymentStatusSchema.parse({ id: given.id, state: given.state, created_at: time(given.at ?? 120) }),
  )
}

export function aReview(given: {
  readonly run?: number
  readonly environment?: string
  readonly state: ReviewFact['state']
  readonly at?: number
}): ReviewFact {
  const environment = given.environment ?? 'production'
  const at = atMs(given.at ?? 30)
  return {
    type: 'review',
    repository,
    sha,
    key: `review:${given.run ?? 1}:${environment}`,
    order: [1, at, given.state === 'requested' ? 0 : 1],
    environment,
    runId: given.run ?? 1,
    state: given.state,
    reviewerLogin: given.state === 'requested' ? null : 'lead',
    at,
  }
}

export function aPush(
  given: { readonly branch?: string; readonly at?: number; readonly pusher?: string } = {},
): PushFact {
  const branch = given.branch ?? 'main'
  const at = atMs(given.at ?? 0)
  return {
    type: 'push',
    repository,
    sha,
    key: `push:${branch}`,
    order: [at],
    branch,
    isDefaultBranch: branch === 'main',
    pusherLogin: given.pusher ?? 'mona',
    forced: false,
    compareUrl: null,
    at,
  }
}

export function aCommit(given: { readonly message?: string; readonly login?: string } = {}): CommitFact {
  return commitFact(
    context,
    headCommitSchema.parse({
      id: sha,
      message: given.message ?? 'Take the lift\n\nNot the stairs.',
      timestamp: time(-60),
      author: { name: 'Mona', email: 'mona@example.com', username: given.login ?? null },
    }),
  )
}

export function aPull(
  given: {
    readonly number?: number
    readonly relation?: 'head' | 'merge'
    readonly state?: 'open' | 'closed' | 'merged'
    readonly headRef?: string
    readonly at?: number
  } = {},
): PullRequestFact {
  const isMerge = given.relation === 'merge'
  const isMerged = isMerge || given.state === 'merged'
  const facts = pullRequestFacts(
    context,
    pullRequestSchema.parse({
      number: given.number ?? 7,
      title: 'Lift',
      html_url: `https://github.com/${repository}/pull/${given.number ?? 7}`,
      state: isMerged || given.state === 'closed' ? 'closed' : 'open',
      merged_at: isMerged ? time(50) : null,
      merge_commit_sha: isMerge ? sha : 'c'.repeat(40),
      updated_at: time(given.at ?? 5),
      user: { login: 'hubot' },
      head: { ref: given.headRef ?? 'feature', sha: isMerge ? 'b'.repeat(40) : sha },
      base: { ref: 'main' },
    }),
  )
  const fact = facts.find((candidate) => candidate.sha === sha)
  if (fact === undefined) throw new Error('no fact about the test commit')
  return fact
}
