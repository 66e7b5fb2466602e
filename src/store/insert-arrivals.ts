import type Database from 'better-sqlite3'
import { packPayloads } from './pack-payloads.ts'

/** An event from outside, with what came over the wire. */
export interface Arrival {
  readonly id: string
  readonly type: string
  /** JSON of the engine's event. */
  readonly body: string
  /** Raw payload as received; kept for looking things up, pruned by age. */
  readonly payload: Uint8Array
  /** UTC milliseconds. */
  readonly at: number
}

export type ArrivalOutcome = 'accepted' | 'duplicate'

interface Statements {
  readonly event: Database.Statement
  readonly payloads: Database.Statement
}

const prepared = new WeakMap<Database.Database, Statements>()

function statementsOf(database: Database.Database): Statements {
  const known = prepared.get(database)
  if (known !== undefined) return known
  const statements = {
    event: database.prepare(
      'INSERT INTO inbox (id, type, body, received_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
    ),
    payloads: database.prepare(
      'INSERT INTO payloads (inbox_seq, encoding, body, received_at, lengths) VALUES (?, ?, ?, ?, ?)',
    ),
  }
  prepared.set(database, statements)
  return statements
}

/** Payloads of events whose numbers follow each other without a gap. */
interface Run {
  readonly firstSeq: number
  readonly payloads: Uint8Array[]
}

/** Puts arrivals into the inbox, each once, and their payloads beside it. Call it in a transaction. */
export function insertArrivals(database: Database.Database, batch: readonly Arrival[]): readonly ArrivalOutcome[] {
  const { event, payloads } = statementsOf(database)
  const runs: Run[] = []
  let at = 0
  const outcomes = batch.map((arrival): ArrivalOutcome => {
    const { changes, lastInsertRowid } = event.run(arrival.id, arrival.type, arrival.body, arrival.at)
    // Its number is used up all the same.
    if (changes === 0) return 'duplicate'
    const seq = Number(lastInsertRowid)
    const run = runs.at(-1)
    if (run !== undefined && run.firstSeq + run.payloads.length === seq) run.payloads.push(arrival.payload)
    else runs.push({ firstSeq: seq, payloads: [arrival.payload] })
    at = Math.max(at, arrival.at)
    return 'accepted'
  })
  for (const run of runs) {
    for (const { first, encoding, body, lengths } of packPayloads(run.payloads)) {
      payloads.run(run.firstSeq + first, encoding, body, at, lengths === null ? null : JSON.stringify(lengths))
    }
  }
  return outcomes
}
