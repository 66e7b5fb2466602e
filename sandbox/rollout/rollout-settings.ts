import type { RolloutOptions, RolloutWorld } from './rollout-world.ts'

export type RolloutSettings = ReturnType<typeof rolloutSettings>

/** What a team would write into its sluice.yml to roll out with these services. */
export function rolloutSettings(
  {
    cloudflare,
    supabaseFunctions,
    vercel,
    prometheus,
    service,
  }: Pick<RolloutWorld, 'cloudflare' | 'supabaseFunctions' | 'vercel' | 'prometheus' | 'service'>,
  options: RolloutOptions,
) {
  const {
    interval = '4s',
    metricsInterval = '2s',
    steps = ['10% 8s', '50% 8s', '100%'],
    warmUp = '0s',
    lag = '2s',
  } = options
  return {
    /** Of the environment. */
    name: options.environment ?? 'production',
    environment: {
      steps,
      traffic: {
        cloudflare: {
          account: cloudflare.accountId,
          zone: cloudflare.zoneId,
          load_balancer: cloudflare.loadBalancerId,
          pools: cloudflare.poolIds,
          api_url: cloudflare.apiUrl,
        },
      },
      functions: { supabase: { project: supabaseFunctions.project } },
      frontend: { vercel: { project: vercel.project, team: vercel.team } },
      health: { canary: service.healthUrl, interval },
      ...(prometheus === null
        ? {}
        : {
            metrics: {
              source: prometheus.url,
              arms: { label: 'pool' },
              select: '{job="service"}',
              // A world where what is good fails by chance is of no use.
              alpha: 0.001,
              warm_up: warmUp,
              interval: metricsInterval,
              lag,
            },
          }),
    },
    file: { supabase: { api_url: supabaseFunctions.apiUrl }, vercel: { api_url: vercel.url } },
  }
}
