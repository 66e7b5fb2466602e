/** What the simulated Cloudflare remembers, in the shapes of the API's own types. */
import type { LoadBalancer } from 'cloudflare/resources/load-balancers/load-balancers'
import type { Pool } from 'cloudflare/resources/load-balancers/pools/pools'
import type { AuditLog } from 'cloudflare/resources/shared'

/** Answers hold every property; the types leave each of them open. */
type Whole<T, Keys extends keyof T> = T & { [Key in Keys]-?: NonNullable<T[Key]> }

export type StoredBalancer = Whole<
  LoadBalancer,
  | 'id'
  | 'name'
  | 'enabled'
  | 'proxied'
  | 'steering_policy'
  | 'random_steering'
  | 'default_pools'
  | 'fallback_pool'
  | 'session_affinity'
>
export type StoredPool = Whole<Pool, 'id' | 'name' | 'enabled'>
export type { AuditLog }

/** Who may do what with the API; `actor` is the person that the token belongs to. */
export interface ApiToken {
  readonly name: string
  readonly actor: string
  readonly permissions: readonly Permission[]
}

export type Permission = 'load_balancers' | 'pools' | 'audit_logs'

/** How a pool's monitor sees it, from a moment on. */
interface HealthChange {
  readonly at: number
  readonly isHealthy: boolean
}

/** What the edge goes by, from a moment on. */
export interface EdgeConfig {
  readonly at: number
  readonly balancer: StoredBalancer
  readonly pools: readonly StoredPool[]
}

export interface CloudflareState {
  readonly accountId: string
  readonly zoneId: string
  readonly balancers: Map<string, StoredBalancer>
  readonly pools: Map<string, StoredPool>
  /** By pool; oldest first. A pool that is not in here has no monitor. */
  readonly health: Map<string, HealthChange[]>
  /** When a pool was switched off, UTC milliseconds. */
  readonly disabledAt: Map<string, number>
  /** By balancer, oldest first: what was configured when. */
  readonly edge: Map<string, EdgeConfig[]>
  /** Newest first. */
  readonly audit: AuditLog[]
  readonly tokens: Map<string, ApiToken>
}

/** What a health check would say of a pool now; null without a monitor, or while it is switched off. */
export function healthAt(state: CloudflareState, pool: StoredPool, now: number): boolean | null {
  if (!pool.enabled) return null
  return state.health.get(pool.id)?.findLast(({ at }) => at <= now)?.isHealthy ?? null
}

/**
 * Notes that a balancer, or a pool of it, is another one from now on.
 *
 * @param changed - id of the balancer or of the pool
 */
export function noteEdge(state: CloudflareState, changed: string, now: number): void {
  for (const balancer of state.balancers.values()) {
    const ids = [...balancer.default_pools, balancer.fallback_pool]
    if (balancer.id !== changed && !ids.includes(changed)) continue
    const pools = [...state.pools.values()].filter(({ id }) => ids.includes(id)).map((pool) => structuredClone(pool))
    const history = state.edge.get(balancer.id) ?? []
    history.push({ at: now, balancer: structuredClone(balancer), pools })
    // No propagation is longer than what this many changes take.
    if (history.length > 200) history.splice(0, history.length - 200)
    state.edge.set(balancer.id, history)
  }
}
