import { type AnalysisPolicy, defaultPolicy } from '../../analysis/analysis-policy.ts'
import type { EnvironmentConfig } from '../../config/config.ts'
import type { Identity } from '../../policy/identity.ts'
import { judgedMetricsOf, type MetricsPolicy } from '../../policy/metrics-policy.ts'
import type { RolloutContext } from '../../release/rollout/rollout-decision.ts'
import type { ReleaseRecord } from '../../store/releases.ts'

/** From check to check where nothing in the configuration says it, in ms. */
const usualIntervalMs = 60_000

/** How an environment's rollouts are judged; the default where nothing is measured, which then sees nothing. */
export function analysisPolicyOf(metrics: MetricsPolicy | null): AnalysisPolicy {
  if (metrics === null) return { ...defaultPolicy, metrics: [] }
  return {
    ...defaultPolicy,
    metrics: judgedMetricsOf(metrics),
    alpha: metrics.alpha,
    warmUp: { ...defaultPolicy.warmUp, ms: metrics.warmUpMs },
  }
}

/** Between two looks, ms: as often as what is asked the most often. */
export function tickOf({ metrics, health }: Pick<EnvironmentConfig, 'metrics' | 'health'>): number {
  const asked = [metrics?.intervalMs, health?.intervalMs].filter((ms) => ms !== undefined)
  return asked.length === 0 ? usualIntervalMs : Math.min(...asked)
}

/** Between two measurements, ms. */
export function intervalOf(environment: Pick<EnvironmentConfig, 'metrics' | 'health'>): number {
  return environment.metrics?.intervalMs ?? tickOf(environment)
}

/**
 * What the rules of a rollout need to know of its environment and its release.
 *
 * @param now.authors - read only for presses: who wrote a part may not let a step begin
 */
export function rolloutContextOf(
  release: ReleaseRecord,
  environment: EnvironmentConfig,
  now: Pick<RolloutContext, 'byHand' | 'isRollbackOpen'> & { readonly authors: readonly Identity[] },
): RolloutContext {
  const { gate, metrics, health, rollout } = environment
  return {
    policy: gate,
    risks: release.risks,
    requester: release.requester,
    analysis: analysisPolicyOf(metrics),
    tickMs: tickOf(environment),
    intervalMs: intervalOf(environment),
    probeFailures: health?.failures ?? 3,
    hold: rollout.hold,
    backup: release.backup ?? null,
    ...now,
  }
}
