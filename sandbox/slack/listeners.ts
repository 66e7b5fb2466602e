import type { RecordedCall } from './api-server.ts'
import type { AttemptOutcome, Delivery } from './deliveries.ts'
import type { Change } from './world.ts'

export interface Happenings {
  /** A message, an ephemeral message, a Home tab or a modal changed. */
  readonly change: Change
  /** A method was called. */
  readonly call: RecordedCall
  /** One attempt to deliver something to the app came to its end; a further one may follow. */
  readonly attempt: AttemptOutcome
  /** Something for the app was acknowledged or given up. */
  readonly delivery: Delivery
  /** A Socket Mode client connected. */
  readonly connection: undefined
}

export interface Listeners {
  /** Calls `listener` each time; the answer takes it off again. */
  on<K extends keyof Happenings>(name: K, listener: (happening: Happenings[K]) => void): () => void
  /** Resolves as soon as `isTrue`, looked at now and after everything that happens; rejects after `timeoutMs` (5 s). */
  until(isTrue: () => boolean, what?: string, timeoutMs?: number): Promise<void>
}

export function createListeners(): Listeners & {
  tell<K extends keyof Happenings>(name: K, happening: Happenings[K]): void
} {
  const everyone: { [K in keyof Happenings]: Set<(happening: Happenings[K]) => void> } = {
    change: new Set(),
    call: new Set(),
    attempt: new Set(),
    delivery: new Set(),
    connection: new Set(),
  }
  const watchers = new Set<() => void>()
  return {
    on(name, listener) {
      everyone[name].add(listener)
      return () => everyone[name].delete(listener)
    },
    until(isTrue, what = 'what was waited for', timeoutMs = 5_000) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          if (!isTrue()) return
          watchers.delete(look)
          clearTimeout(timer)
          resolve()
        }
        // The real time here only bounds how long a failing test hangs.
        const timer = setTimeout(() => {
          watchers.delete(look)
          reject(new Error(`In the simulated Slack ${what} did not happen within ${timeoutMs} ms.`))
        }, timeoutMs)
        watchers.add(look)
        look()
      })
    },
    tell(name, happening) {
      for (const listener of everyone[name]) listener(happening)
      for (const look of watchers) look()
    },
  }
}
