import type { Secret } from '../../config/secret.ts'
import type { ServiceFailure, ServiceResult } from '../../engine/service-failure.ts'
import { Answer, type AnswerData } from './prometheus-answers.ts'
import { readLimited } from './read-limited.ts'

export type PrometheusAuth =
  | { readonly type: 'bearer'; readonly token: Secret }
  | { readonly type: 'basic'; readonly user: string; readonly password: Secret }

export interface PrometheusClientOptions {
  /** Without a slash at the end; may have a path of its own. */
  readonly url: string
  readonly auth: PrometheusAuth | null
  /** Longest time for one call, ms. */
  readonly timeoutMs: number
  /** Largest answer that is read, bytes. */
  readonly maxBytes: number
  readonly onCall?: ((call: PrometheusCall) => void) | undefined
}

export interface PrometheusCall {
  readonly service: 'prometheus'
  readonly method: 'query'
  /** `ok` or the type of the failure. */
  readonly outcome: string
  readonly seconds: number
}

export interface Answered {
  readonly data: AnswerData
  /** By the server's clock, to the second, UTC milliseconds; null where it did not say. */
  readonly servedAt: number | null
  /** What the server had to say besides: its warnings and infos. */
  readonly remarks: readonly string[]
}

export interface PrometheusClient {
  /**
   * An instant query. Never rejects.
   *
   * @param at - evaluated at this time, UTC milliseconds; null for now
   * @param limit - series that are wanted at most; servers that know the parameter stop there
   */
  query(expression: string, at: number | null, limit: number, signal: AbortSignal): Promise<ServiceResult<Answered>>
}

/** Errors of connections that were never made. A query changes nothing, but who reads the failure need not know that. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'])
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])
const defaultRetryAfterMs = 30_000

export function prometheusClient(options: PrometheusClientOptions): PrometheusClient {
  const { url, auth, timeoutMs, maxBytes, onCall } = options
  const authorization = headerOf(auth)
  const secrets = secretsOf(auth)
  const tell = (what: string) =>
    secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), `Prometheus query: ${what}`).slice(0, 500)

  async function ask(expression: string, at: number | null, limit: number, signal: AbortSignal) {
    // A Thanos without one of its stores would otherwise answer with what is left, and less traffic than there was.
    const parameters = new URLSearchParams({ query: expression, limit: String(limit), partial_response: 'false' })
    if (at !== null) parameters.set('time', (at / 1000).toFixed(3))
    parameters.set('timeout', `${timeoutMs}ms`)
    const once = async () => {
      const response = await fetch(`${url}/api/v1/query?${parameters}`, {
        headers: { accept: 'application/json', ...(authorization === null ? {} : { authorization }) },
        // A proxy that wants a person to sign in sends elsewhere; the token is not for wherever that is.
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      return { response, body: await readLimited(response, maxBytes) }
    }
    try {
      const { response, body } = await once().catch((error: unknown) => {
        // The connection was kept from an earlier call and has been closed since: that is no outage.
        if (CLOSED.has(codeOf(error))) return once()
        throw error
      })
      return body === null ? failed(tooLarge(maxBytes, tell)) : answerOf(response, body, tell)
    } catch (error) {
      return failed(connectionFailure(error, tell))
    }
  }

  return {
    async query(expression, at, limit, signal) {
      const startedAt = performance.now()
      const result = await ask(expression, at, limit, signal)
      const seconds = (performance.now() - startedAt) / 1000
      onCall?.({ service: 'prometheus', method: 'query', outcome: result.ok ? 'ok' : result.failure.type, seconds })
      return result
    },
  }
}

type Tell = (what: string) => string

function failed(failure: ServiceFailure): ServiceResult<never> {
  return { ok: false, failure }
}

function tooLarge(maxBytes: number, tell: Tell): ServiceFailure {
  const detail = tell(`the answer is larger than ${maxBytes / 1_048_576} MB. Narrow the selector down.`)
  return { type: 'rejected', detail }
}

function answerOf(response: Response, body: string, tell: Tell): ServiceResult<Answered> {
  const { status, headers } = response
  const parsed = Answer.safeParse(jsonOf(body))
  if (status === 200 && parsed.success && parsed.data.status === 'success') {
    const { data, warnings, infos } = parsed.data
    const servedAt = Date.parse(headers.get('date') ?? '')
    return {
      ok: true,
      value: {
        data,
        servedAt: Number.isNaN(servedAt) ? null : servedAt,
        remarks: [...(warnings ?? []), ...(infos ?? [])].map(tell),
      },
    }
  }
  const said = parsed.success && parsed.data.status === 'error' ? `${parsed.data.errorType}: ${parsed.data.error}` : ''
  const detail = tell([`HTTP ${status}`, said].filter((part) => part !== '').join(' '))
  if (status === 200) {
    const where = parsed.success ? said : (parsed.error.issues[0]?.path.join('.') ?? '')
    return failed({
      type: 'unavailable',
      detail: tell(`the answer was not understood (${where})`),
      mayHaveHappened: true,
    })
  }
  if (status === 401 || status === 403) {
    return failed({
      type: 'unauthorized',
      detail: `${detail}. Check PROMETHEUS_TOKEN, or PROMETHEUS_USER and _PASSWORD.`,
    })
  }
  if (status === 429) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN)
    return failed({
      type: 'rate_limited',
      retryAfterMs: seconds > 0 ? Math.min(seconds, 3600) * 1000 : defaultRetryAfterMs,
    })
  }
  if (status === 404)
    return failed({ type: 'not_found', detail: `${detail}. Is there a Prometheus at metrics.source?` })
  // 422 with too many samples is the query's fault, 503 and time-outs are the server's.
  if (status >= 500 || status === 408) return failed({ type: 'unavailable', detail, mayHaveHappened: true })
  if (status >= 300 && status < 400)
    return failed({ type: 'rejected', detail: `${detail}: it sends to another address.` })
  return failed({ type: 'rejected', detail })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A proxy's page; its status says what there is to say.
    return null
  }
}

function connectionFailure(error: unknown, tell: Tell): ServiceFailure {
  const code = codeOf(error)
  return { type: 'unavailable', detail: tell(`no answer (${code})`), mayHaveHappened: !NOT_SENT.has(code) }
}

function codeOf(error: unknown): string {
  let code = 'connection failed'
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (cause.name === 'TimeoutError' || cause.name === 'AbortError') code = 'time-out'
    if ('code' in cause && typeof cause.code === 'string') code = cause.code
  }
  return code
}

function headerOf(auth: PrometheusAuth | null): string | null {
  if (auth === null) return null
  if (auth.type === 'bearer') return `Bearer ${auth.token.reveal()}`
  return `Basic ${Buffer.from(`${auth.user}:${auth.password.reveal()}`).toString('base64')}`
}

/** The secret and the form of it that goes over the wire, should somebody send it back. */
function secretsOf(auth: PrometheusAuth | null): readonly string[] {
  const sent = headerOf(auth)?.replace(/^\w+ /, '')
  if (auth === null || sent === undefined) return []
  return [sent, (auth.type === 'bearer' ? auth.token : auth.password).reveal()]
}
