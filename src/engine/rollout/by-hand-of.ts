import type { Config, EnvironmentConfig } from '../../config/config.ts'
import { frontendByHand, functionsByHand, trafficByHand } from '../../release/by-hand.ts'
import type { Rollout } from '../../release/rollout/rollout.ts'
import type { RolloutContext } from '../../release/rollout/rollout-decision.ts'
import type { ReleaseSnapshot } from '../../release/snapshot.ts'

/** What to do by hand where a part of a rollback cannot be done. */
export function byHandOf(
  of: {
    readonly environment: EnvironmentConfig
    readonly pools: Rollout['pools']
    readonly snapshot: ReleaseSnapshot | null
    /** Of the commit that was live before; null when it is not known. */
    readonly liveSha: string | null
  },
  { supabase, vercel }: Pick<Config, 'supabase' | 'vercel'>,
): RolloutContext['byHand'] {
  const { environment, pools, snapshot, liveSha } = of
  const { traffic, functions, frontend } = environment
  return {
    ...trafficOf(traffic, pools, snapshot),
    ...(functions === null || snapshot?.functions == null
      ? {}
      : {
          functions: functionsByHand({
            apiUrl: supabase.apiUrl,
            project: functions.project,
            snapshot: snapshot.functions,
            slugs: snapshot.functions.functions.map(({ slug }) => slug),
            sha: liveSha,
          }),
        }),
    ...(frontend === null || snapshot?.frontend == null
      ? {}
      : { frontend: frontendByHand({ ...frontend, apiUrl: vercel.apiUrl, deployment: snapshot.frontend }) }),
  }
}

function trafficOf(
  traffic: EnvironmentConfig['traffic'],
  pools: Rollout['pools'],
  snapshot: ReleaseSnapshot | null,
): Pick<RolloutContext['byHand'], 'traffic'> {
  if (traffic?.type === 'vercel') {
    // Instant rollback ends a rolling release as well.
    return snapshot?.frontend == null ? {} : { traffic: frontendByHand({ ...traffic, deployment: snapshot.frontend }) }
  }
  if (traffic === null || pools === null) return {}
  const pool = (name: string) => ({ name, id: traffic.poolIds[name] ?? name })
  return { traffic: trafficByHand({ ...traffic, baseline: pool(pools.baseline), canary: pool(pools.canary) }) }
}
