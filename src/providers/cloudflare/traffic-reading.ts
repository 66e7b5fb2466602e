import type { PoolHealth, TrafficReading } from '../../engine/traffic-router.ts'
import { type Balancer, type Health, hasSessionAffinity, isEnabled, type Pool, type ReadPool } from './objects.ts'
import { obstaclesOf } from './obstacles.ts'

/** What the balancer and its pools say, in the terms of the rollout. Pure. */
export function trafficReading(balancer: Balancer, pools: readonly ReadPool[]): TrafficReading {
  const percents = percentsOf(
    balancer,
    pools.map(({ pool }) => pool),
  )
  return {
    pools: pools.map(({ name, pool, health }) => ({
      pool: name,
      percent: percents.get(pool.id) ?? 0,
      isEnabled: isEnabled(pool),
      // A pool that is switched off is not checked any more, so that what is still shown of it is from before.
      health: isEnabled(pool) ? healthOf(health) : 'unknown',
    })),
    obstacles: obstaclesOf(balancer, pools),
    hasSessionAffinity: hasSessionAffinity(balancer),
  }
}

/**
 * Shares in percent by pool id. Weights are relative to each other, and a pool that is switched off has none; of pools
 * that are not known (`default_pools` may name more) it is assumed that they are on.
 */
function percentsOf(balancer: Balancer, known: readonly Pool[]): ReadonlyMap<string, number> {
  const isOn = (id: string) => isEnabled(known.find((pool) => pool.id === id) ?? {})
  const ids = (balancer.default_pools ?? []).filter(isOn)
  const [first] = ids
  const policy = balancer.steering_policy ?? ''
  // Without steering the first pool gets everything, as long as it is healthy.
  if ((policy === 'off' || policy === '') && first !== undefined) return new Map([[first, 100]])
  const weights = ids.map((id) => weightOf(balancer, id))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return new Map(ids.map((id, index) => [id, sum > 0 ? rounded((100 * (weights[index] ?? 0)) / sum) : 0]))
}

/** A pool without a weight of its own has the default one, and that is 1 where it is not set. */
function weightOf({ random_steering }: Balancer, id: string): number {
  return Math.max(0, random_steering?.pool_weights?.[id] ?? random_steering?.default_weight ?? 1)
}

/** 0.05 of 1 is 5 %, whatever binary fractions make of it. */
function rounded(percent: number): number {
  return Math.round(percent * 10_000) / 10_000
}

/** What most of the places that check say; one of two is no majority for good health. */
function healthOf(health: Health | null): PoolHealth {
  const report = health?.pop_health
  if (report === null || report === undefined) return 'unknown'
  const places: readonly unknown[] = typeof report.healthy === 'boolean' ? [report] : Object.values(report)
  const votes = places.flatMap((place) =>
    typeof place === 'object' && place !== null && 'healthy' in place && typeof place.healthy === 'boolean'
      ? [place.healthy]
      : [],
  )
  if (votes.length === 0) return 'unknown'
  return votes.filter((isHealthy) => isHealthy).length * 2 > votes.length ? 'healthy' : 'unhealthy'
}
