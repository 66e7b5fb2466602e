import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api'
import type { ChatFailure } from '../../engine/chat-platform.ts'

/** How long to wait when Slack says that it was too much but not for how long. */
const defaultRetryAfterMs = 30_000

const unauthorized = new Set([
  'accesslimited',
  'account_inactive',
  'ekm_access_denied',
  'enterprise_is_restricted',
  'invalid_auth',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'not_authed',
  'org_login_required',
  'team_access_not_granted',
  'token_expired',
  'token_revoked',
  'two_factor_setup_required',
])

const channelUnavailable = new Set([
  'channel_is_limited_access',
  'channel_not_found',
  'is_archived',
  'is_inactive',
  'not_in_channel',
  'restricted_action',
  'restricted_action_non_threadable_channel',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
])

const personUnreachable = new Set([
  'cannot_dm_bot',
  'messages_tab_disabled',
  'user_disabled',
  'user_not_found',
  'user_not_in_channel',
  'user_not_visible',
])

const messageGone = new Set(['message_not_found', 'thread_not_found'])

/**
 * Slack's own trouble. Of fatal_error and internal_error its documentation says that part of the
 * call may have succeeded.
 */
const slackInTrouble: ReadonlyMap<string, { readonly mayHaveHappened: boolean }> = new Map([
  ['external_channel_migrating', { mayHaveHappened: false }],
  ['fatal_error', { mayHaveHappened: true }],
  ['internal_error', { mayHaveHappened: true }],
  ['request_timeout', { mayHaveHappened: false }],
  ['service_unavailable', { mayHaveHappened: true }],
  ['team_added_to_org', { mayHaveHappened: false }],
  ['update_failed', { mayHaveHappened: true }],
])

/** Causes with which no request ever left. */
const neverSent = new Set([
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UND_ERR_CONNECT_TIMEOUT',
])

/**
 * What an error of Slack's client means for the engine. Total: whatever is not known is `unavailable`, and counts as
 * something that may have happened.
 */
export function chatFailure(method: string, error: unknown): ChatFailure {
  if (error instanceof WebAPIRateLimitedError) {
    return { type: 'rate_limited', retryAfterMs: error.retryAfter * 1000 }
  }
  if (error instanceof WebAPIPlatformError) return platformFailure(method, error)
  if (error instanceof WebAPIHTTPError) {
    return {
      type: 'unavailable',
      detail: `Slack answered ${method} with HTTP status ${error.statusCode}.`,
      mayHaveHappened: error.statusCode >= 500,
    }
  }
  const original = error instanceof WebAPIRequestError ? error.original : error
  return connectionFailure(method, original)
}

function platformFailure(method: string, error: WebAPIPlatformError): ChatFailure {
  const code = error.data.error
  // The client puts a body that is not JSON in the place of the code.
  if (typeof code !== 'string' || !/^[a-z0-9_]+$/i.test(code)) {
    return {
      type: 'unavailable',
      detail: `Slack answered ${method} with something that is not JSON (a proxy in between may have done so).`,
      mayHaveHappened: true,
    }
  }
  const trouble = slackInTrouble.get(code)
  if (trouble !== undefined) {
    return { type: 'unavailable', detail: `Slack answered ${method} with ${code}.`, ...trouble }
  }
  if (code === 'ratelimited' || code === 'rate_limited') {
    const seconds = error.data.response_metadata?.retryAfter
    return { type: 'rate_limited', retryAfterMs: seconds === undefined ? defaultRetryAfterMs : seconds * 1000 }
  }
  if (code === 'invalid_blocks' || code === 'invalid_blocks_format') {
    return { type: 'invalid_blocks', detail: detailOf(method, code, error) }
  }
  if (messageGone.has(code)) return { type: 'message_not_found' }
  if (channelUnavailable.has(code)) return { type: 'channel_unavailable', code }
  if (personUnreachable.has(code)) return { type: 'person_unreachable', code }
  if (code === 'missing_scope') return { type: 'unauthorized', code: `missing_scope: ${neededScope(error)}` }
  if (unauthorized.has(code)) return { type: 'unauthorized', code }
  return { type: 'rejected', code }
}

function detailOf(method: string, code: string, error: WebAPIPlatformError): string {
  const messages = error.data.response_metadata?.messages ?? []
  return `Slack answered ${method} with ${code}${messages.length === 0 ? '' : `: ${messages.join('; ')}`}.`
}

function neededScope(error: WebAPIPlatformError): string {
  return 'needed' in error.data && typeof error.data.needed === 'string' ? error.data.needed : 'unknown'
}

function connectionFailure(method: string, error: unknown): ChatFailure {
  const code = causeCode(error)
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return {
      type: 'unavailable',
      detail: `Slack did not answer ${method} in time.`,
      mayHaveHappened: true,
    }
  }
  if (code !== null && neverSent.has(code)) {
    return {
      type: 'unavailable',
      detail: `Slack could not be reached for ${method} (${code}).`,
      mayHaveHappened: false,
    }
  }
  return {
    type: 'unavailable',
    detail: `The connection to Slack broke during ${method}${code === null ? '' : ` (${code})`}.`,
    mayHaveHappened: true,
  }
}

/** The system's code of an error or of what caused it; null when there is none. */
function causeCode(error: unknown): string | null {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth++) {
    if ('code' in current && typeof current.code === 'string') return current.code
    // Several addresses of one host were tried: they failed alike.
    if (current instanceof AggregateError) return causeCode(current.errors[0])
  }
  return null
}
