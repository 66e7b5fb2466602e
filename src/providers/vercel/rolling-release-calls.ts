/** The calls of Vercel's REST API that a rolling release takes, each with a time limit and never repeated. */
import { ZodError, z } from 'zod'
import type { Secret } from '../../config/secret.ts'
import type { ServiceFailure, ServiceResult } from '../../engine/service-failure.ts'
import { maskSecrets } from '../github/mask-secrets.ts'

export interface RollingReleaseCall {
  readonly service: 'vercel'
  readonly method: string
  readonly outcome: 'ok' | ServiceFailure['type']
  readonly seconds: number
}

export interface RollingReleaseCallsOptions {
  /** Without a slash at the end. */
  readonly apiUrl: string
  readonly token: Secret
  /** Id or name of the project. */
  readonly project: string
  /** Slug or id (`team_…`) of the team; null for a personal account. */
  readonly team: string | null
  /** Longest time for one call, milliseconds. Default 5 s. */
  readonly timeoutMs?: number
  readonly onCall?: (call: RollingReleaseCall) => void
}

const Deployment = z.object({ id: z.string() }).nullish()
const Stage = z.object({
  index: z.number(),
  isFinalStage: z.boolean().nullish(),
  targetPercentage: z.number(),
  requireApproval: z.boolean().nullish(),
  linearShift: z.boolean().nullish(),
})
const Document = z.object({
  state: z.enum(['ACTIVE', 'COMPLETE', 'ABORTED']),
  currentDeployment: Deployment,
  canaryDeployment: Deployment,
  queuedDeploymentId: z.string().nullish(),
  stages: z.array(Stage),
  activeStage: Stage.nullish(),
})
/** A rolling release as Vercel answers it. */
export type RollingReleaseDocument = z.infer<typeof Document>

const Settings = z.object({
  stages: z
    .array(
      z.object({
        targetPercentage: z.number(),
        requireApproval: z.boolean().nullish(),
        linearShift: z.boolean().nullish(),
      }),
    )
    .nullish(),
})
/** What the next rolling release would be like. */
export type RollingReleaseSettings = z.infer<typeof Settings>

export interface RollingReleaseCalls {
  /** The newest one, whatever has become of it; null before the first. */
  current(): Promise<ServiceResult<RollingReleaseDocument | null>>
  /** Null where rolling releases are switched off. */
  settings(): Promise<ServiceResult<RollingReleaseSettings | null>>
  /** Id of the deployment that a domain leads to. */
  behind(domain: string): Promise<ServiceResult<string | null>>
  start(canary: string): Promise<ServiceResult<RollingReleaseDocument | null>>
  approve(canary: string, nextStageIndex: number): Promise<ServiceResult<RollingReleaseDocument | null>>
  complete(canary: string): Promise<ServiceResult<RollingReleaseDocument | null>>
  /** Instant rollback, which also ends a rolling release that is under way. Takes `projectId`, once. */
  rollBack(baseline: string): Promise<ServiceResult<unknown>>
  /** The only call that takes no name wants it. Asked for once, where the project is given by its name. */
  projectId(): Promise<ServiceResult<string>>
  /** A failure in the words of those that are made here. */
  rejected(method: string, what: string): ServiceResult<never>
}

/** Errors of connections that were never made: nothing can have happened. */
const notSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']
const ErrorBody = z.object({ error: z.object({ code: z.string().nullish(), message: z.string().nullish() }) })
const Answer = z.object({ rollingRelease: Document.nullable() }).transform(({ rollingRelease }) => rollingRelease)

export function rollingReleaseCalls(options: RollingReleaseCallsOptions): RollingReleaseCalls {
  const { apiUrl, team, timeoutMs = 5_000, onCall } = options
  const token = options.token.reveal()
  const project = `/v1/projects/${encodeURIComponent(options.project)}`
  const tell = (method: string, what: string) =>
    maskSecrets(`Vercel ${method} (project ${options.project}): ${what}`, [token]).slice(0, 500)

  async function call<T>(
    method: string,
    path: string,
    schema: z.ZodType<T>,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<ServiceResult<T>> {
    const startedAt = performance.now()
    const result = await attempt(method, path, schema, body)
    const seconds = (performance.now() - startedAt) / 1000
    onCall?.({ service: 'vercel', method, outcome: result.ok ? 'ok' : result.failure.type, seconds })
    return result
  }

  async function attempt<T>(
    method: string,
    path: string,
    schema: z.ZodType<T>,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<ServiceResult<T>> {
    const isChange = body !== undefined
    const unavailable = (what: string, mayHaveHappened: boolean): ServiceResult<never> => ({
      ok: false,
      // What only reads has changed nothing, whatever became of it.
      failure: { type: 'unavailable', detail: tell(method, what), mayHaveHappened: isChange && mayHaveHappened },
    })
    try {
      const url = new URL(`${apiUrl}${path}`)
      if (team !== null) url.searchParams.set(team.startsWith('team_') ? 'teamId' : 'slug', team)
      const response = await fetch(url, {
        method: isChange ? 'POST' : 'GET',
        headers: {
          authorization: `Bearer ${token}`,
          'user-agent': 'sluice',
          ...(isChange ? { 'content-type': 'application/json' } : {}),
        },
        body: isChange ? JSON.stringify(body) : null,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      const text = await response.text()
      if (response.ok) return { ok: true, value: schema.parse(readJson(text)) }
      if (response.status === 408 || response.status >= 500) {
        return unavailable(`${response.status} ${messageOf(text)}`, true)
      }
      return { ok: false, failure: refusal(response, tell(method, `${response.status} ${messageOf(text)}`)) }
    } catch (error) {
      if (error instanceof ZodError) {
        const [issue] = error.issues
        return unavailable(`the answer was not understood (${issue?.path.join('.')}: ${issue?.message})`, true)
      }
      const code = connectionErrorOf(error)
      if (code === null) throw error
      return unavailable(`no answer (${code})`, !notSent.includes(code))
    }
  }

  let knownId = options.project.startsWith('prj_') ? options.project : null

  async function projectId(): Promise<ServiceResult<string>> {
    if (knownId !== null) return { ok: true, value: knownId }
    const path = `/v9/projects/${encodeURIComponent(options.project)}`
    const found = await call('projects.get', path, z.object({ id: z.string() }))
    if (!found.ok) return found
    knownId = found.value.id
    return { ok: true, value: knownId }
  }

  return {
    projectId,
    current: () => call('rollingRelease.get', `${project}/rolling-release`, Answer),
    settings: () =>
      call(
        'rollingRelease.config',
        `${project}/rolling-release/config`,
        z.object({ rollingRelease: Settings.nullable() }).transform(({ rollingRelease }) => rollingRelease),
      ),
    behind: (domain) =>
      call(
        'aliases.get',
        `/v4/aliases/${encodeURIComponent(domain)}`,
        z.object({ deploymentId: z.string().nullish() }).transform(({ deploymentId }) => deploymentId ?? null),
      ),
    start: (canary) =>
      call('rollingRelease.start', `${project}/rolling-release/start`, Answer, { canaryDeploymentId: canary }),
    approve: (canary, nextStageIndex) =>
      call('rollingRelease.approveStage', `${project}/rolling-release/approve-stage`, Answer, {
        nextStageIndex,
        canaryDeploymentId: canary,
      }),
    complete: (canary) =>
      call('rollingRelease.complete', `${project}/rolling-release/complete`, Answer, { canaryDeploymentId: canary }),
    async rollBack(baseline) {
      const id = await projectId()
      if (!id.ok) return id
      const path = `/v1/projects/${encodeURIComponent(id.value)}/rollback/${encodeURIComponent(baseline)}`
      return await call('projects.rollback', path, z.unknown(), {})
    },
    rejected: (method, what) => ({ ok: false, failure: { type: 'rejected', detail: tell(method, what) } }),
  }
}

function refusal({ status, headers }: Response, detail: string): ServiceFailure {
  if (status === 429) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN)
    const resetMs = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1000 - Date.now()
    const ms = seconds > 0 ? seconds * 1000 : Number.isFinite(resetMs) ? resetMs : 60_000
    return { type: 'rate_limited', retryAfterMs: Math.min(Math.max(ms, 1000), 3_600_000) }
  }
  if (status === 401 || status === 403) {
    return { type: 'unauthorized', detail: `${detail}. Check the Vercel token and what it may do.` }
  }
  return { type: status === 404 || status === 410 ? 'not_found' : 'rejected', detail }
}

function messageOf(text: string): string {
  const parsed = ErrorBody.safeParse(readJson(text))
  return (parsed.success ? parsed.data.error.message : null) ?? 'no message'
}

function readJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    // Whoever reads it sees that it is not what was asked for.
    return undefined
  }
}

function connectionErrorOf(error: unknown): string | null {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return 'timeout'
    if ('code' in cause && typeof cause.code === 'string') return cause.code
  }
  return error instanceof TypeError ? 'connection failed' : null
}
