import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import { Secret } from '../../src/config/secret.ts'
import type { DeliveryReader, DeliveryReading } from '../../src/store/deliveries.ts'
import { parseDelivery } from './parse-delivery.ts'
import { isGenuine } from './verify-signature.ts'

const settingsSchema = z.object({ repositories: z.array(z.string()), secrets: z.array(z.string()) })

/** What `createReader` is started with, in whatever thread. */
export interface ReaderSettings {
  /** `owner/name` of those that Sluice is configured for; case does not matter. */
  readonly repositories: readonly string[]
  /** Newest first; a delivery signed with any of them is genuine. In the clear, because a thread is given plain data. */
  readonly secrets: readonly string[]
}

/** Reads GitHub's deliveries into the engine's events, the genuine ones. Runs in the thread that writes them. */
export function createReader(given: unknown): DeliveryReader {
  const settings = settingsSchema.parse(given)
  const repositories = new Set(settings.repositories.map((name) => name.toLowerCase()))
  const secrets = settings.secrets.map((secret) => new Secret(secret))
  return ({ event, signature, payload }) => {
    if (!isGenuine(payload, signature, secrets)) {
      return { type: 'forged', why: 'X-Hub-Signature-256 does not match the body', isOdd: false }
    }
    const json = parseJson(payload)
    if (!json.ok) {
      const why = 'the body is not JSON: set the webhook’s content type to application/json'
      return { type: 'unreadable', why, isOdd: false }
    }
    const parsed = parseDelivery(event, json.value)
    if (!parsed.ok) return { type: 'unreadable', why: parsed.error, isOdd: true }
    if (!parsed.isKnownEvent) return ignored('Sluice has no use for this event')
    if (parsed.repository !== null && !repositories.has(parsed.repository.toLowerCase())) {
      return ignored('this repository is not in the configuration')
    }
    const { facts, rule } = parsed
    if (facts.length === 0) return ignored('nothing in it concerns a pipeline')
    return {
      type: 'event',
      eventType: 'github.facts',
      body: JSON.stringify(rule === null ? { facts } : { facts, rule }),
    }
  }
}

function ignored(why: string): DeliveryReading {
  return { type: 'ignored', why, isOdd: false }
}

function parseJson(bytes: Uint8Array): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  if (!isUtf8(bytes)) return { ok: false }
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
    return { ok: true, value: JSON.parse(text) as unknown }
  } catch {
    // Answered with 400, which says what is wrong; the sender has the body.
    return { ok: false }
  }
}
