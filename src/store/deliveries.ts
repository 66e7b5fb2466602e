import type Database from 'better-sqlite3'
import { type Arrival, type ArrivalOutcome, insertArrivals } from './insert-arrivals.ts'
import type { Store } from './open-store.ts'

/** A webhook delivery as it came over the wire: nobody has looked into it yet, nor at who sent it. */
export interface Delivery {
  /** Of the event that it becomes: the same for each time that it comes. */
  readonly id: string
  /** What its sender calls it (`X-GitHub-Event`). */
  readonly event: string
  /** What proves that it is the sender's (`X-Hub-Signature-256`); empty when there is nothing. */
  readonly signature: string
  readonly payload: Uint8Array
  /** UTC milliseconds. */
  readonly at: number
}

/** A delivery that becomes no event: it is not the sender's (`forged`), nothing in it is of use, or it cannot be read. */
export interface SetAside {
  readonly type: 'forged' | 'ignored' | 'unreadable'
  readonly why: string
  /** True when it is JSON and not what its sender documents: somebody should look. */
  readonly isOdd: boolean
}

/** What a delivery says: the engine's event, with the JSON of its body. */
export type DeliveryReading = { readonly type: 'event'; readonly eventType: string; readonly body: string } | SetAside

/** Reads one delivery. Never throws. */
export type DeliveryReader = (delivery: Pick<Delivery, 'event' | 'signature' | 'payload'>) => DeliveryReading

export type DeliveryOutcome = { readonly type: ArrivalOutcome } | SetAside

/** Reads and writes a batch: what is worth it is on disk when this resolves. Rejects when none of it could be written. */
export type WriteDeliveries = (batch: readonly Delivery[]) => Promise<readonly DeliveryOutcome[]>

/** Reads and writes in the caller's own thread. */
export function writeHere(store: Pick<Store, 'exclusively'>, read: DeliveryReader): WriteDeliveries {
  return (batch) => store.exclusively((database) => takeDeliveries(database, batch, read))
}

/** Reads a batch and puts what it says into the inbox, each event once. Call it in a transaction. */
export function takeDeliveries(
  database: Database.Database,
  batch: readonly Delivery[],
  read: DeliveryReader,
): readonly DeliveryOutcome[] {
  const arrivals: Arrival[] = []
  const outcomes = batch.map((delivery): SetAside | null => {
    const reading = read(delivery)
    if (reading.type !== 'event') return reading
    const { id, payload, at } = delivery
    arrivals.push({ id, type: reading.eventType, body: reading.body, payload, at })
    return null
  })
  const written = insertArrivals(database, arrivals).values()
  return outcomes.map((outcome) => outcome ?? { type: written.next().value ?? 'duplicate' })
}
