import type { FrontendHost } from './frontend-host.ts'
import type { FunctionsHost } from './functions-host.ts'
import type { HealthProbe } from './health-probe.ts'
import type { MetricsSource } from './metrics-source.ts'
import type { TrafficRouter } from './traffic-router.ts'

/** What an environment is steered and watched by; each is null where it has none, or its secret is not set. */
export interface EnvironmentServices {
  readonly router: TrafficRouter | null
  readonly metrics: MetricsSource | null
  readonly functions: { readonly host: FunctionsHost; readonly project: string } | null
  readonly frontend: FrontendHost | null
  readonly probe: HealthProbe
}

/** What a router needs to know that is made for one release (Vercel: its two deployments). */
export interface ReleaseToRoute {
  readonly id: string
  readonly sha: string
  /** Id of the frontend's deployment that was live before it; null when that was not recorded. */
  readonly liveBefore: string | null
}

/**
 * Finds an environment's services, by its name; null when there is no such environment. Where routers are made for one
 * release, there is one only if `release` is given.
 */
export type ServicesOf = (place: {
  readonly repository: string
  readonly environment: string
  readonly release?: ReleaseToRoute | null
}) => Promise<EnvironmentServices | null>
