/** What the simulated GitHub does wrong on demand, and what it refuses because there was too much of it. */
import type { Clock } from './clock.ts'

export type FaultKind =
  /** 403 with `x-ratelimit-remaining: 0`. */
  | 'primary_rate_limit'
  /** 403 with `retry-after`. */
  | 'secondary_rate_limit'
  /** 429 with `retry-after`. */
  | 'too_many_requests'
  | 'unauthorized'
  | 'forbidden'
  /** 403 for what only a higher plan has, as rulesets of private repositories. */
  | 'needs_upgrade'
  | 'not_found'
  | 'internal_error'
  /** 502 with an HTML page, as GitHub's front end answers. */
  | 'bad_gateway'
  | 'unavailable'
  /** 200 with a body that is cut off. */
  | 'malformed'
  /** The connection is cut without an answer, before anything was done. */
  | 'reset'
  /** The call is carried out, and then the connection is cut. */
  | 'reset_after'
  /** No answer at all, and nothing was done. */
  | 'hang'
  /** The call is carried out, and no answer ever comes. */
  | 'hang_after'

export interface Fault {
  /** Which requests: a part of `METHOD /path` or an expression for it. All when left out. */
  readonly match?: string | RegExp
  readonly kind: FaultKind
  /** How many times; once when left out. */
  readonly times?: number
  readonly retryAfterSeconds?: number
}

export interface Faults {
  failNext(fault: Fault): void
  setOutage(isOn: boolean): void
  setLatency(ms: number | readonly [number, number]): void
  /** The fault for this request, used up by the asking. */
  take(request: string): Fault | null
  latencyMs(random: () => number): number
  clear(): void
}

export function createFaults(): Faults {
  let faults: { fault: Fault; left: number }[] = []
  let isOut = false
  let latency: number | readonly [number, number] = 0
  return {
    failNext: (fault) => {
      faults.push({ fault, left: fault.times ?? 1 })
    },
    setOutage: (isOn) => {
      isOut = isOn
    },
    setLatency: (ms) => {
      latency = ms
    },
    take(request) {
      if (isOut) return { kind: 'unavailable' }
      const found = faults.find(({ fault: { match } }) => {
        if (match === undefined) return true
        return typeof match === 'string' ? request.includes(match) : match.test(request)
      })
      if (found === undefined) return null
      found.left -= 1
      if (found.left <= 0) faults = faults.filter((other) => other !== found)
      return found.fault
    },
    latencyMs: (random) => (typeof latency === 'number' ? latency : latency[0] + random() * (latency[1] - latency[0])),
    clear: () => {
      faults = []
      isOut = false
      latency = 0
    },
  }
}

/** Requests an hour and a token, counted as GitHub does: from the first request on, for an hour. */
export interface RateLimiter {
  readonly limit: number
  /** Counts one request; `isExceeded` when it is one too many. Times are UTC milliseconds. */
  count(token: string): { readonly remaining: number; readonly resetAt: number; readonly isExceeded: boolean }
  /** Uses up what the token has left. */
  exhaust(token: string, resetInMs: number): void
}

export function createRateLimiter(limit: number, clock: Pick<Clock, 'now'>): RateLimiter {
  const windows = new Map<string, { used: number; resetAt: number }>()
  const windowOf = (token: string) => {
    const known = windows.get(token)
    if (known !== undefined && known.resetAt > clock.now()) return known
    const fresh = { used: 0, resetAt: clock.now() + 3_600_000 }
    windows.set(token, fresh)
    return fresh
  }
  return {
    limit,
    count(token) {
      const window = windowOf(token)
      window.used += 1
      return { remaining: Math.max(0, limit - window.used), resetAt: window.resetAt, isExceeded: window.used > limit }
    },
    exhaust: (token, resetInMs) => {
      windows.set(token, { used: limit, resetAt: clock.now() + resetInMs })
    },
  }
}
