import { setTimeout as sleep } from 'node:timers/promises'

/** Time as the simulation sees it, UTC milliseconds. */
export interface Clock {
  now(): number
  /** Rejects when the signal says that nobody waits any longer. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
}
