/**
 * One HTTP call to an outside service: with a time limit, never repeated (the engine does that), and with everything that
 * can go wrong as a value that says which service, which call, which object, what came back and what to do.
 */
import { ZodError, type z } from 'zod'
import type { Secret } from '../config/secret.ts'
import type { ServiceFailure, ServiceResult } from '../engine/service-failure.ts'
import { maskSecrets } from './github/mask-secrets.ts'

/** One call, for metrics. `outcome` is `ok` or the type of the failure. */
export interface ServiceCall {
  readonly service: string
  readonly method: string
  readonly outcome: 'ok' | ServiceFailure['type']
  readonly seconds: number
}

export interface ServiceRequest {
  /** Name of the call, for metrics and messages: `functions.list`. */
  readonly name: string
  /** What it is about: `project abc`. */
  readonly object: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  /** Begins with `/`; its parts are encoded already. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly json?: unknown
  readonly body?: { readonly type: string; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Milliseconds; another than the caller's own. */
  readonly timeoutMs?: number
}

interface ServiceAnswer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
}

export interface ServiceCaller {
  /** A call whose answer is read as JSON. */
  json<T>(request: ServiceRequest, schema: z.ZodType<T>): Promise<ServiceResult<T>>
  bytes(request: ServiceRequest): Promise<ServiceResult<Uint8Array>>
  /** Makes a failure out of something that was found in an answer, in the words of those that are made here. */
  tell(request: Pick<ServiceRequest, 'name' | 'object'>, what: string): string
}

export interface ServiceCallerOptions {
  /** What people call it: `Supabase`. */
  readonly title: string
  /** Without a slash at the end. */
  readonly apiUrl: string
  readonly token: Secret
  /** The environment variable that the token comes from. */
  readonly variable: string
  /** Longest time for one call, milliseconds. */
  readonly timeoutMs: number
  /** The service's own words out of an error's body; null when there are none. */
  readonly messageOf: (body: unknown) => string | null
  /** When a limit that was hit ends, where only the service's own headers or body tell; milliseconds from now. */
  readonly resetInMs?: (headers: Headers, body: unknown, now: number) => number | null
  readonly onCall?: ((call: ServiceCall) => void) | undefined
}

/** How long to wait when the service says that it was too much and not for how long. */
const defaultRetryAfterMs = 60_000
const longestRetryAfterMs = 3_600_000

/** Errors of connections that were never made: nothing can have happened. */
const notSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

export function serviceCaller(options: ServiceCallerOptions): ServiceCaller {
  const { title, apiUrl, variable, onCall } = options
  const token = options.token.reveal()
  const tell: ServiceCaller['tell'] = ({ name, object }, what) =>
    maskSecrets(`${title} ${name} (${object}): ${what}`, [token]).slice(0, 500)

  async function send(request: ServiceRequest): Promise<ServiceAnswer> {
    const url = new URL(`${apiUrl}${request.path}`)
    for (const [key, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(key, value)
    }
    const type = request.json === undefined ? request.body?.type : 'application/json'
    const response = await fetch(url, {
      method: request.method,
      headers: {
        authorization: `Bearer ${token}`,
        'user-agent': 'sluice',
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      body: request.json === undefined ? (request.body?.bytes ?? null) : JSON.stringify(request.json),
      // A call that changes something would come out of a redirect as another one.
      redirect: 'manual',
      // Until the last byte of the answer.
      signal: AbortSignal.timeout(request.timeoutMs ?? options.timeoutMs),
    })
    return {
      status: response.status,
      headers: response.headers,
      bytes: new Uint8Array(await response.arrayBuffer()),
    }
  }

  function refusal({ status, headers, bytes }: ServiceAnswer, request: ServiceRequest): ServiceFailure {
    const body = readJson(bytes)
    // Whatever stands before the service answers with a page of its own; its text says nothing.
    const detail = tell(request, `${status} ${options.messageOf(body) ?? 'no message'}`)
    if (status === 429) return { type: 'rate_limited', retryAfterMs: retryAfterMs(headers, body) }
    if (status === 401 || status === 403) {
      return { type: 'unauthorized', detail: `${detail}. Check ${variable} and what it may do.` }
    }
    if (status === 404 || status === 410) return { type: 'not_found', detail }
    if (status === 408 || status >= 500) return { type: 'unavailable', detail, mayHaveHappened: true }
    return { type: 'rejected', detail }
  }

  function retryAfterMs(headers: Headers, body: unknown): number {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN)
    const ms = seconds > 0 ? seconds * 1000 : (options.resetInMs?.(headers, body, Date.now()) ?? defaultRetryAfterMs)
    // A clock that is ahead of the service's must not make us ask again at once, over and over.
    return Math.min(Math.max(ms, 1000), longestRetryAfterMs)
  }

  async function call<T>(request: ServiceRequest, read: (answer: ServiceAnswer) => T): Promise<ServiceResult<T>> {
    const startedAt = performance.now()
    const result = await attempt(request, read)
    const seconds = (performance.now() - startedAt) / 1000
    const outcome = result.ok ? 'ok' : result.failure.type
    onCall?.({ service: title.toLowerCase(), method: request.name, outcome, seconds })
    return result
  }

  async function attempt<T>(request: ServiceRequest, read: (answer: ServiceAnswer) => T): Promise<ServiceResult<T>> {
    try {
      const answer = await send(request)
      if (answer.status < 200 || answer.status > 299) return { ok: false, failure: refusal(answer, request) }
      return { ok: true, value: read(answer) }
    } catch (error) {
      if (error instanceof ZodError) {
        const [issue] = error.issues
        const where = issue === undefined ? 'something' : `${issue.path.join('.') || 'the body'}: ${issue.message}`
        return unavailable(tell(request, `the answer was not understood (${where})`), true)
      }
      const code = connectionErrorOf(error)
      if (code === null) throw error
      return unavailable(tell(request, `no answer (${code})`), !notSent.has(code))
    }
  }

  return {
    json: (request, schema) => call(request, ({ bytes }) => schema.parse(readJson(bytes))),
    bytes: (request) => call(request, ({ bytes }) => bytes),
    tell,
  }
}

function unavailable(detail: string, mayHaveHappened: boolean): ServiceResult<never> {
  return { ok: false, failure: { type: 'unavailable', detail, mayHaveHappened } }
}

/** @returns undefined for what is no JSON, an empty body among it */
function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    // Whoever reads it sees that it is not what was asked for.
    return undefined
  }
}

/** The system's code for a broken connection, `timeout` for our own time-out, or null when it is neither. */
function connectionErrorOf(error: unknown): string | null {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return 'timeout'
    if ('code' in cause && typeof cause.code === 'string') return cause.code
  }
  // Only these two: another TypeError is a bug, and must look like one.
  const isFetchs = error instanceof TypeError && (error.message === 'fetch failed' || error.message === 'terminated')
  return isFetchs ? 'connection failed' : null
}
