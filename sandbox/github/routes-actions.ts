/** `/repos/{owner}/{repo}/actions/…`: runs, their attempts, their jobs, logs, and running them again. */
import { jobObject, runObject } from './actions-objects.ts'
import { pendingDeployments } from './deployment-objects.ts'
import { jobLog } from './job-log.ts'
import type { LogHost } from './log-host.ts'
import type { Player } from './player.ts'
import { answer, httpError, notFound, pageOf } from './rest-answer.ts'
import type { Route, RouteRequest } from './router.ts'
import type { GithubState, JobState, RepositoryState, RunState } from './state.ts'
import { fullNameOf } from './state-access.ts'

export interface ActionsRoutesOptions {
  readonly state: GithubState
  readonly player: Player
  readonly logHost: LogHost
  readonly repositoryFor: (request: RouteRequest) => RepositoryState
  /** Overrides what a job's log says; null for the one that is made from its steps. */
  readonly logOf: (jobId: number) => string | null
  readonly goneLogs: ReadonlySet<number>
}

export function actionsRoutes(options: ActionsRoutesOptions): readonly Route[] {
  const { state, player, repositoryFor } = options
  const base = '/repos/{owner}/{repo}/actions'
  const runFor = (request: RouteRequest): { repository: RepositoryState; run: RunState } => {
    const repository = repositoryFor(request)
    const run = repository.runs.get(Number(request.params.run_id))
    if (run === undefined) throw notFound()
    return { repository, run }
  }
  const jobFor = (request: RouteRequest): { repository: RepositoryState; job: JobState } => {
    const repository = repositoryFor(request)
    const job = repository.jobs.get(Number(request.params.job_id))
    if (job === undefined) throw notFound()
    return { repository, job }
  }
  const rerun = (request: RouteRequest, which: 'failed' | 'all') => {
    const { repository, run } = runFor(request)
    if (run.status !== 'completed') {
      throw httpError(403, 'This workflow is already running')
    }
    if (player.now() - run.createdAt > 30 * 86_400_000) {
      throw httpError(403, 'Unable to retry this workflow run because it was created over a month ago')
    }
    if (which === 'failed' && (run.conclusion === 'success' || run.conclusion === 'skipped')) {
      throw httpError(403, 'This workflow run cannot be retried')
    }
    player.rerun(repository, run, which, request.caller.type === 'app' ? repository.owner : request.caller.login)
    return answer({}, 201)
  }
  const jobsPage = (request: RouteRequest, select: (job: JobState, run: RunState) => boolean) => {
    const { repository, run } = runFor(request)
    const jobs = (repository.jobsOfRun.get(run.id) ?? []).filter((job) => select(job, run))
    return pageOf(request.url, jobs, (job) => jobObject(state, repository, job, player.now()), 'jobs')
  }

  return [
    {
      path: `GET ${base}/runs`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const query = request.url.searchParams
        const is = (name: string, ...values: readonly (string | null)[]) =>
          query.get(name) === null || values.includes(query.get(name))
        const runs = [...repository.runs.values()]
          .filter((run) => is('head_sha', run.sha) && is('branch', run.branch) && is('event', run.event))
          .filter((run) => is('status', run.status, run.conclusion) && is('actor', run.actorLogin))
          .toReversed()
        return pageOf(request.url, runs, (run) => runObject(state, repository, run), 'workflow_runs')
      },
    },
    {
      path: `GET ${base}/runs/{run_id}`,
      handle: (request) => {
        const { repository, run } = runFor(request)
        return answer(runObject(state, repository, run))
      },
    },
    {
      path: `GET ${base}/runs/{run_id}/attempts/{attempt}`,
      handle: (request) => {
        const { repository, run } = runFor(request)
        const attempt = Number(request.params.attempt)
        if (!Number.isInteger(attempt) || attempt < 1 || attempt > run.attempt) throw notFound()
        return answer(runObject(state, repository, run, attempt))
      },
    },
    {
      path: `GET ${base}/runs/{run_id}/attempts/{attempt}/jobs`,
      handle: (request) => jobsPage(request, (job) => job.attempt === Number(request.params.attempt)),
    },
    {
      path: `GET ${base}/runs/{run_id}/jobs`,
      handle: (request) => {
        const wantsAll = request.url.searchParams.get('filter') === 'all'
        return jobsPage(request, (job, run) => wantsAll || job.attempt === run.attempt)
      },
    },
    {
      path: `GET ${base}/runs/{run_id}/pending_deployments`,
      handle: (request) => {
        const { repository, run } = runFor(request)
        const login = request.caller.type === 'user' ? request.caller.login : null
        return answer(pendingDeployments(state, repository, run, login))
      },
    },
    { path: `POST ${base}/runs/{run_id}/rerun-failed-jobs`, handle: (request) => rerun(request, 'failed') },
    { path: `POST ${base}/runs/{run_id}/rerun`, handle: (request) => rerun(request, 'all') },
    {
      path: `GET ${base}/jobs/{job_id}`,
      handle: (request) => {
        const { repository, job } = jobFor(request)
        return answer(jobObject(state, repository, job, player.now()))
      },
    },
    {
      path: `GET ${base}/jobs/{job_id}/logs`,
      handle: (request) => {
        const { repository, job } = jobFor(request)
        if (options.goneLogs.has(job.id)) throw httpError(410, 'Logs are gone')
        // GitHub has no log of a job before it has ended.
        if (job.status !== 'completed') throw notFound()
        const text = options.logOf(job.id) ?? jobLog(repository, job, player.now())
        const location = options.logHost.addressOf(`${fullNameOf(repository)}-${job.id}`, text)
        return answer('', 302, { location })
      },
    },
  ]
}
