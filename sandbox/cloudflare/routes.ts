/** The calls that exist, each as the API's reference has it. */
import type { HealthGetResponse } from 'cloudflare/resources/load-balancers/pools/health'
import type { ApiRequest, ApiRoute } from '../json-api/serve-api.ts'
import { BalancerPatch, BalancerPut, firstFault, PoolPatch } from './bodies.ts'
import { type Author, type Editing, editBalancer, editPool } from './edit.ts'
import { invalid, noRoute, notFound, page, result } from './envelope.ts'
import { type AuditLog, healthAt, type StoredBalancer, type StoredPool } from './state.ts'

/** Documented as one report for all places, answered as one for each of them. */
type HealthAnswer = Omit<HealthGetResponse, 'pop_health'> & {
  readonly pop_health: Readonly<Record<string, HealthGetResponse['pop_health']>>
}

/** Places that checks come from; the last hears of a change like the others. */
const places = ['Amsterdam, NL', 'Ashburn, VA, US', 'Singapore, SG']

export function cloudflareRoutes(editing: Editing, authorOf: (request: ApiRequest) => Author): readonly ApiRoute[] {
  const { state, now } = editing

  const inZone = (path: string, handle: (request: ApiRequest) => ReturnType<ApiRoute['handle']>): ApiRoute => ({
    path: path.replace('ZONE', '/zones/{zone}/load_balancers'),
    handle: (request) => (request.params.zone === state.zoneId ? handle(request) : noRoute(request.url.pathname)),
  })
  const inAccount = (path: string, handle: (request: ApiRequest) => ReturnType<ApiRoute['handle']>): ApiRoute => ({
    path: path.replace('ACCOUNT', '/accounts/{account}'),
    handle: (request) => (request.params.account === state.accountId ? handle(request) : noRoute(request.url.pathname)),
  })
  const withBalancer = (handle: (request: ApiRequest, balancer: StoredBalancer) => ReturnType<ApiRoute['handle']>) => {
    return (request: ApiRequest) => {
      const balancer = state.balancers.get(request.params.id ?? '')
      return balancer === undefined ? notFound('load balancer') : handle(request, balancer)
    }
  }
  const withPool = (handle: (request: ApiRequest, pool: StoredPool) => ReturnType<ApiRoute['handle']>) => {
    return (request: ApiRequest) => {
      const pool = state.pools.get(request.params.id ?? '')
      return pool === undefined ? notFound('pool') : handle(request, pool)
    }
  }

  const change = (schema: typeof BalancerPatch | typeof BalancerPut, isWhole: boolean) =>
    withBalancer((request, balancer) => {
      const sent = schema.safeParse(request.body)
      if (!sent.success) return invalid(firstFault(sent.error))
      const edited = editBalancer(editing, balancer, sent.data, isWhole, authorOf(request))
      return edited.ok ? result(edited.value) : invalid(edited.what)
    })

  return [
    inZone('GET ZONE', (request) => page(request, [...state.balancers.values()], 50, 50)),
    inZone(
      'GET ZONE/{id}',
      withBalancer((_, balancer) => result(balancer)),
    ),
    inZone('PATCH ZONE/{id}', change(BalancerPatch, false)),
    inZone('PUT ZONE/{id}', change(BalancerPut, true)),
    inAccount('GET ACCOUNT/load_balancers/pools', (request) => page(request, [...state.pools.values()], 50, 50)),
    inAccount(
      'GET ACCOUNT/load_balancers/pools/{id}',
      withPool((_, pool) => result(pool)),
    ),
    inAccount(
      'PATCH ACCOUNT/load_balancers/pools/{id}',
      withPool((request, pool) => {
        const sent = PoolPatch.safeParse(request.body)
        if (!sent.success) return invalid(firstFault(sent.error))
        return result(editPool(editing, pool, sent.data, authorOf(request)))
      }),
    ),
    inAccount(
      'GET ACCOUNT/load_balancers/pools/{id}/health',
      withPool((_, pool) => {
        if (!state.health.has(pool.id)) return notFound('Health info unavailable')
        const healthy = healthAt(state, pool, now())
        const answer: HealthAnswer = {
          pool_id: pool.id,
          pop_health:
            healthy === null ? {} : Object.fromEntries(places.map((place) => [place, { healthy, origins: [] }])),
        }
        return result(answer)
      }),
    ),
    inAccount('GET ACCOUNT/audit_logs', (request) => page(request, auditLogs(state.audit, request.url), 100, 1000)),
  ]
}

/** Newest first unless `direction=asc`, from `since` to `before`. */
function auditLogs(all: readonly AuditLog[], { searchParams }: URL): readonly AuditLog[] {
  const [since, before] = ['since', 'before'].map((key) => searchParams.get(key))
  const found = all.filter(
    ({ when = '' }) =>
      (since === null || since === undefined || Date.parse(when) >= Date.parse(since)) &&
      (before === null || before === undefined || Date.parse(when) <= Date.parse(before)),
  )
  return searchParams.get('direction') === 'asc' ? found.toReversed() : found
}
