import { type Arrival, type ArrivalOutcome, insertArrivals } from './insert-arrivals.ts'
import type { Store } from './open-store.ts'

export interface Intake {
  /** Resolves when the arrival is on disk (`accepted`) or was there before (`duplicate`). Rejects when it could not be written. */
  accept(arrival: Arrival): Promise<ArrivalOutcome>
}

/** Writes a batch in one transaction: all of it or nothing. Returns what became of each, in order. */
export type WriteArrivals = (batch: readonly Arrival[]) => Promise<readonly ArrivalOutcome[]>

interface Waiting {
  readonly arrival: Arrival
  readonly resolve: (outcome: ArrivalOutcome) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: arrivals that come in together are written in one transaction with one sync to disk, so that
 * "on disk before the answer" does not cost one sync a request.
 *
 * @param write - by whom; without it, in this thread
 */
export function createIntake(
  store: Store,
  onCommitted: () => void,
  write: WriteArrivals = (batch) => store.exclusively((database) => insertArrivals(database, batch)),
): Intake {
  let waiting: Waiting[] = []
  let isFlushing = false

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await commit(batch)
    }
    isFlushing = false
  }

  async function commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await write(batch.map(({ arrival }) => arrival))
      for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index] ?? 'duplicate')
      onCommitted()
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  return {
    accept: (arrival) =>
      new Promise((resolve, reject) => {
        waiting.push({ arrival, resolve, reject })
        if (isFlushing) return
        isFlushing = true
        // After the events of this turn of the loop, so that what arrived together is written together.
        setImmediate(() => void flush())
      }),
  }
}
