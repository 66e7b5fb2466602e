/** How the services of the simulation behave when they are not well. */
import type { FakeClock } from '../engine/fake-clock.ts'

/**
 * What becomes of one call. `lost`: it happens, and its answer never arrives. `late`: its answer takes long. `adrift`: it
 * happens when the caller has long given up, whether or not that still lives.
 */
export type Fate = 'well' | 'lost' | 'unsent' | 'limited' | 'late' | 'adrift'

export interface Health {
  /** Fates of the next calls; then all is well again. */
  readonly fates: Fate[]
  isDown: boolean
}

type Failure =
  | { readonly type: 'rate_limited'; readonly retryAfterMs: number }
  | { readonly type: 'unavailable'; readonly detail: string; readonly mayHaveHappened: boolean }

function failed(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure }
}

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** How long calls take: so long that others come in between, and not so long that a press waits for ever. */
const latenciesMs = [1, 3, 700, 40, 2500] as const
const lateMs = 12_000
const adriftMs = [10, 9_000, 20_000] as const

/** Every method of a service with its fates and delays around it. */
export function withFates<Service extends object>(
  service: Service,
  options: {
    readonly health: Health
    readonly clock: FakeClock
    /** Whether the process that calls has died. */
    readonly isDead: () => boolean
    readonly call: <T>(make: () => Promise<T>) => Promise<T>
  },
): Service {
  const { health, clock, isDead, call } = options
  let calls = 0
  const wrap =
    (method: (...args: unknown[]) => Promise<unknown>) =>
    (...args: unknown[]) =>
      call(async () => {
        calls += 1
        const fate = health.isDown ? 'unsent' : (health.fates.shift() ?? 'well')
        const latencyMs = latenciesMs[calls % latenciesMs.length] ?? 1
        await clock.sleep(latencyMs)
        // What was not out yet goes down with its process.
        if (isDead()) return await new Promise(() => {})
        if (fate === 'unsent') {
          return failed({ type: 'unavailable', detail: 'The connection was refused', mayHaveHappened: false })
        }
        if (fate === 'limited') return failed({ type: 'rate_limited', retryAfterMs: 5_000 })
        if (fate === 'adrift') {
          clock.after(adriftMs[calls % adriftMs.length] ?? lateMs, () => void method.apply(service, args))
          return failed({ type: 'unavailable', detail: 'No answer in time', mayHaveHappened: true })
        }
        const result = await method.apply(service, args)
        await clock.sleep(fate === 'late' ? lateMs : latencyMs)
        if (fate !== 'lost') return result
        return failed({ type: 'unavailable', detail: 'No answer in time', mayHaveHappened: true })
      })
  return Object.fromEntries(Object.entries(service).map(([name, method]) => [name, wrap(method)])) as Service
}
