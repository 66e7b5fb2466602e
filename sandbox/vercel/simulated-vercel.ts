/**
 * Vercel's REST API with one project of a team in it: its deployments and domains, promotion and instant rollback
 * (https://vercel.com/docs/rest-api). Errors as https://vercel.com/docs/rest-api/errors describes them.
 */
import type { Clock } from '../github/clock.ts'
import {
  type ApiAnswer,
  ApiError,
  type ApiRequest,
  bearerOf,
  type SimulatedApi,
  startSimulatedApi,
} from '../http/simulated-api.ts'
import { createProduction, type Production, type SimulatedDeployment } from './production.ts'

export interface SimulatedVercel extends SimulatedApi {
  readonly token: string
  readonly projectId: string
  readonly project: string
  readonly teamId: string
  readonly team: string
  /** To do with it what builds and people at Vercel's own pages do. */
  readonly production: Production
  /** How long a promotion takes until every domain is moved, milliseconds. */
  setPromotionTime(ms: number): void
  revokeToken(): void
}

export interface SimulatedVercelOptions {
  readonly clock?: Clock
  readonly project?: string
  readonly team?: string
  /** On `hobby` only the deployment that was live before can be rolled back to. */
  readonly plan?: 'hobby' | 'pro'
  readonly promotionMs?: number
  /** Calls a minute. Default 200. */
  readonly limit?: number
  readonly seed?: number
  readonly port?: number
}

const failing = (status: number, code: string, message: string, more: object = {}): ApiAnswer => ({
  status,
  body: { error: { code, message, ...more } },
})
const notFound = (what: string) => failing(404, 'not_found', `${what} not found`)
const ok = (body: unknown): ApiAnswer => ({ status: 200, body })

export async function startSimulatedVercel(options: SimulatedVercelOptions = {}): Promise<SimulatedVercel> {
  const { project = 'omnihub-web', team = 'acme', plan = 'pro', clock } = options
  const projectId = `prj_${project.replaceAll('-', '')}0123456789`
  const teamId = `team_${team}0123456789`
  const token = 'simulatedVercelToken0001'
  const now = () => clock?.now() ?? Date.now()
  let promotionMs = options.promotionMs ?? 2_000
  let isRevoked = false
  const production = createProduction({ clock: { now }, project, promotionMs: () => promotionMs })

  /** The route, for those who say on whose behalf they ask. */
  const ofTeam = (handle: (request: ApiRequest) => ApiAnswer) => (request: ApiRequest) => {
    const query = request.url.searchParams
    return query.get('teamId') === teamId || query.get('slug') === team ? handle(request) : notFound('Project')
  }
  const ofProject = (handle: (request: ApiRequest) => ApiAnswer) =>
    ofTeam((request) => {
      const { project: asked } = request.params
      return asked === projectId || asked === project ? handle(request) : notFound('Project')
    })

  /** The deployment that is to be moved to, if it can be. @throws ApiError */
  function toMoveTo({ params, headers, body }: ApiRequest, type: 'promote' | 'rollback'): SimulatedDeployment {
    const refuse = (answer: ApiAnswer) => new ApiError(answer)
    if (params.project !== projectId) throw refuse(notFound('Project'))
    if (headers['content-type'] !== 'application/json' || body.length === 0) {
      throw refuse(failing(400, 'bad_request', 'Invalid JSON'))
    }
    const { deployment: id = '' } = params
    const deployment = production.find(id)
    if (deployment === null) throw refuse(failing(404, 'not_found', `Could not find the deployment: ${id}`))
    if (deployment.kept === 'expired') throw refuse(failing(410, 'gone', `The deployment ${id} has expired`))
    if (deployment.state !== 'READY' || deployment.target !== 'production') {
      throw refuse(failing(400, 'bad_request', `Deployment ${id} is not a production deployment that is ready`))
    }
    const job = production.job()
    const isMoving = job?.jobStatus === 'pending' || job?.jobStatus === 'in-progress'
    if (!isMoving && job?.jobStatus !== 'failed' && liveId() === id) {
      throw refuse(failing(409, 'conflict', `Deployment ${id} is already the current production deployment`))
    }
    if (type === 'rollback' && !deployment.wasLive) {
      throw refuse(failing(422, 'unprocessable', `Deployment ${id} was never in production`))
    }
    if (type === 'rollback' && plan === 'hobby' && id !== previousId()) {
      const message = 'To roll back further than the previous production deployment, upgrade to pro'
      throw refuse(failing(402, 'payment_required', message))
    }
    return deployment
  }

  const liveId = () => production.behind(`${project}.example`)
  const previousId = () => {
    const live = production.deployments().filter(({ wasLive }) => wasLive)
    return live[live.findIndex(({ id }) => id === liveId()) + 1]?.id ?? null
  }
  const move = (type: 'promote' | 'rollback') =>
    ofTeam((request) => {
      const { id } = toMoveTo(request, type)
      const job = production.order(type, id)
      if (job === null) return failing(409, 'conflict', 'Another request to assign the domains is in progress')
      return { status: type === 'promote' ? 202 : 201, body: null }
    })

  const api = await startSimulatedApi({
    name: 'Vercel',
    limit: options.limit ?? 200,
    callerOf(headers) {
      const given = bearerOf(headers)
      if (given === token && !isRevoked) return given
      throw new ApiError(failing(403, 'forbidden', 'Not authorized', given === null ? {} : { invalidToken: true }))
    },
    errors: {
      notFound: failing(404, 'not_found', 'The page could not be found'),
      internal: failing(500, 'internal_server_error', 'An unexpected internal error occurred'),
      unavailable: failing(503, 'service_unavailable', 'Service unavailable'),
      limited: (total, resetAt) =>
        failing(429, 'rate_limited', `The rate limit of ${total} exceeded. Try again later`, {
          limit: { remaining: 0, reset: Math.floor(resetAt / 1000), resetMs: resetAt, total },
        }),
    },
    limitHeaders: ({ total, remaining, resetAt }) => ({
      'x-ratelimit-limit': String(total),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': String(Math.ceil(resetAt / 1000)),
    }),
    routes: {
      'GET /v9/projects/{project}': ofProject(({ url }) => {
        const newest = production
          .deployments()
          .find(({ target, state }) => target === 'production' && state === 'READY')
        const job = production.job()
        return ok({
          id: projectId,
          name: project,
          accountId: teamId,
          autoAssignCustomDomains: production.assignsDomains(),
          // The newest build, whether somebody gets to see it or not.
          targets: { production: newest === undefined ? null : deploymentObject(newest) },
          ...(url.searchParams.get('rollbackInfo') === 'true' ? { lastAliasRequest: job } : {}),
        })
      }),
      'GET /v9/projects/{project}/domains': ofProject(() =>
        ok({
          domains: production.domains.map((domain) => ({
            ...domain,
            projectId,
            customEnvironmentId: null,
            verified: true,
          })),
          pagination: { count: production.domains.length, next: null, prev: null },
        }),
      ),
      'GET /v4/aliases/{domain}': ofTeam(({ params: { domain = '' } }) => {
        const id = production.behind(domain)
        const deployment = id === null ? null : production.find(id)
        if (id === null) return failing(404, 'not_found', `The alias ${domain} could not be found`)
        return ok({
          alias: domain,
          deploymentId: id,
          projectId,
          deployment: deployment === null ? null : { id, url: deployment.url },
        })
      }),
      'GET /v13/deployments/{deployment}': ofTeam(({ params }) => {
        const found = production.find(params.deployment ?? '')
        return found === null ? notFound('Deployment') : ok(deploymentObject(found))
      }),
      'GET /v7/deployments': ofTeam(({ url: { searchParams: query } }) => {
        const is = (name: string, value: string | null) => !query.has(name) || query.get(name) === value
        const deployments = production
          .deployments()
          .filter(() => is('projectId', projectId))
          .filter(({ target, state }) => is('target', target) && is('state', state))
          .filter(({ sha }) => is('sha', sha) && is('meta-githubCommitSha', sha))
          .slice(0, Number(query.get('limit') ?? 20))
        return ok({ deployments: deployments.map(listedObject), pagination: { count: deployments.length } })
      }),
      'POST /v10/projects/{project}/promote/{deployment}': move('promote'),
      'POST /v1/projects/{project}/rollback/{deployment}': move('rollback'),
    },
    ...(clock === undefined ? {} : { clock }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.port === undefined ? {} : { port: options.port }),
  })

  return {
    ...api,
    token,
    projectId,
    project,
    teamId,
    team,
    production,
    setPromotionTime(ms) {
      promotionMs = ms
    },
    revokeToken() {
      isRevoked = true
    },
  }
}

function deploymentObject({ id, url, sha, createdAt, target, state, wasLive }: SimulatedDeployment) {
  const readySubstate = wasLive ? 'PROMOTED' : 'STAGED'
  return { id, url, createdAt, target, readyState: state, readySubstate, meta: metaOf(sha) }
}

function listedObject({ id, url, sha, createdAt, target, state, wasLive }: SimulatedDeployment) {
  const readySubstate = wasLive ? 'PROMOTED' : 'STAGED'
  return { uid: id, url, created: createdAt, target, state, readyState: state, readySubstate, meta: metaOf(sha) }
}

function metaOf(sha: string | null): Readonly<Record<string, string>> {
  return sha === null ? {} : { githubCommitSha: sha, githubCommitRef: 'main' }
}
