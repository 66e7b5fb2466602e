/** The services of the simulation of rollouts: a load balancer, hosts, a code host; each call with its fate. */
import type { Observation } from '../../src/analysis/samples.ts'
import type { ServiceFailure, ServiceResult } from '../../src/engine/service-failure.ts'
import type { TrafficReading, WantedTraffic } from '../../src/release/traffic.ts'
import { measured, type Quality } from '../release/rollout/fixtures.ts'
import type { Fate, Service } from './rollout-acts.ts'
import type { SimulatedTime } from './rollout-time.ts'

/** From the caller to the service, and back: so long that others come in between. In ms. */
const latenciesMs = [1, 40, 3, 700, 1, 250, 15] as const
const slowMs = 4_000
/** When a caller gives up, and how long after that a call may still have its effect; see `landsWithinMs` of the rules. */
const timeoutMs = 5_000
const lateMs = [1, 9_000, 20_000] as const

/** How much of what a call asks for is done. */
export type Part = 'all' | 'half' | 'none'

export class SimulatedServices {
  /** The share of green, in percent; blue has the rest. */
  green = 0
  off: ReadonlySet<string> = new Set()
  hasAffinity = false
  quality: Quality = 'good'
  readonly health: Record<string, boolean> = { blue: true, green: true }
  check: 'passed' | 'failed' = 'passed'
  readonly fates: Record<Service, Fate[]> = { router: [], hosts: [], checks: [] }
  readonly isDown: Record<Service, boolean> = { router: false, hosts: false, checks: false }
  private calls = 0
  private drifts = 0
  private readonly driftsAt = new WeakMap<TrafficReading, number>()
  private readonly time: SimulatedTime

  constructor(time: SimulatedTime) {
    this.time = time
  }

  heal(): void {
    for (const service of ['router', 'hosts', 'checks'] as const) {
      this.fates[service].length = 0
      this.isDown[service] = false
    }
    this.health.blue = true
    this.health.green = true
    this.quality = 'good'
    this.check = 'passed'
  }

  /**
   * @param land - what the service does when it gets the call, and what it says of it; how much of it is done
   * @param answered - what the caller is told, if its process still lives then
   */
  call<T>(service: Service, land: (part: Part) => T, answered: (result: ServiceResult<T>) => void) {
    const { time } = this
    const { life } = time
    this.calls += 1
    const latencyMs = latenciesMs[this.calls % latenciesMs.length] ?? 1
    const fail = (ms: number, failure: ServiceFailure) => time.after(ms, life, () => answered({ ok: false, failure }))
    const giveUp = () => fail(timeoutMs, { type: 'unavailable', detail: 'No answer in time', mayHaveHappened: true })
    const fate = this.isDown[service] ? 'unsent' : (this.fates[service].shift() ?? 'well')
    switch (fate) {
      case 'well':
      case 'ignored':
      case 'slow': {
        const ms = fate === 'slow' ? slowMs : latencyMs
        return time.after(ms, null, () => {
          const value = land(fate === 'ignored' ? 'none' : 'all')
          time.after(ms, life, () => answered({ ok: true, value }))
        })
      }
      case 'unsent':
        return fail(20, { type: 'unavailable', detail: 'The connection was refused', mayHaveHappened: false })
      case 'limited':
        return fail(latencyMs, { type: 'rate_limited', retryAfterMs: 5_000 })
      case 'refused':
        return fail(latencyMs, { type: 'rejected', detail: 'Not in this way' })
      case 'lost':
        time.after(latencyMs, null, () => void land('all'))
        return giveUp()
      case 'half':
        time.after(latencyMs, null, () => void land('half'))
        return giveUp()
      case 'late':
        time.after(timeoutMs + (lateMs[this.calls % lateMs.length] ?? 1), null, () => void land('all'))
        return giveUp()
      case 'never':
        return giveUp()
      default:
        return fate satisfies never
    }
  }

  /** Somebody else changes the split. */
  drift(percent: number, off: readonly string[]): void {
    this.green = percent
    this.off = new Set(off)
    this.drifts += 1
  }

  /** Whether somebody else changed the split after this was read. */
  hasDriftedSince(reading: TrafficReading): boolean {
    return this.driftsAt.get(reading) !== this.drifts
  }

  reading(): TrafficReading {
    const pool = (name: string, percent: number) => ({
      pool: name,
      percent,
      isEnabled: !this.off.has(name),
      health: this.health[name] === false ? ('unhealthy' as const) : ('healthy' as const),
    })
    const reading: TrafficReading = {
      pools: [pool('blue', 100 - this.green), pool('green', this.green)],
      obstacles: [],
      hasSessionAffinity: this.hasAffinity,
    }
    this.driftsAt.set(reading, this.drifts)
    return reading
  }

  split({ percents, disabled }: WantedTraffic, part: Part): void {
    if (part === 'none') return
    this.green = percents.green ?? 0
    // What is switched on or off is a call of its own.
    if (part === 'all') this.off = new Set(disabled)
  }

  /** Both arms in one interval, by the traffic that they have. */
  measure(canary: string, from: number, to: number): Observation {
    const percent = canary === 'green' ? this.green : 100 - this.green
    const isServing = percent > 0 && !this.off.has(canary)
    return measured(isServing || this.quality === 'away' ? this.quality : 'silent', Math.max(percent, 1), from, to)
  }
}
