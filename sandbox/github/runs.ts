/** How workflow runs and check suites come to be, begin anew and end. */
import type { Change } from './change.ts'
import { findJob, runOfRef } from './find.ts'
import type { CheckSuiteState, GithubState, RepositoryState, RunState, WorkflowState } from './state.ts'
import { newId } from './state-access.ts'

export function workflowOf(
  state: GithubState,
  repository: RepositoryState,
  name: string,
  path: string | undefined,
): WorkflowState {
  const known = repository.workflows.get(name)
  if (known !== undefined) return known
  const fileName = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  const workflow: WorkflowState = {
    id: newId(state),
    name,
    path: path ?? `.github/workflows/${fileName}.yml`,
    dispatch: null,
    isDisabled: false,
  }
  repository.workflows.set(name, workflow)
  return workflow
}

export function addSuite(
  state: GithubState,
  repository: RepositoryState,
  app: string,
  sha: string,
  branch: string,
  now: number,
): CheckSuiteState {
  const suite: CheckSuiteState = {
    id: newId(state),
    app,
    sha,
    branch,
    status: 'queued',
    conclusion: null,
    createdAt: now,
    updatedAt: now,
  }
  repository.checkSuites.set(suite.id, suite)
  return suite
}

export function suiteOf(repository: RepositoryState, id: number): CheckSuiteState {
  const suite = repository.checkSuites.get(id)
  if (suite === undefined) throw new Error(`There is no check suite ${id}.`)
  return suite
}

export function completeSuite(suite: CheckSuiteState, conclusion: CheckSuiteState['conclusion'], now: number): void {
  suite.status = 'completed'
  suite.conclusion = conclusion
  suite.updatedAt = now
}

export function requestRun(
  state: GithubState,
  repository: RepositoryState,
  change: Extract<Change, { type: 'run_requested' }>,
  now: number,
): RunState {
  const workflow = workflowOf(state, repository, change.workflow.name, change.workflow.path)
  const title = change.pipeline.commit.message.split('\n')[0] ?? ''
  const run: RunState = {
    id: newId(state),
    ref: change.run,
    number: [...repository.runs.values()].filter((known) => known.workflow.id === workflow.id).length + 1,
    workflow,
    spec: change.workflow,
    pipeline: change.pipeline,
    checkSuiteId: addSuite(state, repository, 'github-actions', change.sha, change.branch, now).id,
    event: change.event,
    branch: change.branch,
    sha: change.sha,
    actorLogin: change.by,
    title: change.title ?? (change.event === 'pull_request' ? (change.pipeline.pullRequest?.title ?? title) : title),
    inputs: change.inputs ?? null,
    createdAt: now,
    triggeringLogin: change.by,
    attempt: 1,
    status: 'queued',
    conclusion: null,
    startedAt: now,
    updatedAt: now,
    earlierAttempts: [],
  }
  repository.runs.set(run.id, run)
  repository.jobsOfRun.set(run.id, [])
  return run
}

export function requestAgain(
  state: GithubState,
  repository: RepositoryState,
  change: Extract<Change, { type: 'run_requested_again' }>,
  now: number,
): RunState {
  const run = runOfRef(repository, change.run)
  const { attempt, status, conclusion, startedAt, updatedAt, triggeringLogin } = run
  run.earlierAttempts.push({ attempt, status, conclusion, startedAt, updatedAt, triggeringLogin })
  for (const name of change.takenOver) {
    const before = findJob(repository, run, name)
    const copy = { ...before, id: newId(state), attempt: attempt + 1 }
    repository.jobs.set(copy.id, copy)
    repository.jobsOfRun.get(run.id)?.push(copy)
  }
  run.attempt = attempt + 1
  run.status = 'queued'
  run.conclusion = null
  run.startedAt = now
  run.updatedAt = now
  run.triggeringLogin = change.by
  const suite = suiteOf(repository, run.checkSuiteId)
  suite.status = 'queued'
  suite.conclusion = null
  suite.updatedAt = now
  return run
}
