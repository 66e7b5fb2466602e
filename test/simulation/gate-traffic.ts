/** What an environment's traffic is steered and watched by, in process: a balancer with two pools, hosts, metrics, probes. */
import { defaultPolicy } from '../../src/analysis/analysis-policy.ts'
import type { EnvironmentConfig } from '../../src/config/config.ts'
import { rolloutDefaults } from '../../src/config/rollout-defaults.ts'
import type { FrontendHost } from '../../src/engine/frontend-host.ts'
import type { FunctionsHost } from '../../src/engine/functions-host.ts'
import type { HealthProbe } from '../../src/engine/health-probe.ts'
import type { MetricsSource } from '../../src/engine/metrics-source.ts'
import type { TrafficReading, TrafficRouter, WantedTraffic } from '../../src/engine/traffic-router.ts'
import type { FrontendDeployment, FunctionVersion } from '../../src/release/snapshot.ts'
import { measured, type Quality } from '../release/rollout/fixtures.ts'
import { ok } from './gate-service.ts'
import { minute } from './gate-truth.ts'

/** So long measurements are kept, in ms. */
const keptMs = 10 * minute

export class GateTraffic {
  /** Green's share in percent; blue has the rest. */
  green = 0
  quality: Quality = 'good'
  readonly health: Record<string, boolean> = { blue: true, green: true }
  /** Commits that are live there. */
  readonly live = { functions: 'v1', frontend: 'v1' }
  /** Somebody else has changed the split so often. */
  drifts = 0
  now: () => number = () => 0
  /** Called after a change of Sluice's own. */
  onChange: () => void = () => {}

  heal(): void {
    this.quality = 'good'
    this.health.blue = true
    this.health.green = true
  }

  drift(percent: number): void {
    this.green = percent
    this.drifts += 1
  }

  /** The workflow of a release has deployed a version. */
  deploy(version: string): void {
    this.live.functions = version
    this.live.frontend = version
  }

  reading(): TrafficReading {
    const pool = (name: string, percent: number) => ({
      pool: name,
      percent,
      isEnabled: true,
      health: this.health[name] === false ? ('unhealthy' as const) : ('healthy' as const),
    })
    return {
      pools: [pool('blue', 100 - this.green), pool('green', this.green)],
      obstacles: [],
      hasSessionAffinity: false,
    }
  }

  readonly router: TrafficRouter = {
    read: async () => ok(this.reading()),
    apply: async ({ percents }: WantedTraffic) => {
      const before = this.green
      this.green = percents.green ?? 0
      if (this.green !== before) this.onChange()
      return ok(this.reading())
    },
    lastChange: async () => ok({ by: 'eve@acme.dev', at: 0 }),
  }

  readonly functions: FunctionsHost = {
    list: async () => ok([versionOf(this.live.functions)]),
    bundle: async (slug) => {
      const digest = this.live.functions
      return ok({ slug, digest, bytes: new TextEncoder().encode(digest) })
    },
    restore: async ({ functions }) => {
      this.live.functions = functions[0]?.digest ?? this.live.functions
      return ok([versionOf(this.live.functions)])
    },
  }

  readonly frontend: FrontendHost = {
    live: async () => ok(deploymentOf(this.live.frontend)),
    find: async () => ok(null),
    promote: async () => ok({ isLive: true }),
    rollBack: async (id) => {
      this.live.frontend = id
      return ok({ isLive: true })
    },
  }

  readonly metrics: MetricsSource = {
    lagMs: 0,
    measure: async (queries, { from, to }, pools) => {
      // What a canary could show by the past hour is worked out in a thread of its own, by real time: not here.
      if (this.now() - to > keptMs) {
        return Object.fromEntries(Object.keys(queries).map((name) => [name, { type: 'error', detail: 'Not kept' }]))
      }
      const percent = pools?.canary === 'green' ? this.green : 100 - this.green
      const quality = percent > 0 || this.quality === 'away' ? this.quality : 'silent'
      return measured(quality, Math.max(1, percent), from, to).samples
    },
    ping: async () => ok({ skewMs: 0 }),
  }

  readonly probe: HealthProbe = {
    probe: async ({ url }) =>
      this.health[url] === false
        ? { ok: false, reason: 'answer', detail: `${url} answers 500`, latencyMs: 5 }
        : { ok: true, status: 200, latencyMs: 5 },
  }
}

function versionOf(digest: string): FunctionVersion {
  return { slug: 'orders', version: 1, digest, metadata: {} }
}

function deploymentOf(id: string): FrontendDeployment {
  return { id, url: `https://${id}.vercel.app`, sha: null, createdAt: 0 }
}

const errors = defaultPolicy.metrics.filter(({ name }) => name === 'errors')

/** The configuration of an environment whose traffic is split, besides its gate. */
export const shiftedEnvironment: Pick<
  EnvironmentConfig,
  'traffic' | 'functions' | 'frontend' | 'metrics' | 'health' | 'rollout'
> = {
  traffic: {
    type: 'cloudflare',
    target: { pools: ['blue', 'green'] },
    accountId: 'a',
    zoneId: 'z',
    loadBalancerId: 'l',
    poolIds: { blue: 'b', green: 'g' },
    apiUrl: '',
  },
  functions: { host: 'supabase', project: 'p' },
  frontend: { host: 'vercel', project: 'p', team: null, domain: null },
  metrics: {
    source: { type: 'prometheus', url: '' },
    arms: { type: 'pool', label: 'pool' },
    metrics: errors.map(({ type: _, ...metric }) => ({
      ...metric,
      selectors: { type: 'ratio', total: 'total', bad: 'bad' },
    })),
    alpha: defaultPolicy.alpha,
    warmUpMs: 0,
    intervalMs: minute,
    lagMs: 0,
  },
  health: null,
  rollout: { ...rolloutDefaults('UTC'), hold: { remindAfterMs: 30 * minute, limitMs: 60 * minute } },
}
