/** A simulated Cloudflare and the router that steers by it, for one test. */
import { onTestFinished } from 'vitest'
import {
  type SimulatedCloudflare,
  type SimulatedCloudflareOptions,
  startSimulatedCloudflare,
} from '../../../sandbox/cloudflare/simulated-cloudflare.ts'
import type { CloudflareTraffic } from '../../../src/config/config.ts'
import { Secret } from '../../../src/config/secret.ts'
import type { ServiceResult } from '../../../src/engine/service-failure.ts'
import type { TrafficReading, TrafficRouter } from '../../../src/engine/traffic-router.ts'
import {
  type CloudflareTrafficRouterOptions,
  cloudflareTrafficRouter,
} from '../../../src/providers/cloudflare/traffic-router.ts'

export interface WithCloudflare {
  readonly cloudflare: SimulatedCloudflare
  readonly router: TrafficRouter
  /** What was asked for since the last call of this: `PATCH pools/green`. */
  requests(): readonly string[]
}

export async function withCloudflare(
  options: SimulatedCloudflareOptions = {},
  {
    traffic: differences,
    ...router
  }: Partial<Omit<CloudflareTrafficRouterOptions, 'traffic'>> & { readonly traffic?: Partial<CloudflareTraffic> } = {},
): Promise<WithCloudflare> {
  const cloudflare = await startSimulatedCloudflare(options)
  onTestFinished(() => cloudflare.close())
  const { blue = '', green = '' } = cloudflare.poolIds
  const traffic: CloudflareTraffic = {
    type: 'cloudflare',
    target: { pools: ['blue', 'green'] },
    accountId: cloudflare.accountId,
    zoneId: cloudflare.zoneId,
    loadBalancerId: cloudflare.loadBalancerId,
    poolIds: { blue, green },
    apiUrl: cloudflare.apiUrl,
    ...differences,
  }
  let seen = 0
  return {
    cloudflare,
    router: cloudflareTrafficRouter({ traffic, token: new Secret(cloudflare.token), ...router }),
    requests() {
      const fresh = cloudflare.requests.slice(seen)
      seen = cloudflare.requests.length
      return fresh.map(({ method, path }) => {
        const short = path
          .replace(/^\/client\/v4\/(?:zones|accounts)\/\w+\/(?:load_balancers\/(?=pools))?/, '')
          .replace(`load_balancers/${cloudflare.loadBalancerId}`, 'balancer')
          .replace(blue, 'blue')
          .replace(green, 'green')
        return `${method} ${short}`
      })
    },
  }
}

/** What was answered. @throws when it failed */
export function valueIn<T>(result: ServiceResult<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.failure))
  return result.value
}

/** `blue 95 green 5`; a pool that is off has a `-` after it, one that is not healthy what it is. */
export function short({ pools }: TrafficReading): string {
  return pools
    .map(({ pool, percent, isEnabled, health }) =>
      [pool, percent, isEnabled ? '' : 'off', health === 'healthy' ? '' : health]
        .filter((part) => part !== '')
        .join(' '),
    )
    .join(', ')
}
