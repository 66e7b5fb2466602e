import { promisify } from 'node:util'
import { constants, zstdCompress, zstdCompressSync } from 'node:zlib'
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
  /** Whether arrivals are on their way to the disk, or were a moment ago: more of them may be waiting to be read. */
  isBusy(): boolean
}

interface Waiting {
  readonly arrival: Arrival
  readonly compressed: Uint8Array | null
  readonly resolve: (outcome: 'accepted' | 'duplicate') => void
  readonly reject: (error: unknown) => void
}

const compressInBackground = promisify(zstdCompress)
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
/** After the last arrival was answered, for so long more are looked out for, in ms. */
const lookOutMs = 1
/** Below this many characters compression costs more than it saves. */
const smallPayload = 2048
/** Up to here compressing takes less time than handing it to another thread does. */
const mediumPayload = 128 * 1024

/**
 * Group commit: arrivals that come in together are written in one transaction with one sync to disk, so that
 * "on disk before the answer" does not cost one sync a request.
 */
export function createIntake(store: Store, onCommitted: () => void): Intake {
  let waiting: Waiting[] = []
  let isFlushing = false
  let underWay = 0
  let answeredAt = Number.NEGATIVE_INFINITY

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
    isBusy: () => underWay > 0 || performance.now() - answeredAt < lookOutMs,
    async accept(arrival) {
      underWay += 1
      try {
        const compressed = await compress(arrival.payload)
        return await new Promise((resolve, reject) => {
          waiting.push({ arrival, compressed, resolve, reject })
          // After the events of this turn of the loop, so that what arrived together is written together.
          setImmediate(() => void flush())
        })
      } finally {
        underWay -= 1
        answeredAt = performance.now()
      }
    },
  }
}

/** Null for what is kept as it is. */
async function compress(payload: string): Promise<Uint8Array | null> {
  if (payload.length < smallPayload) return null
  return payload.length <= mediumPayload
    ? zstdCompressSync(payload, compression)
    : await compressInBackground(payload, compression)
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
