/** The bodies of webhook deliveries, made from the state as it is now. */
import { commitOf, simpleCommit } from './actions-objects.ts'
import { runEmission } from './actions-payloads.ts'
import { commitObject, wholePull } from './commit-objects.ts'
import { deploymentObject, deploymentStatusObject, statusObject } from './deployment-objects.ts'
import { commonPayload, type Emission } from './emission.ts'
import { changesOf } from './git.ts'
import { publicUser, repositoryUrl, simpleUser } from './rest-objects.ts'
import type {
  DeploymentState,
  DeploymentStatusState,
  GithubState,
  PullState,
  RepositoryState,
  StatusState,
} from './state.ts'
import { fullNameOf } from './state-access.ts'

export function pushEmission(
  state: GithubState,
  repository: RepositoryState,
  push: {
    readonly branch: string
    readonly before: string | null
    readonly after: string
    readonly by: string
    readonly forced: boolean
  },
): Emission {
  const html = `${state.webUrl}/${fullNameOf(repository)}`
  const before = push.before ?? '0'.repeat(40)
  const commit = commitOf(repository, push.after)
  const username = commit.authorLogin === null ? {} : { username: commit.authorLogin }
  const changes = changesOf(repository, commit)
  const paths = (...statuses: readonly string[]) =>
    changes.filter(({ status }) => statuses.includes(status)).map(({ path }) => path)
  const pushed = {
    ...simpleCommit(commit),
    author: { name: commit.authorName, email: commit.authorEmail, ...username },
    committer: { name: commit.authorName, email: commit.authorEmail, ...username },
    distinct: true,
    url: `${html}/commit/${commit.sha}`,
    added: paths('added', 'renamed'),
    removed: paths('removed'),
    modified: paths('modified'),
  }
  const base = commonPayload(state, repository, push.by)
  const seconds = (at: number) => Math.floor(at / 1000)
  return {
    repository,
    event: 'push',
    payload: {
      ref: `refs/heads/${push.branch}`,
      before,
      after: push.after,
      created: push.before === null,
      deleted: false,
      forced: push.forced,
      base_ref: null,
      compare: `${html}/compare/${before.slice(0, 12)}...${push.after.slice(0, 12)}`,
      commits: [pushed],
      head_commit: pushed,
      ...base,
      // In this event alone the repository's times are numbers and its owner has a name.
      repository: {
        ...base.repository,
        url: html,
        owner: { name: repository.owner, email: null, ...simpleUser(state, repository.owner) },
        created_at: seconds(repository.createdAt),
        pushed_at: seconds(repository.pushedAt),
        stargazers: 0,
        master_branch: repository.defaultBranch,
      },
      pusher: { name: push.by, email: publicUser(state, push.by).email ?? `${push.by}@users.noreply.github.com` },
    },
  }
}

export function pullEmission(
  state: GithubState,
  repository: RepositoryState,
  pull: PullState,
  action: 'opened' | 'synchronize' | 'closed' | 'ready_for_review',
  by: string,
): Emission {
  return {
    repository,
    event: 'pull_request',
    payload: {
      action,
      number: pull.number,
      pull_request: wholePull(state, repository, pull),
      ...commonPayload(state, repository, by),
    },
  }
}

export function statusEmission(state: GithubState, repository: RepositoryState, status: StatusState): Emission {
  const rest = statusObject(state, repository, status)
  const commit = commitObject(state, repository, commitOf(repository, status.sha))
  return {
    repository,
    event: 'status',
    payload: {
      id: status.id,
      sha: status.sha,
      name: fullNameOf(repository),
      target_url: rest.target_url,
      avatar_url: rest.avatar_url,
      context: status.context,
      description: rest.description,
      state: status.state,
      commit,
      branches: [...repository.branches]
        .filter(([, sha]) => sha === status.sha)
        .map(([name, sha]) => ({
          name,
          commit: { sha, url: `${repositoryUrl(state, repository)}/commits/${sha}` },
          protected: name === repository.defaultBranch,
        })),
      created_at: rest.created_at,
      updated_at: rest.updated_at,
      ...commonPayload(state, repository, status.creatorLogin),
    },
  }
}

function workflowOf(state: GithubState, repository: RepositoryState, runId: number | null) {
  const run = runId === null ? undefined : repository.runs.get(runId)
  if (run === undefined) return { workflow: null, workflow_run: null }
  const whole = runEmission(state, repository, run, 'in_progress').payload
  return { workflow: whole.workflow, workflow_run: whole.workflow_run }
}

export function deploymentEmission(
  state: GithubState,
  repository: RepositoryState,
  deployment: DeploymentState,
): Emission {
  return {
    repository,
    event: 'deployment',
    payload: {
      action: 'created',
      deployment: deploymentObject(state, repository, deployment),
      ...workflowOf(state, repository, deployment.runId),
      ...commonPayload(state, repository, deployment.creatorLogin),
    },
  }
}

export function deploymentStatusEmission(
  state: GithubState,
  repository: RepositoryState,
  deployment: DeploymentState,
  status: DeploymentStatusState,
): Emission {
  return {
    repository,
    event: 'deployment_status',
    payload: {
      action: 'created',
      deployment_status: deploymentStatusObject(state, repository, deployment, status),
      deployment: deploymentObject(state, repository, deployment),
      ...workflowOf(state, repository, deployment.runId),
      ...commonPayload(state, repository, deployment.creatorLogin),
    },
  }
}
