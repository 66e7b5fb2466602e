import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../../src/config/secret.ts'

const pattern = /^sha256=([0-9a-f]{64})$/

/** Whether it looks like a signature at all. */
export function isSignature(text: string): boolean {
  return pattern.test(text)
}

/**
 * Whether a delivery was signed with one of the secrets: HMAC-SHA-256 over the bytes as they came, compared in constant
 * time. See https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 *
 * @param signature - `X-Hub-Signature-256`, empty when there is none
 */
export function isGenuine(body: Uint8Array, signature: string, secrets: readonly Secret[]): boolean {
  const digits = pattern.exec(signature)?.[1]
  if (digits === undefined) return false
  const given = Buffer.from(digits, 'hex')
  return secrets.some((secret) => timingSafeEqual(given, createHmac('sha256', secret.reveal()).update(body).digest()))
}
