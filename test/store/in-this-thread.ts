import { type Arrival, type ArrivalOutcome, insertArrivals } from '../../src/store/insert-arrivals.ts'
import type { Store } from '../../src/store/open-store.ts'

/** Writes arrivals in the test's own thread. */
export function inThisThread(
  store: Pick<Store, 'exclusively'>,
): (batch: readonly Arrival[]) => Promise<readonly ArrivalOutcome[]> {
  return (batch) => store.exclusively((database) => insertArrivals(database, batch))
}
