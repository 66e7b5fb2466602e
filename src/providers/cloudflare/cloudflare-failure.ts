/** What went wrong in a call to Cloudflare, in the terms that decide what happens next. Never with a secret in it. */
import { ZodError, z } from 'zod'
import type { ServiceFailure } from '../../engine/service-failure.ts'
import { maskSecrets } from '../github/mask-secrets.ts'

export interface CallDescription {
  /** Name of the call in Cloudflare's SDK: `loadBalancers.edit`. */
  readonly method: string
  /** What it was about: `load balancer 699d…`. */
  readonly object: string
  /** Whether it changes something, so that it matters whether it was carried out. */
  readonly isChange: boolean
}

/** Whoever goes over the limit is blocked for five minutes (https://developers.cloudflare.com/api/limits). */
const DEFAULT_RETRY_AFTER_MS = 300_000

/** Errors of connections that were never made: nothing can have happened. */
const NOT_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

/** Error codes with status 400 that say that there is no usable token in the request. */
const TOKEN_CODES = [6003, 6111, 9103, 9106]

/** The SDK's error for an answer that is none of success; without a status it is one of the connection. */
const Answered = z.object({
  status: z.number(),
  headers: z.instanceof(Headers),
  errors: z.array(z.object({ code: z.number().nullish(), message: z.string().nullish() })).catch([]),
})
type Answered = z.infer<typeof Answered>

/**
 * @param secrets - our own credentials, masked wherever they turn up
 * @throws the error itself when it is none of Cloudflare's or the network's, but a bug
 */
export function cloudflareFailure(error: unknown, call: CallDescription, secrets: readonly string[]): ServiceFailure {
  const tell = (what: string) =>
    maskSecrets(`Cloudflare ${call.method} (${call.object}): ${what}`, secrets).slice(0, 500)
  const unavailable = (what: string, mayHaveHappened: boolean): ServiceFailure => ({
    type: 'unavailable',
    detail: tell(what),
    // What only reads has changed nothing, whatever became of it.
    mayHaveHappened: call.isChange && mayHaveHappened,
  })
  if (error instanceof ZodError) {
    const [issue] = error.issues
    const where = issue === undefined ? 'something' : `${issue.path.join('.') || 'the body'}: ${issue.message}`
    return unavailable(`the answer was not understood (${where})`, true)
  }
  if (error instanceof SyntaxError) return unavailable('the answer was not understood (it is cut off)', true)
  const answered = answerOf(error)
  if (answered !== null) {
    const detail = `${answered.status} ${messageOf(answered)}`
    return answered.status === 408 || answered.status >= 500
      ? unavailable(detail, true)
      : refusal(answered, tell(detail))
  }
  const code = connectionErrorOf(error)
  if (code === null) throw error
  return unavailable(`no answer (${code})`, !NOT_SENT.includes(code))
}

/** Whether Cloudflare says that the token is good and may not do this. */
export function isForbidden(error: unknown): boolean {
  const answered = answerOf(error)
  return answered?.status === 403 && !answered.errors.some(({ message }) => /invalid access token/i.test(message ?? ''))
}

function answerOf(error: unknown): Answered | null {
  if (!(error instanceof Error)) return null
  const answered = Answered.safeParse(error)
  return answered.success ? answered.data : null
}

function refusal(answered: Answered, detail: string): ServiceFailure {
  const { status, headers, errors } = answered
  if (status === 429) return { type: 'rate_limited', retryAfterMs: retryAfterMs(headers) }
  const lacksToken = status === 400 && errors.some(({ code }) => TOKEN_CODES.includes(code ?? 0))
  if (status === 401 || lacksToken) {
    return { type: 'unauthorized', detail: `${detail}. Check CLOUDFLARE_API_TOKEN.` }
  }
  if (status === 403) {
    const mend = 'Check CLOUDFLARE_API_TOKEN, and give it the permissions that docs/configure.md lists.'
    return { type: 'unauthorized', detail: `${detail}. ${mend}` }
  }
  return { type: status === 404 || status === 410 ? 'not_found' : 'rejected', detail }
}

/** What is in front of the API answers with a page of its own; its text says nothing. */
function messageOf({ errors }: Answered): string {
  const said = errors.map(({ code, message }) => [message ?? '', code ? `(code ${code})` : ''].join(' ').trim())
  return said.filter((text) => text !== '').join('; ') || 'no message'
}

function retryAfterMs(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  const reset = Number(/;t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1] ?? Number.NaN)
  const ms = seconds > 0 ? seconds * 1000 : reset > 0 ? reset * 1000 : DEFAULT_RETRY_AFTER_MS
  return Math.min(Math.max(ms, 1000), 3_600_000)
}

/** The system's code for a broken connection, `timeout` for our own time-out, or null when it is neither. */
function connectionErrorOf(error: unknown): string | null {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    const isTimeout = /^(?:TimeoutError|AbortError)$/.test(cause.name) || /timed out/i.test(cause.message)
    if (isTimeout) return 'timeout'
    if ('code' in cause && typeof cause.code === 'string') return cause.code
  }
  const isConnection = error instanceof Error && /connection error|terminated|fetch failed/i.test(error.message)
  return isConnection ? 'connection failed' : null
}
