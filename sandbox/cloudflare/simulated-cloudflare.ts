/**
 * A Cloudflare account with one zone, a load balancer (or more) and its pools, over real HTTP on 127.0.0.1: the API with
 * its limits and errors, the edge that sends requests where the weights say, and people who change things in the dashboard.
 */
import { type Clock, realClock } from '../github/clock.ts'
import { seededRandom } from '../github/seeded-random.ts'
import { type ApiFaults, createApiFaults } from '../json-api/faults.ts'
import { type SeenApiRequest, serveApi } from '../json-api/serve-api.ts'
import type { BalancerPatch, PoolPatch } from './bodies.ts'
import { type Editing, editBalancer, editPool } from './edit.ts'
import { errorEnvelope } from './envelope.ts'
import { createGuard } from './guard.ts'
import { cloudflareRoutes } from './routes.ts'
import { createEdge } from './routing.ts'
import {
  type ApiToken,
  type AuditLog,
  type CloudflareState,
  noteEdge,
  type StoredBalancer,
  type StoredPool,
} from './state.ts'

export interface SimulatedCloudflareOptions {
  readonly clock?: Clock
  /** The same seed and the same requests give the same routes. Default 1. */
  readonly seed?: number
  /** Names of the pools; the first serves. Default blue and green. */
  readonly pools?: readonly string[]
  /** Pools that nothing checks. */
  readonly withoutMonitor?: readonly string[]
  readonly balancer?: BalancerPatch
  /** By secret. Default: one that may do everything. */
  readonly tokens?: Readonly<Record<string, ApiToken>>
  /** How long a monitor takes to notice. Default 0. */
  readonly monitorDelayMs?: number
  /** How long the edge takes to go by a change. Default 0. */
  readonly propagationMs?: number
  /** Weights come back rounded up to whole steps of this. Default 0: as they were sent. */
  readonly weightStep?: number
  /** Requests in five minutes. Default 1200. */
  readonly rateLimit?: number
}

/** What a person does in the dashboard. */
export interface Dashboard {
  editBalancer(change: BalancerPatch): void
  /** Weights in percent by pool name. */
  setPercents(percents: Readonly<Record<string, number>>): void
  editPool(name: string, change: PoolPatch): void
}

/** One more balancer of the zone, with pools of its own. */
export interface OtherBalancer {
  readonly loadBalancerId: string
  /** Id of each pool by its name. */
  readonly poolIds: Readonly<Record<string, string>>
  /** Weights in percent by pool name, as the API has them now. */
  percents(): Readonly<Record<string, number>>
  /** Sets them, as a person does in the dashboard. */
  setPercents(percents: Readonly<Record<string, number>>): void
}

export interface SimulatedCloudflare {
  /** `http://127.0.0.1:PORT/client/v4` */
  readonly apiUrl: string
  readonly accountId: string
  readonly zoneId: string
  readonly loadBalancerId: string
  /** Id of each pool by its name. */
  readonly poolIds: Readonly<Record<string, string>>
  readonly token: string
  readonly faults: ApiFaults
  /** Every request so far, oldest first. Tokens are never in it. */
  readonly requests: readonly SeenApiRequest[]
  balancer(): StoredBalancer
  /** Like the first one, with pools named like the first one's. */
  addBalancer(): OtherBalancer
  pool(name: string): StoredPool
  audit(): readonly AuditLog[]
  dashboard(email: string): Dashboard
  /** The service behind a pool is well or not from now on; monitors notice after their delay. */
  setHealth(pool: string, isHealthy: boolean): void
  /** To which pool a request goes; null when nobody answers. */
  route(session?: string): string | null
  setWeightStep(step: number): void
  setPropagation(ms: number): void
  /** From now on the edge goes by how things are now, whatever is configured; or no longer. */
  freezeEdge(isFrozen: boolean): void
  exhaustRateLimit(): void
  revokeToken(): void
  close(): Promise<void>
}

export async function startSimulatedCloudflare(options: SimulatedCloudflareOptions = {}): Promise<SimulatedCloudflare> {
  const { clock = realClock, seed = 1, pools = ['blue', 'green'], monitorDelayMs = 0 } = options
  const random = seededRandom(seed)
  const newId = () => random.uuid().replaceAll('-', '')
  const token = `cfat_${newId()}${newId().slice(0, 16)}`
  const everything: ApiToken = {
    name: 'sluice',
    actor: 'sluice@omnihub.dev',
    permissions: ['load_balancers', 'pools', 'audit_logs'],
  }
  const state: CloudflareState = {
    accountId: newId(),
    zoneId: newId(),
    balancers: new Map(),
    pools: new Map(),
    health: new Map(),
    disabledAt: new Map(),
    edge: new Map(),
    audit: [],
    tokens: new Map(Object.entries(options.tokens ?? { [token]: everything })),
  }
  const now = () => clock.now()
  let { weightStep = 0, propagationMs = 0 } = options
  const editing: Editing = { state, now, weightStep: () => weightStep }

  function setUp(): { readonly poolIds: Readonly<Record<string, string>>; readonly balancer: StoredBalancer } {
    const ids = Object.fromEntries(pools.map((name) => [name, newId()]))
    for (const [name, id] of Object.entries(ids)) {
      state.pools.set(id, { id, name, enabled: true, minimum_origins: 1, origins: [{ name, address: '192.0.2.1' }] })
      if (!options.withoutMonitor?.includes(name)) state.health.set(id, [{ at: 0, isHealthy: true }])
    }
    const made = newBalancer(newId(), Object.values(ids), options.balancer)
    state.balancers.set(made.id, made)
    noteEdge(state, made.id, 0)
    return { poolIds: ids, balancer: made }
  }
  const { poolIds, balancer } = setUp()
  const poolId = (name: string): string => {
    const id = poolIds[name]
    if (id === undefined) throw new Error(`There is no pool ${name}.`)
    return id
  }

  const faults = createApiFaults(random.next)
  const requests: SeenApiRequest[] = []
  const guard = createGuard(state, now, options.rateLimit)
  const server = await serveApi({
    routes: cloudflareRoutes(editing, (request) => {
      const { actor, name } = guard.tokenOf(request)
      return { email: actor, tokenName: name }
    }),
    faults,
    sleep: (ms) => clock.sleep(ms),
    prefix: '/client/v4',
    guard: guard.check,
    commonHeaders: guard.headers,
    errorBody: (status) => errorEnvelope([errorOf(status)]),
    onRequest: (request) => requests.push(request),
  })
  let frozenAt: number | null = null
  const edge = createEdge({
    state,
    now,
    random: random.next,
    propagationMs: () => (frozenAt === null ? propagationMs : propagationMs + now() - frozenAt),
  })
  const theBalancer = () => state.balancers.get(balancer.id) ?? balancer
  const thePool = (name: string): StoredPool => {
    const pool = state.pools.get(poolId(name))
    if (pool === undefined) throw new Error(`There is no pool ${name}.`)
    return pool
  }

  return {
    apiUrl: `${server.url}/client/v4`,
    accountId: state.accountId,
    zoneId: state.zoneId,
    loadBalancerId: balancer.id,
    poolIds,
    token,
    faults,
    requests,
    balancer: theBalancer,
    addBalancer() {
      const { poolIds: ids, balancer: other } = setUp()
      const now = () => state.balancers.get(other.id) ?? other
      return {
        loadBalancerId: other.id,
        poolIds: ids,
        percents() {
          const weights = now().random_steering.pool_weights ?? {}
          return Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, (weights[id] ?? 0) * 100]))
        },
        setPercents(percents) {
          const weights = Object.entries(percents).map(([name, percent]) => [ids[name] ?? '', percent / 100])
          const change = { random_steering: { default_weight: 0, pool_weights: Object.fromEntries(weights) } }
          const edited = editBalancer(editing, now(), change, false, { email: 'ops@omnihub.dev', tokenName: null })
          if (!edited.ok) throw new Error(edited.what)
        },
      }
    },
    pool: thePool,
    audit: () => state.audit,
    dashboard(email) {
      const author = { email, tokenName: null }
      const edit = (change: BalancerPatch) => {
        const edited = editBalancer(editing, theBalancer(), change, false, author)
        if (!edited.ok) throw new Error(edited.what)
      }
      return {
        editBalancer: edit,
        setPercents(percents) {
          const weights = Object.entries(percents).map(([name, percent]) => [poolId(name), percent / 100])
          edit({ steering_policy: 'random', random_steering: { pool_weights: Object.fromEntries(weights) } })
        },
        editPool: (name, change) => {
          editPool(editing, thePool(name), change, author)
        },
      }
    },
    setHealth(name, isHealthy) {
      const changes = state.health.get(poolId(name))
      if (changes === undefined) throw new Error(`Nothing checks the pool ${name}.`)
      changes.push({ at: now() + monitorDelayMs, isHealthy })
    },
    route(session) {
      const routed = edge.route(balancer.id, session)
      return Object.entries(poolIds).find(([, id]) => id === routed?.poolId)?.[0] ?? null
    },
    setWeightStep(step) {
      weightStep = step
    },
    setPropagation(ms) {
      propagationMs = ms
    },
    freezeEdge(isFrozen) {
      frozenAt = isFrozen ? now() : null
    },
    exhaustRateLimit: () => guard.exhaust(token),
    revokeToken: () => state.tokens.clear(),
    close: server.close,
  }
}

/** As a team sets one up for releases: random steering, the first pool serves. */
function newBalancer(id: string, pools: readonly string[], change: BalancerPatch = {}): StoredBalancer {
  const [first = ''] = pools
  const { random_steering = {}, ...plain } = change
  const weights = Object.fromEntries(pools.map((pool) => [pool, pool === first ? 1 : 0]))
  return {
    id,
    name: 'omnihub.example',
    enabled: true,
    proxied: true,
    steering_policy: 'random',
    random_steering: { default_weight: 0, pool_weights: weights, ...random_steering },
    default_pools: [...pools],
    fallback_pool: first,
    session_affinity: 'none',
    rules: [],
    pool_sets: [],
    region_pools: {},
    country_pools: {},
    pop_pools: {},
    adaptive_routing: { failover_across_pools: false },
    ...plain,
  }
}

function errorOf(status: number): { readonly code: number; readonly message: string } {
  switch (status) {
    case 401:
      return { code: 1000, message: 'Invalid API Token' }
    case 403:
      return { code: 10_000, message: 'Authentication error' }
    case 404:
      return { code: 7000, message: 'No route for that URI' }
    case 429:
      return { code: 971, message: 'Please wait and consider throttling your request speed' }
    default:
      return { code: 10_001, message: 'Internal server error' }
  }
}
