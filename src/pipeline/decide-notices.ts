import { otherChecksStageName } from './default-stages.ts'
import { compileGlob } from './glob.ts'
import { isFailure, isFinal } from './job-state.ts'
import type { Job, Pipeline, Stage } from './pipeline.ts'
import { inferredRunEnds, type RunEnd, runEndsOf } from './run-ends.ts'

/** Something worth a message in the card's thread. Whoever sends notices sends each `key` once. */
export type Notice = (
  | { readonly type: 'stage_ended'; readonly stage: Stage }
  | { readonly type: 'job_failed'; readonly job: Job; readonly stageName: string }
) & {
  readonly key: string
  /** Not to be sent before these have been made sure of: it follows from them, and not from what was said of its jobs. */
  readonly inferredFrom: readonly RunEnd[]
}

/** Jobs that only add up the others for branch protection; their failure says nothing new. */
const summaryNames = ['*all*passed*', '*all*green*', '*all*succe*', '*ci*passed*', 'required checks*'].map(compileGlob)

/**
 * All notices that are due for a pipeline as it stands, in the order of its stages. Depends on the pipeline only, so
 * it may be asked again after each event; what was due once may not be due later (a re-run began).
 */
export function decideNotices(pipeline: Pipeline): readonly Notice[] {
  const inferred = inferredRunEnds(pipeline)
  return pipeline.stages.flatMap((stage, index) => {
    const inferredOfStage = inferred.filter(({ runId }) => jobsOf(stage).some((job) => job.runId === runId))
    const failures = jobsOf(stage)
      .filter((job) => deservesAlert(job, stage, pipeline))
      .map((job): Notice => {
        const inferredFrom = job.source === 'deployment' ? inferredOfStage : inferredFailure(job, pipeline)
        return { type: 'job_failed', key: `failed:${job.key}`, job, stageName: stage.name, inferredFrom }
      })
    if (!hasEnded(stage, index, pipeline)) return failures
    const key = `stage:${stage.name}:${stage.attempt}`
    return [...failures, { type: 'stage_ended', key, stage, inferredFrom: inferredOfStage } satisfies Notice]
  })
}

/** A summary that fails alone in its run may fail for another job whose delivery is late. */
function inferredFailure(job: Job, pipeline: Pipeline): readonly RunEnd[] {
  if (job.runId === null || job.source !== 'job') return []
  return job.isInferred === true || isSummary(job) ? runEndsOf(new Set([job.runId]), pipeline) : []
}

function hasEnded(stage: Stage, index: number, pipeline: Pipeline): boolean {
  const jobs = jobsOf(stage)
  if (jobs.every((job) => job.state === 'skipped') || !jobs.every((job) => isFinal(job.state))) return false
  // Anything that no stage takes may come any time: its line is the last one.
  if (stage.name === otherChecksStageName && pipeline.completedAt === null) return false
  const runIds = new Set(jobs.flatMap((job) => job.runId ?? []))
  const later = pipeline.stages.slice(index + 1).flatMap(jobsOf)
  // More jobs of this stage may still be due, until their run is over or has gone on to a later stage.
  return [...runIds].every(
    (runId) => isCompleted(runId, pipeline) || later.some((job) => job.runId === runId && hasBegun(job)),
  )
}

function deservesAlert(job: Job, stage: Stage, pipeline: Pipeline): boolean {
  // What a re-run has yet to come to is `pending` by now, not failed.
  if (!isFailure(job.state)) return false
  switch (job.source) {
    // Somebody said no: that is an answer, and the run's own job says what came of it.
    case 'review':
      return false
    // A workflow's job that deploys fails together with its deployment, and knows more about why.
    case 'deployment':
      return jobsOf(stage).every((other) => other.source !== 'job' || (isFinal(other.state) && !isFailure(other.state)))
    case 'job':
      return !isSummary(job) || isOnlyFailureOfItsRun(job, pipeline)
    case 'check':
    case 'status':
      return true
  }
}

function isSummary(job: Job): boolean {
  return summaryNames.some((matches) => matches(job.name))
}

/** Decided only once the run is over, because the failure that a summary stands for may be reported after it. */
function isOnlyFailureOfItsRun(job: Job, pipeline: Pipeline): boolean {
  const others = pipeline.stages.flatMap(jobsOf).filter((other) => other.runId === job.runId && other.key !== job.key)
  return job.runId !== null && isCompleted(job.runId, pipeline) && !others.some((other) => isFailure(other.state))
}

function hasBegun(job: Job): boolean {
  return !job.isFromOlderAttempt && job.state !== 'skipped' && (job.startedAt !== null || job.state === 'running')
}

function isCompleted(runId: number, pipeline: Pipeline): boolean {
  return pipeline.runs?.some((run) => run.runId === runId && run.isCompleted) ?? false
}

function jobsOf(stage: Stage): readonly Job[] {
  return stage.groups.flatMap((group) => group.jobs)
}
