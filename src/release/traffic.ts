/** How an environment's traffic is split, in the words of a rollout; a provider says it in these, and is told in these. */

/**
 * What a health check of the provider says of a pool; `unknown` while it has none or none has answered yet, `unchecked`
 * where the provider has no such checks, so that there is nothing to wait for.
 */
export type PoolHealth = 'healthy' | 'unhealthy' | 'unknown' | 'unchecked'

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
