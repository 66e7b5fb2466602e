/** Commit statuses and deployments as api.github.com shows them. */

import { createHash } from 'node:crypto'
import { commitOf } from './actions-objects.ts'
import { commitObject } from './commit-objects.ts'
import { appObject, iso, minimalRepository, nodeId, repositoryUrl, simpleUser } from './rest-objects.ts'
import type {
  RestCombinedStatus,
  RestDeployment,
  RestDeploymentStatus,
  RestPendingDeployment,
  RestStatus,
} from './rest-types.ts'
import type {
  DeploymentState,
  DeploymentStatusState,
  GithubState,
  RepositoryState,
  RunState,
  StatusState,
} from './state.ts'
import { fullNameOf } from './state-access.ts'

export function statusObject(state: GithubState, repository: RepositoryState, status: StatusState): RestStatus {
  return {
    url: `${repositoryUrl(state, repository)}/statuses/${status.sha}`,
    avatar_url: simpleUser(state, status.creatorLogin).avatar_url,
    id: status.id,
    node_id: nodeId('Status', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: iso(status.createdAt),
    updated_at: iso(status.createdAt),
    creator: simpleUser(state, status.creatorLogin),
  }
}

/** The newest status of each context, and what they add up to. */
export function combinedStatus(state: GithubState, repository: RepositoryState, sha: string): RestCombinedStatus {
  const newest = new Map<string, StatusState>()
  for (const status of repository.statuses) if (status.sha === sha) newest.set(status.context, status)
  const all = [...newest.values()]
  const hasFailed = all.some((status) => status.state === 'failure' || status.state === 'error')
  const isPending = all.length === 0 || all.some((status) => status.state === 'pending')
  return {
    state: hasFailed ? 'failure' : isPending ? 'pending' : 'success',
    statuses: all.map((status) => {
      const { creator, ...simple } = statusObject(state, repository, status)
      return { ...simple, avatar_url: creator?.avatar_url ?? null, required: false }
    }),
    sha,
    total_count: all.length,
    repository: minimalRepository(state, repository),
    commit_url: commitObject(state, repository, commitOf(repository, sha)).url,
    url: `${repositoryUrl(state, repository)}/commits/${sha}/status`,
  }
}

export function deploymentObject(
  state: GithubState,
  repository: RepositoryState,
  deployment: DeploymentState,
): RestDeployment {
  const url = `${repositoryUrl(state, repository)}/deployments/${deployment.id}`
  return {
    url,
    id: deployment.id,
    node_id: nodeId('Deployment', deployment.id),
    sha: deployment.sha,
    ref: deployment.branch,
    task: 'deploy',
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: simpleUser(state, deployment.creatorLogin),
    created_at: iso(deployment.createdAt),
    updated_at: iso(deployment.statuses.at(-1)?.createdAt ?? deployment.createdAt),
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl(state, repository),
    transient_environment: deployment.isTransient,
    production_environment: deployment.isProduction,
    performed_via_github_app: deployment.runId === null ? null : appObject(state, 'github-actions'),
  }
}

/**
 * The environments that a run waits for, each once however many of its jobs wait. Every rule of the simulation is one
 * reviewer.
 *
 * @param login - who asks
 */
export function pendingDeployments(
  state: GithubState,
  repository: RepositoryState,
  run: RunState,
  login: string | null,
): readonly RestPendingDeployment[] {
  const jobs = repository.jobsOfRun.get(run.id) ?? []
  const waiting = jobs.filter((job) => job.attempt === run.attempt && job.status === 'waiting')
  const environments = new Map(
    waiting.flatMap(({ environment }) => (environment ? [[environment.name, environment]] : [])),
  )
  return [...environments.values()].map(({ name, approval }) => {
    const by = approval?.by ?? repository.owner
    // Environments are no objects of the simulation; the same one has the same id each time.
    const id = Number.parseInt(createHash('sha1').update(`${repository.id} ${name}`).digest('hex').slice(0, 8), 16)
    return {
      environment: {
        id,
        node_id: nodeId('Environment', id),
        name,
        url: `${repositoryUrl(state, repository)}/environments/${encodeURIComponent(name)}`,
        html_url: `${state.webUrl}/${fullNameOf(repository)}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
      },
      wait_timer: 0,
      wait_timer_started_at: null,
      current_user_can_approve: login === by,
      reviewers: [{ type: 'User', reviewer: simpleUser(state, by) }],
    }
  })
}

export function deploymentStatusObject(
  state: GithubState,
  repository: RepositoryState,
  deployment: DeploymentState,
  status: DeploymentStatusState,
): RestDeploymentStatus {
  const url = `${repositoryUrl(state, repository)}/deployments/${deployment.id}`
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    state: status.state,
    creator: simpleUser(state, status.creatorLogin),
    description: status.description,
    environment: deployment.environment,
    target_url: status.logUrl,
    created_at: iso(status.createdAt),
    updated_at: iso(status.createdAt),
    deployment_url: url,
    repository_url: repositoryUrl(state, repository),
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: deployment.runId === null ? null : appObject(state, 'github-actions'),
  }
}
