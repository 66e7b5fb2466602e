/** The small language in which a pipeline is written down for `scriptPipeline`. Durations are milliseconds. */
import type { AnnotationState, Conclusion, DeploymentStateName } from './terms.ts'

/** How a job of one attempt ends. */
export type Outcome = Extract<Conclusion, 'success' | 'failure' | 'cancelled' | 'timed_out' | 'neutral'>

export interface StepSpec {
  readonly name: string
  readonly durationMs?: number
}

export interface FailureSpec {
  /** The step that fails; the last one when not given. */
  readonly step?: string
  /** Lines that the failing step prints before it ends. */
  readonly log?: readonly string[]
  readonly annotations?: readonly (Pick<AnnotationState, 'path' | 'line' | 'message'> & Partial<AnnotationState>)[]
  readonly exitCode?: number
}

/** The environment's required reviewers, or a protection rule that an App answers for. */
export type GateKind = 'reviewers' | 'rule'

export interface EnvironmentSpec {
  readonly name: string
  readonly url?: string
  /**
   * What the job waits for until somebody answers: `reviewers` for `reviewDeployment`, `rule` for the App, which is told
   * by `deployment_protection_rule`. All must agree, one that refuses is enough.
   */
  readonly gates?: readonly GateKind[]
  /** The environment asks a person first; `decision` comes after `waitMs`, or never when it is `none`. */
  readonly approval?: {
    readonly waitMs: number
    readonly by: string
    readonly decision: 'approved' | 'rejected' | 'none'
  }
}

export interface JobSpec {
  /** What `needs` of other jobs say. */
  readonly key: string
  readonly name: string
  readonly needs?: readonly string[]
  /** `{ node: ['22', '24'] }` makes one job for each value, named `name (22)`. */
  readonly matrix?: Readonly<Record<string, readonly string[]>>
  /** `always` runs whatever became of its needs, `never` is always skipped. */
  readonly when?: 'success' | 'always' | 'never'
  readonly steps?: readonly StepSpec[]
  readonly durationMs?: number
  /** One for each attempt, the last one for all after it. `success` when not given. */
  readonly outcomes?: readonly Outcome[]
  /** The outcomes are for runs of this event alone, others succeed; for all when not given. */
  readonly outcomesOn?: 'pull_request' | 'push'
  /** Outcomes of single matrix jobs, by the values in brackets: `22, ubuntu`. */
  readonly matrixOutcomes?: Readonly<Record<string, readonly Outcome[]>>
  readonly failure?: FailureSpec
  /** What the job annotates when it ends, however it ends. */
  readonly annotations?: FailureSpec['annotations']
  readonly environment?: EnvironmentSpec
}

export interface WorkflowSpec {
  readonly name: string
  readonly path?: string
  readonly on: readonly ('pull_request' | 'push')[]
  /** Starts when that workflow of the same commit has succeeded, as `workflow_run` triggers do. */
  readonly after?: string
  readonly jobs: readonly JobSpec[]
  /** Somebody cancels the first attempt this long after it was asked for. */
  readonly cancelAfterMs?: number
  /** Somebody runs the failed jobs again this long after an attempt failed, until there is none. */
  readonly rerunFailedAfterMs?: number
  readonly rerunBy?: string
}

export interface CheckSpec {
  readonly app: string
  readonly name: string
  readonly on?: readonly ('pull_request' | 'push')[]
  readonly startAfterMs?: number
  readonly durationMs?: number
  readonly conclusion?: Conclusion
  readonly annotations?: FailureSpec['annotations']
}

export interface StatusSpec {
  readonly context: string
  readonly on?: readonly ('pull_request' | 'push')[]
  readonly startAfterMs?: number
  readonly durationMs?: number
  readonly state?: 'success' | 'failure' | 'error'
  readonly description?: string
  readonly targetUrl?: string
  readonly by?: string
}

/** A deployment made through the API, by no workflow. */
export interface DeploymentSpec {
  readonly environment: string
  readonly on?: readonly ('pull_request' | 'push')[]
  readonly startAfterMs?: number
  readonly durationMs?: number
  readonly state?: Extract<DeploymentStateName, 'success' | 'failure' | 'error'>
  readonly url?: string
  readonly by?: string
}

export interface CommitSpec {
  /** 40 hexadecimal digits; made from the repository and the message when not given. */
  readonly sha?: string
  readonly message: string
  readonly author: string
  readonly authorName?: string
  readonly authorEmail?: string
  /** What it changes: path to the new content, null for a file that it removes. */
  readonly files?: Readonly<Record<string, string | Uint8Array | null>>
}

export interface PipelineSpec {
  readonly repository: string
  readonly branch?: string
  readonly commit: CommitSpec
  /** The change comes as a pull request first, and is merged when its checks are done (and have succeeded). */
  readonly pullRequest?: {
    readonly number: number
    readonly title: string
    readonly headRef: string
    readonly isDraft?: boolean
    /** How long people take between the end of the checks and the merge; `never` leaves it open. */
    readonly mergeAfterMs?: number | 'never'
    readonly mergedBy?: string
  }
  readonly workflows: readonly WorkflowSpec[]
  readonly checks?: readonly CheckSpec[]
  readonly statuses?: readonly StatusSpec[]
  readonly deployments?: readonly DeploymentSpec[]
}
