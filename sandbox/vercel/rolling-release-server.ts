/** The part of Vercel's REST API that a rolling release takes, over real HTTP on 127.0.0.1. */
import { z } from 'zod'
import { type Clock, realClock } from '../github/clock.ts'
import { seededRandom } from '../github/seeded-random.ts'
import { type ApiFaults, createApiFaults } from '../json-api/faults.ts'
import { type ApiAnswer, type ApiRoute, type SeenApiRequest, serveApi } from '../json-api/serve-api.ts'
import {
  createRollingReleases,
  type RollingOutcome,
  type RollingReleases,
  type StageSettings,
} from './rolling-release.ts'

export interface SimulatedRollingReleasesOptions {
  readonly clock?: Clock
  /** Its id, and its name, which one call does not take. */
  readonly project?: string
  readonly name?: string
  readonly domain?: string
  /** The first serves. */
  readonly deployments: readonly string[]
  /** What they were built of: deployment to commit. */
  readonly commits?: Readonly<Record<string, string>>
  readonly stages?: readonly StageSettings[] | null
  readonly rollbackMs?: number
}

export interface SimulatedRollingReleases extends RollingReleases {
  readonly apiUrl: string
  readonly token: string
  readonly project: string
  readonly name: string
  readonly domain: string
  readonly faults: ApiFaults
  readonly requests: readonly SeenApiRequest[]
  close(): Promise<void>
}

/** The steps of a canary, each of which waits for an approval. */
const defaultStages: readonly StageSettings[] = [
  ...[5, 10, 25, 50].map((targetPercentage) => ({ targetPercentage, requireApproval: true })),
  { targetPercentage: 100 },
]

const Canary = z.object({ canaryDeploymentId: z.string() })
const Approval = Canary.extend({ nextStageIndex: z.number().int() })

export async function startSimulatedRollingReleases(
  options: SimulatedRollingReleasesOptions,
): Promise<SimulatedRollingReleases> {
  const { clock = realClock, project = 'prj_omnihub', name = 'omnihub-web', stages = defaultStages } = options
  const { domain = 'omnihub.example', commits = {} } = options
  const releases = createRollingReleases({ ...options, now: () => clock.now(), stages })
  const random = seededRandom(1)
  const token = `vercel-${random.uuid()}`
  const faults = createApiFaults(random.next)
  const requests: SeenApiRequest[] = []

  const answered = (outcome: RollingOutcome): ApiAnswer =>
    outcome.ok
      ? { status: 200, body: { rollingRelease: releases.document() } }
      : { status: outcome.status, body: { error: { code: outcome.code, message: outcome.message } } }
  const ofProject = (path: string, handle: ApiRoute['handle']): ApiRoute => ({
    path: path.replace('PROJECT', '/v1/projects/{project}'),
    handle: (request) =>
      [project, name].includes(request.params.project ?? '') ? handle(request) : missing('Project not found'),
  })
  const described = (id: string) => ({
    uid: id,
    id,
    url: `${id.replace('_', '-')}.vercel.app`,
    created: 0,
    createdAt: 0,
    target: 'production',
    state: 'READY',
    readyState: 'READY',
    meta: commits[id] === undefined ? {} : { githubCommitSha: commits[id] },
  })
  const badRequest: ApiAnswer = { status: 400, body: { error: { code: 'bad_request', message: 'Invalid request' } } }

  const server = await serveApi({
    routes: [
      ofProject('GET PROJECT/rolling-release', () => ({ status: 200, body: { rollingRelease: releases.document() } })),
      ofProject('GET PROJECT/rolling-release/config', () => ({
        status: 200,
        body: { rollingRelease: releases.settings() },
      })),
      ofProject('POST PROJECT/rolling-release/start', ({ body }) => {
        const sent = Canary.safeParse(body)
        return sent.success ? answered(releases.start(sent.data.canaryDeploymentId)) : badRequest
      }),
      ofProject('POST PROJECT/rolling-release/approve-stage', ({ body }) => {
        const sent = Approval.safeParse(body)
        if (!sent.success) return badRequest
        return answered(releases.approve(sent.data.canaryDeploymentId, sent.data.nextStageIndex))
      }),
      ofProject('POST PROJECT/rolling-release/complete', ({ body }) => {
        const sent = Canary.safeParse(body)
        return sent.success ? answered(releases.complete(sent.data.canaryDeploymentId)) : badRequest
      }),
      {
        path: 'GET /v9/projects/{project}',
        handle: ({ params }) =>
          [project, name].includes(params.project ?? '')
            ? { status: 200, body: { id: project, name } }
            : missing('Project not found'),
      },
      ofProject('POST PROJECT/rollback/{deployment}', ({ params }) => {
        if (params.project !== project) return missing('Project not found')
        const outcome = releases.rollBack(params.deployment ?? '')
        return outcome.ok ? { status: 201, body: {} } : answered(outcome)
      }),
      {
        path: 'GET /v7/deployments',
        handle: ({ url: { searchParams: query } }) => {
          const sha = query.get('sha') ?? query.get('meta-githubCommitSha')
          const built = options.deployments.filter((id) => sha === null || commits[id] === sha)
          return { status: 200, body: { deployments: built.toReversed().map(described) } }
        },
      },
      {
        path: 'GET /v13/deployments/{deployment}',
        handle: ({ params: { deployment = '' } }) =>
          options.deployments.includes(deployment)
            ? { status: 200, body: described(deployment) }
            : missing('Deployment not found'),
      },
      {
        path: 'GET /v4/aliases/{domain}',
        handle: ({ params }) =>
          params.domain === domain
            ? { status: 200, body: { alias: domain, deploymentId: releases.liveId() } }
            : missing('Alias not found'),
      },
    ],
    faults,
    sleep: (ms) => clock.sleep(ms),
    guard: ({ headers }) =>
      headers.authorization === `Bearer ${token}`
        ? null
        : { status: 403, body: { error: { code: 'forbidden', message: 'Not authorized', invalidToken: true } } },
    errorBody: (status) => ({ error: { code: String(status), message: 'Something went wrong' } }),
    onRequest: (request) => requests.push(request),
  })
  return { ...releases, apiUrl: server.url, token, project, name, domain, faults, requests, close: server.close }
}

function missing(message: string): ApiAnswer {
  return { status: 404, body: { error: { code: 'not_found', message } } }
}
