/**
 * The HTTP side of a simulated service with a REST API, over real HTTP on 127.0.0.1: who asks, how often, how long it takes
 * and what goes wrong. What the service knows and does is in its routes.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { createConditions } from '../conditions.ts'
import { type Clock, realClock } from '../github/clock.ts'
import { listen } from '../github/listen.ts'
import { seededRandom } from '../github/seeded-random.ts'

export interface ApiFault {
  /** Which requests: a part of `METHOD /path` or an expression for it. All when left out. */
  readonly match?: string | RegExp
  /**
   * `reset` cuts the connection before anything is done and `reset_after` when it is done; `hang` never answers and does
   * nothing, `hang_after` does it first; `bad_gateway` answers with the page of a front end, `malformed` with half a body.
   */
  readonly kind:
    | 'rate_limited'
    | 'internal_error'
    | 'unavailable'
    | 'bad_gateway'
    | 'malformed'
    | 'reset'
    | 'reset_after'
    | 'hang'
    | 'hang_after'
  /** Default 1. */
  readonly times?: number
  /** For `rate_limited`; as the service tells it otherwise. */
  readonly retryAfterSeconds?: number
}

export interface ApiAnswer {
  readonly status: number
  /** Bytes go out as they are, anything else as JSON, null as nothing. */
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface ApiRequest {
  readonly url: URL
  /** Decoded parts of the path, by the names in the route. */
  readonly params: Readonly<Record<string, string>>
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** Thrown by routes, and answered. */
export class ApiError extends Error {
  readonly answer: ApiAnswer

  constructor(answer: ApiAnswer) {
    super(`HTTP ${answer.status}`)
    this.answer = answer
  }
}

export interface SimulatedApiOptions {
  readonly name: string
  /** `GET /v1/projects/{ref}/functions` to what answers it. */
  readonly routes: Readonly<Record<string, (request: ApiRequest) => ApiAnswer>>
  /** Who it is, for counting; a refusal otherwise. @throws ApiError */
  readonly callerOf: (headers: IncomingMessage['headers']) => string
  /** Calls a minute and a caller. */
  readonly limit: number
  readonly errors: {
    readonly notFound: ApiAnswer
    readonly internal: ApiAnswer
    readonly unavailable: ApiAnswer
    /** @param resetAt - UTC milliseconds */
    limited(limit: number, resetAt: number): ApiAnswer
  }
  /** On every answer of somebody who is known. */
  limitHeaders?(limit: {
    readonly total: number
    readonly remaining: number
    readonly resetAt: number
  }): Readonly<Record<string, string>>
  readonly clock?: Clock
  readonly seed?: number
  readonly port?: number
}

/** One request so far; `status` is null for one that got no answer. */
export interface ApiCall {
  readonly method: string
  readonly path: string
  readonly status: number | null
}

export interface SimulatedApi {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly calls: readonly ApiCall[]
  failNext(fault: ApiFault): void
  /** While it is out everything is answered with 503. */
  outage(isOut: boolean): void
  /** Milliseconds, or from and to. */
  setLatency(ms: number | readonly [number, number]): void
  /** Uses up what every caller has left of this minute. */
  exhaustLimit(): void
  /** Resolves when the condition holds, looked at after each request; rejects after so many real ms. */
  until(condition: () => boolean, what: string, timeoutMs?: number): Promise<void>
  stop(): Promise<void>
}

export async function startSimulatedApi(options: SimulatedApiOptions): Promise<SimulatedApi> {
  const { name, errors, limit, clock = realClock } = options
  const random = seededRandom(options.seed ?? 1)
  const routes = compile(options.routes)
  const calls: ApiCall[] = []
  const conditions = createConditions()
  const windows = new Map<string, { used: number; readonly resetAt: number }>()
  let faults: { readonly fault: ApiFault; left: number }[] = []
  let latency: number | readonly [number, number] = 0
  let isOut = false

  function takeFault(request: string): ApiFault | null {
    if (isOut) return { kind: 'unavailable' }
    const found = faults.find(({ fault: { match = '' } }) =>
      typeof match === 'string' ? request.includes(match) : match.test(request),
    )
    if (found === undefined) return null
    found.left -= 1
    if (found.left <= 0) faults = faults.filter((other) => other !== found)
    return found.fault
  }

  function windowOf(caller: string) {
    const known = windows.get(caller)
    if (known !== undefined && known.resetAt > clock.now()) return known
    const fresh = { used: 0, resetAt: clock.now() + 60_000 }
    windows.set(caller, fresh)
    return fresh
  }

  function answerOf(
    method: string,
    url: URL,
    headers: IncomingMessage['headers'],
    body: Buffer,
    fault: ApiFault | null,
  ) {
    let limitHeaders: Readonly<Record<string, string>> = {}
    const work = (): ApiAnswer => {
      const window = windowOf(options.callerOf(headers))
      window.used += 1
      const { used, resetAt } = window
      const remaining = Math.max(0, limit - used)
      limitHeaders = options.limitHeaders?.({ total: limit, remaining, resetAt }) ?? {}
      if (fault?.kind === 'rate_limited') return limitedBy(fault, errors.limited(limit, resetAt))
      if (used > limit) return errors.limited(limit, resetAt)
      if (fault?.kind === 'internal_error') return errors.internal
      if (fault?.kind === 'unavailable') return errors.unavailable
      if (fault?.kind === 'bad_gateway') {
        const page = Buffer.from('<html><h1>502 Bad Gateway</h1></html>')
        return { status: 502, body: page, headers: { 'content-type': 'text/html' } }
      }
      if (fault?.kind === 'malformed') {
        return { status: 200, body: Buffer.from('{"half": ['), headers: { 'content-type': 'application/json' } }
      }
      for (const route of routes) {
        const params = route.match(method, url.pathname)
        if (params !== null) return route.handle({ url, params, headers, body })
      }
      return errors.notFound
    }
    try {
      const answer = work()
      return { ...answer, headers: { ...limitHeaders, ...answer.headers } }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return { ...error.answer, headers: { ...limitHeaders, ...error.answer.headers } }
    }
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const method = request.method ?? 'GET'
    const body = await buffer(request)
    const ms = typeof latency === 'number' ? latency : latency[0] + random.next() * (latency[1] - latency[0])
    if (ms > 0) await clock.sleep(ms)
    const note = (status: number | null) => {
      calls.push({ method, path: `${url.pathname}${url.search}`, status })
      conditions.changed()
    }
    const fault = takeFault(`${method} ${url.pathname}`)
    if (fault?.kind === 'hang') return note(null)
    if (fault?.kind === 'reset') {
      response.destroy()
      return note(null)
    }
    const answer = answerOf(method, url, request.headers, body, fault)
    if (fault?.kind === 'hang_after') return note(null)
    if (fault?.kind === 'reset_after') {
      response.destroy()
      return note(null)
    }
    respond(response, answer)
    note(answer.status)
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      console.error(`The simulated ${name} failed to answer a request:`, error)
      response.destroy()
    })
  })
  const running = await listen(server, options.port)

  return {
    url: running.url,
    calls,
    failNext: (fault) => {
      faults.push({ fault, left: fault.times ?? 1 })
    },
    outage: (out) => {
      isOut = out
    },
    setLatency: (ms) => {
      latency = ms
    },
    exhaustLimit() {
      for (const window of windows.values()) window.used = limit
    },
    until: conditions.until,
    stop: running.close,
  }
}

/** The token of a request that brings one. */
export function bearerOf(headers: IncomingMessage['headers']): string | null {
  return /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? null
}

function limitedBy({ retryAfterSeconds }: ApiFault, answer: ApiAnswer): ApiAnswer {
  if (retryAfterSeconds === undefined) return answer
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(retryAfterSeconds) } }
}

function respond(response: ServerResponse, { status, body, headers = {} }: ApiAnswer): void {
  if (body === null) response.writeHead(status, headers).end()
  else if (body instanceof Uint8Array) response.writeHead(status, headers).end(body)
  else {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    response.end(JSON.stringify(body))
  }
}

function compile(routes: SimulatedApiOptions['routes']) {
  return Object.entries(routes).map(([path, handle]) => {
    const [wanted = '', template = ''] = path.split(' ')
    const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
    const expression = new RegExp(`^${template.replaceAll(/\{\w+\}/g, '([^/]+)')}$`)
    const match = (method: string, pathname: string): Readonly<Record<string, string>> | null => {
      const parts = method === wanted ? expression.exec(pathname) : null
      if (parts === null) return null
      return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(parts[index + 1] ?? '')]))
    }
    return { match, handle }
  })
}
