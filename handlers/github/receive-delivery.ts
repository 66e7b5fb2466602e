import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { Secret } from '../../src/config/secret.ts'
import { deliveryEventId } from '../../src/engine/catch-up.ts'
import type { Clock } from '../../src/engine/clock.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { respond } from '../../src/web/http-server.ts'
import { readBody } from '../../src/web/read-body.ts'
import { isGenuine, isSignature } from './verify-signature.ts'

export interface ReceiveOptions {
  readonly engine: Pick<Engine, 'intake'>
  /** Newest first; a delivery signed with any of them is genuine. */
  readonly secrets: readonly Secret[]
  readonly maxBodyBytes: number
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
  readonly count: (event: string, outcome: string) => void
}

/** How a delivery is answered; `outcome` is what the metrics call it. */
interface Answer {
  readonly status: number
  readonly text: string
  readonly outcome: string
}

const guidPattern = /^[\w-]{1,100}$/

/**
 * Takes GitHub's webhook deliveries. A delivery is answered with 2xx only when it is on disk (or needs not be: an
 * event or a repository that Sluice does not follow), and nothing that a stranger sends is answered with 5xx.
 */
export function receiveDelivery(
  options: ReceiveOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { count, maxBodyBytes } = options

  return async (request, response) => {
    const event = headerOf(request, 'x-github-event')
    const announced = Number(request.headers['content-length'] ?? 0)
    const body = announced > maxBodyBytes ? tooLarge : await readBody(request, maxBodyBytes)
    if (!body.ok && body.problem === 'aborted') {
      count(event, 'aborted')
      response.destroy()
      return
    }
    const answer = body.ok ? await take({ event, request, bytes: body.bytes }, options) : answers.tooLarge(maxBodyBytes)
    count(event, answer.outcome)
    if (!body.ok) {
      response.setHeader('connection', 'close')
      request.resume()
    }
    respond(response, answer.status, answer.text)
  }
}

const tooLarge = { ok: false, problem: 'too_large' } as const

const answers = {
  tooLarge: (maxBytes: number): Answer => ({
    status: 413,
    text: `the body is larger than ${maxBytes} bytes`,
    outcome: 'too_large',
  }),
  badSignature: { status: 401, text: 'X-Hub-Signature-256 does not match the body', outcome: 'bad_signature' },
  duplicate: { status: 202, text: 'known already', outcome: 'duplicate' },
  accepted: { status: 202, text: 'accepted', outcome: 'accepted' },
  unreadable: (why: string): Answer => ({ status: 400, text: why, outcome: 'unreadable' }),
  ignored: (why: string): Answer => ({ status: 202, text: `ignored: ${why}`, outcome: 'ignored' }),
} as const

async function take(
  delivery: { readonly event: string; readonly request: IncomingMessage; readonly bytes: Buffer },
  { engine, secrets, clock, log }: ReceiveOptions,
): Promise<Answer> {
  const { event, request, bytes } = delivery
  const signature = headerOf(request, 'x-hub-signature-256')
  const guid = headerOf(request, 'x-github-delivery')
  if (!isSignature(signature)) return answers.badSignature
  const fault = headFault(event, guid)
  // Strangers are told nothing else than that they are.
  if (fault !== null) return isGenuine(bytes, signature, secrets) ? answers.unreadable(fault) : answers.badSignature

  // What takes the longer the larger the body is happens in the thread that takes deliveries, this check first of all.
  const id = deliveryEventId(guid)
  const outcome = await engine.intake.accept({ id, event, signature, payload: bytes, at: clock.now() })
  switch (outcome.type) {
    case 'forged':
      return answers.badSignature
    case 'ignored':
      return answers.ignored(outcome.why)
    case 'unreadable':
      if (outcome.isOdd) log.warn({ event, guid, problem: outcome.why }, 'a delivery is not as GitHub documents it')
      return answers.unreadable(outcome.why)
    case 'accepted':
    case 'duplicate':
      return answers[outcome.type]
    default:
      return outcome satisfies never
  }
}

function headFault(event: string, guid: string): string | null {
  if (event === '') return 'X-GitHub-Event is missing'
  return guidPattern.test(guid) ? null : 'X-GitHub-Delivery is missing or malformed'
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value : ''
}
