/** What Sluice reads of Cloudflare's objects; the rest of them is left alone. Everything may be missing in an answer. */
import { z } from 'zod'

/** What may be taken out of use by itself. */
const Switches = z.array(z.object({ name: z.string().nullish(), disabled: z.boolean().nullish() })).nullish()
const PoolMap = z.record(z.string(), z.array(z.string())).nullish()

export const Balancer = z.object({
  name: z.string().nullish(),
  enabled: z.boolean().nullish(),
  proxied: z.boolean().nullish(),
  steering_policy: z.string().nullish(),
  random_steering: z
    .object({
      default_weight: z.number().nullish(),
      pool_weights: z.record(z.string(), z.number()).nullish(),
    })
    .nullish(),
  default_pools: z.array(z.string()).nullish(),
  fallback_pool: z.string().nullish(),
  rules: Switches,
  pool_sets: Switches,
  region_pools: PoolMap,
  country_pools: PoolMap,
  pop_pools: PoolMap,
  session_affinity: z.string().nullish(),
  session_affinity_attributes: z.object({ drain_duration: z.number().nullish() }).nullish(),
  adaptive_routing: z.object({ failover_across_pools: z.boolean().nullish() }).nullish(),
})
export type Balancer = z.infer<typeof Balancer>

export const Pool = z.object({
  id: z.string(),
  name: z.string().nullish(),
  enabled: z.boolean().nullish(),
})
export type Pool = z.infer<typeof Pool>

const HealthAtPlace = z.object({ healthy: z.boolean().nullish() })

/**
 * Documented as one report, answered as one for each place that checks: `{ "Amsterdam, NL": { healthy: true, … } }`.
 */
export const Health = z.object({
  pop_health: z.union([HealthAtPlace.extend({ healthy: z.boolean() }), z.record(z.string(), HealthAtPlace)]).nullish(),
})
export type Health = z.infer<typeof Health>

/** An entry of the account's audit log. */
export const AuditEntry = z.object({
  action: z.object({ type: z.string().nullish(), result: z.boolean().nullish() }).nullish(),
  actor: z.object({ id: z.string().nullish(), email: z.string().nullish(), type: z.string().nullish() }).nullish(),
  metadata: z.object({ token_name: z.string().nullish() }).nullish().catch(null),
  resource: z.object({ id: z.string().nullish() }).nullish(),
  when: z.iso.datetime({ offset: true }).nullish(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** A pool of the configuration with what Cloudflare says of it. */
export interface ReadPool {
  /** As the configuration calls it. */
  readonly name: string
  readonly pool: Pool
  /** Null where it could not be told. */
  readonly health: Health | null
}

export function hasSessionAffinity({ session_affinity }: Balancer): boolean {
  return !['', 'none'].includes(session_affinity ?? '')
}

/** Cloudflare's default is that a pool is on. */
export function isEnabled({ enabled }: Pick<Pool, 'enabled'>): boolean {
  return enabled ?? true
}
