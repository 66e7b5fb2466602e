/** The life of a job: its `workflow_job`, its check run, and the deployment that its environment makes. */
import { jobHtmlUrl } from './actions-objects.ts'
import { checkRunEmission, jobEmission, protectionRuleEmission, reviewEmission } from './actions-payloads.ts'
import { annotationsFrom } from './annotations.ts'
import type { Change, Moment } from './change.ts'
import { addDeployment, moveDeployment } from './deployments.ts'
import type { Emission } from './emission.ts'
import { findJob, runOfRef } from './find.ts'
import type { EnvironmentSpec, FailureSpec, GateKind } from './pipeline-spec.ts'
import type { DeploymentState, GithubState, JobState, RepositoryState, RunState, StepState } from './state.ts'
import { newId } from './state-access.ts'
import type { AnnotationState, DeploymentStateName } from './terms.ts'
import { deploymentEmission } from './webhook-payloads.ts'

/** What is known of a job when it comes to be. */
interface NewJob {
  readonly job: string
  readonly steps: readonly StepState[]
  readonly environment: EnvironmentSpec | null
}

type JobChange = Extract<Change, { type: `job_${string}` | 'gate_answered' }>

export function applyJobChange(
  state: GithubState,
  repository: RepositoryState,
  change: JobChange,
  moment: Moment,
): readonly Emission[] {
  const { now } = moment
  const run = runOfRef(repository, change.run)
  const tell = (job: JobState, action: 'queued' | 'waiting' | 'in_progress' | 'completed') =>
    jobEmission(state, repository, job, action, now)
  switch (change.type) {
    case 'job_queued': {
      const job = addJob(state, repository, run, change, 'queued', moment)
      return [tell(job, 'queued'), checkRunEmission(state, repository, job, 'created')]
    }
    case 'job_waiting': {
      const job = addJob(state, repository, run, change, 'waiting', moment)
      if (run.status === 'queued') run.status = 'waiting'
      const by = job.environment?.approval?.by ?? repository.owner
      const asks = (kind: GateKind) => job.gates.some((gate) => gate.kind === kind)
      const deployed = deploy(state, repository, run, job, 'waiting', now)
      return [
        tell(job, 'waiting'),
        checkRunEmission(state, repository, job, 'created'),
        ...deployed,
        ...(asks('rule') ? [protectionRuleEmission(state, repository, run, deploymentOf(repository, job))] : []),
        ...(job.gates.length === 0 || asks('reviewers')
          ? [reviewEmission(state, repository, job, { action: 'requested', by, at: now })]
          : []),
      ]
    }
    case 'job_reviewed': {
      const job = findJob(repository, run, change.job)
      const review = { action: change.state, by: change.by, at: now }
      if (change.state === 'rejected') return [reviewEmission(state, repository, job, review)]
      job.status = 'queued'
      if (run.status === 'waiting') run.status = 'queued'
      return [reviewEmission(state, repository, job, review), tell(job, 'queued')]
    }
    case 'gate_answered': {
      const job = findJob(repository, run, change.job)
      const gate = job.gates.find(({ kind }) => kind === change.kind)
      if (gate?.state !== 'waiting') throw new Error(`Job "${change.job}" does not wait for its ${change.kind}.`)
      gate.state = change.state
      gate.answer = { by: change.by, comment: change.comment }
      if (change.kind === 'rule' || change.state === 'expired') return []
      const review = { action: change.state, by: change.by, at: now, comment: change.comment }
      return [reviewEmission(state, repository, job, review)]
    }
    case 'job_released': {
      const job = findJob(repository, run, change.job)
      job.status = 'queued'
      if (run.status === 'waiting') run.status = 'queued'
      return [tell(job, 'queued')]
    }
    case 'job_in_progress': {
      const job = findJob(repository, run, change.job)
      job.status = 'in_progress'
      job.startedAt = now
      run.updatedAt = now
      return [tell(job, 'in_progress'), ...deploy(state, repository, run, job, 'in_progress', now)]
    }
    case 'job_completed': {
      const job = findJob(repository, run, change.job)
      job.status = 'completed'
      job.conclusion = change.conclusion
      job.completedAt = now
      // A job that never got to run (rejected, cancelled in the queue) has no failing step and prints nothing.
      if (change.failure !== null && job.startedAt !== null) fail(job, change.failure)
      if (job.startedAt !== null) job.annotations = [...(change.annotations ?? []), ...job.annotations]
      return [
        tell(job, 'completed'),
        checkRunEmission(state, repository, job, 'completed'),
        ...deploy(state, repository, run, job, change.conclusion === 'success' ? 'success' : 'failure', now),
      ]
    }
    case 'job_skipped': {
      const job = addJob(state, repository, run, { job: change.job, steps: [], environment: null }, 'completed', moment)
      job.conclusion = 'skipped'
      job.startedAt = now
      job.completedAt = now
      return [tell(job, 'completed'), checkRunEmission(state, repository, job, 'completed')]
    }
  }
}

function addJob(
  state: GithubState,
  repository: RepositoryState,
  run: RunState,
  change: NewJob,
  status: JobState['status'],
  moment: Moment,
): JobState {
  const job: JobState = {
    id: newId(state),
    runId: run.id,
    attempt: run.attempt,
    name: change.job,
    steps: change.steps.map((step) => ({ ...step, durationMs: step.durationMs / moment.speed })),
    environment: change.environment,
    gates: (status === 'waiting' ? (change.environment?.gates ?? []) : []).map((kind) => ({
      kind,
      state: 'waiting',
      answer: null,
    })),
    status,
    conclusion: null,
    failingStep: null,
    createdAt: moment.now,
    startedAt: null,
    completedAt: null,
    failure: null,
    annotations: [],
  }
  repository.jobs.set(job.id, job)
  repository.jobsOfRun.get(run.id)?.push(job)
  return job
}

function fail(job: JobState, failure: FailureSpec): void {
  const own = job.steps.slice(1, -1)
  const step = own.find((known) => known.name === failure.step) ?? own.at(-1)
  job.failingStep = step?.name ?? null
  job.failure = failure
  // Every failing `run` step gets this one from GitHub itself, besides what the step's tools annotated.
  const exit: AnnotationState = {
    path: '.github',
    line: 1,
    level: 'failure',
    title: null,
    message: `Process completed with exit code ${failure.exitCode ?? 1}.`,
  }
  job.annotations = [...annotationsFrom(failure.annotations), exit]
}

/** What a job's environment has made of it. */
function deploymentOf(repository: RepositoryState, job: JobState): DeploymentState {
  const found = repository.deployments.find((deployment) => deployment.ref === `job:${job.id}`)
  if (found === undefined) throw new Error(`Job ${job.id} has made no deployment.`)
  return found
}

/** Jobs with an environment make a deployment when they begin (or begin to wait), and move it as they go on. */
function deploy(
  state: GithubState,
  repository: RepositoryState,
  run: RunState,
  job: JobState,
  name: DeploymentStateName,
  now: number,
): readonly Emission[] {
  if (job.environment === null) return []
  const ref = `job:${job.id}`
  const known = repository.deployments.find((deployment) => deployment.ref === ref)
  // Cancelled or failed before it began: nothing was deployed.
  if (known === undefined && name === 'failure') return []
  const logUrl = jobHtmlUrl(state, repository, job)
  const spec = {
    sha: run.sha,
    branch: run.branch,
    environment: job.environment.name,
    by: 'github-actions[bot]',
    runId: run.id,
    ref,
  }
  const deployment = known ?? addDeployment(state, repository, spec, now)
  return [
    ...(known === undefined ? [deploymentEmission(state, repository, deployment)] : []),
    ...moveDeployment(state, repository, deployment, name, job.environment.url ?? '', logUrl, now),
  ]
}
