/** The services that environments are steered and watched by, made from the configuration and the secrets. */
import type { Config, EnvironmentConfig, Secrets } from './config/config.ts'
import { environmentLookup } from './engine/engine-context.ts'
import type { EnvironmentServices, ReleaseToRoute, ServicesOf } from './engine/environment-services.ts'
import type { FrontendHost } from './engine/frontend-host.ts'
import type { TrafficRouter } from './engine/traffic-router.ts'
import { httpProbe } from './providers/http-probe.ts'

export interface ServicesOptions {
  readonly config: Config
  readonly secrets: Pick<Secrets, 'cloudflareApiToken' | 'supabaseAccessToken' | 'vercelToken' | 'prometheus'>
  readonly now: () => number
  readonly onCall?: (call: AnyCall) => void
}

interface AnyCall {
  readonly service: string
  readonly method: string
  readonly outcome: string
  readonly seconds: number
}

/**
 * Each environment's services are made when they are first asked for, and kept. A router that is made for one release is
 * kept until another release is asked about.
 */
export function environmentServices(options: ServicesOptions): ServicesOf {
  const environmentOf = environmentLookup(options.config)
  const made = new Map<EnvironmentConfig, Promise<EnvironmentServices>>()
  const routed = new Map<
    EnvironmentConfig,
    { readonly release: ReleaseToRoute; readonly router: TrafficRouter | null }
  >()
  return async ({ repository, environment: name, release = null }) => {
    const environment = environmentOf(repository, name)
    if (environment === null) return null
    const known = made.get(environment) ?? makeServices(environment, options)
    made.set(environment, known)
    // Something that could not be loaded is tried for again.
    known.catch(() => made.delete(environment))
    const services = await known
    if (environment.traffic?.type !== 'vercel' || release === null) return services
    const last = routed.get(environment)
    if (last?.release.id === release.id && last.release.liveBefore === release.liveBefore) {
      return { ...services, router: last.router }
    }
    const router = await releaseRouterOf(environment, services.frontend, release, options)
    routed.set(environment, { release, router })
    return { ...services, router }
  }
}

/**
 * @param environment - also one that stands in no configuration file: the command line makes one from its flags
 * @param release - for traffic that is split for one release; without it there is no router for such
 */
export async function makeServices(
  environment: Pick<EnvironmentConfig, 'traffic' | 'metrics' | 'functions' | 'frontend'>,
  options: ServicesOptions,
  release: ReleaseToRoute | null = null,
): Promise<EnvironmentServices> {
  const [router, metrics, functions, frontend] = await Promise.all([
    routerOf(environment, options),
    metricsOf(environment, options),
    functionsOf(environment, options),
    frontendOf(environment, options),
  ])
  const ofRelease = release === null ? null : await releaseRouterOf(environment, frontend, release, options)
  return { router: router ?? ofRelease, metrics, functions, frontend, probe: httpProbe() }
}

type Part<Key extends keyof EnvironmentConfig> = Pick<EnvironmentConfig, Key>

async function routerOf(
  { traffic }: Part<'traffic'>,
  { secrets: { cloudflareApiToken: token }, onCall }: ServicesOptions,
): Promise<TrafficRouter | null> {
  if (traffic?.type !== 'cloudflare' || token === null) return null
  // Loaded only where traffic is split: its client takes half a second.
  const { cloudflareTrafficRouter } = await import('./providers/cloudflare/traffic-router.ts')
  return cloudflareTrafficRouter({ traffic, token, ...(onCall && { onCall }) })
}

async function releaseRouterOf(
  { traffic }: Part<'traffic'>,
  frontend: FrontendHost | null,
  { sha, liveBefore }: ReleaseToRoute,
  { secrets: { vercelToken: token }, onCall }: ServicesOptions,
): Promise<TrafficRouter | null> {
  if (traffic?.type !== 'vercel' || token === null || frontend === null) return null
  const { vercelReleaseRouter } = await import('./providers/vercel/release-router.ts')
  const { apiUrl, project, team, domain } = traffic
  const options = { apiUrl, project, team, domain, token, frontend, sha, liveBefore }
  return vercelReleaseRouter({ ...options, ...(onCall && { onCall }) })
}

async function metricsOf(
  { metrics }: Part<'metrics'>,
  { secrets, now, onCall }: ServicesOptions,
): Promise<EnvironmentServices['metrics']> {
  if (metrics === null) return null
  const { prometheusMetricsSource } = await import('./providers/prometheus/prometheus-metrics-source.ts')
  const { arms, lagMs, source } = metrics
  return prometheusMetricsSource({
    url: source.url,
    auth: secrets.prometheus,
    arms,
    lagMs,
    now,
    ...(onCall && { onCall }),
  })
}

async function functionsOf(
  { functions }: Part<'functions'>,
  { config, secrets: { supabaseAccessToken: token }, onCall }: ServicesOptions,
): Promise<EnvironmentServices['functions']> {
  if (functions === null || token === null) return null
  const { supabaseFunctionsHost } = await import('./providers/supabase/functions-host.ts')
  const { project } = functions
  const host = supabaseFunctionsHost({ apiUrl: config.supabase.apiUrl, project, token, ...(onCall && { onCall }) })
  return { host, project }
}

async function frontendOf(
  { frontend }: Part<'frontend'>,
  { config, secrets: { vercelToken: token }, onCall }: ServicesOptions,
): Promise<EnvironmentServices['frontend']> {
  if (frontend === null || token === null) return null
  const { vercelFrontendHost } = await import('./providers/vercel/frontend-host.ts')
  return vercelFrontendHost({ ...frontend, apiUrl: config.vercel.apiUrl, token, ...(onCall && { onCall }) })
}
