import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import type Database from 'better-sqlite3'
import type { Store } from './open-store.ts'

/** An event from outside, with what came over the wire. */
export interface Arrival {
  readonly id: string
  readonly type: string
  /** JSON of the engine's event. */
  readonly body: string
  /** Raw payload as received; kept for looking things up, pruned by age. */
  readonly payload: string
  readonly at: number
}

export interface Intake {
  /** Resolves when the arrival is on disk (`accepted`) or was there before (`duplicate`). Rejects when it could not be written. */
  accept(arrival: Arrival): Promise<'accepted' | 'duplicate'>
}

interface Waiting {
  readonly arrival: Arrival
  readonly compressed: Uint8Array | null
  readonly resolve: (outcome: 'accepted' | 'duplicate') => void
  readonly reject: (error: unknown) => void
}

const compress = promisify(zstdCompress)
/** Below this many characters compression costs more than it saves. */
const smallPayload = 2048

/**
 * Group commit: arrivals that come in together are written in one transaction with one sync to disk, so that
 * "on disk before the answer" does not cost one sync a request.
 */
export function createIntake(store: Store, onCommitted: () => void): Intake {
  let waiting: Waiting[] = []
  let isFlushing = false

  async function flush(): Promise<void> {
    if (isFlushing) return
    isFlushing = true
    try {
      while (waiting.length > 0) {
        const batch = waiting
        waiting = []
        await commit(batch)
      }
    } finally {
      isFlushing = false
    }
  }

  async function commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await store.exclusively((database) => insertBatch(database, batch))
      for (const [index, entry] of batch.entries()) entry.resolve(outcomes[index] ?? 'duplicate')
      onCommitted()
    } catch (error) {
      for (const entry of batch) entry.reject(error)
    }
  }

  return {
    async accept(arrival) {
      const compressed =
        arrival.payload.length < smallPayload
          ? null
          : await compress(arrival.payload, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
      return new Promise((resolve, reject) => {
        waiting.push({ arrival, compressed, resolve, reject })
        // After the events of this turn of the loop, so that what arrived together is written together.
        setImmediate(() => void flush())
      })
    },
  }
}

const statements = new WeakMap<
  Database.Database,
  { readonly event: Database.Statement; readonly payload: Database.Statement }
>()

function prepare(database: Database.Database) {
  const known = statements.get(database)
  if (known !== undefined) return known
  const prepared = {
    event: database.prepare(
      'INSERT INTO inbox (id, type, body, received_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
    ),
    payload: database.prepare('INSERT INTO payloads (inbox_seq, encoding, body, received_at) VALUES (?, ?, ?, ?)'),
  }
  statements.set(database, prepared)
  return prepared
}

function insertBatch(database: Database.Database, batch: readonly Waiting[]): readonly ('accepted' | 'duplicate')[] {
  const { event, payload } = prepare(database)
  return batch.map(({ arrival, compressed }) => {
    const { changes, lastInsertRowid } = event.run(arrival.id, arrival.type, arrival.body, arrival.at)
    if (changes === 0) return 'duplicate'
    payload.run(
      lastInsertRowid,
      compressed === null ? 'utf8' : 'zstd',
      compressed ?? Buffer.from(arrival.payload),
      arrival.at,
    )
    return 'accepted'
  })
}
