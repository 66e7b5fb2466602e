/** `/repos/{owner}/{repo}/…` outside Actions: commits, checks, statuses, deployments, pull requests; and users. */
import { z } from 'zod'
import { annotationObject, checkRunObject, checkRunOfJob, checkSuiteObject, commitOf } from './actions-objects.ts'
import { pullObject, wholePull } from './commit-objects.ts'
import { combinedStatus, statusObject } from './deployment-objects.ts'
import { shaOfRef } from './git.ts'
import { answer, httpError, notFound, pageOf } from './rest-answer.ts'
import { fullRepository, publicUser } from './rest-objects.ts'
import type { Route, RouteRequest } from './router.ts'
import { commitAnswer } from './routes-git.ts'
import type { CheckRunState, GithubState, JobState, RepositoryState } from './state.ts'

const StatusPage = z.object({ statuses: z.array(z.unknown()) })

export interface RepositoryRoutesOptions {
  readonly state: GithubState
  readonly repositoryFor: (request: RouteRequest) => RepositoryState
}

export function repositoryRoutes({ state, repositoryFor }: RepositoryRoutesOptions): readonly Route[] {
  const base = '/repos/{owner}/{repo}'
  const shaFor = (request: RouteRequest): { repository: RepositoryState; sha: string } => {
    const repository = repositoryFor(request)
    const ref = request.params.ref ?? ''
    const sha = shaOfRef(repository, ref)
    if (sha === null) throw httpError(422, `No commit found for SHA: ${ref}`)
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
        const combined = combinedStatus(state, repository, sha)
        const page = pageOf(request.url, combined.statuses, (one) => one, 'statuses')
        return { ...page, body: { ...combined, statuses: StatusPage.parse(page.body).statuses } }
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
        return commitAnswer(state, repository, commitOf(repository, sha), request.url)
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
      path: `GET ${base}/check-suites/{suite_id}/check-runs`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const suite = repository.checkSuites.get(Number(request.params.suite_id))
        if (suite === undefined) throw notFound()
        const all = checksOf(repository, suite.sha).filter((check) => suiteIdOf(repository, check) === suite.id)
        const checks = request.url.searchParams.get('filter') === 'all' ? all : newestOfEachName(all)
        return pageOf(request.url, checks, (check) => show(repository, check), 'check_runs')
      },
    },
    {
      path: `GET ${base}/pulls`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const query = request.url.searchParams
        const wanted = query.get('state') ?? 'open'
        const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt'
        const sign = (query.get('direction') ?? 'desc') === 'desc' ? -1 : 1
        const pulls = [...repository.pulls.values()]
          .filter((pull) => wanted === 'all' || pull.state === wanted)
          .filter((pull) => (query.get('base') ?? pull.baseRef) === pull.baseRef)
          .toSorted((a, b) => sign * (a[key] - b[key] || a.number - b.number))
        return pageOf(request.url, pulls, (pull) => pullObject(state, repository, pull))
      },
    },
    {
      path: `GET ${base}/pulls/{pull_number}`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const pull = repository.pulls.get(Number(request.params.pull_number))
        if (pull === undefined) throw notFound()
        return answer(wholePull(state, repository, pull))
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

function suiteIdOf(repository: RepositoryState, check: JobState | CheckRunState): number | undefined {
  return 'runId' in check ? repository.runs.get(check.runId)?.checkSuiteId : check.suiteId
}

/** Of the check runs with one name in one suite the newest counts: a job that was run again replaces itself. */
function newestOfEachName(checks: readonly (JobState | CheckRunState)[]): readonly (JobState | CheckRunState)[] {
  const newest = new Map<string, JobState | CheckRunState>()
  for (const check of checks) {
    newest.set(`${'runId' in check ? `run ${check.runId}` : `suite ${check.suiteId}`} ${check.name}`, check)
  }
  return [...newest.values()]
}
