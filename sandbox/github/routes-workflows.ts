/** `/repos/{owner}/{repo}/actions/…`: starting workflows, cancelling runs, artifacts, and the gates that runs wait at. */
import { z } from 'zod'
import { demand } from './access.ts'
import { runObject } from './actions-objects.ts'
import { dispatchedRun, inputProblem } from './dispatch.ts'
import type { Player } from './player.ts'
import { answer, bodyOf, HttpError, httpError, invalid, noContent, notFound, pageOf } from './rest-answer.ts'
import type { Route, RouteRequest } from './router.ts'
import type { GithubState, JobState, RepositoryState, RunState, WorkflowState } from './state.ts'
import { fullNameOf } from './state-access.ts'
import { artifactObject, pendingDeployments, workflowObject } from './workflow-objects.ts'

export interface WorkflowRoutesOptions {
  readonly state: GithubState
  readonly player: Player
  readonly repositoryFor: (request: RouteRequest) => RepositoryState
}

const Dispatch = z.object({
  ref: z.string(),
  inputs: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()]).transform(String)).default({}),
  return_run_details: z.boolean().default(false),
})
const GateAnswer = z
  .object({
    environment_name: z.string(),
    state: z.enum(['approved', 'rejected']).optional(),
    comment: z.string().optional(),
  })
  .refine((body) => body.state !== undefined || body.comment !== undefined, 'comment is required without state')

export function workflowRoutes({ state, player, repositoryFor }: WorkflowRoutesOptions): readonly Route[] {
  const base = '/repos/{owner}/{repo}/actions'
  const workflowFor = (request: RouteRequest): { repository: RepositoryState; workflow: WorkflowState } => {
    const repository = repositoryFor(request)
    const id = request.params.workflow_id ?? ''
    const workflow = [...repository.workflows.values()].find(
      (known) => String(known.id) === id || known.path.split('/').at(-1) === id,
    )
    if (workflow === undefined) throw notFound()
    return { repository, workflow }
  }
  const runFor = (request: RouteRequest): { repository: RepositoryState; run: RunState } => {
    const repository = repositoryFor(request)
    const run = repository.runs.get(Number(request.params.run_id))
    if (run === undefined) throw notFound()
    return { repository, run }
  }
  return [
    {
      path: `GET ${base}/workflows`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const workflows = [...repository.workflows.values()]
        return pageOf(request.url, workflows, (one) => workflowObject(state, repository, one), 'workflows')
      },
    },
    {
      path: `GET ${base}/workflows/{workflow_id}`,
      handle: (request) => {
        const { repository, workflow } = workflowFor(request)
        return answer(workflowObject(state, repository, workflow))
      },
    },
    {
      path: `GET ${base}/workflows/{workflow_id}/runs`,
      handle: (request) => {
        const { repository, workflow } = workflowFor(request)
        const query = request.url.searchParams
        const runs = [...repository.runs.values()]
          .filter((run) => run.workflow.id === workflow.id)
          .filter((run) => run.createdAt <= player.now() - state.runListLagMs)
          .filter((run) => (query.get('event') ?? run.event) === run.event)
          .filter((run) => (query.get('head_sha') ?? run.sha) === run.sha)
          .toReversed()
        return pageOf(request.url, runs, (run) => runObject(state, repository, run), 'workflow_runs')
      },
    },
    {
      path: `POST ${base}/workflows/{workflow_id}/dispatches`,
      handle: (request) => {
        const { repository, workflow } = workflowFor(request)
        demand(request.caller, 'actions')
        const asked = bodyOf(Dispatch, request.body)
        const name = asked.ref.replace(/^refs\/(?:heads|tags)\//, '')
        // Never a sha: only what git has a name for.
        const sha = repository.branches.get(name) ?? repository.tags.get(name)?.sha
        if (sha === undefined) throw httpError(422, `No ref found for: ${asked.ref}`)
        if (workflow.dispatch === null) throw httpError(422, "Workflow does not have 'workflow_dispatch' trigger")
        if (workflow.isDisabled) throw httpError(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
        const problem = inputProblem(workflow.dispatch, asked.inputs)
        if (problem !== null) throw httpError(422, problem)
        const by = request.caller.type === 'app' ? repository.owner : request.caller.login
        const started = dispatchedRun(repository, workflow, { branch: name, sha, by, inputs: asked.inputs })
        if (started === null) return noContent()
        player.begin(repository, [started.requested], started.steps)
        const run = [...repository.runs.values()].findLast((one) => one.ref === started.requested.run)
        if (!asked.return_run_details || run === undefined) return noContent()
        const { url, html_url } = runObject(state, repository, run)
        return answer({ workflow_run_id: run.id, run_url: url, html_url })
      },
    },
    {
      path: `POST ${base}/runs/{run_id}/cancel`,
      handle: (request) => {
        const { repository, run } = runFor(request)
        demand(request.caller, 'actions')
        if (run.status === 'completed') throw httpError(409, 'Cannot cancel a workflow run that is completed.')
        player.cancel(repository, run)
        return answer({}, 202)
      },
    },
    {
      path: `GET ${base}/runs/{run_id}/artifacts`,
      handle: (request) => {
        const { repository, run } = runFor(request)
        const name = request.url.searchParams.get('name')
        const artifacts = repository.artifacts.filter((one) => one.runId === run.id && (name ?? one.name) === one.name)
        return pageOf(request.url, artifacts, (one) => artifactObject(state, repository, run, one), 'artifacts')
      },
    },
    {
      path: `GET ${base}/runs/{run_id}/pending_deployments`,
      handle: (request) => {
        const { repository, run } = runFor(request)
        return answer(pendingDeployments(state, repository, waitingJobs(repository, run)))
      },
    },
    {
      path: `POST ${base}/runs/{run_id}/deployment_protection_rule`,
      handle: (request) => {
        const { repository, run } = runFor(request)
        demand(request.caller, 'deployments')
        const { caller } = request
        // The rule is an App's, and only the App may answer for it.
        if (caller.type !== 'installation')
          throw new HttpError(403, 'Resource not accessible by personal access token', {})
        const asked = bodyOf(GateAnswer, request.body)
        const waiting = waitingJobs(repository, run).filter(
          ({ environment }) => environment?.name.toLowerCase() === asked.environment_name.toLowerCase(),
        )
        const ours = waiting.filter(({ gates }) => gates.some(({ kind }) => kind === 'rule'))
        if (ours.length === 0) throw invalid('No pending deployment requests to approve or reject')
        const open = ours.filter(({ gates }) => gates.some((gate) => gate.kind === 'rule' && gate.state === 'waiting'))
        if (open.length === 0) throw invalid('Deployment protection rule has already been reviewed')
        const { state: decision, comment = '' } = asked
        // A comment alone is a report on how it goes.
        if (decision === undefined) return noContent()
        for (const { name: job } of open) {
          player.answerGate(repository, run, { job, kind: 'rule', state: decision, by: caller.login, comment })
        }
        return noContent()
      },
    },
  ]
}

/** The jobs of the run that may not enter their environment yet. */
export function waitingJobs(repository: RepositoryState, run: RunState): readonly JobState[] {
  return (repository.jobsOfRun.get(run.id) ?? []).filter(
    (job) => job.attempt === run.attempt && job.status === 'waiting' && run.status !== 'completed',
  )
}

/** For error messages of the simulation itself. */
export function nameOfRun(repository: RepositoryState, run: RunState): string {
  return `run ${run.id} of ${fullNameOf(repository)}`
}
