import type { Clock } from './clock.ts'
import { signatureHeaders } from './signing.ts'
import type { Retry, SocketMode } from './socket-mode.ts'

/** Something for the app: an event, an interaction or a slash command. */
export interface Outgoing {
  readonly kind: 'events_api' | 'interactive' | 'slash_commands'
  readonly payload: Readonly<Record<string, unknown>>
}

export type AttemptOutcome =
  | { readonly type: 'acknowledged'; readonly status: number; readonly body: unknown }
  | {
      readonly type: 'failed'
      readonly reason: 'timeout' | 'http_error' | 'connection_failed'
      readonly status?: number
      /** The app said `X-Slack-No-Retry: 1`. */
      readonly noRetry?: boolean
    }

/** What became of something for the app. */
export interface Delivery extends Outgoing {
  readonly acknowledged: boolean
  /** What the app answered: parsed JSON, or text; null when there was no answer. */
  readonly body: unknown
  readonly attempts: readonly { readonly at: number; readonly outcome: AttemptOutcome }[]
}

export interface Deliveries {
  /**
   * Delivers and resolves with the first acknowledgement or the last failure. Events are sent again at once, after a
   * minute and after five; interactions and commands are not: the person sees an error instead.
   */
  deliver(outgoing: Outgoing): Promise<Delivery>
  /** Sends the same thing once more, as Slack does when an acknowledgement is lost on its way. */
  redeliver(outgoing: Outgoing): Promise<Delivery>
  /** Where the app takes requests; null for none. */
  requestUrl: string | null
  /** Gives up on everything that still waits. */
  stop(): void
}

export function createDeliveries(parts: {
  readonly clock: Clock
  readonly signingSecret: string
  readonly socketMode: SocketMode
  readonly requestUrl: string | null
  readonly ackTimeoutMs: number
  readonly retryDelaysMs: readonly number[]
  readonly isOut: () => boolean
  readonly onAttempt: (outcome: AttemptOutcome) => void
  readonly onDelivered: (delivery: Delivery) => void
}): Deliveries {
  const { clock } = parts
  const stopped = new AbortController()

  const attempt = (outgoing: Outgoing, retry: Retry | null): Promise<AttemptOutcome> => {
    if (parts.isOut()) return Promise.resolve({ type: 'failed', reason: 'connection_failed' })
    if (parts.socketMode.connectionCount > 0) return parts.socketMode.send(outgoing, retry, parts.ackTimeoutMs)
    if (deliveries.requestUrl === null) return Promise.resolve({ type: 'failed', reason: 'connection_failed' })
    return post(deliveries.requestUrl, parts, outgoing, retry, stopped.signal)
  }

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (ms === 0 || stopped.signal.aborted) {
        resolve()
        return
      }
      const cancel = clock.after(ms, resolve)
      stopped.signal.addEventListener('abort', () => {
        cancel()
        resolve()
      })
    })

  const deliveries: Deliveries = {
    requestUrl: parts.requestUrl,
    async deliver(outgoing) {
      const attempts: { at: number; outcome: AttemptOutcome }[] = []
      const delaysMs = outgoing.kind === 'events_api' ? [0, ...parts.retryDelaysMs] : [0]
      let last: AttemptOutcome | null = null
      for (const [number, delayMs] of delaysMs.entries()) {
        await pause(delayMs)
        if (stopped.signal.aborted) break
        const retry = last?.type === 'failed' ? { number, reason: retryReason(last.reason) } : null
        last = await attempt(outgoing, retry)
        attempts.push({ at: clock.now(), outcome: last })
        parts.onAttempt(last)
        if (last.type === 'acknowledged' || last.noRetry === true) break
      }
      const acknowledged = last?.type === 'acknowledged'
      const delivery = { ...outgoing, acknowledged, body: last?.type === 'acknowledged' ? last.body : null, attempts }
      parts.onDelivered(delivery)
      return delivery
    },
    async redeliver({ kind, payload }) {
      const outcome = await attempt({ kind, payload }, { number: 1, reason: 'http_timeout' })
      const isAcknowledged = outcome.type === 'acknowledged'
      const delivery = {
        kind,
        payload,
        acknowledged: isAcknowledged,
        body: isAcknowledged ? outcome.body : null,
        attempts: [{ at: clock.now(), outcome }],
      }
      parts.onDelivered(delivery)
      return delivery
    },
    stop() {
      stopped.abort()
    },
  }
  return deliveries
}

function retryReason(reason: string): string {
  return reason === 'timeout' ? 'http_timeout' : reason
}

/** One signed HTTP request to the app. */
async function post(
  url: string,
  parts: { readonly clock: Clock; readonly signingSecret: string; readonly ackTimeoutMs: number },
  outgoing: Outgoing,
  retry: Retry | null,
  stopped: AbortSignal,
): Promise<AttemptOutcome> {
  const { contentType, body } = encode(outgoing)
  const tooLate = new AbortController()
  const cancel = parts.clock.after(parts.ackTimeoutMs, () => tooLate.abort())
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'user-agent': 'Slackbot 1.0 (simulated)',
        ...signatureHeaders(parts.signingSecret, body, parts.clock.now()),
        ...(retry === null ? {} : { 'x-slack-retry-num': String(retry.number), 'x-slack-retry-reason': retry.reason }),
      },
      body,
      signal: AbortSignal.any([tooLate.signal, stopped]),
    })
    const text = await response.text()
    if (response.ok) return { type: 'acknowledged', status: response.status, body: parseBody(text) }
    const noRetry = response.headers.get('x-slack-no-retry') === '1'
    return { type: 'failed', reason: 'http_error', status: response.status, noRetry }
  } catch {
    // Whatever broke, Slack only knows two cases: nobody answered in time, or the connection failed.
    return { type: 'failed', reason: tooLate.signal.aborted ? 'timeout' : 'connection_failed' }
  } finally {
    cancel()
  }
}

/** Events travel as JSON, interactions as JSON in a form's `payload`, commands as a form. */
function encode(outgoing: Outgoing): { readonly contentType: string; readonly body: string } {
  if (outgoing.kind === 'events_api') {
    return { contentType: 'application/json', body: JSON.stringify(outgoing.payload) }
  }
  const form = new URLSearchParams()
  if (outgoing.kind === 'interactive') form.set('payload', JSON.stringify(outgoing.payload))
  else for (const [key, value] of Object.entries(outgoing.payload)) form.set(key, String(value))
  return { contentType: 'application/x-www-form-urlencoded', body: form.toString() }
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A slash command may be answered with plain text.
    return text
  }
}
