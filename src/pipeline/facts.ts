/**
 * A fact is one thing that GitHub told us about one commit. A pipeline is the join of its facts: each fact has
 * a `key` (which thing it speaks of) and an `order` (how recent it is for that thing), so that the order in which
 * deliveries arrive, and how often, cannot change the result.
 */

/** How far something that runs has come. `waiting` is held by an environment's protection rule. */
export type RunStatus = 'waiting' | 'pending' | 'queued' | 'in_progress' | 'completed'

/** GitHub's conclusions, for workflow runs, jobs and check runs alike. */
export type Conclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required'
  | 'stale'
  | 'startup_failure'

export interface FactBase {
  /** `owner/name`, as GitHub spells it. */
  readonly repository: string
  /** Full 40-character commit sha. */
  readonly sha: string
  /** Which thing the fact speaks of, unique within the pipeline: `job:123`, `run:9`, `status:ci/build`. */
  readonly key: string
  /** Compared element by element; the greater one is the newer fact about the same key. */
  readonly order: readonly number[]
}

/** A push that ended at this commit. */
export interface PushFact extends FactBase {
  readonly type: 'push'
  readonly branch: string
  readonly isDefaultBranch: boolean
  readonly pusherLogin: string | null
  readonly forced: boolean
  readonly compareUrl: string | null
  readonly at: number
}

/** Who made the commit and what its message says. */
export interface CommitFact extends FactBase {
  readonly type: 'commit'
  readonly message: string
  readonly authorName: string | null
  readonly authorEmail: string | null
  readonly authorLogin: string | null
  readonly at: number | null
}

/** A pull request whose head (`relation: head`) or merge commit (`relation: merge`) is this commit. */
export interface PullRequestFact extends FactBase {
  readonly type: 'pull_request'
  readonly relation: 'head' | 'merge'
  readonly number: number
  readonly title: string
  readonly url: string
  readonly authorLogin: string | null
  readonly headRef: string
  readonly baseRef: string
  readonly state: 'open' | 'closed' | 'merged'
  readonly isDraft: boolean
}

/** One workflow run in its newest attempt. */
export interface RunFact extends FactBase {
  readonly type: 'run'
  readonly runId: number
  /** Which workflow file it is a run of; absent where the source does not say. */
  readonly workflowId?: number
  readonly attempt: number
  readonly workflow: string
  readonly event: string
  readonly branch: string | null
  readonly isDefaultBranch: boolean | null
  readonly status: RunStatus
  readonly conclusion: Conclusion | null
  readonly actorLogin: string | null
  readonly url: string
  /** Of its first attempt; absent where the source does not say. */
  readonly createdAt?: number
  readonly startedAt: number | null
  readonly updatedAt: number
}

/** One job of one attempt of a workflow run. */
export interface JobFact extends FactBase {
  readonly type: 'job'
  readonly jobId: number
  readonly runId: number
  readonly attempt: number
  readonly workflow: string | null
  readonly name: string
  readonly branch: string | null
  readonly status: RunStatus
  readonly conclusion: Conclusion | null
  /** Name of the step that is running now, or of the first one that failed. */
  readonly step: string | null
  readonly url: string
  readonly startedAt: number | null
  readonly completedAt: number | null
}

/** A check run of an app other than GitHub Actions (whose check runs are its jobs). */
export interface CheckFact extends FactBase {
  readonly type: 'check'
  readonly checkRunId: number
  readonly app: string
  readonly name: string
  readonly branch: string | null
  readonly status: RunStatus
  readonly conclusion: Conclusion | null
  readonly url: string | null
  readonly startedAt: number | null
  readonly completedAt: number | null
}

/** A commit status (the older API: one context, one state). */
export interface StatusFact extends FactBase {
  readonly type: 'status'
  readonly context: string
  readonly state: 'pending' | 'success' | 'failure' | 'error'
  readonly description: string | null
  readonly url: string | null
  readonly branches: readonly string[]
  readonly updatedAt: number
}

/** A deployment of this commit was asked for. */
export interface DeploymentFact extends FactBase {
  readonly type: 'deployment'
  readonly deploymentId: number
  readonly environment: string
  readonly ref: string
  readonly creatorLogin: string | null
  readonly createdAt: number
}

/** The newest status of a deployment. */
export interface DeploymentStatusFact extends FactBase {
  readonly type: 'deployment_status'
  readonly deploymentId: number
  readonly environment: string
  readonly state: 'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success' | 'waiting'
  readonly url: string | null
  readonly environmentUrl: string | null
  readonly createdAt: number
}

/** A GitHub environment asked for, got or was refused an approval. */
export interface ReviewFact extends FactBase {
  readonly type: 'review'
  readonly environment: string
  readonly runId: number | null
  readonly state: 'requested' | 'approved' | 'rejected'
  readonly reviewerLogin: string | null
  readonly at: number
}

export type Fact =
  | PushFact
  | CommitFact
  | PullRequestFact
  | RunFact
  | JobFact
  | CheckFact
  | StatusFact
  | DeploymentFact
  | DeploymentStatusFact
  | ReviewFact
