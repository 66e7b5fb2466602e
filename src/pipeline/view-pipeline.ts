import { otherChecksStageName } from './default-stages.ts'
import type { Fact } from './facts.ts'
import type { PipelineState } from './fold.ts'
import { baseName } from './group-name.ts'
import { combineStates, isFailure, isFinal } from './job-state.ts'
import { matchStage } from './match-stage.ts'
import type { Job, JobGroup, JobState, Pipeline, PipelineVerdict, Stage, StageDefinition } from './pipeline.ts'
import { viewCommit } from './view-commit.ts'
import { viewChecks, viewDeployments, viewReviews, viewStatuses } from './view-other-jobs.ts'
import { type RunView, viewRuns } from './view-runs.ts'

/**
 * Derives what people see of a commit from its facts. Pure: the result depends on which facts there are, not on the
 * order they came in. Cheap enough to be called for each event (a few ms for 300 jobs).
 *
 * @param stages - in the order of the card; jobs that none of them takes go to a last stage `Other checks`
 */
export function viewPipeline(state: PipelineState, stages: readonly StageDefinition[]): Pipeline {
  const facts = [...state.facts.values()]
  const runFacts = ofType(facts, 'run')
  const runs = viewRuns(runFacts, ofType(facts, 'job'))
  const placed = placeJobs(facts, runs, stages)
  const jobs = placed.map(({ job }) => job)
  const isUnfinished = !jobs.every((job) => isFinal(job.state)) || runs.some((run) => isRunGoing(run))
  const ends = jobs.flatMap((job) => job.completedAt ?? [])
  const runEnds = runs.flatMap((run) => run.fact?.updatedAt ?? [])
  const hasActivity = jobs.length > 0 || runs.some((run) => run.fact?.conclusion !== 'skipped')
  const { branches, place, ...commit } = viewCommit(facts)
  return {
    repository: state.repository,
    sha: state.sha,
    ...commit,
    branches,
    place,
    stages: buildStages(placed, stages),
    verdict: verdictOf(jobs, runs, hasActivity),
    reruns: runs.flatMap((run) =>
      run.attempt > 1
        ? {
            runId: run.runId,
            workflow: run.workflow ?? 'workflow',
            attempt: run.attempt,
            actorLogin: run.fact?.attempt === run.attempt ? run.fact.actorLogin : null,
          }
        : [],
    ),
    runs: runs.map(({ runId, attempt, isCompleted }) => ({ runId, attempt, isCompleted })),
    startedAt: earliest([
      ...jobs.flatMap((job) => job.startedAt ?? []),
      ...runs.flatMap((run) => run.fact?.startedAt ?? []),
    ]),
    completedAt: isUnfinished || !hasActivity ? null : latest(ends.length > 0 ? ends : runEnds),
    hasActivity,
  }
}

interface PlacedJob {
  readonly job: Job
  readonly stageName: string
}

function placeJobs(
  facts: readonly Fact[],
  runs: readonly RunView[],
  stages: readonly StageDefinition[],
): readonly PlacedJob[] {
  const current = new Set(runs.map((run) => run.runId))
  const replaced = new Set(ofType(facts, 'run').flatMap((run) => (current.has(run.runId) ? [] : run.runId)))
  const statuses = ofType(facts, 'deployment_status')
  const place = (job: Job, environment: string | null = null): PlacedJob => {
    const isReview = job.source === 'review'
    const stage = matchStage({ name: job.name, workflow: job.workflow, environment, isReview }, stages)
    return { job: withOrderedTimes(job), stageName: stage?.name ?? otherChecksStageName }
  }
  return [
    ...runs.flatMap((run) => run.jobs).map((job) => place(job)),
    ...viewChecks(ofType(facts, 'check')).map((job) => place(job)),
    ...viewStatuses(ofType(facts, 'status')).map((job) => place(job)),
    ...[
      ...viewDeployments(ofType(facts, 'deployment'), statuses),
      ...viewReviews(ofType(facts, 'review'), runs, replaced, statuses),
    ].map(({ job, environment }) => place(job, environment)),
  ].sort((a, b) => compareJobs(a.job, b.job))
}

/** Stages without jobs are pending: theirs may still come, and the card knows when nothing more will. */
function buildStages(placed: readonly PlacedJob[], stages: readonly StageDefinition[]): readonly Stage[] {
  const jobsByStage = Map.groupBy(placed, ({ stageName }) => stageName)
  const names = new Set(stages.map((stage) => stage.name))
  if (jobsByStage.has(otherChecksStageName)) names.add(otherChecksStageName)
  return [...names].map((name) => {
    const jobs = (jobsByStage.get(name) ?? []).map(({ job }) => job)
    return buildStage(name, jobs, jobs.length === 0 ? 'pending' : combineStates(jobs.map((job) => job.state)))
  })
}

/** GitHub gives skipped jobs an end before their start, and apps keep their own clocks; a duration is never negative. */
function withOrderedTimes(job: Job): Job {
  const { startedAt, completedAt } = job
  return startedAt !== null && completedAt !== null && completedAt < startedAt
    ? { ...job, completedAt: startedAt }
    : job
}

function buildStage(name: string, jobs: readonly Job[], state: JobState): Stage {
  // A re-run skips again what was skipped before: that alone is no new attempt of the stage.
  const ran = jobs.filter((job) => job.state !== 'skipped')
  const counted = ran.length > 0 ? ran : jobs
  const attempt = counted.reduce((newest, job) => Math.max(newest, job.attempt), 1)
  // How long the newest attempt took, not how long ago somebody first tried.
  const timed = counted.filter((job) => job.attempt === attempt)
  const isOver = jobs.length > 0 && jobs.every((job) => isFinal(job.state))
  return {
    name,
    state,
    groups: foldMatrices(jobs),
    attempt,
    startedAt: earliest(timed.flatMap((job) => job.startedAt ?? [])),
    completedAt: isOver ? latest(timed.flatMap((job) => job.completedAt ?? job.startedAt ?? [])) : null,
  }
}

/** Folds jobs of one run that differ only in what the brackets at the end of their names say. */
function foldMatrices(jobs: readonly Job[]): readonly JobGroup[] {
  const groupKey = (job: Job) =>
    job.source === 'job' ? JSON.stringify([job.runId, job.workflow, baseName(job.name)]) : job.key
  return [...Map.groupBy(jobs, groupKey).values()].map((same) => {
    const first = same[0]
    const isMatrix = same.length > 1
    const name = isMatrix ? baseName(first?.name ?? '') : (first?.name ?? '')
    return {
      name,
      workflow: first?.workflow ?? null,
      state: combineStates(same.map((job) => job.state)),
      jobs: same.map((job) => ({ ...job, groupName: name })),
    }
  })
}

/** By run and name, so that a line of the card stays where it is when its job is run again. */
function compareJobs(a: Job, b: Job): number {
  return (
    (a.source === 'job' ? 0 : 1) - (b.source === 'job' ? 0 : 1) ||
    (a.runId ?? 0) - (b.runId ?? 0) ||
    compareText(a.name, b.name) ||
    compareText(a.key, b.key)
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function verdictOf(jobs: readonly Job[], runs: readonly RunView[], hasActivity: boolean): PipelineVerdict {
  const has = (...states: readonly Job['state'][]) => jobs.some((job) => states.includes(job.state))
  if (!hasActivity) return 'waiting'
  if (jobs.some((job) => isFailure(job.state))) return 'failed'
  if (has('running', 'queued')) return 'running'
  if (has('waiting', 'action_required')) return 'waiting'
  if (runs.some((run) => isRunGoing(run) && run.fact?.status === 'waiting')) return 'waiting'
  if (has('pending') || runs.some(isRunGoing)) return 'running'
  return has('cancelled') ? 'cancelled' : 'passed'
}

/** A run of which only jobs are known is judged by them alone: its own deliveries may not be subscribed to. */
function isRunGoing(run: RunView): boolean {
  return run.fact !== null && !run.isCompleted
}

function ofType<Type extends Fact['type']>(
  facts: readonly Fact[],
  type: Type,
): readonly Extract<Fact, { type: Type }>[] {
  return facts.filter((fact): fact is Extract<Fact, { type: Type }> => fact.type === type)
}

function earliest(times: readonly number[]): number | null {
  return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b))
}

function latest(times: readonly number[]): number | null {
  return times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b))
}
