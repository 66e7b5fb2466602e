import type { NewEvent } from './events.ts'

/** How an attempt at an effect ended. */
export type EffectOutcome =
  | { readonly type: 'done'; readonly event?: NewEvent }
  | {
      readonly type: 'retry'
      readonly reason: string
      /** Milliseconds; left out: backoff by the number of attempts. */
      readonly afterMs?: number
      /** False when the service was not at fault or not asked; such waits do not wear the effect out. */
      readonly countsAsAttempt: boolean
      readonly mayHaveHappened: boolean
    }
  | { readonly type: 'dead'; readonly reason: string }
