/**
 * What people see of a commit: the pipeline that its facts add up to. Plain data, derived anew from the facts by
 * `viewPipeline`; nothing here is ever stored as the truth.
 */

import type { BranchPlace } from './branch-place.ts'

/** State of a job, of a group of jobs, and of a stage. */
export type JobState =
  | 'pending'
  | 'queued'
  | 'waiting'
  | 'running'
  | 'passed'
  | 'failed'
  | 'timed_out'
  | 'cancelled'
  | 'action_required'
  | 'skipped'
  | 'neutral'

/** Overall verdict of a pipeline, for the title and the notification text. */
export type PipelineVerdict = 'waiting' | 'running' | 'passed' | 'failed' | 'cancelled'

/** One thing that ran: a workflow job, a check run, a commit status or a deployment. */
export interface Job {
  /** The key of the fact it comes from (`job:123`). */
  readonly key: string
  readonly source: 'job' | 'check' | 'status' | 'deployment' | 'review'
  readonly name: string
  /** Name without the matrix values: `test (20, ubuntu)` belongs to `test`. */
  readonly groupName: string
  /** Workflow name, app slug, or null where there is none. */
  readonly workflow: string | null
  readonly state: JobState
  readonly attempt: number
  readonly runId: number | null
  readonly jobId: number | null
  /** The step that runs now or that failed. */
  readonly step: string | null
  readonly url: string | null
  readonly startedAt: number | null
  readonly completedAt: number | null
  /** True when a newer attempt of the run is going on and this job has not been run again in it (yet). */
  readonly isFromOlderAttempt: boolean
  /** True when nobody reported how it ended and the state follows from how its run did; absent otherwise. See run-ends.ts. */
  readonly isInferred?: boolean
}

/** Jobs of one matrix, or a single job, folded into one line. */
export interface JobGroup {
  readonly name: string
  readonly workflow: string | null
  readonly state: JobState
  readonly jobs: readonly Job[]
}

export interface Stage {
  readonly name: string
  readonly state: JobState
  readonly groups: readonly JobGroup[]
  /** Newest attempt among its jobs; 1 when it has none. */
  readonly attempt: number
  readonly startedAt: number | null
  /** Null while anything in it is unfinished. */
  readonly completedAt: number | null
}

export interface PullRequest {
  readonly number: number
  readonly title: string
  readonly url: string
  readonly state: 'open' | 'closed' | 'merged'
  readonly relation: 'head' | 'merge'
}

/** The newest attempt of a workflow run that was run again, for the card's "re-run" line. */
export interface Rerun {
  readonly runId: number
  readonly workflow: string
  readonly attempt: number
  readonly actorLogin: string | null
}

/** How far a workflow run has come in its newest attempt. */
export interface RunProgress {
  readonly runId: number
  readonly attempt: number
  /** False as well when only jobs of the run are known and not the run itself. */
  readonly isCompleted: boolean
}

export interface Pipeline {
  readonly repository: string
  readonly sha: string
  readonly branch: string | null
  readonly isDefaultBranch: boolean
  readonly pullRequest: PullRequest | null
  readonly title: string | null
  readonly authorLogin: string | null
  readonly authorName: string | null
  readonly authorEmail: string | null
  readonly stages: readonly Stage[]
  readonly verdict: PipelineVerdict
  readonly reruns: readonly Rerun[]
  /** The runs whose jobs are shown. `viewPipeline` always fills it in. */
  readonly runs?: readonly RunProgress[]
  /** Every branch that the commit was seen on; `branch` is the first. `viewPipeline` always fills it in. */
  readonly branches?: readonly string[]
  /** Where the commit stands among those of `branch`. `viewPipeline` always fills it in. */
  readonly place?: BranchPlace
  readonly startedAt: number | null
  /** Null while anything in it is unfinished. */
  readonly completedAt: number | null
  /** True once something ran or waits to run: a pipeline without activity has no card. */
  readonly hasActivity: boolean
}

/** Where a job belongs: the first stage whose pattern matches takes it. */
export interface StageDefinition {
  readonly name: string
  /**
   * Globs, case-insensitive: `job`, or `workflow / job`, or `environment: NAME` for deployments and reviews, or
   * `approval: NAME` for reviews only. A pattern that names an approval, an environment or a workflow goes before one
   * that names a job only, whichever stage comes first. Brackets, plus signs and the like stand for themselves;
   * `*` (also across `/`), `?` and `{a,b}` are the wildcards. A pattern that begins with `!` takes out of the stage
   * what its other patterns match.
   */
  readonly match: readonly string[]
}
