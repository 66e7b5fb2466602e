/** Everything that a rollout moves and is measured by: a load balancer, edge functions, a frontend, a service, metrics. */
import {
  type SimulatedCloudflare,
  type SimulatedCloudflareOptions,
  startSimulatedCloudflare,
} from '../cloudflare/simulated-cloudflare.ts'
import { type Clock, realClock } from '../github/clock.ts'
import type { DispatchInputs } from '../github/dispatch-spec.ts'
import { type RealPrometheus, startRealPrometheus } from '../prometheus/real-prometheus.ts'
import { type SimulatedManagement, startSimulatedManagement } from '../supabase/simulated-management.ts'
import { type SimulatedVercel, startSimulatedVercel } from '../vercel/simulated-vercel.ts'
import { type RolloutSettings, rolloutSettings } from './rollout-settings.ts'
import { type ServedService, startServedService } from './served-service.ts'

export interface RolloutOptions {
  /** The environment that has all of this. Default `production`; it has to be one of the repository's. */
  readonly environment?: string
  /** As in sluice.yml. Default `10% 8s`, `50% 8s`, `100%`. */
  readonly steps?: readonly string[]
  /** Between two looks at the split and the probes. Default `4s`. */
  readonly interval?: string
  /** A real Prometheus that scrapes every second, which has to be installed. Default false: nothing is measured. */
  readonly hasPrometheus?: boolean
  /** Between two measurements; and how long after the fact samples are there. Defaults `2s`. */
  readonly metricsInterval?: string
  readonly lag?: string
  /** Default `0s`. */
  readonly warmUp?: string
  /** Visitors' requests. Default 300 where there is a Prometheus, otherwise none. */
  readonly requestsPerSecond?: number
  readonly cloudflare?: Omit<SimulatedCloudflareOptions, 'clock' | 'pools'>
  /** Of Cloudflare, Supabase and Vercel. */
  readonly clock?: Clock
}

export interface RolloutWorld {
  readonly cloudflare: SimulatedCloudflare
  readonly supabaseFunctions: SimulatedManagement
  readonly vercel: SimulatedVercel
  /** Null unless it was asked for. */
  readonly prometheus: RealPrometheus | null
  readonly service: ServedService
  /** Tokens by the names of their variables. */
  readonly env: Readonly<Record<string, string>>
  /** For sluice.yml: what the environment says, and sections of the file. */
  readonly settings: RolloutSettings
  /**
   * What the production workflow does before it ends well, for `does` of its `DispatchSpec`: the idle pool gets the new
   * version, edge functions are deployed, and the frontend is promoted.
   */
  deploy(inputs: DispatchInputs): Promise<void>
  close(): Promise<void>
}

/** Of the simulated project. */
const functionSlugs = ['orders', 'notify'] as const
const pools = ['blue', 'green'] as const
const lookEveryMs = 100

export async function startRolloutWorld(options: RolloutOptions = {}): Promise<RolloutWorld> {
  const { clock = realClock, hasPrometheus = false } = options
  const [cloudflare, supabaseFunctions, vercel] = await Promise.all([
    startSimulatedCloudflare({ ...options.cloudflare, clock, pools }),
    startSimulatedManagement({ clock }),
    startSimulatedVercel({ clock }),
  ])
  const service = await startServedService({
    pools,
    route: () => cloudflare.route(),
    requestsPerSecond: options.requestsPerSecond ?? (hasPrometheus ? 300 : 0),
  })
  const prometheus = hasPrometheus
    ? await startRealPrometheus({
        targets: pools.map((pool) => ({ address: service.instances[pool]?.address ?? '', labels: { pool } })),
      })
    : null
  for (const slug of functionSlugs) supabaseFunctions.functions.deploy(slug, `${slug} of before`)
  vercel.production.deploy({})
  const { production } = vercel

  async function promote(sha: string): Promise<void> {
    const { id } = production.deploy({ sha, skipsDomain: true })
    while (production.order('promote', id) === null) await clock.sleep(lookEveryMs)
    const isUnderWay = () => ['pending', 'in-progress'].includes(production.job()?.jobStatus ?? '')
    while (isUnderWay()) await clock.sleep(lookEveryMs)
  }

  return {
    cloudflare,
    supabaseFunctions,
    vercel,
    prometheus,
    service,
    env: {
      CLOUDFLARE_API_TOKEN: cloudflare.token,
      SUPABASE_ACCESS_TOKEN: supabaseFunctions.token,
      VERCEL_TOKEN: vercel.token,
    },
    settings: rolloutSettings({ cloudflare, supabaseFunctions, vercel, prometheus, service }, options),
    async deploy({ sha = '', pool }) {
      if (pool === undefined) throw new Error('The workflow was not told which pool is idle.')
      for (const slug of functionSlugs) supabaseFunctions.functions.deploy(slug, `${slug} of ${sha}`)
      await Promise.all([service.deploy(pool, sha), promote(sha)])
    },
    async close() {
      await prometheus?.remove()
      await Promise.all([service.close(), cloudflare.close(), supabaseFunctions.stop(), vercel.stop()])
    },
  }
}
