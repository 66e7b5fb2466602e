/**
 * Sends webhooks as GitHub does: signed, with a time-out of 10 s, once. What fails is written down in the list of
 * deliveries and is only sent again when somebody asks for it. On demand it is as unkind as a network: late, twice,
 * out of order, not at all.
 */
import { createHmac } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { SeededRandom } from './seeded-random.ts'

const TIMEOUT_MS = 10_000
const FAILED_TO_CONNECT = { status: 'failed to connect to host', statusCode: 502 }
const TIMED_OUT = { status: 'timed out', statusCode: 504 }

/** Where deliveries go: a repository's hook, or the App's. */
export interface WebhookTarget {
  readonly type: 'repository' | 'app'
  readonly hookId: number
  readonly url: string
  readonly secret: string
}

export interface StoredDelivery {
  readonly id: number
  readonly guid: string
  readonly target: WebhookTarget
  readonly event: string
  readonly action: string | null
  readonly installationId: number | null
  readonly repositoryId: number | null
  readonly body: string
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly isRedelivery: boolean
  deliveredAt: number
  durationSeconds: number
  status: string
  /** 0 while it is under way. */
  statusCode: number
  responseHeaders: Readonly<Record<string, string>>
  responseBody: string
}

/** How unkind the network is. Shares are percent; everything off when left out. */
export interface DeliveryConditions {
  readonly delayMs?: readonly [number, number]
  readonly duplicatePercent?: number
  /** Never arrives; the list of deliveries shows it as failed. */
  readonly dropPercent?: number
  /** So many deliveries are held back and let go in a random order. */
  readonly shuffleWindow?: number
}

export interface OutgoingWebhook {
  readonly target: WebhookTarget
  readonly event: string
  readonly action: string | null
  readonly installationId: number | null
  readonly repositoryId: number | null
  readonly body: string
}

export interface WebhookSender {
  /** Resolves when the delivery has ended (or is held back to be shuffled). Never rejects. */
  send(webhook: OutgoingWebhook): Promise<void>
  /** Sends it again, under a new id and the same guid. */
  redeliver(delivery: StoredDelivery): Promise<void>
  setConditions(conditions: DeliveryConditions): void
  /** Lets go what is held back, and waits for everything that is under way. */
  settle(): Promise<void>
  /** Newest first. */
  deliveries(filter?: { readonly hookId?: number; readonly type?: 'repository' | 'app' }): readonly StoredDelivery[]
}

export function createWebhookSender(options: {
  readonly clock: Clock
  readonly random: SeededRandom
  readonly newId: () => number
  readonly conditions: DeliveryConditions
  /** How many deliveries are remembered; GitHub forgets by age. */
  readonly keep: number
}): WebhookSender {
  const { clock, random } = options
  let conditions = options.conditions
  const stored: StoredDelivery[] = []
  const underWay = new Set<Promise<void>>()
  let heldBack: StoredDelivery[] = []

  const track = (work: Promise<void>): Promise<void> => {
    underWay.add(work)
    return work.finally(() => underWay.delete(work))
  }
  const happens = (percent: number | undefined) => percent !== undefined && random.next() * 100 < percent
  const store = (webhook: OutgoingWebhook, guid: string, isRedelivery: boolean): StoredDelivery => {
    const delivery: StoredDelivery = {
      ...webhook,
      id: options.newId(),
      guid,
      isRedelivery,
      requestHeaders: headersOf(webhook, guid),
      deliveredAt: clock.now(),
      durationSeconds: 0,
      status: 'pending',
      statusCode: 0,
      responseHeaders: {},
      responseBody: '',
    }
    stored.push(delivery)
    if (stored.length > options.keep) stored.splice(0, stored.length - options.keep)
    return delivery
  }
  const deliver = async (delivery: StoredDelivery): Promise<void> => {
    if (conditions.delayMs) {
      const [least, most] = conditions.delayMs
      await clock.sleep(least + random.next() * (most - least))
    }
    if (happens(conditions.dropPercent)) Object.assign(delivery, FAILED_TO_CONNECT)
    else await post(delivery, clock)
  }
  const release = (): Promise<void>[] => {
    const batch = heldBack
    heldBack = []
    for (let index = batch.length - 1; index > 0; index -= 1) {
      const other = Math.floor(random.next() * (index + 1))
      const [a, b] = [batch[index], batch[other]]
      if (a && b) {
        batch[index] = b
        batch[other] = a
      }
    }
    // One after the other: what is sent at the same moment arrives in an order of the network's own.
    return [track(batch.reduce((before, delivery) => before.then(() => deliver(delivery)), Promise.resolve()))]
  }

  return {
    async send(webhook) {
      const first = store(webhook, random.uuid(), false)
      const copies = [first]
      // The same delivery twice, as after a connection that broke before the answer was read.
      if (happens(conditions.duplicatePercent)) copies.push(store(webhook, first.guid, false))
      if (conditions.shuffleWindow === undefined) {
        await Promise.all(copies.map((copy) => track(deliver(copy))))
        return
      }
      heldBack.push(...copies)
      if (heldBack.length >= conditions.shuffleWindow) await Promise.all(release())
    },
    redeliver: (delivery) => track(post(store(delivery, delivery.guid, true), clock)),
    setConditions(next) {
      conditions = next
    },
    async settle() {
      if (heldBack.length > 0) release()
      while (underWay.size > 0) await Promise.all(underWay)
    },
    deliveries: (filter = {}) =>
      stored
        .filter((delivery) => filter.hookId === undefined || delivery.target.hookId === filter.hookId)
        .filter((delivery) => filter.type === undefined || delivery.target.type === filter.type)
        .toReversed(),
  }
}

function headersOf(webhook: OutgoingWebhook, guid: string): Readonly<Record<string, string>> {
  const { target } = webhook
  const sign = (algorithm: 'sha1' | 'sha256') =>
    `${algorithm}=${createHmac(algorithm, target.secret).update(webhook.body).digest('hex')}`
  return {
    Accept: '*/*',
    'Content-Type': 'application/json',
    'User-Agent': 'GitHub-Hookshot/5a0ecb2',
    'X-GitHub-Delivery': guid,
    'X-GitHub-Event': webhook.event,
    'X-GitHub-Hook-ID': String(target.hookId),
    'X-GitHub-Hook-Installation-Target-ID': String(target.type === 'app' ? target.hookId : (webhook.repositoryId ?? 0)),
    'X-GitHub-Hook-Installation-Target-Type': target.type === 'app' ? 'integration' : 'repository',
    'X-Hub-Signature': sign('sha1'),
    'X-Hub-Signature-256': sign('sha256'),
  }
}

async function post(delivery: StoredDelivery, clock: Clock): Promise<void> {
  const startedAt = clock.now()
  delivery.deliveredAt = startedAt
  try {
    const response = await fetch(delivery.target.url, {
      method: 'POST',
      headers: delivery.requestHeaders,
      body: delivery.body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    delivery.responseBody = (await response.text()).slice(0, 10_000)
    delivery.responseHeaders = Object.fromEntries(response.headers)
    delivery.statusCode = response.status
    delivery.status = response.ok ? 'OK' : `Invalid HTTP Response: ${response.status}`
  } catch (error) {
    const hasTimedOut = error instanceof DOMException && error.name === 'TimeoutError'
    Object.assign(delivery, hasTimedOut ? TIMED_OUT : FAILED_TO_CONNECT)
  }
  delivery.durationSeconds = Math.max(0, clock.now() - startedAt) / 1000
}
