/**
 * Supabase's Management API, as far as it is about edge functions: a personal token, projects by their ref, 120 calls a
 * minute. It stands on an address of its own, as the real one does beside the projects' Data APIs.
 */
import { createHash } from 'node:crypto'
import { brotliCompressSync } from 'node:zlib'
import { z } from 'zod'
import type { Clock } from '../github/clock.ts'
import {
  type ApiAnswer,
  ApiError,
  type ApiRequest,
  bearerOf,
  type SimulatedApi,
  startSimulatedApi,
} from '../http/simulated-api.ts'
import { createEdgeFunctions, type EdgeFunctions } from './edge-functions.ts'

export interface SimulatedManagement extends SimulatedApi {
  /** `http://127.0.0.1:PORT/v1`. */
  readonly apiUrl: string
  readonly token: string
  readonly project: string
  /** The functions of a project, to do with them what a workflow does. */
  readonly functions: EdgeFunctions
  revokeToken(): void
}

export interface SimulatedManagementOptions {
  readonly clock?: Clock
  /** Default `abcdefghijklmnopqrst`. */
  readonly project?: string
  /** Whether metadata that names a bundle which is gone is refused, or taken and found to be empty afterwards. */
  readonly refusesUnknownBundles?: boolean
  /** Calls a minute. Default 120. */
  readonly limit?: number
  readonly seed?: number
  readonly port?: number
}

const Metadata = z.object({
  id: z.string(),
  slug: z.string().regex(/^[A-Za-z0-9_-]+$/),
  name: z.string(),
  status: z.enum(['ACTIVE', 'REMOVED', 'THROTTLED']),
  version: z.int(),
  created_at: z.int().optional(),
  verify_jwt: z.boolean().default(true),
  import_map: z.boolean().default(false),
  entrypoint_path: z.string().default('file:///src/index.ts'),
  // Null is what `GET` says, and not what `PUT` takes.
  import_map_path: z.string().optional(),
  ezbr_sha256: z.string().optional(),
})
const Update = z.array(Metadata)

const saying = (status: number, message: string): ApiAnswer => ({ status, body: { message } })
const base = '/v1/projects/{ref}/functions'

export async function startSimulatedManagement(options: SimulatedManagementOptions = {}): Promise<SimulatedManagement> {
  const { project = 'abcdefghijklmnopqrst', refusesUnknownBundles = true, clock } = options
  const now = () => clock?.now() ?? Date.now()
  const functions = createEdgeFunctions({ now })
  const token = `sbp_${createHash('sha256').update('simulated').digest('hex').slice(0, 40)}`
  let isRevoked = false

  /** The route, for those that may see the project. */
  const ofProject = (handle: (request: ApiRequest) => ApiAnswer) => (request: ApiRequest) => {
    if (request.params.ref === project) return handle(request)
    return saying(403, 'Your account does not have the necessary privileges to access this endpoint.')
  }
  const ofFunction = (handle: (slug: string, request: ApiRequest) => ApiAnswer) =>
    ofProject((request) => {
      const { slug = '' } = request.params
      return functions.get(slug) === null ? saying(404, 'Function not found') : handle(slug, request)
    })

  const api = await startSimulatedApi({
    name: 'Supabase Management API',
    limit: options.limit ?? 120,
    callerOf(headers) {
      const given = bearerOf(headers)
      if (given !== token || isRevoked) throw new ApiError(saying(401, 'Unauthorized'))
      return given
    },
    errors: {
      notFound: saying(404, 'Cannot find the endpoint'),
      internal: saying(500, 'Internal server error'),
      unavailable: saying(503, 'Service unavailable'),
      limited: () => saying(429, 'ThrottlerException: Too Many Requests'),
    },
    limitHeaders: ({ total, remaining, resetAt }) => ({
      'x-ratelimit-limit': String(total),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': String(Math.ceil((resetAt - now()) / 1000)),
    }),
    routes: {
      [`GET ${base}`]: ofProject(() => ({ status: 200, body: functions.list() })),
      [`GET ${base}/{slug}`]: ofFunction((slug) => ({ status: 200, body: functions.get(slug) })),
      [`GET ${base}/{slug}/body`]: ofFunction((slug) => {
        const eszip = functions.bodyOf(slug)
        if (eszip === null) return saying(404, 'Function bundle not found')
        const headers = { 'content-type': 'application/octet-stream', 'content-encoding': 'br' }
        return { status: 200, body: brotliCompressSync(eszip), headers }
      }),
      [`PUT ${base}`]: ofProject(({ body }) => {
        const wanted = parse(Update, body)
        const unknown = wanted.find(({ ezbr_sha256: digest }) => digest === undefined || !functions.hasBundle(digest))
        if (unknown !== undefined && refusesUnknownBundles) return saying(400, `No bundle for ${unknown.slug}`)
        functions.replace(
          wanted.map(({ ezbr_sha256, created_at, import_map_path, ...rest }) => ({
            ...rest,
            created_at: created_at ?? now(),
            updated_at: now(),
            import_map_path: import_map_path ?? null,
            ...(ezbr_sha256 === undefined ? {} : { ezbr_sha256 }),
          })),
        )
        return { status: 200, body: { functions: functions.list() } }
      }),
      [`PATCH ${base}/{slug}`]: ofFunction((slug, request) => ({
        status: 200,
        body: functions.upload(slug, uploadOf(request), settingsOf(request)),
      })),
      [`POST ${base}`]: ofProject((request) => {
        const slug = request.url.searchParams.get('slug') ?? ''
        if (!/^[A-Za-z0-9_-]+$/.test(slug)) return saying(400, 'slug: Invalid input')
        if (functions.get(slug) !== null) return saying(400, 'Duplicated function slug')
        return { status: 201, body: functions.upload(slug, uploadOf(request), settingsOf(request)) }
      }),
    },
    ...(clock === undefined ? {} : { clock }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.port === undefined ? {} : { port: options.port }),
  })

  return {
    ...api,
    apiUrl: `${api.url}/v1`,
    token,
    project,
    functions,
    revokeToken() {
      isRevoked = true
    },
  }
}

function uploadOf({ headers, body, url }: ApiRequest): Buffer {
  if (headers['content-type'] !== 'application/vnd.denoland.eszip') {
    throw new ApiError(saying(415, 'Unsupported Media Type'))
  }
  if (body.subarray(0, 4).toString('latin1') !== 'EZBR') throw new ApiError(saying(400, 'Invalid eszip'))
  const digest = url.searchParams.get('ezbr_sha256')
  if (digest !== null && digest !== createHash('sha256').update(body).digest('hex')) {
    throw new ApiError(saying(400, 'Checksum does not match'))
  }
  return body
}

function settingsOf({ url }: ApiRequest) {
  const flag = (name: string) => {
    const value = url.searchParams.get(name)
    return value === null ? {} : { [name]: value === 'true' }
  }
  const text = (name: string) => {
    const value = url.searchParams.get(name)
    return value === null ? {} : { [name]: value }
  }
  return {
    ...text('name'),
    ...flag('verify_jwt'),
    ...flag('import_map'),
    ...text('entrypoint_path'),
    ...text('import_map_path'),
  }
}

function parse<T>(schema: z.ZodType<T>, body: Buffer): T {
  let json: unknown
  try {
    json = JSON.parse(body.toString())
  } catch {
    throw new ApiError(saying(400, 'Unexpected token in JSON'))
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ApiError(saying(400, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`))
}
