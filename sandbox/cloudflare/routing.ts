/** Where the edge sends a request, by what was configured and what the monitors say. */
import { type CloudflareState, type EdgeConfig, healthAt, type StoredPool } from './state.ts'

export interface RoutedTo {
  readonly poolId: string
  /** Why this one: by the weights, because the session is there, or because there was no other. */
  readonly by: 'steering' | 'session' | 'fallback'
}

export interface EdgeOptions {
  readonly state: CloudflareState
  readonly now: () => number
  /** Evenly spread in [0, 1). */
  readonly random: () => number
  /** How long a change takes until the edge goes by it, milliseconds. */
  readonly propagationMs: () => number
}

export interface Edge {
  /**
   * @param session - what the client's cookie says; only looked at where the balancer has session affinity
   * @returns null where nobody answers: the balancer is off, or no pool and no fallback is on
   */
  route(balancerId: string, session?: string): RoutedTo | null
}

const DEFAULT_SESSION_SECONDS = 82_800

export function createEdge({ state, now, random, propagationMs }: EdgeOptions): Edge {
  /** By balancer and session. */
  const sessions = new Map<string, { readonly poolId: string; readonly until: number }>()

  const configOf = (balancerId: string): EdgeConfig | undefined => {
    const history = state.edge.get(balancerId) ?? []
    return history.findLast(({ at }) => at <= now() - propagationMs()) ?? history[0]
  }

  return {
    route(balancerId, session) {
      const config = configOf(balancerId)
      if (config?.balancer.enabled !== true) return null
      const { balancer } = config
      const hasAffinity = session !== undefined && balancer.session_affinity !== 'none'
      const key = `${balancerId} ${session}`
      const known = hasAffinity ? sessions.get(key) : undefined
      if (known !== undefined && known.until > now() && mayStay(config, known.poolId)) {
        return { poolId: known.poolId, by: 'session' }
      }
      const routed = steer(config)
      if (hasAffinity && routed !== null) {
        const seconds = balancer.session_affinity_ttl ?? DEFAULT_SESSION_SECONDS
        sessions.set(key, { poolId: routed.poolId, until: now() + seconds * 1000 })
      }
      return routed
    },
  }

  /** A session stays while its pool is well; on a pool that was switched off, for as long as it is drained. */
  function mayStay({ balancer, pools }: EdgeConfig, poolId: string): boolean {
    const pool = pools.find(({ id }) => id === poolId)
    if (pool === undefined) return false
    if (pool.enabled) return isWell(pool)
    const drainMs = (balancer.session_affinity_attributes?.drain_duration ?? 0) * 1000
    return now() < (state.disabledAt.get(poolId) ?? 0) + drainMs
  }

  function steer(config: EdgeConfig): RoutedTo | null {
    const { balancer, pools } = config
    const usable = balancer.default_pools.filter((id) => {
      const pool = pools.find((one) => one.id === id)
      return pool?.enabled === true && isWell(pool)
    })
    const chosen = isByWeight(balancer.steering_policy) ? byWeight(config, usable) : usable[0]
    if (chosen !== undefined) return { poolId: chosen, by: 'steering' }
    const fallback = pools.find(({ id }) => id === balancer.fallback_pool)
    return fallback?.enabled === true ? { poolId: fallback.id, by: 'fallback' } : null
  }

  function byWeight({ balancer }: EdgeConfig, usable: readonly string[]): string | undefined {
    const { pool_weights = {}, default_weight = 1 } = balancer.random_steering
    const weights = usable.map((id) => pool_weights[id] ?? default_weight)
    let left = random() * weights.reduce((sum, weight) => sum + weight, 0)
    return usable.find((_, index) => {
      const weight = weights[index] ?? 0
      left -= weight
      return weight > 0 && left < 0
    })
  }

  function isWell(pool: StoredPool): boolean {
    return healthAt(state, pool, now()) !== false
  }
}

function isByWeight(policy: string): boolean {
  return ['random', 'least_outstanding_requests', 'least_connections'].includes(policy)
}
