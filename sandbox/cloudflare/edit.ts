/** Changes of balancers and pools, by whoever makes them, with their line in the audit log. */
import { randomUUID } from 'node:crypto'
import type { BalancerPatch, PoolPatch } from './bodies.ts'
import { type CloudflareState, noteEdge, type StoredBalancer, type StoredPool } from './state.ts'

/** Who makes a change, and by which way. */
export interface Author {
  readonly email: string
  /** The token that they use; null for the dashboard. */
  readonly tokenName: string | null
}

export interface Editing {
  readonly state: CloudflareState
  readonly now: () => number
  /** Weights come back in whole steps of this; 0 for as they were sent. */
  readonly weightStep: () => number
}

type Edited<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly what: string }

/** @param isWhole - PUT: what is not sent goes back to its default */
export function editBalancer(
  editing: Editing,
  balancer: StoredBalancer,
  sent: BalancerPatch,
  isWhole: boolean,
  author: Author,
): Edited<StoredBalancer> {
  const { state, now } = editing
  const base = isWhole ? defaultsOf(balancer) : balancer
  const { random_steering, ...plain } = sent
  const next: StoredBalancer = {
    ...base,
    ...plain,
    ...(random_steering === undefined ? {} : { random_steering: steeringOf(random_steering, editing.weightStep()) }),
    modified_on: new Date(now()).toISOString(),
  }
  const unknown = [
    ...next.default_pools,
    next.fallback_pool,
    ...Object.keys(next.random_steering.pool_weights ?? {}),
  ].find((id) => !state.pools.has(id))
  if (unknown !== undefined) return { ok: false, what: `pool ${unknown} does not exist` }
  state.balancers.set(next.id, next)
  audit(editing, author, { type: 'load_balancer', id: next.id }, balancer, next)
  noteEdge(state, next.id, now())
  return { ok: true, value: next }
}

export function editPool(editing: Editing, pool: StoredPool, sent: PoolPatch, author: Author): StoredPool {
  const { state, now } = editing
  const next: StoredPool = { ...pool, ...sent, modified_on: new Date(now()).toISOString() }
  state.pools.set(next.id, next)
  if (pool.enabled && !next.enabled) state.disabledAt.set(next.id, now())
  if (next.enabled) state.disabledAt.delete(next.id)
  audit(editing, author, { type: 'load_balancer_pool', id: next.id }, pool, next)
  noteEdge(state, next.id, now())
  return next
}

/** What is not sent has the default weight, and that is 1: `{}` makes all pools equal. */
function steeringOf(
  sent: NonNullable<BalancerPatch['random_steering']>,
  step: number,
): StoredBalancer['random_steering'] {
  const inSteps = (weight: number) =>
    step === 0 ? weight : Math.round(Math.ceil(weight / step - 1e-9) * step * 1e6) / 1e6
  return {
    default_weight: inSteps(sent.default_weight ?? 1),
    pool_weights: Object.fromEntries(
      Object.entries(sent.pool_weights ?? {}).map(([id, weight]) => [id, inSteps(weight)]),
    ),
  }
}

function defaultsOf({ id, name, default_pools, fallback_pool, created_on }: StoredBalancer): StoredBalancer {
  return {
    id,
    name,
    default_pools,
    fallback_pool,
    ...(created_on === undefined ? {} : { created_on }),
    enabled: true,
    proxied: false,
    steering_policy: '',
    random_steering: { default_weight: 1, pool_weights: {} },
    session_affinity: 'none',
    rules: [],
    pool_sets: [],
    region_pools: {},
    country_pools: {},
    pop_pools: {},
    adaptive_routing: { failover_across_pools: false },
  }
}

function audit(
  { state, now }: Editing,
  author: Author,
  resource: { readonly type: string; readonly id: string },
  before: unknown,
  after: unknown,
): void {
  state.audit.unshift({
    id: randomUUID(),
    action: { type: 'change_setting', result: true },
    actor: { id: `user-${author.email}`, email: author.email, ip: '198.51.100.7', type: 'user' },
    interface: author.tokenName === null ? 'UI' : 'API',
    metadata: author.tokenName === null ? {} : { token_name: author.tokenName },
    newValue: JSON.stringify(after),
    oldValue: JSON.stringify(before),
    owner: { id: state.accountId },
    resource,
    when: new Date(now()).toISOString(),
  })
}
