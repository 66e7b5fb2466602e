/** What can happen on the simulated GitHub, in names instead of ids, so that a script can be written beforehand. */
import type { DispatchInputs } from './dispatch-spec.ts'
import type { CommitSpec, EnvironmentSpec, FailureSpec, GateKind, PipelineSpec, WorkflowSpec } from './pipeline-spec.ts'
import type { AttemptInput } from './schedule-attempt.ts'
import type { StepState } from './state.ts'
import type { AnnotationState, Conclusion, DeploymentStateName } from './terms.ts'

export type CommitWithSha = CommitSpec & { readonly sha: string }

export type Change =
  | { readonly type: 'pull_opened'; readonly pipeline: PipelineSpec; readonly head: CommitWithSha }
  | { readonly type: 'pull_merged'; readonly number: number; readonly commit: CommitWithSha; readonly by: string }
  | { readonly type: 'pushed'; readonly branch: string; readonly commit: CommitWithSha; readonly by: string }
  | {
      readonly type: 'run_requested'
      readonly run: string
      readonly pipeline: PipelineSpec
      readonly workflow: WorkflowSpec
      readonly event: 'pull_request' | 'push' | 'workflow_dispatch'
      readonly branch: string
      readonly sha: string
      readonly by: string
      /** `run-name`; made from the commit or the pull request when left out. */
      readonly title?: string
      /** Of a `workflow_dispatch`. */
      readonly inputs?: DispatchInputs
      /** How it was planned, so that it can go on when somebody answers a gate. */
      readonly attempt?: AttemptInput
    }
  /** The next attempt of a run begins; jobs that are not run again are taken over under new ids. */
  | {
      readonly type: 'run_requested_again'
      readonly run: string
      readonly by: string
      readonly takenOver: readonly string[]
      readonly attempt?: AttemptInput
    }
  | { readonly type: 'run_in_progress'; readonly run: string }
  | { readonly type: 'run_completed'; readonly run: string; readonly conclusion: Conclusion }
  | {
      readonly type: 'job_queued' | 'job_waiting'
      readonly run: string
      readonly job: string
      readonly steps: readonly StepState[]
      readonly environment: EnvironmentSpec | null
    }
  | {
      readonly type: 'job_reviewed'
      readonly run: string
      readonly job: string
      readonly state: 'approved' | 'rejected'
      readonly by: string
    }
  /** Somebody answers for one gate; what follows from all of them comes as changes of its own. */
  | {
      readonly type: 'gate_answered'
      readonly run: string
      readonly job: string
      readonly kind: GateKind
      readonly state: 'approved' | 'rejected' | 'expired'
      readonly by: string
      readonly comment: string
    }
  | { readonly type: 'job_released'; readonly run: string; readonly job: string }
  | { readonly type: 'job_in_progress'; readonly run: string; readonly job: string }
  | {
      readonly type: 'job_completed'
      readonly run: string
      readonly job: string
      readonly conclusion: Conclusion
      readonly failure: FailureSpec | null
      readonly annotations?: readonly AnnotationState[]
    }
  | { readonly type: 'job_skipped'; readonly run: string; readonly job: string }
  | {
      readonly type: 'check_created'
      readonly sha: string
      readonly branch: string
      readonly app: string
      readonly name: string
    }
  | {
      readonly type: 'check_completed'
      readonly sha: string
      readonly app: string
      readonly name: string
      readonly conclusion: Conclusion
      readonly annotations: readonly AnnotationState[]
      readonly output?: { readonly title?: string; readonly summary?: string; readonly text?: string }
    }
  | {
      readonly type: 'status_set'
      readonly sha: string
      readonly context: string
      readonly state: 'pending' | 'success' | 'failure' | 'error'
      readonly description: string | null
      readonly targetUrl: string | null
      readonly by: string
    }
  | {
      readonly type: 'deployed'
      readonly sha: string
      readonly branch: string
      readonly environment: string
      readonly by: string
    }
  | {
      readonly type: 'deployment_moved'
      readonly sha: string
      readonly environment: string
      readonly state: DeploymentStateName
      readonly url: string
    }

/** Changes that happen in one moment, `atMs` after the script's beginning. */
export interface ScriptStep {
  readonly atMs: number
  readonly repository: string
  readonly changes: readonly Change[]
}

/** When a change happens, and how many times faster than life the jobs run that it starts. */
export interface Moment {
  readonly now: number
  readonly speed: number
}
