/** Checks, commit statuses, deployments and approvals as jobs: what runs outside of GitHub's own workflows. */
import type { CheckFact, DeploymentFact, DeploymentStatusFact, ReviewFact, StatusFact } from './facts.ts'
import { isFinal, isSuccessful, stateOf, stateOfConclusion } from './job-state.ts'
import type { Job, JobState } from './pipeline.ts'
import type { RunView } from './view-runs.ts'

/** A job with the environment that it concerns, which its stage may depend on. */
export interface EnvironmentJob {
  readonly job: Job
  readonly environment: string
}

/** An app that runs a check again may make a new check run for it: of each app and name the newest one counts. */
export function viewChecks(checks: readonly CheckFact[]): readonly Job[] {
  return [...Map.groupBy(checks, (check) => JSON.stringify([check.app, check.name])).values()].map((same) => {
    const check = same.reduce((newest, other) => (other.checkRunId > newest.checkRunId ? other : newest))
    return newJob({
      key: check.key,
      source: 'check',
      name: check.name,
      workflow: check.app,
      state: stateOf(check.status, check.conclusion),
      url: check.url,
      startedAt: check.startedAt,
      completedAt: check.completedAt,
    })
  })
}

export function viewStatuses(statuses: readonly StatusFact[]): readonly Job[] {
  return statuses.map((status) => {
    const state = status.state === 'success' ? 'passed' : status.state === 'pending' ? 'running' : 'failed'
    return newJob({
      key: status.key,
      source: 'status',
      name: status.context,
      workflow: null,
      state,
      url: status.url,
      startedAt: null,
      completedAt: isFinal(state) ? status.updatedAt : null,
    })
  })
}

/** Of each environment the newest deployment, in its newest status. */
export function viewDeployments(
  deployments: readonly DeploymentFact[],
  statuses: readonly DeploymentStatusFact[],
): readonly EnvironmentJob[] {
  const factById = new Map(deployments.map((fact) => [fact.deploymentId, fact]))
  const statusById = new Map(statuses.map((fact) => [fact.deploymentId, fact]))
  const ids = [...new Set([...factById.keys(), ...statusById.keys()])]
  const environmentOf = (id: number) => statusById.get(id)?.environment ?? factById.get(id)?.environment ?? ''
  return [...Map.groupBy(ids, environmentOf)].map(([environment, sameIds]) => {
    const id = Math.max(...sameIds)
    const status = statusById.get(id)
    const state = deploymentState(status)
    const hasBegun = state === 'running' || isFinal(state)
    const job = newJob({
      key: `deployment:${id}`,
      source: 'deployment',
      name: `deployment to ${environment}`,
      workflow: null,
      state,
      url: status?.url ?? status?.environmentUrl ?? null,
      startedAt: hasBegun ? (factById.get(id)?.createdAt ?? null) : null,
      // The time of `inactive` is that of the deployment which took its place.
      completedAt: isFinal(state) && status?.state !== 'inactive' ? (status?.createdAt ?? null) : null,
    })
    return { job, environment }
  })
}

function deploymentState(status: DeploymentStatusFact | undefined): JobState {
  switch (status?.state) {
    case undefined:
    case 'pending':
      return 'pending'
    case 'queued':
    case 'waiting':
      return status.state
    case 'in_progress':
      return 'running'
    // GitHub makes a deployment inactive when a later one has succeeded it: this one had been successful.
    case 'success':
    case 'inactive':
      return 'passed'
    case 'failure':
    case 'error':
      return 'failed'
  }
}

/** Approvals that GitHub's environments ask for. */
export function viewReviews(
  reviews: readonly ReviewFact[],
  runs: readonly RunView[],
  replacedRunIds: ReadonlySet<number>,
  deploymentStatuses: readonly DeploymentStatusFact[],
): readonly EnvironmentJob[] {
  return reviews
    .filter((review) => review.runId === null || !replacedRunIds.has(review.runId))
    .map((review) => {
      const run = runs.find((candidate) => candidate.runId === review.runId)
      const state = reviewState(review, run, deploymentStatuses)
      const job = newJob({
        key: review.key,
        source: 'review',
        name: `approval for ${review.environment}`,
        workflow: run?.workflow ?? null,
        state,
        runId: review.runId,
        url: run?.fact?.url || null,
        startedAt: null,
        completedAt: isFinal(state) ? review.at : null,
      })
      return { job, environment: review.environment }
    })
}

/** A request is also over when its run has ended or its deployment has gone on: nobody reports a custom rule's answer. */
function reviewState(
  review: ReviewFact,
  run: RunView | undefined,
  deploymentStatuses: readonly DeploymentStatusFact[],
): JobState {
  if (review.state === 'approved') return 'passed'
  if (review.state === 'rejected') return 'failed'
  if (run?.isCompleted && run.fact) {
    return isSuccessful(stateOfConclusion(run.fact.conclusion)) ? 'passed' : 'cancelled'
  }
  const wentOn = deploymentStatuses.some(
    (status) =>
      status.environment === review.environment &&
      status.createdAt >= review.at &&
      !['waiting', 'pending', 'queued'].includes(status.state),
  )
  return wentOn ? 'passed' : 'waiting'
}

type Given = Pick<Job, 'key' | 'source' | 'name' | 'workflow' | 'state' | 'url' | 'startedAt' | 'completedAt'>

function newJob(given: Given & { readonly runId?: number | null }): Job {
  return {
    groupName: given.name,
    attempt: 1,
    runId: null,
    jobId: null,
    step: null,
    isFromOlderAttempt: false,
    ...given,
  }
}
