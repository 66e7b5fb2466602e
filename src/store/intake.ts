import { setTimeout as sleep } from 'node:timers/promises'

export interface Intake<Item, Outcome> {
  /** Resolves when what came is on disk, with what became of it. Rejects when it could not be written. */
  accept(item: Item): Promise<Outcome>
}

interface Waiting<Item, Outcome> {
  readonly item: Item
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/** So many in one transaction say that they pour in. */
const crowd = 4
/**
 * While they do, a transaction begins at the earliest so many ms after the one before: a sync to disk costs as much as
 * writing ten deliveries, so that many small batches cost several times as much as one that is large.
 */
const paceMs = 1

/**
 * Group commit: what comes in together is written in one transaction with one sync to disk, so that "on disk before the
 * answer" does not cost one sync a request.
 *
 * @param write - writes a batch in one transaction: all of it or nothing. Resolves to what became of each, in order
 */
export function createIntake<Item, Outcome>(
  write: (batch: readonly Item[]) => Promise<readonly Outcome[]>,
  onCommitted: () => void,
): Intake<Item, Outcome> {
  let waiting: Waiting<Item, Outcome>[] = []
  let isFlushing = false

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      const begunAt = performance.now()
      await commit(batch)
      const restMs = paceMs - (performance.now() - begunAt)
      if (batch.length >= crowd && restMs > 0) await sleep(restMs)
    }
    isFlushing = false
  }

  async function commit(batch: readonly Waiting<Item, Outcome>[]): Promise<void> {
    try {
      const outcomes = await write(batch.map(({ item }) => item))
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index]
        if (outcome === undefined) reject(new Error('What became of it is not known.'))
        else resolve(outcome)
      }
      onCommitted()
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  return {
    accept: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        if (isFlushing) return
        isFlushing = true
        // After the events of this turn of the loop, so that what arrived together is written together.
        setImmediate(() => void flush())
      }),
  }
}
