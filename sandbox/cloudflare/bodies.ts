/** What may be sent to change a balancer or a pool, and what Cloudflare says of the rest. */
import { z } from 'zod'

const weight = z.number().min(0).max(1)
const poolMap = z.record(z.string(), z.array(z.string()))

const steeringPolicies = [
  'off',
  'geo',
  'random',
  'dynamic_latency',
  'proximity',
  'least_outstanding_requests',
  'least_connections',
  '',
] as const

/** Every property by itself: PATCH takes those that it is sent, whole. */
export const BalancerPatch = z.object({
  name: z.string().exactOptional(),
  enabled: z.boolean().exactOptional(),
  proxied: z.boolean().exactOptional(),
  steering_policy: z.enum(steeringPolicies).exactOptional(),
  random_steering: z
    .object({ default_weight: weight.exactOptional(), pool_weights: z.record(z.string(), weight).exactOptional() })
    .exactOptional(),
  default_pools: z.array(z.string()).min(1).exactOptional(),
  fallback_pool: z.string().exactOptional(),
  region_pools: poolMap.exactOptional(),
  country_pools: poolMap.exactOptional(),
  pop_pools: poolMap.exactOptional(),
  rules: z
    .array(z.object({ name: z.string(), condition: z.string().exactOptional(), disabled: z.boolean().exactOptional() }))
    .exactOptional(),
  pool_sets: z.array(z.object({ name: z.string(), disabled: z.boolean().exactOptional() })).exactOptional(),
  session_affinity: z.enum(['none', 'cookie', 'ip_cookie', 'header']).exactOptional(),
  session_affinity_ttl: z.number().exactOptional(),
  session_affinity_attributes: z.object({ drain_duration: z.number().exactOptional() }).exactOptional(),
  adaptive_routing: z.object({ failover_across_pools: z.boolean().exactOptional() }).exactOptional(),
})
export type BalancerPatch = z.infer<typeof BalancerPatch>

/** PUT wants these, and everything that it is not sent goes back to its default. */
export const BalancerPut = BalancerPatch.required({ name: true, default_pools: true, fallback_pool: true })

export const PoolPatch = z.object({
  enabled: z.boolean().exactOptional(),
  description: z.string().exactOptional(),
  minimum_origins: z.number().int().exactOptional(),
})
export type PoolPatch = z.infer<typeof PoolPatch>

/** What a check says, in the words of the API. */
export function firstFault(error: z.ZodError): string {
  const [issue] = error.issues
  return issue === undefined ? 'invalid body' : `${issue.path.join('.') || 'body'}: ${issue.message}`
}
