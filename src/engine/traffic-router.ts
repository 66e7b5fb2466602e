import type { ServiceResult } from './service-failure.ts'

/** What a health check of the provider says of a pool; `unknown` while it has none or none has answered yet. */
export type PoolHealth = 'healthy' | 'unhealthy' | 'unknown'

export interface PoolReading {
  /** As the configuration names it. */
  readonly pool: string
  /** Share of the traffic in percent, 0 to 100; not always whole: somebody else may have set it. */
  readonly percent: number
  /** A pool that is switched off gets no traffic, whatever its weight. */
  readonly isEnabled: boolean
  readonly health: PoolHealth
}

/** How the traffic is split, as it was read at one moment. */
export interface TrafficReading {
  /** In the order of the target's pools. */
  readonly pools: readonly PoolReading[]
  /**
   * What stands in the way of trusting the split, in words that say how to mend it: rules that bypass the pools, another
   * steering policy, pools that are not in the configuration. Empty when there is nothing.
   */
  readonly obstacles: readonly string[]
  /** Whether established sessions stay with the pool that they are on, so that a changed weight does not move them. */
  readonly hasSessionAffinity: boolean
}

/** Who changed the split last, if the provider's own log tells. */
export interface TrafficChange {
  /** E-mail address or name of a person or of a token, as the provider shows it. */
  readonly by: string
  readonly at: number
}

/** What the pools shall get: whole percents that make 100, and which pools are switched off. Every pool is named. */
export interface WantedTraffic {
  readonly percents: Readonly<Record<string, number>>
  readonly disabled: readonly string[]
}

/**
 * The hand on the valve of one environment. All of its calls are safe to repeat: weights are absolute. Each gives up
 * after a few seconds, and sends nothing that changes something a second time by itself; the engine decides about that.
 */
export interface TrafficRouter {
  /** Reads what is so at the provider now, past any cache. */
  read(): Promise<ServiceResult<TrafficReading>>
  /**
   * Sets the split and reads it back. `ok` says that it was taken; whether it is in force is for the caller to see
   * in what was read back. It may take several calls, so that after any failure a part of it may be in force: read, or
   * apply it again.
   *
   * @throws when the pools are not the target's, the shares do not make 100, or a pool with a share is to be off
   */
  apply(wanted: WantedTraffic): Promise<ServiceResult<TrafficReading>>
  /** Who made the last change; null when the provider does not tell. */
  lastChange(): Promise<ServiceResult<TrafficChange | null>>
}
