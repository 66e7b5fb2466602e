import { type FetchFunction, type Logger, LogLevel, WebClient } from '@slack/web-api'
import type { Secret } from '../../config/secret.ts'

/** How long to wait when Slack says that it was too much but not for how long. */
const defaultRetryAfterSeconds = 30

/**
 * Slack's client with everything off that would wait, repeat or print: the engine does the waiting and repeating,
 * and logs each failure once.
 */
export function slackClient(options: {
  readonly token: Secret
  readonly apiUrl: string
  readonly timeoutMs: number
}): WebClient {
  return new WebClient(options.token.reveal(), {
    slackApiUrl: options.apiUrl,
    timeout: options.timeoutMs,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
    fetch: fetchWithRetryAfter,
  })
}

/** The client does not recognise a 429 without a readable Retry-After (a proxy's, say): give it one. */
const fetchWithRetryAfter: FetchFunction = async (url, init) => {
  const response = await fetch(url, init)
  if (response.status !== 429 || Number(response.headers.get('retry-after')) > 0) return response
  return new Response(null, { status: 429, headers: { 'retry-after': String(defaultRetryAfterSeconds) } })
}

const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}
