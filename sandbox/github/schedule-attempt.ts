/** When each job of one attempt of a workflow run is queued, starts and ends, and how: what GitHub's scheduler does. */
import { annotationsFrom } from './annotations.ts'
import type { Change, ScriptStep } from './change.ts'
import type { JobSpec, Outcome, StepSpec, WorkflowSpec } from './pipeline-spec.ts'
import type { StepState } from './state.ts'
import type { Conclusion } from './terms.ts'

const DEFAULT_JOB_MS = 30_000
/** From "its needs are met" to "queued", and the shortest wait for a runner. */
const QUEUE_MS = 300
const RUNNER_MS = 1_500

/** One job of a matrix, or a job that has none. */
export interface PlannedJob {
  readonly spec: JobSpec
  readonly name: string
  readonly outcomes: readonly Outcome[]
}

export interface AttemptInput {
  readonly repository: string
  readonly run: string
  readonly workflow: WorkflowSpec
  readonly event: string
  readonly attempt: number
  /** When the attempt was asked for, in milliseconds of the script. */
  readonly startMs: number
  /** Names of the jobs that are taken over from the attempt before, with how they ended. */
  readonly takenOver: ReadonlyMap<string, Conclusion>
  /** What was answered for the jobs with gates, by their names; a job without an answer waits. */
  readonly answers?: ReadonlyMap<string, GateAnswer>
}

export interface GateAnswer {
  /** In milliseconds of the script, as `startMs`. */
  readonly atMs: number
  readonly isApproved: boolean
}

export interface ScheduledAttempt {
  readonly steps: readonly ScriptStep[]
  /** Null when it never ends: an approval that nobody gives. */
  readonly endMs: number | null
  readonly conclusion: Conclusion
  /** How each job ended. */
  readonly conclusions: ReadonlyMap<string, Conclusion>
}

interface Ended {
  readonly atMs: number
  readonly conclusion: Conclusion
}

/** Spreads out the matrix: `{ node: [22, 24] }` of `Test` is `Test (22)` and `Test (24)`. */
export function plannedJobs(workflow: WorkflowSpec): readonly PlannedJob[] {
  return workflow.jobs.flatMap((spec) =>
    combinations(Object.values(spec.matrix ?? {})).map((values) => {
      const inBrackets = values.join(', ')
      return {
        spec,
        name: values.length === 0 ? spec.name : `${spec.name} (${inBrackets})`,
        outcomes: spec.matrixOutcomes?.[inBrackets] ?? spec.outcomes ?? (['success'] as const),
      }
    }),
  )
}

/**
 * @returns the steps after the request itself, in order of time
 * @throws when a job needs one that does not exist, or jobs need each other in a circle
 */
export function scheduleAttempt(input: AttemptInput): ScheduledAttempt {
  const jobs = plannedJobs(input.workflow)
  const cancelMs =
    input.workflow.cancelAfterMs !== undefined && input.attempt === 1
      ? input.startMs + input.workflow.cancelAfterMs
      : null
  const steps: ScriptStep[] = []
  const ended = new Map<string, Ended>()
  let isStuck = false
  for (const [name, conclusion] of input.takenOver) ended.set(name, { atMs: input.startMs, conclusion })

  let open = jobs.filter((job) => !ended.has(job.name))
  const stuck = new Set<string>()
  while (open.length > 0) {
    const ready = open.filter((job) => needsOf(job, jobs).every((need) => ended.has(need.name) || stuck.has(need.name)))
    if (ready.length === 0) {
      throw new Error(
        `Jobs of "${input.workflow.name}" need each other in a circle: ${open.map((job) => job.name).join(', ')}.`,
      )
    }
    for (const job of ready) {
      const needs = needsOf(job, jobs)
      if (needs.some((need) => stuck.has(need.name))) {
        stuck.add(job.name)
        continue
      }
      const end = scheduleJob(
        input,
        job,
        jobs.indexOf(job),
        needs.flatMap((need) => ended.get(need.name) ?? []),
        cancelMs,
        steps,
      )
      if (end === null) {
        stuck.add(job.name)
        isStuck = true
      } else ended.set(job.name, end)
    }
    open = open.filter((job) => !ended.has(job.name) && !stuck.has(job.name))
  }

  const conclusions = new Map([...ended].map(([name, end]) => [name, end.conclusion]))
  const conclusion = addUp([...conclusions.values()])
  const firstStart = steps.find((step) => step.changes.some((change) => change.type === 'job_in_progress'))?.atMs
  const at = (atMs: number, change: Change): ScriptStep => ({ atMs, repository: input.repository, changes: [change] })
  if (firstStart !== undefined) steps.push(at(firstStart, { type: 'run_in_progress', run: input.run }))
  const lastEnd = Math.max(input.startMs, ...[...ended.values()].map((end) => end.atMs))
  if (!isStuck) steps.push(at(lastEnd + QUEUE_MS, { type: 'run_completed', run: input.run, conclusion }))
  return {
    steps: steps.sort((a, b) => a.atMs - b.atMs),
    endMs: isStuck ? null : lastEnd + QUEUE_MS,
    conclusion,
    conclusions,
  }
}

function scheduleJob(
  input: AttemptInput,
  job: PlannedJob,
  index: number,
  needs: readonly Ended[],
  cancelMs: number | null,
  steps: ScriptStep[],
): Ended | null {
  const ref = { run: input.run, job: job.name }
  const push = (atMs: number, ...changes: Change[]) => steps.push({ atMs, repository: input.repository, changes })
  const readyMs = Math.max(input.startMs, ...needs.map((need) => need.atMs)) + QUEUE_MS
  const haveNeedsSucceeded = needs.every((need) => need.conclusion === 'success')
  const runs = job.spec.when === 'always' || (job.spec.when !== 'never' && haveNeedsSucceeded)
  if (!runs || (cancelMs !== null && readyMs >= cancelMs)) {
    push(readyMs, { type: 'job_skipped', ...ref })
    return { atMs: readyMs, conclusion: 'skipped' }
  }

  const environment = job.spec.environment ?? null
  const durationMs = job.spec.durationMs ?? totalOf(job.spec.steps) ?? DEFAULT_JOB_MS
  const planned = { ...ref, steps: stepsOfJob(job.spec, durationMs), environment }
  const approval = environment?.approval
  let queuedMs = readyMs
  if (environment?.gates !== undefined && environment.gates.length > 0) {
    push(readyMs, { type: 'job_waiting', ...planned })
    const answer = input.answers?.get(job.name)
    if (answer === undefined) return null
    queuedMs = Math.max(readyMs, answer.atMs)
    if (!answer.isApproved) {
      push(queuedMs, { type: 'job_completed', ...ref, conclusion: 'failure', failure: null })
      return { atMs: queuedMs, conclusion: 'failure' }
    }
    push(queuedMs, { type: 'job_released', ...ref })
  } else if (approval === undefined) push(readyMs, { type: 'job_queued', ...planned })
  else {
    push(readyMs, { type: 'job_waiting', ...planned })
    if (approval.decision === 'none') return null
    queuedMs = readyMs + approval.waitMs
    push(queuedMs, { type: 'job_reviewed', ...ref, state: approval.decision, by: approval.by })
    if (approval.decision === 'rejected') {
      push(queuedMs, { type: 'job_completed', ...ref, conclusion: 'failure', failure: null })
      return { atMs: queuedMs, conclusion: 'failure' }
    }
  }

  const startMs = queuedMs + RUNNER_MS + (index % 7) * 250
  const endMs = startMs + durationMs
  const outcomes = (job.spec.outcomesOn ?? input.event) === input.event ? job.outcomes : []
  const outcome = outcomes[Math.min(input.attempt, outcomes.length) - 1] ?? 'success'
  if (cancelMs !== null && cancelMs < endMs) {
    if (startMs < cancelMs) push(startMs, { type: 'job_in_progress', ...ref })
    push(cancelMs, { type: 'job_completed', ...ref, conclusion: 'cancelled', failure: null })
    return { atMs: cancelMs, conclusion: 'cancelled' }
  }
  push(startMs, { type: 'job_in_progress', ...ref })
  const hasFailed = outcome === 'failure' || outcome === 'timed_out'
  push(endMs, {
    type: 'job_completed',
    ...ref,
    conclusion: outcome,
    failure: hasFailed ? (job.spec.failure ?? {}) : null,
    ...(job.spec.annotations === undefined ? {} : { annotations: annotationsFrom(job.spec.annotations) }),
  })
  return { atMs: endMs, conclusion: outcome }
}

/** The jobs that a job waits for, each with all of its matrix. */
function needsOf(job: PlannedJob, jobs: readonly PlannedJob[]): readonly PlannedJob[] {
  return (job.spec.needs ?? []).flatMap((key) => {
    const needed = jobs.filter((candidate) => candidate.spec.key === key)
    if (needed.length === 0) throw new Error(`Job "${job.spec.key}" needs "${key}", which its workflow does not have.`)
    return needed
  })
}

function combinations(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return lists.reduce<readonly (readonly string[])[]>(
    (soFar, values) => soFar.flatMap((before) => values.map((value) => [...before, value])),
    [[]],
  )
}

function addUp(conclusions: readonly Conclusion[]): Conclusion {
  if (conclusions.some((conclusion) => conclusion === 'failure' || conclusion === 'timed_out')) return 'failure'
  if (conclusions.includes('cancelled')) return 'cancelled'
  return conclusions.length > 0 && conclusions.every((conclusion) => conclusion === 'skipped') ? 'skipped' : 'success'
}

function totalOf(steps: readonly StepSpec[] | undefined): number | null {
  const known = (steps ?? []).flatMap((step) => step.durationMs ?? [])
  return known.length > 0 && known.length === steps?.length ? known.reduce((sum, ms) => sum + ms, 0) : null
}

/** The runner's own steps around the given ones; those without a duration share what is left of the job's. */
function stepsOfJob(job: JobSpec, durationMs: number): readonly StepState[] {
  const own = job.steps ?? [{ name: 'Run actions/checkout@v4' }, { name: `Run ${job.key}` }]
  const known = own.reduce((sum, step) => sum + (step.durationMs ?? 0), 0)
  const around = Math.min(500, durationMs / 20)
  const unknown = own.filter((step) => step.durationMs === undefined).length
  const share = unknown === 0 ? 0 : Math.max(0, durationMs - known - 2 * around) / unknown
  return [
    { name: 'Set up job', durationMs: around },
    ...own.map((step) => ({ name: step.name, durationMs: step.durationMs ?? share })),
    { name: 'Complete job', durationMs: around },
  ]
}
