/**
 * The traffic of an environment behind a load balancer of Cloudflare, split between two of its pools by `random` steering
 * and weights. What is sent is absolute and names every pool, so that it may be sent twice and leaves nothing to defaults.
 */
import type { ServiceFailure, ServiceResult } from '../../engine/service-failure.ts'
import type { TrafficChange, TrafficReading, TrafficRouter, WantedTraffic } from '../../engine/traffic-router.ts'
import { type CloudflareCallsOptions, cloudflareCalls } from './cloudflare-calls.ts'
import { type AuditEntry, type Balancer, isEnabled, type ReadPool } from './objects.ts'
import { trafficReading } from './traffic-reading.ts'

export type CloudflareTrafficRouterOptions = CloudflareCallsOptions

interface State {
  readonly balancer: Balancer
  readonly pools: readonly ReadPool[]
}

type AnyResult = ServiceResult<unknown>

export function cloudflareTrafficRouter(options: CloudflareTrafficRouterOptions): TrafficRouter {
  const { target, poolIds, loadBalancerId } = options.traffic
  const calls = cloudflareCalls(options)

  const idOf = (name: string): string => {
    const id = poolIds[name]
    if (id === undefined) throw new Error(`There is no pool ${name} in the configuration.`)
    return id
  }

  async function readPool(name: string): Promise<ServiceResult<ReadPool>> {
    const [pool, health] = await Promise.all([calls.pool(idOf(name)), calls.health(idOf(name))])
    return pool.ok ? { ok: true, value: { name, pool: pool.value, health } } : pool
  }

  async function readState(): Promise<ServiceResult<State>> {
    const [balancer, ...pools] = await Promise.all([calls.balancer(), ...target.pools.map(readPool)])
    if (!balancer.ok) return balancer
    const read: ReadPool[] = []
    for (const pool of pools) {
      if (!pool.ok) return pool
      read.push(pool.value)
    }
    return { ok: true, value: { balancer: balancer.value, pools: read } }
  }

  /** Asks first, because it is on nearly always, and what only asks may be repeated. */
  async function ensureOn(name: string): Promise<AnyResult> {
    const pool = await calls.pool(idOf(name))
    return pool.ok && isEnabled(pool.value) ? pool : await calls.setEnabled(idOf(name), true)
  }

  /** First the weights, and whatever shall serve is on; only then is anything switched off. */
  async function change(wanted: WantedTraffic): Promise<AnyResult> {
    const { percents, disabled } = wanted
    const serving = disabled.length === 0 ? [] : target.pools.filter((name) => (percents[name] ?? 0) > 0)
    const [weighed, ...switchedOn] = await Promise.all([calls.setWeights(weightsOf(wanted)), ...serving.map(ensureOn)])
    if (switchedOn.some(({ ok }) => !ok)) return worstOf([weighed, ...switchedOn]) ?? weighed
    // Also when the weights were not taken: without its pool, no request goes to the version that shall get none.
    const switchedOff = await Promise.all(disabled.map((name) => calls.setEnabled(idOf(name), false)))
    return worstOf([weighed, ...switchedOn, ...switchedOff]) ?? weighed
  }

  const weightsOf = ({ percents }: WantedTraffic) =>
    Object.fromEntries(target.pools.map((name) => [idOf(name), (percents[name] ?? 0) / 100]))

  /** Whether everything is as it was sent: then it does not matter that an answer was lost. */
  function isInForce({ balancer, pools }: State, wanted: WantedTraffic): boolean {
    const weights = balancer.random_steering?.pool_weights ?? {}
    const areEqual = Object.entries(weightsOf(wanted)).every(([id, weight]) => weights[id] === weight)
    const areOn = pools.every(({ name, pool }) => isEnabled(pool) !== wanted.disabled.includes(name))
    return balancer.steering_policy === 'random' && areEqual && areOn
  }

  /** Switches on what was found off and is not meant to be. Nothing to do in the normal case. */
  async function switchOn(state: State, { disabled }: WantedTraffic): Promise<ServiceResult<State>> {
    const off = state.pools.filter(({ name, pool }) => !isEnabled(pool) && !disabled.includes(name))
    if (off.length === 0) return { ok: true, value: state }
    const switchedOn = await Promise.all(off.map(({ pool }) => calls.setEnabled(pool.id, true)))
    // The weights are set already.
    return worstOf([{ ok: true, value: null }, ...switchedOn]) ?? (await readAfterChange())
  }

  /**
   * The fallback gets everything when no pool is healthy, and so must not be the one that gets little or nothing. One that
   * is neither of the two is somebody's page for such times: it is told, and left alone. That it cannot be moved makes no
   * split wrong, and so fails nothing.
   *
   * @returns what to tell about it; empty when it is right
   */
  async function moveFallback({ balancer, pools }: State, { percents }: WantedTraffic): Promise<readonly string[]> {
    const main = target.pools.find((name) => (percents[name] ?? 0) > 50)
    const fallback = pools.find(({ pool }) => pool.id === balancer.fallback_pool)
    if (main === undefined || fallback === undefined || fallback.name === main) return []
    const moved = await calls.setFallback(idOf(main))
    if (moved.ok) return []
    return [
      `The fallback pool could not be set to ${main}: while no pool is healthy, all requests go to ${fallback.name}.`,
    ]
  }

  async function readAfterChange(): Promise<ServiceResult<State>> {
    const state = await readState()
    if (state.ok || state.failure.type !== 'unavailable') return state
    return { ok: false, failure: { ...state.failure, mayHaveHappened: true } }
  }

  return {
    async read() {
      const state = await readState()
      return state.ok ? { ok: true, value: toReading(state.value) } : state
    },
    async apply(wanted) {
      checkWanted(wanted, target.pools)
      const changed = await change(wanted)
      if (!changed.ok && changed.failure.type !== 'unavailable') return changed
      const state = await readAfterChange()
      if (!changed.ok && !(state.ok && isInForce(state.value, wanted))) return changed
      if (!state.ok) return state
      const complete = await switchOn(state.value, wanted)
      if (!complete.ok) return complete
      const told = await moveFallback(complete.value, wanted)
      const reading = toReading(complete.value)
      return { ok: true, value: { ...reading, obstacles: [...reading.obstacles, ...told] } }
    },
    async lastChange() {
      const entries = await calls.auditLog()
      if (!entries.ok) return entries
      const ids = [loadBalancerId, ...Object.values(poolIds)]
      return { ok: true, value: newestChange(entries.value ?? [], ids) }
    },
  }
}

function toReading({ balancer, pools }: State): TrafficReading {
  return trafficReading(balancer, pools)
}

/** @throws on what cannot be meant: that is a mistake of the caller */
function checkWanted({ percents, disabled }: WantedTraffic, pools: readonly string[]): void {
  const shares = pools.map((name) => percents[name])
  const isWhole = shares.every((share) => share !== undefined && Number.isInteger(share) && share >= 0)
  const sum = shares.reduce<number>((total, share) => total + (share ?? 0), 0)
  const isComplete = isWhole && sum === 100 && Object.keys(percents).length === pools.length
  const isContradiction = disabled.some((name) => !pools.includes(name) || percents[name] !== 0)
  if (isComplete && !isContradiction) return
  const wanted = JSON.stringify({ percents, disabled })
  throw new Error(`This is no split between ${pools.join(' and ')}, with those off that get nothing: ${wanted}`)
}

/** Of several calls the failure that a person has to mend, before those that time mends; it tells what any has done. */
function worstOf(results: readonly AnyResult[]): (AnyResult & { readonly ok: false }) | null {
  const order: readonly ServiceFailure['type'][] = [
    'unauthorized',
    'not_found',
    'rejected',
    'rate_limited',
    'unavailable',
  ]
  const failures = results.flatMap((result) => (result.ok ? [] : [result.failure]))
  const [worst] = failures.toSorted((a, b) => order.indexOf(a.type) - order.indexOf(b.type))
  if (worst === undefined) return null
  if (worst.type !== 'unavailable') return { ok: false, failure: worst }
  const mayHaveHappened =
    failures.length < results.length || failures.some((one) => one.type === 'unavailable' && one.mayHaveHappened)
  return { ok: false, failure: { ...worst, mayHaveHappened } }
}

function newestChange(entries: readonly AuditEntry[], ids: readonly string[]): TrafficChange | null {
  const changes = entries.flatMap(({ action, actor, metadata, resource, when }): readonly TrafficChange[] => {
    const isOurs = ids.includes(resource?.id ?? '') && action?.result !== false
    if (!isOurs || when === null || when === undefined) return []
    const token = metadata?.token_name ?? null
    const person = actor?.email ?? actor?.type ?? actor?.id ?? 'somebody'
    return [{ by: token === null ? person : `${person} (token ${token})`, at: Date.parse(when) }]
  })
  return changes.toSorted((a, b) => b.at - a.at)[0] ?? null
}
