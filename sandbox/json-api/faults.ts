/** What a simulated service does wrong on demand. */

export type ApiFaultKind =
  | 'internal_error'
  /** 502 with a page of the front end, which never asked the service. */
  | 'bad_gateway'
  | 'unavailable'
  | 'too_many_requests'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  /** 200 with a body that is cut off. */
  | 'malformed'
  /** The connection is cut before anything was done. */
  | 'reset'
  /** No answer, and nothing is done. */
  | 'hang'
  /** It is carried out, and the answer is lost: cut off, never sent, or an error. */
  | 'reset_after'
  | 'hang_after'
  | 'internal_error_after'
  /** No answer, and it is carried out `delayMs` later, when the caller has long given up. */
  | 'lands_late'

export interface ApiFault {
  /** Which requests: a part of `METHOD /path` or an expression for it. All when left out. */
  readonly match?: string | RegExp
  readonly kind: ApiFaultKind
  /** How many times. Default 1. */
  readonly times?: number
  /** Lets this many matching requests through first. Default 0. */
  readonly after?: number
  readonly retryAfterSeconds?: number
  readonly delayMs?: number
}

export interface ApiFaults {
  failNext(fault: ApiFault): void
  /** Strikes this share (0 to 1) of the requests besides; null to stop. */
  failShare(share: number, fault: ApiFault | null): void
  /** While it is out everything is answered with 503. */
  setOutage(isOn: boolean): void
  /** Before a request has its effect. One number, or a range that it is drawn from evenly. */
  setLatency(ms: number | readonly [number, number]): void
  clear(): void
}

export interface ApiFaultSource extends ApiFaults {
  /** The fault for this request, used up by the asking. */
  take(request: string): ApiFault | null
  latencyMs(): number
}

/** @param random - evenly spread in [0, 1) */
export function createApiFaults(random: () => number): ApiFaultSource {
  let waiting: { readonly fault: ApiFault; left: number; skip: number }[] = []
  let share = 0
  let shared: ApiFault | null = null
  let isOut = false
  let latency: number | readonly [number, number] = 0

  const matches = ({ match }: ApiFault, request: string) =>
    match === undefined || (typeof match === 'string' ? request.includes(match) : match.test(request))

  return {
    failNext(fault) {
      waiting.push({ fault, left: fault.times ?? 1, skip: fault.after ?? 0 })
    },
    failShare(of, fault) {
      share = fault === null ? 0 : of
      shared = fault
    },
    setOutage(isOn) {
      isOut = isOn
    },
    setLatency(ms) {
      latency = ms
    },
    take(request) {
      if (isOut) return { kind: 'unavailable' }
      for (const entry of waiting) {
        if (!matches(entry.fault, request)) continue
        if (entry.skip > 0) {
          entry.skip -= 1
          continue
        }
        entry.left -= 1
        if (entry.left <= 0) waiting = waiting.filter((other) => other !== entry)
        return entry.fault
      }
      return shared !== null && matches(shared, request) && random() < share ? shared : null
    },
    latencyMs: () => (typeof latency === 'number' ? latency : latency[0] + random() * (latency[1] - latency[0])),
    clear() {
      waiting = []
      share = 0
      shared = null
      isOut = false
      latency = 0
    },
  }
}
