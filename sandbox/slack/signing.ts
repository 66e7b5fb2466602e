import { createHmac } from 'node:crypto'

/**
 * The headers that prove a request comes from Slack (https://docs.slack.dev/authentication/verifying-requests-from-slack).
 *
 * @param body - the raw body, exactly as it is sent
 * @param nowMs - UTC milliseconds; the app refuses what is older than five minutes
 */
export function signatureHeaders(secret: string, body: string, nowMs: number): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000))
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${digest}` }
}
