/** The HTTP side of a simulated JSON API: what came in, what goes wrong, and how long it takes. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { listen, type RunningServer } from '../github/listen.ts'
import { createRouter } from '../github/router.ts'
import type { ApiFault, ApiFaultSource } from './faults.ts'

export interface ApiRequest {
  readonly method: string
  readonly url: URL
  /** Decoded parts of the path, by the names in the route. */
  readonly params: Readonly<Record<string, string>>
  readonly headers: IncomingHttpHeaders
  /** Parsed; undefined where there is none, or where it is no JSON. */
  readonly body: unknown
}

export interface ApiAnswer {
  readonly status: number
  /** Text goes out as a page, everything else as JSON. */
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type ApiHandler = (request: ApiRequest) => ApiAnswer

export interface ApiRoute {
  /** `GET /zones/{zone}/load_balancers/{id}` */
  readonly path: string
  readonly handle: ApiHandler
}

/** A request that came in, with what it got; `status` is null for one that got no answer. */
export interface SeenApiRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly body: unknown
  readonly status: number | null
  /** When it came in, and when it was answered or given up, ms by `performance.now()`. */
  readonly beganAt: number
  readonly endedAt: number
}

export interface ApiOptions {
  readonly routes: readonly ApiRoute[]
  readonly faults: ApiFaultSource
  /** Waits, real or by a test's clock. */
  readonly sleep: (ms: number) => Promise<void>
  /** Part of every path, `/client/v4`. */
  readonly prefix?: string
  /** Looks at a request before its route does: who asks, and how often. Null lets it through. */
  readonly guard: (request: ApiRequest) => ApiAnswer | null
  /** Headers of every answer. */
  readonly commonHeaders?: (request: ApiRequest) => Readonly<Record<string, string>>
  /** An error in the form of the service. */
  readonly errorBody: (status: number, fault: ApiFault | null) => unknown
  readonly onRequest: (request: SeenApiRequest) => void
}

export function serveApi(options: ApiOptions): Promise<RunningServer> {
  const { faults, prefix = '' } = options
  const find = createRouter(options.routes)

  const carryOut = (request: ApiRequest, pathname: string): ApiAnswer => {
    const refused = options.guard(request)
    if (refused !== null) return refused
    const found = pathname.startsWith(prefix) ? find(request.method, pathname.slice(prefix.length)) : null
    if (found === null) return { status: 404, body: options.errorBody(404, null) }
    return found.handle({ ...request, params: found.params })
  }

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const beganAt = performance.now()
    const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host ?? '127.0.0.1'}`)
    const method = incoming.method ?? 'GET'
    const body = parsed(await text(incoming))
    const request: ApiRequest = { method, url, params: {}, headers: incoming.headers, body }
    const latencyMs = faults.latencyMs()
    if (latencyMs > 0) await options.sleep(latencyMs)
    const fault = faults.take(`${method} ${url.pathname}`)
    const seen = (status: number | null) => {
      const endedAt = performance.now()
      options.onRequest({ method, path: `${url.pathname}${url.search}`, body, status, beganAt, endedAt })
    }

    if (fault?.kind === 'hang') return seen(null)
    if (fault?.kind === 'lands_late') {
      seen(null)
      await options.sleep(fault.delayMs ?? 0)
      carryOut(request, url.pathname)
      return
    }
    if (fault?.kind === 'reset') {
      seen(null)
      incoming.socket.resetAndDestroy()
      return
    }
    const answer = fault === null || isAfter(fault) ? carryOut(request, url.pathname) : refusal(fault)
    if (fault?.kind === 'hang_after') return seen(null)
    if (fault?.kind === 'reset_after') {
      seen(null)
      incoming.socket.resetAndDestroy()
      return
    }
    const sent = fault?.kind === 'internal_error_after' ? { status: 500, body: options.errorBody(500, fault) } : answer
    seen(sent.status)
    const isPage = typeof sent.body === 'string'
    response.writeHead(sent.status, {
      'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
      ...options.commonHeaders?.(request),
      ...('headers' in sent ? sent.headers : {}),
    })
    response.end(isPage ? sent.body : JSON.stringify(sent.body))
  }

  function refusal(fault: ApiFault): ApiAnswer {
    const status = statusOf(fault)
    if (fault.kind === 'bad_gateway')
      return { status, body: '<html><head><title>502 Bad Gateway</title></head></html>' }
    if (fault.kind === 'malformed') {
      return { status, body: '{"success": true, "result": {"id"', headers: { 'content-type': 'application/json' } }
    }
    const { retryAfterSeconds } = fault
    const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
    return { status, body: options.errorBody(status, fault), headers }
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // A mistake in the simulation itself: say so instead of leaving the caller to guess.
      console.error('A simulated API failed to answer a request:', error)
      response.destroy()
    })
  })
  return listen(server)
}

function isAfter({ kind }: ApiFault): boolean {
  return kind === 'reset_after' || kind === 'hang_after' || kind === 'internal_error_after'
}

function statusOf({ kind }: ApiFault): number {
  switch (kind) {
    case 'too_many_requests':
      return 429
    case 'unauthorized':
      return 401
    case 'forbidden':
      return 403
    case 'not_found':
      return 404
    case 'malformed':
      return 200
    case 'bad_gateway':
      return 502
    case 'unavailable':
      return 503
    default:
      return 500
  }
}

function parsed(body: string): unknown {
  try {
    return body === '' ? undefined : JSON.parse(body)
  } catch {
    // What is no JSON is told by the route, in the service's own words.
    return undefined
  }
}
