/**
 * The jobs of a commit's workflow runs as people see them: re-runs replace what they repeat, a newer run of a workflow
 * replaces the older one, and what was never reported to have ended is settled by how its run ended.
 */
import type { JobFact, RunFact } from './facts.ts'
import { isFailure, isFinal, isSuccessful, stateOf, stateOfConclusion } from './job-state.ts'
import type { Job, JobState } from './pipeline.ts'

/** One workflow run with everything known about it. At least one of `fact` and `jobs` is there. */
export interface RunView {
  readonly runId: number
  readonly workflow: string | null
  /** Newest attempt that anything is known of. */
  readonly attempt: number
  /** The run itself, null when only jobs of it are known. */
  readonly fact: RunFact | null
  /** True when the newest attempt is known to have ended. */
  readonly isCompleted: boolean
  readonly jobs: readonly Job[]
}

/** @returns the runs that count, by run id; those that a newer run of the same workflow replaced are left out */
export function viewRuns(runFacts: readonly RunFact[], jobFacts: readonly JobFact[]): readonly RunView[] {
  const jobsByRun = Map.groupBy(jobFacts, (job) => job.runId)
  const factByRun = new Map(currentRuns(runFacts).map((run) => [run.runId, run]))
  const replaced = new Set(runFacts.map((run) => run.runId).filter((runId) => !factByRun.has(runId)))
  const runIds = new Set([...factByRun.keys(), ...jobsByRun.keys()])
  return [...runIds]
    .filter((runId) => !replaced.has(runId))
    .sort((a, b) => a - b)
    .map((runId) => viewRun(runId, factByRun.get(runId) ?? null, jobsByRun.get(runId) ?? []))
}

/**
 * Leaves out runs that were started again as new runs: by the same event on the same branch, or by hand. A run for
 * the push and one for the pull request stand side by side, because they test different trees.
 */
function currentRuns(runs: readonly RunFact[]): readonly RunFact[] {
  const newestFirst = [...runs].sort((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0) || b.runId - a.runId)
  return newestFirst.filter((run, index) => !newestFirst.slice(0, index).some((newer) => isReplacement(newer, run)))
}

function isReplacement(newer: RunFact, older: RunFact): boolean {
  // Without the workflow's id two files of the same name could hide each other's failures.
  if (newer.workflowId === undefined || newer.workflowId !== older.workflowId) return false
  if (newer.branch !== older.branch || newer.conclusion === 'skipped') return false
  return newer.event === older.event || newer.event === 'workflow_dispatch'
}

function viewRun(runId: number, fact: RunFact | null, jobFacts: readonly JobFact[]): RunView {
  const attempt = jobFacts.reduce((newest, job) => Math.max(newest, job.attempt), fact?.attempt ?? 1)
  const isCompleted = fact !== null && fact.status === 'completed' && fact.attempt === attempt
  const workflow = jobFacts.find((job) => job.workflow !== null)?.workflow ?? fact?.workflow ?? null
  const newest = newestByName(withoutCopies(jobFacts, fact))
  const jobs =
    fact !== null && isCompleted
      ? settleJobs(newest, fact, workflow)
      : newest.map((job) => (job.attempt < attempt ? asBeforeRerun(job, workflow) : toJob(job, workflow)))
  return { runId, workflow, attempt, fact, isCompleted, jobs }
}

/**
 * When only the failed jobs are run again, GitHub's REST API lists the others under the new attempt too, as copies with
 * the old times, of which no webhook ever tells. They did not run again: they still belong to the older attempt.
 */
function withoutCopies(jobs: readonly JobFact[], run: RunFact | null): readonly JobFact[] {
  const newestBeganAt = run?.startedAt ?? null
  if (newestBeganAt === null || jobs.every((job) => job.attempt === 1)) return jobs
  const sameName = Map.groupBy(jobs, (job) => job.name)
  const isOlderSelf = (job: JobFact) => (older: JobFact) =>
    older.attempt < job.attempt && older.conclusion === job.conclusion && older.completedAt === job.completedAt
  return jobs.filter(
    (job) =>
      job.startedAt === null || job.startedAt >= newestBeganAt || !sameName.get(job.name)?.some(isOlderSelf(job)),
  )
}

/** Of each name the jobs of the newest attempt that has one. Several jobs of one attempt may share a name. */
function newestByName(jobs: readonly JobFact[]): readonly JobFact[] {
  return [...Map.groupBy(jobs, (job) => job.name).values()].flatMap((same) => {
    const newest = Math.max(...same.map((job) => job.attempt))
    return same.filter((job) => job.attempt === newest)
  })
}

/**
 * A job that a re-run has not come to yet: its success stands, anything else is to be done again. A skipped job too,
 * for most were skipped because of the very failure that the re-run is about.
 */
function asBeforeRerun(fact: JobFact, workflow: string | null): Job {
  const job = toJob(fact, workflow)
  if (job.state === 'passed' || job.state === 'neutral') return { ...job, isFromOlderAttempt: true }
  return { ...job, state: 'pending', step: null, startedAt: null, completedAt: null, isFromOlderAttempt: true }
}

/** Jobs of a run that has ended: none of them may be left going, even if a delivery was lost. */
function settleJobs(facts: readonly JobFact[], run: RunFact, workflow: string | null): readonly Job[] {
  const outcome = stateOfConclusion(run.conclusion)
  const reported = facts.map((fact) => ({ fact, job: toJob(fact, workflow) }))
  const hasKnownFailure = reported.some(({ job }) => isFailure(job.state))
  const lost = reported.filter(({ job }) => !isFinal(job.state) && job.startedAt !== null)
  const isCulpritKnown = hasKnownFailure || lost.length === 1
  const settled = reported.map(({ fact, job }): Job => {
    if (run.conclusion === 'success' && fact.status === 'completed' && !isSuccessful(job.state)) {
      // Either the workflow tolerates this failure, or the delivery about the successful re-run was lost.
      return fact.attempt < run.attempt
        ? { ...job, state: 'passed', step: null, isInferred: true }
        : { ...job, state: 'neutral', step: null }
    }
    if (isFinal(job.state)) return job
    const state = isFailure(outcome) ? lostStateInFailedRun(job, hasKnownFailure, lost.length) : outcome
    const completedAt = job.startedAt === null ? null : run.updatedAt
    return { ...job, state: isFinal(state) ? state : 'neutral', completedAt, isInferred: true }
  })
  const explains = isFailure(outcome) ? isCulpritKnown : settled.length > 0 || isSuccessful(outcome)
  return explains ? settled : [...settled, runAsJob(run, outcome)]
}

/** In a failed run of which no failed job is known, the only job whose end is missing must be the one. */
function lostStateInFailedRun(job: Job, hasKnownFailure: boolean, lostCount: number): JobState {
  if (job.startedAt === null) return 'skipped'
  return !hasKnownFailure && lostCount === 1 ? 'failed' : 'neutral'
}

/** Stands for a run whose end no job explains: a workflow file with an error, an approval for a fork, lost deliveries. */
function runAsJob(run: RunFact, state: JobState): Job {
  return {
    key: run.key,
    source: 'job',
    name: run.workflow,
    groupName: run.workflow,
    workflow: run.workflow,
    state,
    attempt: run.attempt,
    runId: run.runId,
    jobId: null,
    step: null,
    url: run.url || null,
    startedAt: run.startedAt,
    completedAt: isFinal(state) ? run.updatedAt : null,
    isFromOlderAttempt: false,
    // A run that could not start has no jobs, and says so itself.
    ...(isFailure(state) && run.conclusion !== 'startup_failure' ? { isInferred: true } : {}),
  }
}

function toJob(fact: JobFact, workflow: string | null): Job {
  return {
    key: fact.key,
    source: 'job',
    name: fact.name,
    groupName: fact.name,
    workflow: fact.workflow ?? workflow,
    state: stateOf(fact.status, fact.conclusion),
    attempt: fact.attempt,
    runId: fact.runId,
    jobId: fact.jobId,
    step: fact.step,
    url: fact.url || null,
    startedAt: fact.startedAt,
    completedAt: fact.completedAt,
    isFromOlderAttempt: false,
  }
}
