import { type Balancer, hasSessionAffinity, type ReadPool } from './objects.ts'

/** Sessions that go on for longer than this would keep a rollback from being one. */
const MAX_DRAIN_SECONDS = 60

/**
 * What keeps the weights of a balancer from being the split of its traffic, or a rollback from being over in a minute.
 * Each in words that say how to mend it; where it is mended, the dashboard of Cloudflare calls things so too.
 */
export function obstaclesOf(balancer: Balancer, pools: readonly ReadPool[]): readonly string[] {
  return [...ofBalancer(balancer), ...ofBypasses(balancer), ...ofPools(balancer, pools), ...ofSessions(balancer)]
}

function ofBalancer({ enabled, proxied, steering_policy }: Balancer): readonly string[] {
  const found: string[] = []
  if (enabled === false) found.push('The load balancer is disabled, so nobody reaches its pools. Enable it.')
  // Cloudflare's default is off: then a browser keeps the address that DNS told it, whatever the weights are.
  if (proxied !== true) {
    found.push('The load balancer is not proxied, so a change takes as long as DNS is cached. Switch the proxy on.')
  }
  if (steering_policy !== 'random') {
    const policy = steering_policy === undefined || steering_policy === null ? '' : steering_policy
    const is = policy === '' ? 'No steering policy is set' : `The steering policy is "${policy}"`
    found.push(`${is}, and only "random" follows the weights. Set Traffic steering to Random.`)
  }
  return found
}

function ofBypasses(balancer: Balancer): readonly string[] {
  const { rules, pool_sets, adaptive_routing } = balancer
  const found: string[] = []
  for (const [what, all] of [['Custom rules', rules] as const, ['Pool sets', pool_sets] as const]) {
    const active = (all ?? []).filter(({ disabled }) => disabled !== true)
    const names = active.map(({ name }) => `"${(name ?? 'without a name').slice(0, 60)}"`).slice(0, 5)
    if (active.length > 0) found.push(`${what} send requests past the weights: ${names.join(', ')}. Disable them.`)
  }
  for (const key of ['region_pools', 'country_pools', 'pop_pools'] as const) {
    if (Object.keys(balancer[key] ?? {}).length === 0) continue
    found.push(`"${key}" sends requests from some places to pools of their own. Take it out.`)
  }
  if (adaptive_routing?.failover_across_pools === true) {
    const what = 'Requests that fail in one pool are tried again in the other, which hides errors of the new version.'
    found.push(`${what} Switch "Failover across pools" off.`)
  }
  return found
}

function ofPools({ default_pools, fallback_pool }: Balancer, pools: readonly ReadPool[]): readonly string[] {
  const ids = pools.map(({ pool }) => pool.id)
  const found = pools
    .filter(({ pool }) => !(default_pools ?? []).includes(pool.id))
    .map(({ name }) => `The pool ${name} is not one of the balancer's. Add it there.`)
  const others = (default_pools ?? []).filter((id) => !ids.includes(id))
  if (others.length > 0) {
    const what = `The balancer has pools that are not in the configuration: ${others.slice(0, 5).join(', ')}.`
    found.push(`${what} Take them out of the balancer.`)
  }
  if (fallback_pool !== null && fallback_pool !== undefined && !ids.includes(fallback_pool)) {
    const what = `The fallback pool (${fallback_pool}) is neither of the two, and gets all requests when none is healthy.`
    found.push(`${what} Make one of the two the fallback; which one is then kept right.`)
  }
  return found
}

function ofSessions(balancer: Balancer): readonly string[] {
  const seconds = balancer.session_affinity_attributes?.drain_duration ?? 0
  if (!hasSessionAffinity(balancer) || seconds <= MAX_DRAIN_SECONDS) return []
  const what = `Sessions stay on a pool for ${seconds} s after it was disabled, so a rollback would take that long.`
  return [`${what} Set the drain duration to ${MAX_DRAIN_SECONDS} s or less.`]
}
