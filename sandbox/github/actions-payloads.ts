/** The bodies of webhooks about runs, jobs, checks and approvals, made from the state as it is now. */
import type { EmitterWebhookEvent } from '@octokit/webhooks'
import {
  checkRunObject,
  checkRunOfJob,
  checkSuiteObject,
  commitOf,
  jobHtmlUrl,
  jobObject,
  runObject,
} from './actions-objects.ts'
import { deploymentObject } from './deployment-objects.ts'
import { commonPayload, type Emission } from './emission.ts'
import { iso, isoOrNull, nodeId, repositoryUrl, simpleUser } from './rest-objects.ts'
import type {
  CheckRunState,
  CheckSuiteState,
  DeploymentState,
  GithubState,
  JobState,
  RepositoryState,
  RunState,
} from './state.ts'
import { fullNameOf } from './state-access.ts'

export function runEmission(
  state: GithubState,
  repository: RepositoryState,
  run: RunState,
  action: 'requested' | 'in_progress' | 'completed',
): Emission {
  const workflowUrl = `${repositoryUrl(state, repository)}/actions/workflows/${run.workflow.id}`
  const html = `${state.webUrl}/${fullNameOf(repository)}`
  return {
    repository,
    event: 'workflow_run',
    payload: {
      action,
      workflow_run: runObject(state, repository, run),
      workflow: {
        id: run.workflow.id,
        node_id: nodeId('Workflow', run.workflow.id),
        name: run.workflow.name,
        path: run.workflow.path,
        state: 'active',
        created_at: iso(repository.createdAt),
        updated_at: iso(repository.createdAt),
        url: workflowUrl,
        html_url: `${html}/blob/${repository.defaultBranch}/${run.workflow.path}`,
        badge_url: `${html}/workflows/${encodeURIComponent(run.workflow.name)}/badge.svg`,
      },
      ...commonPayload(state, repository, run.triggeringLogin),
    },
  }
}

export function jobEmission(
  state: GithubState,
  repository: RepositoryState,
  job: JobState,
  action: 'queued' | 'waiting' | 'in_progress' | 'completed',
  now: number,
): Emission {
  const run = repository.runs.get(job.runId)
  const payload = { action, workflow_job: jobObject(state, repository, job, now) }
  return {
    repository,
    event: 'workflow_job',
    payload: { ...payload, ...commonPayload(state, repository, run?.triggeringLogin ?? repository.owner) },
  }
}

/** The check run of a job (`JobState`) or of another app. */
export function checkRunEmission(
  state: GithubState,
  repository: RepositoryState,
  check: JobState | CheckRunState,
  action: 'created' | 'completed',
): Emission {
  const object = 'runId' in check ? checkRunOfJob(state, repository, check) : checkRunObject(state, repository, check)
  const suite = repository.checkSuites.get(object.check_suite?.id ?? 0)
  if (suite === undefined) throw new Error(`Check run ${check.id} belongs to no suite.`)
  const {
    latest_check_runs_count: _,
    check_runs_url: __,
    head_commit: ___,
    repository: ____,
    ...inside
  } = checkSuiteObject(state, repository, suite)
  return {
    repository,
    event: 'check_run',
    payload: {
      action,
      check_run: { ...object, check_suite: inside },
      ...commonPayload(state, repository, senderOf(repository, suite)),
    },
  }
}

export function checkSuiteEmission(state: GithubState, repository: RepositoryState, suite: CheckSuiteState): Emission {
  const { repository: _, ...object } = checkSuiteObject(state, repository, suite)
  const payload = { action: 'completed', check_suite: object }
  return {
    repository,
    event: 'check_suite',
    payload: { ...payload, ...commonPayload(state, repository, senderOf(repository, suite)) },
  }
}

function senderOf(repository: RepositoryState, suite: CheckSuiteState): string {
  const run = [...repository.runs.values()].find((candidate) => candidate.checkSuiteId === suite.id)
  return run?.triggeringLogin ?? commitOf(repository, suite.sha).authorLogin ?? repository.owner
}

/** Asks the App that answers for the environment; nobody else hears of it. */
export function protectionRuleEmission(
  state: GithubState,
  repository: RepositoryState,
  run: RunState,
  deployment: DeploymentState,
): Emission {
  const own = {
    action: 'requested' as const,
    environment: deployment.environment,
    event: run.event,
    deployment_callback_url: `${repositoryUrl(state, repository)}/actions/runs/${run.id}/deployment_protection_rule`,
    deployment: deploymentObject(state, repository, deployment),
    pull_requests: [],
  } satisfies Omit<
    EmitterWebhookEvent<'deployment_protection_rule.requested'>['payload'],
    'repository' | 'organization' | 'sender'
  >
  return {
    repository,
    event: 'deployment_protection_rule',
    isForAppsOnly: true,
    payload: {
      ...own,
      ...commonPayload(state, repository, run.actorLogin),
    },
  }
}

export function reviewEmission(
  state: GithubState,
  repository: RepositoryState,
  job: JobState,
  review: {
    readonly action: 'requested' | 'approved' | 'rejected'
    readonly by: string
    readonly at: number
    readonly comment?: string
  },
): Emission {
  const run = repository.runs.get(job.runId)
  if (run === undefined) throw new Error(`Job ${job.id} belongs to no run.`)
  const jobRun = {
    id: job.id,
    name: job.name,
    status: job.status,
    conclusion: job.conclusion,
    html_url: jobHtmlUrl(state, repository, job),
    created_at: iso(job.createdAt),
    updated_at: isoOrNull(job.startedAt) ?? iso(job.createdAt),
    environment: job.environment?.name ?? null,
  }
  const reviewers = [{ type: 'User', reviewer: simpleUser(state, review.by) }]
  const own =
    review.action === 'requested'
      ? {
          workflow_job_run: jobRun,
          environment: job.environment?.name ?? null,
          reviewers,
          requestor: simpleUser(state, run.actorLogin),
        }
      : {
          workflow_job_runs: [jobRun],
          reviewers,
          approver: simpleUser(state, review.by),
          comment: review.comment ?? (review.action === 'approved' ? 'Go ahead.' : 'Not now.'),
        }
  return {
    repository,
    event: 'deployment_review',
    payload: {
      action: review.action,
      workflow_run: runObject(state, repository, run),
      since: iso(review.at),
      ...own,
      ...commonPayload(state, repository, review.action === 'requested' ? run.actorLogin : review.by),
    },
  }
}
