/** `/repos/{owner}/{repo}/…` outside Actions: commits, checks, statuses, deployments, pull requests; and users. */
import { annotationObject, checkRunObject, checkRunOfJob, checkSuiteObject, commitOf } from './actions-objects.ts'
import { commitObject, pullObject } from './commit-objects.ts'
import { combinedStatus, deploymentObject, deploymentStatusObject, statusObject } from './deployment-objects.ts'
import { answer, httpError, notFound, pageOf } from './rest-answer.ts'
import { fullRepository, publicUser } from './rest-objects.ts'
import type { Route, RouteRequest } from './router.ts'
import type { CheckRunState, GithubState, JobState, RepositoryState } from './state.ts'

export interface RepositoryRoutesOptions {
  readonly state: GithubState
  readonly repositoryFor: (request: RouteRequest) => RepositoryState
}

export function repositoryRoutes({ state, repositoryFor }: RepositoryRoutesOptions): readonly Route[] {
  const base = '/repos/{owner}/{repo}'
  const shaFor = (request: RouteRequest): { repository: RepositoryState; sha: string } => {
    const repository = repositoryFor(request)
    const ref = request.params.ref ?? ''
    const sha = repository.branches.get(ref.replace(/^(?:refs\/)?heads\//, '')) ?? ref
    if (!repository.commits.has(sha)) throw httpError(422, `No commit found for SHA: ${ref}`)
    return { repository, sha }
  }
  const checksOf = (repository: RepositoryState, sha: string): readonly (JobState | CheckRunState)[] => [
    ...[...repository.runs.values()]
      .filter((run) => run.sha === sha)
      .flatMap((run) => repository.jobsOfRun.get(run.id) ?? []),
    ...[...repository.checkRuns.values()].filter((check) => check.sha === sha),
  ]
  const show = (repository: RepositoryState, check: JobState | CheckRunState) =>
    'runId' in check ? checkRunOfJob(state, repository, check) : checkRunObject(state, repository, check)
  const checkFor = (request: RouteRequest): { repository: RepositoryState; check: JobState | CheckRunState } => {
    const repository = repositoryFor(request)
    const id = Number(request.params.check_run_id)
    const check = repository.jobs.get(id) ?? repository.checkRuns.get(id)
    if (check === undefined) throw notFound()
    return { repository, check }
  }
  const deploymentFor = (request: RouteRequest) => {
    const repository = repositoryFor(request)
    const deployment = repository.deployments.find(({ id }) => id === Number(request.params.deployment_id))
    if (deployment === undefined) throw notFound()
    return { repository, deployment }
  }

  return [
    { path: `GET ${base}`, handle: (request) => answer(fullRepository(state, repositoryFor(request))) },
    {
      path: `GET ${base}/commits/{+ref}/check-runs`,
      handle: (request) => {
        const { repository, sha } = shaFor(request)
        const query = request.url.searchParams
        const all = checksOf(repository, sha).filter((check) => (query.get('check_name') ?? check.name) === check.name)
        const checks = query.get('filter') === 'all' ? all : newestOfEachName(all)
        return pageOf(request.url, checks, (check) => show(repository, check), 'check_runs')
      },
    },
    {
      path: `GET ${base}/commits/{+ref}/check-suites`,
      handle: (request) => {
        const { repository, sha } = shaFor(request)
        const suites = [...repository.checkSuites.values()].filter((suite) => suite.sha === sha)
        return pageOf(request.url, suites, (suite) => checkSuiteObject(state, repository, suite), 'check_suites')
      },
    },
    {
      path: `GET ${base}/commits/{+ref}/statuses`,
      handle: (request) => {
        const { repository, sha } = shaFor(request)
        const statuses = repository.statuses.filter((status) => status.sha === sha).toReversed()
        return pageOf(request.url, statuses, (status) => statusObject(state, repository, status))
      },
    },
    {
      path: `GET ${base}/commits/{+ref}/status`,
      handle: (request) => {
        const { repository, sha } = shaFor(request)
        return answer(combinedStatus(state, repository, sha))
      },
    },
    {
      path: `GET ${base}/commits/{+ref}/pulls`,
      handle: (request) => {
        const { repository, sha } = shaFor(request)
        const pulls = [...repository.pulls.values()].filter(
          (pull) => pull.headSha === sha || pull.mergeCommitSha === sha,
        )
        return pageOf(request.url, pulls, (pull) => pullObject(state, repository, pull))
      },
    },
    {
      path: `GET ${base}/commits/{+ref}`,
      handle: (request) => {
        const { repository, sha } = shaFor(request)
        return answer(commitObject(state, repository, commitOf(repository, sha)))
      },
    },
    {
      path: `GET ${base}/check-runs/{check_run_id}`,
      handle: (request) => {
        const { repository, check } = checkFor(request)
        return answer(show(repository, check))
      },
    },
    {
      path: `GET ${base}/check-runs/{check_run_id}/annotations`,
      handle: (request) => {
        const { repository, check } = checkFor(request)
        const { head_sha: sha } = show(repository, check)
        return pageOf(request.url, check.annotations, (item) => annotationObject(state, repository, sha, item))
      },
    },
    {
      path: `GET ${base}/check-suites/{suite_id}`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const suite = repository.checkSuites.get(Number(request.params.suite_id))
        if (suite === undefined) throw notFound()
        return answer(checkSuiteObject(state, repository, suite))
      },
    },
    {
      path: `GET ${base}/deployments`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const query = request.url.searchParams
        const deployments = repository.deployments
          .filter((one) => (query.get('sha') ?? one.sha) === one.sha)
          .filter((one) => (query.get('environment') ?? one.environment) === one.environment)
          .toReversed()
        return pageOf(request.url, deployments, (one) => deploymentObject(state, repository, one))
      },
    },
    {
      path: `GET ${base}/deployments/{deployment_id}`,
      handle: (request) => {
        const { repository, deployment } = deploymentFor(request)
        return answer(deploymentObject(state, repository, deployment))
      },
    },
    {
      path: `GET ${base}/deployments/{deployment_id}/statuses`,
      handle: (request) => {
        const { repository, deployment } = deploymentFor(request)
        const newestFirst = deployment.statuses.toReversed()
        return pageOf(request.url, newestFirst, (one) => deploymentStatusObject(state, repository, deployment, one))
      },
    },
    {
      path: 'GET /users/{username}',
      handle: (request) => {
        const user = state.users.get((request.params.username ?? '').toLowerCase())
        if (user === undefined) throw notFound()
        return answer(publicUser(state, user.login))
      },
    },
  ]
}

/** Of the check runs with one name in one suite the newest counts: a job that was run again replaces itself. */
function newestOfEachName(checks: readonly (JobState | CheckRunState)[]): readonly (JobState | CheckRunState)[] {
  const newest = new Map<string, JobState | CheckRunState>()
  for (const check of checks) {
    newest.set(`${'runId' in check ? `run ${check.runId}` : `suite ${check.suiteId}`} ${check.name}`, check)
  }
  return [...newest.values()]
}
