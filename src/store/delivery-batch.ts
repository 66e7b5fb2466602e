import type { Delivery } from './deliveries.ts'

/** Deliveries on their way to another thread: the payloads stand one after the other in memory that is handed over. */
export interface DeliveryBatch {
  readonly heads: readonly Omit<Delivery, 'payload'>[]
  /** Bytes of each payload. */
  readonly lengths: readonly number[]
  readonly payloads: Uint8Array<ArrayBuffer>
}

/** Copies the payloads: the memory that a request was read into may hold the beginning of the next one. */
export function packDeliveries(deliveries: readonly Delivery[]): DeliveryBatch {
  const lengths = deliveries.map(({ payload }) => payload.length)
  const payloads = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  let start = 0
  for (const { payload } of deliveries) {
    payloads.set(payload, start)
    start += payload.length
  }
  return { heads: deliveries.map(({ payload, ...head }) => head), lengths, payloads }
}

export function unpackDeliveries({ heads, lengths, payloads }: DeliveryBatch): readonly Delivery[] {
  let start = 0
  return heads.map((head, index) => {
    const end = start + (lengths[index] ?? 0)
    const payload = payloads.subarray(start, end)
    start = end
    return { ...head, payload }
  })
}
