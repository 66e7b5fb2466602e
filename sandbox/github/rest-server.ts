/** The HTTP side of the simulated api.github.com: who asks, how often, what goes wrong, and the headers around it. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Access, Caller } from './access.ts'
import type { Clock } from './clock.ts'
import type { Fault, Faults, RateLimiter } from './faults.ts'
import { listen, type RunningServer } from './listen.ts'
import { type Answer, answer, errorBody, HttpError, notFound } from './rest-answer.ts'
import { createRouter, type Route } from './router.ts'

/** A request that came in, for tests and for counting. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly status: number | null
  readonly caller: Caller['type'] | null
}

export function startRestServer(options: {
  readonly routes: readonly Route[]
  readonly access: Access
  readonly faults: Faults
  readonly rateLimiter: RateLimiter
  readonly clock: Clock
  readonly random: () => number
  readonly port: number
  readonly onRequest: (request: SeenRequest) => void
}): Promise<RunningServer> {
  const { access, faults, rateLimiter, clock } = options
  const find = createRouter(options.routes)

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`)
    const method = request.method ?? 'GET'
    const body = await text(request)
    const latencyMs = faults.latencyMs(options.random)
    if (latencyMs > 0) await clock.sleep(latencyMs)
    const fault = faults.take(`${method} ${url.pathname}`)
    const seen = { method, path: `${url.pathname}${url.search}` }
    if (fault?.kind === 'hang') return options.onRequest({ ...seen, status: null, caller: null })
    if (fault?.kind === 'reset') {
      options.onRequest({ ...seen, status: null, caller: null })
      return response.destroy()
    }

    let caller: Caller | null = null
    let limitHeaders: Readonly<Record<string, string>> = {}
    const result = ((): Answer => {
      try {
        caller = access.callerOf(request.headers.authorization)
        const count = rateLimiter.count(caller.token)
        const isExceeded = count.isExceeded || fault?.kind === 'primary_rate_limit'
        limitHeaders = {
          'x-ratelimit-limit': String(rateLimiter.limit),
          'x-ratelimit-remaining': isExceeded ? '0' : String(count.remaining),
          'x-ratelimit-used': String(rateLimiter.limit - count.remaining),
          'x-ratelimit-reset': String(Math.ceil(count.resetAt / 1000)),
          'x-ratelimit-resource': 'core',
        }
        if (isExceeded) throw new HttpError(403, 'API rate limit exceeded for this token.', {})
        if (fault !== null && !isCarriedOut(fault)) return faultAnswer(fault)
        const found = find(method, url.pathname)
        if (found === null) throw notFound()
        return found.handle({ method, url, params: found.params, body, caller })
      } catch (error) {
        if (!(error instanceof HttpError)) throw error
        return answer(errorBody(error.status, error.message, error.errors), error.status, error.headers)
      }
    })()
    options.onRequest({ ...seen, status: result.status, caller: (caller as Caller | null)?.type ?? null })
    if (fault?.kind === 'hang_after') return
    if (fault?.kind === 'reset_after') return response.destroy()
    if (result.status === 204) return response.writeHead(204, { ...limitHeaders, ...result.headers }).end()
    const isText = typeof result.body === 'string'
    response.writeHead(result.status, {
      'content-type': isText ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
      'x-github-request-id': randomUUID(),
      'x-github-media-type': 'github.v3; format=json',
      date: new Date(clock.now()).toUTCString(),
      ...limitHeaders,
      ...result.headers,
    })
    response.end(isText ? result.body : JSON.stringify(result.body))
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // A mistake in the simulation itself: say so instead of leaving the caller to guess.
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json; charset=utf-8' })
      response.end(JSON.stringify(errorBody(500, message)))
    })
  })
  return listen(server, options.port)
}

/** Whether what was asked for happens, and only the answer is lost. */
function isCarriedOut({ kind }: Fault): boolean {
  return kind === 'reset_after' || kind === 'hang_after'
}

function faultAnswer(fault: Fault): Answer {
  const retryAfter = { 'retry-after': String(fault.retryAfterSeconds ?? 60) }
  switch (fault.kind) {
    case 'secondary_rate_limit': {
      const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
      throw new HttpError(403, message, fault.retryAfterSeconds === undefined ? {} : retryAfter)
    }
    case 'too_many_requests':
      throw new HttpError(429, 'You have exceeded a secondary rate limit.', retryAfter)
    case 'unauthorized':
      throw new HttpError(401, 'Bad credentials', {})
    case 'forbidden':
      throw new HttpError(403, 'Resource not accessible by integration', {})
    case 'needs_upgrade':
      throw new HttpError(403, 'Upgrade to GitHub Pro or make this repository public to enable this feature.', {})
    case 'not_found':
      throw notFound()
    case 'internal_error':
      throw new HttpError(500, 'Server Error', {})
    case 'unavailable':
      throw new HttpError(503, 'Service unavailable', {})
    case 'bad_gateway':
      return answer('<!DOCTYPE html><html><head><title>Unicorn! &middot; GitHub</title></head></html>', 502)
    case 'malformed':
      return answer('{"total_count": 1, "workflow_runs": [{"id"', 200, {
        'content-type': 'application/json; charset=utf-8',
      })
    default:
      throw new Error(`The fault ${fault.kind} has no answer.`)
  }
}
