/**
 * The calls that a split of traffic takes: each with a time limit, and failures as values.
 *
 * The SDK is large, and takes more than half a second to load: import this where traffic is split, and not before.
 */
import Cloudflare from 'cloudflare'
import { z } from 'zod'
import type { CloudflareTraffic } from '../../config/config.ts'
import type { Secret } from '../../config/secret.ts'
import type { ServiceFailure, ServiceResult } from '../../engine/service-failure.ts'
import { type CallDescription, cloudflareFailure, isForbidden } from './cloudflare-failure.ts'
import { AuditEntry, Balancer, Health, Pool } from './objects.ts'

/** One call to Cloudflare, for metrics. `outcome` is `ok` or the type of the failure. */
export interface CloudflareCall {
  readonly service: 'cloudflare'
  readonly method: string
  readonly outcome: 'ok' | ServiceFailure['type']
  readonly seconds: number
}

export interface CloudflareCallsOptions {
  readonly traffic: CloudflareTraffic
  readonly token: Secret
  /** Longest time for one call, milliseconds. Default 5 s. */
  readonly timeoutMs?: number
  readonly onCall?: (call: CloudflareCall) => void
}

export interface CloudflareCalls {
  balancer(): Promise<ServiceResult<Balancer>>
  /**
   * Random steering by these weights and nothing else: a pool that somebody adds gets nothing before it is named here.
   *
   * @param weights - 0 to 1, by pool id
   */
  setWeights(weights: Readonly<Record<string, number>>): Promise<ServiceResult<Balancer>>
  setFallback(id: string): Promise<ServiceResult<Balancer>>
  pool(id: string): Promise<ServiceResult<Pool>>
  setEnabled(id: string, isEnabled: boolean): Promise<ServiceResult<Pool>>
  /** Null where nothing checks the pool, and where it could not be told in time: that is no reason to know less. */
  health(id: string): Promise<Health | null>
  /** Newest first; null when the token may not read it. */
  auditLog(): Promise<ServiceResult<readonly AuditEntry[] | null>>
}

/** The health of pools, and which is the fallback, are worth less waiting than where the traffic goes. */
const HASTY_TIMEOUT_MS = 2_000

/**
 * What only reads is asked again at once when it fails quickly: a reading takes several calls, and must not fail for one.
 * What changes something is sent once, because a second one could land after another change.
 */
const READ_ATTEMPTS = 3

/** By token, then by address and time limit. A client takes 50 KB, and says nothing of the environment that it is for. */
const clients = new WeakMap<Secret, Map<string, Cloudflare>>()

function clientWith(token: Secret, apiUrl: string, limitMs: number): Cloudflare {
  const ofToken = clients.get(token) ?? new Map<string, Cloudflare>()
  clients.set(token, ofToken)
  const key = `${limitMs} ${apiUrl}`
  const client = ofToken.get(key) ?? newClient(token, apiUrl, limitMs)
  ofToken.set(key, client)
  return client
}

function newClient(token: Secret, apiUrl: string, limitMs: number): Cloudflare {
  return new Cloudflare({
    apiToken: token.reveal(),
    // What the SDK would otherwise look for in the environment.
    apiKey: null,
    apiEmail: null,
    userServiceKey: null,
    baseURL: apiUrl,
    maxRetries: 0,
    timeout: limitMs,
    logLevel: 'off',
    // The SDK's own limit ends with the headers; this one with the last byte.
    fetch: (url, init) => {
      const signals = [AbortSignal.timeout(limitMs), ...(init?.signal ? [init.signal] : [])]
      return fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.any(signals) })
    },
  })
}

export function cloudflareCalls(options: CloudflareCallsOptions): CloudflareCalls {
  const { traffic, timeoutMs = 5_000, onCall } = options
  const { accountId, zoneId, loadBalancerId } = traffic
  const token = options.token.reveal()
  const client = clientWith(options.token, traffic.apiUrl, timeoutMs)
  const hastyClient = clientWith(options.token, traffic.apiUrl, Math.min(timeoutMs, HASTY_TIMEOUT_MS))

  async function attempt<T>(
    description: CallDescription,
    work: () => Promise<unknown>,
    schema: z.ZodType<T>,
  ): Promise<ServiceResult<T>> {
    const startedAt = performance.now()
    const done = (outcome: CloudflareCall['outcome']) => {
      const seconds = (performance.now() - startedAt) / 1000
      onCall?.({ service: 'cloudflare', method: description.method, outcome, seconds })
    }
    try {
      const value = schema.parse(await work())
      done('ok')
      return { ok: true, value }
    } catch (error) {
      const failure = cloudflareFailure(error, description, [token])
      done(failure.type)
      return { ok: false, failure }
    }
  }

  async function call<T>(
    description: CallDescription,
    work: () => Promise<unknown>,
    schema: z.ZodType<T>,
  ): Promise<ServiceResult<T>> {
    const startedAt = performance.now()
    for (let attempts = 1; ; attempts += 1) {
      const result = await attempt(description, work, schema)
      const isLast = description.isChange || attempts === READ_ATTEMPTS || performance.now() - startedAt > timeoutMs / 2
      if (result.ok || result.failure.type !== 'unavailable' || isLast) return result
    }
  }

  const ofBalancer = `load balancer ${loadBalancerId}`
  const ofZone = { zone_id: zoneId }
  const ofAccount = { account_id: accountId }

  return {
    balancer: () =>
      call(
        { method: 'loadBalancers.get', object: ofBalancer, isChange: false },
        () => client.loadBalancers.get(loadBalancerId, ofZone),
        Balancer,
      ),
    setWeights: (weights) =>
      call(
        { method: 'loadBalancers.edit', object: ofBalancer, isChange: true },
        () =>
          client.loadBalancers.edit(loadBalancerId, {
            ...ofZone,
            steering_policy: 'random',
            random_steering: { default_weight: 0, pool_weights: { ...weights } },
          }),
        Balancer,
      ),
    setFallback: (id) =>
      call(
        { method: 'loadBalancers.edit', object: ofBalancer, isChange: true },
        () => hastyClient.loadBalancers.edit(loadBalancerId, { ...ofZone, fallback_pool: id }),
        Balancer,
      ),
    pool: (id) =>
      call(
        { method: 'loadBalancers.pools.get', object: `pool ${id}`, isChange: false },
        () => client.loadBalancers.pools.get(id, ofAccount),
        Pool,
      ),
    setEnabled: (id, isEnabled) =>
      call(
        { method: 'loadBalancers.pools.edit', object: `pool ${id}`, isChange: true },
        () => client.loadBalancers.pools.edit(id, { ...ofAccount, enabled: isEnabled }),
        Pool,
      ),
    async health(id) {
      const health = await call(
        { method: 'loadBalancers.pools.health.get', object: `pool ${id}`, isChange: false },
        () => hastyClient.loadBalancers.pools.health.get(id, ofAccount),
        Health,
      )
      return health.ok ? health.value : null
    },
    auditLog: () =>
      call(
        { method: 'auditLogs.list', object: `account ${accountId}`, isChange: false },
        async () => {
          try {
            const page = await client.auditLogs.list({ ...ofAccount, direction: 'desc', per_page: 100 })
            return page.result
          } catch (error) {
            if (isForbidden(error)) return null
            throw error
          }
        },
        z.array(AuditEntry).nullable(),
      ),
  }
}
