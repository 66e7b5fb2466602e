/**
 * What can be made to go wrong with a call:
 * `http500` and `invalid_json` answer so without doing anything; `timeout` never answers and does nothing;
 * `reset_before` closes the connection before the call takes effect; `reset_after` and `timeout_after` let it take
 * effect and lose the answer; `ratelimited` answers 429; anything else is one of Slack's error codes.
 */
export type FaultKind =
  | 'http500'
  | 'timeout'
  | 'timeout_after'
  | 'reset_before'
  | 'reset_after'
  | 'ratelimited'
  | 'invalid_json'
  | (string & {})

export interface Fault {
  /** A method's name, or `*` for any. */
  readonly method: string
  /** How many calls it strikes. Default 1. */
  readonly times?: number
  readonly kind: FaultKind
  /** For `ratelimited`. Default 1. */
  readonly retryAfterSeconds?: number
  /** Lets this many matching calls through first. Default 0. */
  readonly after?: number
}

export interface Faults {
  add(fault: Fault): void
  /** The fault that strikes this call, counted off, or null. */
  take(method: string): Fault | null
  clear(): void
}

export function createFaults(): Faults {
  const waiting: { readonly fault: Fault; left: number; skip: number }[] = []
  return {
    add(fault) {
      waiting.push({ fault, left: fault.times ?? 1, skip: fault.after ?? 0 })
    },
    take(method) {
      const entry = waiting.find(({ fault, left }) => left > 0 && (fault.method === '*' || fault.method === method))
      if (entry === undefined) return null
      if (entry.skip > 0) {
        entry.skip -= 1
        return null
      }
      entry.left -= 1
      if (entry.left === 0) waiting.splice(waiting.indexOf(entry), 1)
      return entry.fault
    },
    clear() {
      waiting.length = 0
    },
  }
}
