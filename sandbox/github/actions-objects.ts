/** Runs, jobs, checks, statuses and deployments as api.github.com shows them. */
import {
  appObject,
  iso,
  isoOrNull,
  minimalRepository,
  nodeId,
  repositoryUrl,
  simpleUser,
  treeOf,
} from './rest-objects.ts'
import type { RestAnnotation, RestCheckRun, RestCheckSuite, RestJob, RestRun } from './rest-types.ts'
import type {
  CheckRunState,
  CheckSuiteState,
  CommitState,
  GithubState,
  JobState,
  RepositoryState,
  RunState,
} from './state.ts'
import { fullNameOf } from './state-access.ts'
import type { AnnotationState } from './terms.ts'

export function simpleCommit(commit: CommitState) {
  const person = { name: commit.authorName, email: commit.authorEmail }
  return {
    id: commit.sha,
    tree_id: treeOf(commit.sha),
    message: commit.message,
    timestamp: iso(commit.at),
    author: person,
    committer: person,
  }
}

export function commitOf(repository: RepositoryState, sha: string): CommitState {
  const commit = repository.commits.get(sha)
  if (commit === undefined) throw new Error(`${fullNameOf(repository)} has no commit ${sha}.`)
  return commit
}

/** The pull requests with that head that are still open, in the short form that runs and checks carry. */
function pullsOf(state: GithubState, repository: RepositoryState, sha: string) {
  const repo = { id: repository.id, url: repositoryUrl(state, repository), name: repository.name }
  return [...repository.pulls.values()]
    .filter((pull) => pull.headSha === sha && pull.state === 'open')
    .map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: `${repositoryUrl(state, repository)}/pulls/${pull.number}`,
      head: { ref: pull.headRef, sha: pull.headSha, repo },
      base: { ref: pull.baseRef, sha: pull.baseSha, repo },
    }))
}

/** @param attempt - an earlier attempt of the run; the newest one when not given */
export function runObject(state: GithubState, repository: RepositoryState, run: RunState, attempt?: number): RestRun {
  const url = `${repositoryUrl(state, repository)}/actions/runs/${run.id}`
  const then = run.earlierAttempts.find((earlier) => earlier.attempt === attempt)
  const shown = then ?? run
  return {
    id: run.id,
    name: run.workflow.name,
    node_id: nodeId('WorkflowRun', run.id),
    check_suite_id: run.checkSuiteId,
    check_suite_node_id: nodeId('CheckSuite', run.checkSuiteId),
    head_branch: run.branch,
    head_sha: run.sha,
    path: run.workflow.path,
    run_number: run.number,
    run_attempt: shown.attempt,
    referenced_workflows: [],
    event: run.event,
    status: shown.status,
    conclusion: shown.conclusion,
    workflow_id: run.workflow.id,
    url,
    html_url: `${state.webUrl}/${fullNameOf(repository)}/actions/runs/${run.id}`,
    pull_requests: pullsOf(state, repository, run.sha),
    created_at: iso(run.createdAt),
    updated_at: iso(shown.updatedAt),
    run_started_at: iso(shown.startedAt),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repositoryUrl(state, repository)}/check-suites/${run.checkSuiteId}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: shown.attempt > 1 ? `${url}/attempts/${shown.attempt - 1}` : null,
    workflow_url: `${repositoryUrl(state, repository)}/actions/workflows/${run.workflow.id}`,
    display_title: run.title,
    actor: simpleUser(state, run.actorLogin),
    triggering_actor: simpleUser(state, shown.triggeringLogin),
    head_commit: simpleCommit(commitOf(repository, run.sha)),
    repository: minimalRepository(state, repository),
    head_repository: minimalRepository(state, repository),
  }
}

export function jobHtmlUrl(state: GithubState, repository: RepositoryState, job: JobState): string {
  return `${state.webUrl}/${fullNameOf(repository)}/actions/runs/${job.runId}/job/${job.id}`
}

function runOf(repository: RepositoryState, job: JobState): RunState {
  const run = repository.runs.get(job.runId)
  if (run === undefined) throw new Error(`Job ${job.id} belongs to no run.`)
  return run
}

/** @param now - the moment that the steps of a running job are shown at */
export function jobObject(state: GithubState, repository: RepositoryState, job: JobState, now: number): RestJob {
  const run = runOf(repository, job)
  const hasRunner = job.startedAt !== null && job.conclusion !== 'skipped'
  return {
    id: job.id,
    run_id: job.runId,
    run_url: `${repositoryUrl(state, repository)}/actions/runs/${job.runId}`,
    run_attempt: job.attempt,
    node_id: nodeId('CheckRun', job.id),
    head_sha: run.sha,
    url: `${repositoryUrl(state, repository)}/actions/jobs/${job.id}`,
    html_url: jobHtmlUrl(state, repository, job),
    status: job.status,
    conclusion: restConclusion(job.conclusion),
    created_at: iso(job.createdAt),
    // GitHub fills this in before the job has started.
    started_at: iso(job.startedAt ?? job.createdAt),
    completed_at: isoOrNull(job.completedAt),
    name: job.name,
    steps: stepsOf(job, now),
    check_run_url: `${repositoryUrl(state, repository)}/check-runs/${job.id}`,
    labels: ['ubuntu-latest'],
    runner_id: hasRunner ? job.id % 1000 : null,
    runner_name: hasRunner ? `GitHub Actions ${job.id % 1000}` : null,
    runner_group_id: hasRunner ? 2 : null,
    runner_group_name: hasRunner ? 'GitHub Actions' : null,
    workflow_name: run.workflow.name,
    head_branch: run.branch,
  }
}

/** What a job or a check run can end with in the REST types, which do not know the two conclusions of whole runs. */
function restConclusion(conclusion: JobState['conclusion']): RestJob['conclusion'] {
  return conclusion === 'stale' || conclusion === 'startup_failure' ? 'failure' : conclusion
}

/** A job that runs goes through its steps in the time that they say; one that failed stops at the failing one. */
export function stepsOf(job: JobState, now: number): NonNullable<RestJob['steps']> {
  if (job.startedAt === null || job.conclusion === 'skipped') return []
  const end = job.completedAt
  const failingIndex = job.steps.findIndex((step) => step.name === job.failingStep)
  const planned = job.steps.slice(0, failingIndex === -1 ? undefined : failingIndex + 1)
  const total = planned.reduce((sum, step) => sum + step.durationMs, 0)
  // A job may have run faster than planned (a script that is played at speed): its steps share the time it took.
  const scale = end === null || total === 0 ? 1 : (end - job.startedAt) / total
  let at = job.startedAt
  return job.steps.map((step, index) => {
    const startedAt = at
    const stepEnd = startedAt + step.durationMs * scale
    at = stepEnd
    const base = { name: step.name, number: index + 1 }
    if (failingIndex !== -1 && index > failingIndex) {
      return {
        ...base,
        status: 'completed',
        conclusion: 'skipped',
        started_at: iso(end ?? now),
        completed_at: iso(end ?? now),
      }
    }
    if (end !== null || stepEnd <= now) {
      const conclusion = index === failingIndex ? (job.conclusion ?? 'failure') : 'success'
      return { ...base, status: 'completed', conclusion, started_at: iso(startedAt), completed_at: iso(stepEnd) }
    }
    const isRunning = startedAt <= now
    return {
      ...base,
      status: isRunning ? 'in_progress' : 'queued',
      conclusion: null,
      started_at: isRunning ? iso(startedAt) : null,
      completed_at: null,
    }
  })
}

/** A job's check run. */
export function checkRunOfJob(state: GithubState, repository: RepositoryState, job: JobState): RestCheckRun {
  return checkRunObject(state, repository, {
    id: job.id,
    suiteId: runOf(repository, job).checkSuiteId,
    app: 'github-actions',
    name: job.name,
    sha: runOf(repository, job).sha,
    branch: runOf(repository, job).branch,
    detailsUrl: jobHtmlUrl(state, repository, job),
    status: job.status,
    conclusion: job.conclusion,
    startedAt: job.startedAt ?? job.createdAt,
    completedAt: job.completedAt,
    title: null,
    summary: null,
    text: null,
    annotations: job.annotations,
  })
}

export function checkRunObject(state: GithubState, repository: RepositoryState, check: CheckRunState): RestCheckRun {
  const url = `${repositoryUrl(state, repository)}/check-runs/${check.id}`
  return {
    id: check.id,
    name: check.name,
    node_id: nodeId('CheckRun', check.id),
    head_sha: check.sha,
    external_id: '',
    url,
    html_url: `${state.webUrl}/${fullNameOf(repository)}/runs/${check.id}`,
    details_url: check.detailsUrl,
    status: check.status,
    conclusion: restConclusion(check.conclusion),
    started_at: iso(check.startedAt),
    completed_at: isoOrNull(check.completedAt),
    output: {
      title: check.title,
      summary: check.summary,
      text: check.text,
      annotations_count: check.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: check.suiteId },
    app: appObject(state, check.app),
    pull_requests: pullsOf(state, repository, check.sha),
  }
}

export function checkSuiteObject(
  state: GithubState,
  repository: RepositoryState,
  suite: CheckSuiteState,
): RestCheckSuite {
  const url = `${repositoryUrl(state, repository)}/check-suites/${suite.id}`
  const commit = commitOf(repository, suite.sha)
  const jobs = [...repository.runs.values()]
    .filter((run) => run.checkSuiteId === suite.id)
    .flatMap((run) => (repository.jobsOfRun.get(run.id) ?? []).filter((job) => job.attempt === run.attempt))
  const checks = [...repository.checkRuns.values()].filter((check) => check.suiteId === suite.id)
  return {
    id: suite.id,
    node_id: nodeId('CheckSuite', suite.id),
    head_branch: suite.branch,
    head_sha: suite.sha,
    status: suite.status,
    conclusion: suite.conclusion,
    url,
    before: commit.parents[0] ?? '0'.repeat(40),
    after: suite.sha,
    pull_requests: pullsOf(state, repository, suite.sha),
    app: appObject(state, suite.app),
    created_at: iso(suite.createdAt),
    updated_at: iso(suite.updatedAt),
    rerequestable: true,
    runs_rerequestable: suite.app !== 'github-actions',
    latest_check_runs_count: jobs.length + checks.length,
    check_runs_url: `${url}/check-runs`,
    head_commit: simpleCommit(commit),
    repository: minimalRepository(state, repository),
  }
}

export function annotationObject(
  state: GithubState,
  repository: RepositoryState,
  sha: string,
  annotation: AnnotationState,
): RestAnnotation {
  return {
    path: annotation.path,
    blob_href: `${repositoryUrl(state, repository)}/contents/${annotation.path}?ref=${sha}`,
    start_line: annotation.line,
    start_column: null,
    end_line: annotation.line,
    end_column: null,
    annotation_level: annotation.level,
    title: annotation.title,
    message: annotation.message,
    raw_details: null,
  }
}
