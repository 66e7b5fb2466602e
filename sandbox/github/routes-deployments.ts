/** `/repos/{owner}/{repo}/deployments…`: the record of what was deployed, by jobs and through the API. */
import { z } from 'zod'
import { demand } from './access.ts'
import { deploymentObject, deploymentStatusObject } from './deployment-objects.ts'
import { addDeployment, moveDeployment } from './deployments.ts'
import type { Emission } from './emission.ts'
import { compareCommits, shaOfRef } from './git.ts'
import type { Player } from './player.ts'
import { answer, bodyOf, httpError, invalid, notFound, pageOf } from './rest-answer.ts'
import type { Route, RouteRequest } from './router.ts'
import type { GithubState, RepositoryState } from './state.ts'
import { deploymentEmission } from './webhook-payloads.ts'

export interface DeploymentRoutesOptions {
  readonly state: GithubState
  readonly player: Player
  readonly repositoryFor: (request: RouteRequest) => RepositoryState
  readonly tell: (emissions: readonly Emission[]) => void
}

const description = z.string().max(140, 'is too long (maximum is 140 characters)').nullish()
const NewDeployment = z.object({
  ref: z.string(),
  task: z.string().optional(),
  auto_merge: z.boolean().default(true),
  required_contexts: z.array(z.string()).optional(),
  payload: z.union([z.string(), z.record(z.string(), z.unknown())]).default({}),
  environment: z.string().default('production'),
  description,
  transient_environment: z.boolean().default(false),
  production_environment: z.boolean().optional(),
})
const NewStatus = z.object({
  state: z.enum(['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success']),
  log_url: z.string().default(''),
  target_url: z.string().optional(),
  environment_url: z.string().default(''),
  description,
  auto_inactive: z.boolean().default(true),
})

export function deploymentRoutes({ state, player, repositoryFor, tell }: DeploymentRoutesOptions): readonly Route[] {
  const base = '/repos/{owner}/{repo}'
  const deploymentFor = (request: RouteRequest) => {
    const repository = repositoryFor(request)
    const deployment = repository.deployments.find(({ id }) => id === Number(request.params.deployment_id))
    if (deployment === undefined) throw notFound()
    return { repository, deployment }
  }

  const loginOf = (request: RouteRequest, repository: RepositoryState) =>
    request.caller.type === 'app' ? repository.owner : request.caller.login

  return [
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
      path: `POST ${base}/deployments`,
      handle: (request) => {
        const repository = repositoryFor(request)
        demand(request.caller, 'deployments')
        const asked = bodyOf(NewDeployment, request.body)
        const sha = shaOfRef(repository, asked.ref)
        if (sha === null) throw httpError(422, `No ref found for: ${asked.ref}`)
        const branch = repository.branches.has(asked.ref) ? asked.ref : null
        const head = repository.branches.get(repository.defaultBranch)
        const isBehind = head !== undefined && (compareCommits(repository, sha, head)?.ahead.length ?? 0) > 0
        if (asked.auto_merge && isBehind) {
          if (branch === null) throw httpError(409, `Conflict merging ${repository.defaultBranch} into ${asked.ref}.`)
          return answer({ message: `Auto-merged ${repository.defaultBranch} into ${branch} on deployment.` }, 202)
        }
        const statuses = new Map(
          repository.statuses.filter((one) => one.sha === sha).map((one) => [one.context, one.state]),
        )
        const required = asked.required_contexts ?? [...statuses.keys()]
        if (required.some((context) => statuses.get(context) !== 'success')) {
          throw httpError(409, `Conflict: Commit status checks failed for ${asked.ref}.`)
        }
        const spec = {
          ref: '',
          sha,
          branch: asked.ref,
          environment: asked.environment,
          by: loginOf(request, repository),
          runId: null,
          payload: asked.payload,
          description: asked.description ?? null,
          isProduction: asked.production_environment ?? asked.environment === 'production',
          isTransient: asked.transient_environment,
        }
        const deployment = addDeployment(state, repository, spec, player.now())
        tell([deploymentEmission(state, repository, deployment)])
        return answer(deploymentObject(state, repository, deployment), 201)
      },
    },
    {
      path: `POST ${base}/deployments/{deployment_id}/statuses`,
      handle: (request) => {
        const { repository, deployment } = deploymentFor(request)
        demand(request.caller, 'deployments')
        const asked = bodyOf(NewStatus, request.body)
        if (deployment.statuses.length >= 100) {
          throw invalid([{ message: 'This deployment has reached the maximum number of statuses.' }])
        }
        const logUrl = asked.log_url || asked.target_url || ''
        const more = {
          by: loginOf(request, repository),
          description: asked.description ?? '',
          autoInactive: asked.auto_inactive,
        }
        tell(
          moveDeployment(state, repository, deployment, asked.state, asked.environment_url, logUrl, player.now(), more),
        )
        const status = deployment.statuses.findLast((one) => one.state === asked.state)
        if (status === undefined) throw new Error('The status was not kept.')
        return answer(deploymentStatusObject(state, repository, deployment, status), 201)
      },
    },
  ]
}
