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

/** Finds an environment's services, by its name; null when there is no such environment. */
export type ServicesOf = (place: {
  readonly repository: string
  readonly environment: string
}) => Promise<EnvironmentServices | null>
