/** What the simulated GitHub remembers. Times are UTC milliseconds; REST objects and payloads are made from this. */

import type { DispatchInputs, DispatchSpec } from './dispatch-spec.ts'
import type { EnvironmentSpec, FailureSpec, GateKind, PipelineSpec, WorkflowSpec } from './pipeline-spec.ts'
import type { AnnotationState, Conclusion, DeploymentStateName, RunStatus } from './terms.ts'

export interface UserState {
  readonly id: number
  readonly login: string
  readonly name: string | null
  /** Public address, as the profile shows it. */
  readonly email: string | null
  readonly type: 'User' | 'Bot' | 'Organization'
}

export interface CommitState {
  readonly sha: string
  readonly message: string
  readonly authorName: string
  readonly authorEmail: string
  readonly authorLogin: string | null
  readonly at: number
  readonly parents: readonly string[]
  readonly files: FileTree
}

/** Path to content; bytes for what is no text. */
export type FileTree = ReadonlyMap<string, string | Uint8Array>

export interface TagState {
  readonly name: string
  /** The commit. */
  readonly sha: string
  /** The tag's own object, when it has one. */
  readonly annotation: {
    readonly sha: string
    readonly message: string
    readonly by: string
    readonly at: number
  } | null
}

/** A check that a branch demands; null: of any App. */
export interface RequiredCheckState {
  readonly context: string
  readonly appId: number | null
}

export interface RulesetState {
  readonly id: number
  readonly branch: string
  readonly checks: readonly RequiredCheckState[]
}

export interface TeamState {
  readonly id: number
  readonly org: string
  readonly slug: string
  readonly parent: string | null
  readonly members: readonly string[]
}

export interface ArtifactState {
  readonly id: number
  readonly runId: number
  readonly name: string
  readonly digest: string | null
  readonly isExpired: boolean
  readonly createdAt: number
}

export interface WorkflowState {
  readonly id: number
  readonly name: string
  readonly path: string
  /** What `on: workflow_dispatch` says; null when the workflow has no such trigger. */
  dispatch: DispatchSpec | null
  isDisabled: boolean
}

/** Something that a job waits for before it may enter its environment. */
export interface GateState {
  readonly kind: GateKind
  state: 'waiting' | 'approved' | 'rejected' | 'expired'
  /** Who answered, and what they said; null while it waits. */
  answer: { readonly by: string; readonly comment: string } | null
}

/** A step with its share of the job's running time; its state at a moment is worked out from the job's. */
export interface StepState {
  readonly name: string
  readonly durationMs: number
}

/** A job is its own check run: same id, app `github-actions`. */
export interface JobState {
  readonly id: number
  readonly runId: number
  readonly attempt: number
  readonly name: string
  readonly steps: readonly StepState[]
  readonly environment: EnvironmentSpec | null
  readonly gates: readonly GateState[]
  status: RunStatus
  conclusion: Conclusion | null
  /** Name of the step that fails, once the job has failed. */
  failingStep: string | null
  readonly createdAt: number
  startedAt: number | null
  completedAt: number | null
  /** What the failing step printed; the log is made from it when somebody asks. */
  failure: FailureSpec | null
  annotations: readonly AnnotationState[]
}

export interface RunAttempt {
  readonly attempt: number
  readonly status: RunStatus
  readonly conclusion: Conclusion | null
  readonly startedAt: number
  readonly updatedAt: number
  readonly triggeringLogin: string
}

export interface RunState {
  readonly id: number
  readonly ref: string
  readonly number: number
  readonly workflow: WorkflowState
  /** What the run does, so that it can be run again. */
  readonly spec: WorkflowSpec
  readonly pipeline: PipelineSpec
  readonly checkSuiteId: number
  readonly event: string
  readonly branch: string
  readonly sha: string
  readonly actorLogin: string
  readonly title: string
  /** Of a `workflow_dispatch`; null for any other run. */
  readonly inputs: DispatchInputs | null
  readonly createdAt: number
  triggeringLogin: string
  attempt: number
  status: RunStatus
  conclusion: Conclusion | null
  startedAt: number
  updatedAt: number
  earlierAttempts: RunAttempt[]
}

export interface CheckSuiteState {
  readonly id: number
  readonly app: string
  readonly sha: string
  readonly branch: string
  status: RunStatus
  conclusion: Conclusion | null
  readonly createdAt: number
  updatedAt: number
}

/** A check run of an app other than GitHub Actions. */
export interface CheckRunState {
  readonly id: number
  readonly suiteId: number
  readonly app: string
  readonly name: string
  readonly sha: string
  readonly branch: string
  readonly detailsUrl: string
  status: RunStatus
  conclusion: Conclusion | null
  readonly startedAt: number
  completedAt: number | null
  title: string | null
  summary: string | null
  text: string | null
  annotations: readonly AnnotationState[]
}

export interface StatusState {
  readonly id: number
  readonly sha: string
  readonly context: string
  readonly state: 'pending' | 'success' | 'failure' | 'error'
  readonly description: string | null
  readonly targetUrl: string | null
  readonly creatorLogin: string
  readonly createdAt: number
}

export interface DeploymentStatusState {
  readonly id: number
  readonly state: DeploymentStateName
  readonly description: string
  readonly environmentUrl: string
  readonly logUrl: string
  readonly creatorLogin: string
  readonly createdAt: number
}

export interface DeploymentState {
  readonly id: number
  readonly ref: string
  readonly sha: string
  readonly branch: string
  readonly environment: string
  readonly creatorLogin: string
  readonly runId: number | null
  readonly payload: Readonly<Record<string, unknown>> | string
  readonly description: string | null
  readonly isProduction: boolean
  readonly isTransient: boolean
  readonly createdAt: number
  readonly statuses: DeploymentStatusState[]
}

export interface PullState {
  readonly id: number
  readonly number: number
  readonly title: string
  readonly body: string | null
  readonly authorLogin: string
  readonly headRef: string
  readonly baseRef: string
  headSha: string
  readonly baseSha: string
  state: 'open' | 'closed'
  mergedAt: number | null
  mergedBy: string | null
  mergeCommitSha: string | null
  readonly isDraft: boolean
  readonly createdAt: number
  updatedAt: number
}

export interface HookState {
  readonly id: number
  readonly url: string
  readonly secret: string
  /** Event names, or `['*']`. */
  readonly events: readonly string[]
  isActive: boolean
  readonly createdAt: number
}

export interface RepositoryState {
  readonly id: number
  readonly owner: string
  readonly name: string
  readonly isPrivate: boolean
  readonly defaultBranch: string
  readonly createdAt: number
  pushedAt: number
  readonly branches: Map<string, string>
  readonly tags: Map<string, TagState>
  readonly commits: Map<string, CommitState>
  /** Required checks by the protected branch. */
  readonly protection: Map<string, readonly RequiredCheckState[]>
  readonly rulesets: RulesetState[]
  readonly artifacts: ArtifactState[]
  readonly workflows: Map<string, WorkflowState>
  readonly runs: Map<number, RunState>
  readonly jobs: Map<number, JobState>
  readonly jobsOfRun: Map<number, JobState[]>
  readonly checkSuites: Map<number, CheckSuiteState>
  readonly checkRuns: Map<number, CheckRunState>
  readonly statuses: StatusState[]
  readonly deployments: DeploymentState[]
  readonly pulls: Map<number, PullState>
  readonly hooks: HookState[]
}

export interface GithubState {
  /** Where people look at it: `https://github.com`. */
  readonly webUrl: string
  /** Where programs ask it: the address of the simulated REST server. */
  apiUrl: string
  readonly users: Map<string, UserState>
  readonly repositories: Map<string, RepositoryState>
  /** By `org/slug`. */
  readonly teams: Map<string, TeamState>
  /** A run is in lists so many milliseconds after it was made. */
  runListLagMs: number
  nextId: number
}
