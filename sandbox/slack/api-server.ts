import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Fault, Faults } from './faults.ts'
import { type Method, type MethodAnswer, refuse } from './method.ts'
import { methods } from './methods.ts'
import type { RateLimits } from './rate-limits.ts'
import { readArguments, readBody } from './request-body.ts'
import { hasScope } from './scopes.ts'
import type { Token } from './state.ts'
import type { World } from './world.ts'

/** One call of a method, for tests and the demo to look at. Tokens are never in it. */
export interface RecordedCall {
  readonly method: string
  /** UTC milliseconds by the simulated Slack's clock. */
  readonly at: number
  readonly args: Readonly<Record<string, unknown>>
  /** `ok`, Slack's error code, or the fault that struck. */
  readonly outcome: string
  /** When it came in, and when it was answered or given up, ms by `performance.now()`. */
  readonly beganAt: number
  readonly endedAt: number
}

export interface ApiServerParts {
  readonly world: World
  readonly faults: Faults
  readonly limits: RateLimits
  readonly latencyMs: (method: string) => number
  readonly isOut: () => boolean
  readonly record: (call: RecordedCall) => void
}

/** How a call is answered: a status with a body, or not at all (`hang` until the caller gives up, `reset` at once). */
type Reply =
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  | 'hang'
  | 'reset'

/** Answers one request to `/api/METHOD`. */
export async function answerCall(
  parts: ApiServerParts,
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const { world } = parts
  const beganAt = performance.now()
  const body = (await readBody(request)).toString()
  const args = readArguments(request.headers['content-type'] ?? '', body, query)
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  const secret = bearer ?? (typeof args?.token === 'string' ? args.token : '')
  const { token: _token, ...shown } = args ?? {}

  const latencyMs = parts.latencyMs(method)
  if (latencyMs > 0) await new Promise<void>((resolve) => world.clock.after(latencyMs, resolve))

  const { reply, outcome } = decideReply(parts, method, secret, args === null ? null : shown)
  parts.record({ method, at: world.clock.now(), args: shown, outcome, beganAt, endedAt: performance.now() })
  if (reply === 'hang') return
  if (reply === 'reset') {
    request.socket.resetAndDestroy()
    return
  }
  response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8', ...reply.headers })
  response.end(reply.body)
}

function decideReply(
  parts: ApiServerParts,
  method: string,
  secret: string,
  args: Readonly<Record<string, unknown>> | null,
): { readonly reply: Reply; readonly outcome: string } {
  if (parts.isOut()) return { reply: { status: 503, body: 'Service Unavailable' }, outcome: 'outage' }
  const fault = parts.faults.take(method)
  if (fault !== null) return { reply: faultyReply(parts, fault, method, secret, args), outcome: fault.kind }
  const answer = execute(parts, method, secret, args)
  if ('retryAfterSeconds' in answer) return { reply: tooMany(answer.retryAfterSeconds), outcome: 'ratelimited' }
  return {
    reply: json(answer.answer, answer.scopes),
    outcome: answer.answer.ok ? 'ok' : answer.answer.error,
  }
}

function faultyReply(
  parts: ApiServerParts,
  fault: Fault,
  method: string,
  secret: string,
  args: Readonly<Record<string, unknown>> | null,
): Reply {
  switch (fault.kind) {
    case 'http500':
      return { status: 500, body: 'Internal Server Error' }
    case 'timeout':
      return 'hang'
    case 'reset_before':
      return 'reset'
    case 'invalid_json':
      return { status: 200, body: '<html><body>Something went wrong</body></html>' }
    case 'ratelimited':
      return tooMany(fault.retryAfterSeconds ?? 1)
    case 'reset_after':
    case 'timeout_after':
      execute(parts, method, secret, args)
      return fault.kind === 'reset_after' ? 'reset' : 'hang'
    default:
      return json(refuse(fault.kind))
  }
}

type Executed =
  | { readonly answer: MethodAnswer; readonly scopes: readonly string[] }
  | { readonly retryAfterSeconds: number }

function execute(
  { world, limits }: ApiServerParts,
  name: string,
  secret: string,
  args: Readonly<Record<string, unknown>> | null,
): Executed {
  const refused = (error: string, more: Readonly<Record<string, unknown>> = {}) => ({
    answer: refuse(error, more),
    scopes: [],
  })
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined
  if (method === undefined) return refused('unknown_method', { req_method: name })
  if (args === null) return refused('invalid_json')
  const permitted = permit(world, method, secret)
  if (!permitted.ok) return { answer: permitted, scopes: [] }
  const channel = typeof args.channel === 'string' ? args.channel : null
  const retryAfterSeconds = limits.take(name, method.tier, channel)
  if (retryAfterSeconds !== null) return { retryAfterSeconds }
  return { answer: method.handler({ world, args, token: permitted.token }), scopes: permitted.token.scopes }
}

/** Whether the token exists, is of the right kind and has a scope that the method takes. */
function permit(world: World, method: Method, secret: string) {
  if (method.tokenType === 'none') return { ok: true, token: nobody } as const
  if (secret === '') return refuse('not_authed')
  const token = Object.hasOwn(world.state.tokens, secret) ? world.state.tokens[secret] : undefined
  if (token === undefined) return refuse('invalid_auth')
  if (token.isRevoked) return refuse('token_revoked')
  if (method.scopes.length > 0 && token.type !== (method.tokenType ?? 'bot')) return refuse('not_allowed_token_type')
  if (!hasScope(token.scopes, method.scopes)) {
    return refuse('missing_scope', { needed: method.scopes.join(','), provided: token.scopes.join(',') })
  }
  return { ok: true, token } as const
}

const nobody: Token = { type: 'bot', scopes: [], isRevoked: false }

function json(answer: MethodAnswer, scopes: readonly string[] = []): Reply {
  return {
    status: 200,
    body: JSON.stringify(answer),
    ...(scopes.length === 0 ? {} : { headers: { 'x-oauth-scopes': scopes.join(',') } }),
  }
}

function tooMany(retryAfterSeconds: number): Reply {
  return {
    status: 429,
    body: JSON.stringify(refuse('ratelimited')),
    headers: { 'retry-after': String(retryAfterSeconds) },
  }
}
