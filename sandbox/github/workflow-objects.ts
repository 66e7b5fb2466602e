/** Workflows, artifacts and waiting deployments as api.github.com shows them. */
import { iso, nodeId, repositoryUrl, simpleUser } from './rest-objects.ts'
import type { RestArtifact, RestPendingDeployments, RestWorkflow } from './rest-types.ts'
import type { ArtifactState, GithubState, JobState, RepositoryState, RunState, WorkflowState } from './state.ts'
import { fullNameOf } from './state-access.ts'

const ARTIFACT_LIFETIME_MS = 90 * 86_400_000

export function workflowObject(state: GithubState, repository: RepositoryState, workflow: WorkflowState): RestWorkflow {
  const html = `${state.webUrl}/${fullNameOf(repository)}`
  return {
    id: workflow.id,
    node_id: nodeId('Workflow', workflow.id),
    name: workflow.name,
    path: workflow.path,
    state: workflow.isDisabled ? 'disabled_manually' : 'active',
    created_at: iso(repository.createdAt),
    updated_at: iso(repository.createdAt),
    url: `${repositoryUrl(state, repository)}/actions/workflows/${workflow.id}`,
    html_url: `${html}/blob/${repository.defaultBranch}/${workflow.path}`,
    badge_url: `${html}/workflows/${encodeURIComponent(workflow.name)}/badge.svg`,
  }
}

export function artifactObject(
  state: GithubState,
  repository: RepositoryState,
  run: RunState,
  artifact: ArtifactState,
): RestArtifact {
  const url = `${repositoryUrl(state, repository)}/actions/artifacts/${artifact.id}`
  return {
    id: artifact.id,
    node_id: nodeId('Artifact', artifact.id),
    name: artifact.name,
    size_in_bytes: 1024,
    url,
    archive_download_url: `${url}/zip`,
    expired: artifact.isExpired,
    ...(artifact.digest === null ? {} : { digest: artifact.digest }),
    created_at: iso(artifact.createdAt),
    updated_at: iso(artifact.createdAt),
    expires_at: iso(artifact.createdAt + ARTIFACT_LIFETIME_MS),
    workflow_run: {
      id: run.id,
      repository_id: repository.id,
      head_repository_id: repository.id,
      head_branch: run.branch,
      head_sha: run.sha,
    },
  }
}

export function pendingDeployments(
  state: GithubState,
  repository: RepositoryState,
  jobs: readonly JobState[],
): RestPendingDeployments {
  return jobs.flatMap(({ environment, gates, createdAt }) => {
    if (environment === null) return []
    const url = `${repositoryUrl(state, repository)}/environments/${environment.name}`
    return {
      environment: {
        id: createdAt,
        node_id: nodeId('Environment', environment.name),
        name: environment.name,
        url,
        html_url: `${state.webUrl}/${fullNameOf(repository)}/deployments/activity_log?environments_filter=${environment.name}`,
      },
      wait_timer: 0,
      wait_timer_started_at: iso(createdAt),
      current_user_can_approve: false,
      reviewers: gates.some(({ kind }) => kind === 'reviewers')
        ? [{ type: 'User' as const, reviewer: simpleUser(state, repository.owner) }]
        : [],
    }
  })
}
