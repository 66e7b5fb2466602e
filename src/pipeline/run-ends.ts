/**
 * When a run is known to be over and the end of one of its jobs is not, what became of that job can only be inferred:
 * its delivery is late or lost, or there never was such a job. What is inferred is shown on the card, but nobody is
 * called for it before it has been made sure of.
 */
import type { Fact, JobFact, RunFact } from './facts.ts'
import type { Pipeline } from './pipeline.ts'

/** The end of one attempt of a workflow run. */
export interface RunEnd {
  readonly runId: number
  readonly attempt: number
}

/** What the end of a run's attempt is remembered by, once it has been made sure of. */
export function runEndKey({ runId, attempt }: RunEnd): string {
  return `run_end:${runId}:${attempt}`
}

/** The ends of runs of which some job's end was inferred, by run. */
export function inferredRunEnds(pipeline: Pipeline): readonly RunEnd[] {
  const jobs = pipeline.stages.flatMap((stage) => stage.groups.flatMap((group) => group.jobs))
  const runIds = new Set(jobs.flatMap((job) => (job.isInferred === true ? (job.runId ?? []) : [])))
  return runEndsOf(runIds, pipeline)
}

/** The newest attempts of these runs. */
export function runEndsOf(runIds: ReadonlySet<number>, pipeline: Pipeline): readonly RunEnd[] {
  return (pipeline.runs ?? []).flatMap(({ runId, attempt }) => (runIds.has(runId) ? { runId, attempt } : []))
}

/**
 * Whether an answer about a whole commit tells how this attempt ended: the run is over in it, and so is each of its
 * jobs. GitHub may say that a run is over a moment before it says so of its last job.
 */
export function tellsRunEnd(answer: readonly Fact[], { runId, attempt }: RunEnd): boolean {
  const isOver = answer.some(
    (fact): fact is RunFact =>
      fact.type === 'run' && fact.runId === runId && fact.attempt === attempt && fact.status === 'completed',
  )
  const jobs = answer.filter((fact): fact is JobFact => fact.type === 'job' && fact.runId === runId)
  return isOver && jobs.every((job) => job.status === 'completed')
}
