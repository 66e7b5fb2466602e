/** The part of Vercel's REST API (https://vercel.com/docs/rest-api) that puts a deployment into production. */
import { z } from 'zod'
import type { Secret } from '../../config/secret.ts'
import type { ServiceResult } from '../../engine/service-failure.ts'
import { type ServiceCall, serviceCaller } from '../service-caller.ts'

export interface VercelApiOptions {
  /** `https://api.vercel.com`. */
  readonly apiUrl: string
  /** Name or id (`prj_…`). */
  readonly project: string
  /** Slug or id (`team_…`) of the team that owns the project; null for a personal account's. */
  readonly team: string | null
  readonly token: Secret
  /** Longest time for a call, milliseconds. */
  readonly timeoutMs?: number
  readonly onCall?: (call: ServiceCall) => void
}

/** A request to move the production domains, as `lastAliasRequest` tells of the newest one. */
const AliasRequest = z.object({
  type: z.string(),
  jobStatus: z.string(),
  toDeploymentId: z.string(),
  requestedAt: z.number(),
})
const Project = z.object({ id: z.string(), lastAliasRequest: AliasRequest.nullish() })
const Domain = z.object({
  name: z.string(),
  redirect: z.string().nullish(),
  gitBranch: z.string().nullish(),
  customEnvironmentId: z.string().nullish(),
  verified: z.boolean(),
})
const Alias = z.object({ deploymentId: z.string().nullish() })
/** `meta` holds what the build was told, the commit among it. */
const Meta = z.record(z.string(), z.unknown()).nullish()
const Deployment = z.object({ id: z.string(), url: z.string(), createdAt: z.number(), meta: Meta })
const Listed = z.object({
  uid: z.string(),
  url: z.string(),
  created: z.number(),
  target: z.string().nullish(),
  state: z.string().optional(),
  readyState: z.string().optional(),
  meta: Meta,
})

export type VercelProject = z.infer<typeof Project>
export type VercelDomain = z.infer<typeof Domain>
type VercelDeployment = z.infer<typeof Deployment>
export type ListedDeployment = z.infer<typeof Listed>

export interface VercelApi {
  /** With its newest request to move the production domains. */
  project(): Promise<ServiceResult<VercelProject>>
  domains(): Promise<ServiceResult<readonly VercelDomain[]>>
  /** The deployment that a domain leads to; null when it leads to none. */
  deploymentBehind(domain: string): Promise<ServiceResult<string | null>>
  deployment(id: string): Promise<ServiceResult<VercelDeployment>>
  /** Newest first, at most 100. */
  deployments(query: {
    readonly projectId: string
    readonly filter: Readonly<Record<string, string>>
  }): Promise<ServiceResult<readonly ListedDeployment[]>>
  /** Asks for the production domains to be moved; it is taken here, and done afterwards. */
  order(move: 'promote' | 'rollback', projectId: string, deploymentId: string): Promise<ServiceResult<void>>
  /** A message in the words of the API's own failures. */
  tell(call: string, object: string, what: string): string
}

const ErrorBody = z.object({
  error: z.object({
    code: z.string().optional(),
    message: z.string(),
    limit: z.object({ resetMs: z.number().optional(), reset: z.number().optional() }).optional(),
  }),
})

export function vercelApi(options: VercelApiOptions): VercelApi {
  const { project, team } = options
  const caller = serviceCaller({
    title: 'Vercel',
    apiUrl: options.apiUrl,
    token: options.token,
    variable: 'VERCEL_TOKEN',
    timeoutMs: options.timeoutMs ?? 5_000,
    messageOf(body) {
      const error = ErrorBody.safeParse(body).data?.error
      return error === undefined ? null : [error.code, error.message].filter((part) => part !== undefined).join(': ')
    },
    resetInMs(headers, body, now) {
      const limit = ErrorBody.safeParse(body).data?.error.limit
      const reset = Number(headers.get('x-ratelimit-reset') ?? limit?.reset ?? Number.NaN) * 1000
      const at = limit?.resetMs ?? reset
      return Number.isFinite(at) ? at - now : null
    },
    onCall: options.onCall,
  })
  const owner = team === null ? {} : team.startsWith('team_') ? { teamId: team } : { slug: team }
  const ofProject = `project ${project}`
  const path = `/v9/projects/${encodeURIComponent(project)}`

  return {
    project: () =>
      caller.json(
        {
          name: 'projects.get',
          object: ofProject,
          method: 'GET',
          path,
          // Without it `lastAliasRequest` is left out.
          query: { ...owner, rollbackInfo: 'true' },
        },
        Project,
      ),
    domains: () =>
      caller.json(
        {
          name: 'projects.domains',
          object: ofProject,
          method: 'GET',
          path: `${path}/domains`,
          query: { ...owner, production: 'true', limit: '100' },
        },
        z.object({ domains: z.array(Domain) }).transform(({ domains }) => domains),
      ),
    async deploymentBehind(domain) {
      const found = await caller.json(
        {
          name: 'aliases.get',
          object: `domain ${domain}`,
          method: 'GET',
          path: `/v4/aliases/${encodeURIComponent(domain)}`,
          query: owner,
        },
        Alias,
      )
      if (found.ok) return { ok: true, value: found.value.deploymentId ?? null }
      return found.failure.type === 'not_found' ? { ok: true, value: null } : found
    },
    deployment: (id) =>
      caller.json(
        {
          name: 'deployments.get',
          object: `deployment ${id}`,
          method: 'GET',
          path: `/v13/deployments/${encodeURIComponent(id)}`,
          query: owner,
        },
        Deployment,
      ),
    deployments: ({ projectId, filter }) =>
      caller.json(
        {
          name: 'deployments.list',
          object: ofProject,
          method: 'GET',
          path: '/v7/deployments',
          query: { ...owner, projectId, target: 'production', state: 'READY', limit: '100', ...filter },
        },
        z
          .object({ deployments: z.array(Listed) })
          .transform(({ deployments }) => [...deployments].sort((a, b) => b.created - a.created)),
      ),
    async order(move, projectId, deploymentId) {
      const ordered = await caller.bytes({
        name: `projects.${move}`,
        object: `deployment ${deploymentId} of ${ofProject}`,
        method: 'POST',
        path: `/${move === 'promote' ? 'v10' : 'v1'}/projects/${encodeURIComponent(projectId)}/${move}/${encodeURIComponent(deploymentId)}`,
        query: owner,
        // Vercel wants one, and has nothing to be told in it.
        json: {},
      })
      return ordered.ok ? { ok: true, value: undefined } : ordered
    },
    tell: (name, object, what) => caller.tell({ name, object: `${object} of ${ofProject}` }, what),
  }
}
