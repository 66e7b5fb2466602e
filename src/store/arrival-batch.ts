import type { Arrival } from './insert-arrivals.ts'

/** Arrivals on their way to another thread: the payloads stand one after the other in memory that is handed over. */
export interface ArrivalBatch {
  readonly events: readonly Omit<Arrival, 'payload'>[]
  /** Bytes of each payload. */
  readonly lengths: readonly number[]
  readonly payloads: Uint8Array<ArrayBuffer>
}

/** Copies the payloads: the memory that a request was read into may hold the beginning of the next one. */
export function packArrivals(arrivals: readonly Arrival[]): ArrivalBatch {
  const lengths = arrivals.map(({ payload }) => payload.length)
  const payloads = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  let start = 0
  for (const { payload } of arrivals) {
    payloads.set(payload, start)
    start += payload.length
  }
  return { events: arrivals.map(({ id, type, body, at }) => ({ id, type, body, at })), lengths, payloads }
}

export function unpackArrivals({ events, lengths, payloads }: ArrivalBatch): readonly Arrival[] {
  let start = 0
  return events.map((event, index) => {
    const end = start + (lengths[index] ?? 0)
    const payload = payloads.subarray(start, end)
    start = end
    return { ...event, payload }
  })
}
