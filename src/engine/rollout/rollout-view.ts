/** What a release's card shows of its rollout, gathered from the store as it stands now. */
import type { GateCardInput, RolloutGlance } from '../../cards/gate-card-input.ts'
import type { EnvironmentConfig } from '../../config/config.ts'
import type { Release } from '../../release/release.ts'
import { rollbackWords } from '../../release/rollout/say-rollout.ts'
import { listed } from '../../release/text-with-people.ts'
import type { Db } from '../../store/open-store.ts'
import { lastCheckOf, rolloutOf } from '../../store/rollouts.ts'
import { isRollbackOpen } from './is-rollback-open.ts'
import { neverOpened } from './never-opened.ts'
import { intervalOf } from './rollout-context.ts'

/** In it the traffic has to be back, ms. */
export const rollbackObjectiveMs = 60_000

/** Null for a release that has no rollout, and of which nothing can be put back. */
export async function rolloutGlance(
  db: Db,
  release: Release,
  environment: EnvironmentConfig,
  at: number,
): Promise<RolloutGlance | null> {
  const { state } = release
  const isOpen = 'at' in state && (await isRollbackOpen(db, release, environment, at))
  const rollout = (await rolloutOf(db, release.id)) ?? (isOpen ? await neverOpened(db, release, environment) : null)
  if (rollout === null) return null
  const check = await lastCheckOf(db, release.id)
  return {
    rollout,
    check: check === null ? null : { at: check.at, verdict: check.verdict, decision: check.decision },
    intervalMs: intervalOf(environment),
    probeFailures: environment.health?.failures ?? null,
    rollbackWords: rollbackWords(rollout, release.backup),
    isRollbackOpen: isOpen,
    rollbackUntil: 'at' in state ? state.at + environment.rollout.rollbackForMs : null,
    rollbackObjectiveMs,
  }
}

/**
 * What rolls a release back by itself, and how; null where it shifts no traffic, and so nothing does.
 *
 * @param environment - as it is configured now
 */
export function rollbackPlanOf(
  { strategy }: Pick<Release, 'strategy'>,
  environment: Pick<EnvironmentConfig, 'traffic' | 'metrics' | 'health' | 'functions' | 'frontend'>,
): GateCardInput['rollback'] {
  const { traffic, metrics, health, functions, frontend } = environment
  if (traffic === null || strategy === 'direct') return null
  const judged = (metrics?.metrics ?? []).filter(({ isShadow }) => !isShadow)
  const triggers = [
    ...judged.map(({ name, selectors, worse, factor }) => {
      if (selectors.type === 'kinds') return `${name}: a kind that the old version does not have`
      const what = selectors.type === 'latency' ? `${name} (95th percentile)` : name
      return worse === 'lower' ? `${what} below 1/${factor} of the baseline` : `${what} above ${factor} × baseline`
    }),
    ...(health === null ? [] : [`${health.failures} bad answers in a row of ${health.canary}`]),
    'the load balancer calls the new version unhealthy',
  ]
  const old = [...(functions === null ? [] : ['the edge functions']), ...(frontend === null ? [] : ['the frontend'])]
  const also =
    old.length === 0
      ? ''
      : `, and ${listed(old)} of before ${old.length === 1 && frontend !== null ? 'is' : 'are'} put back`
  return {
    triggers,
    how: `all traffic goes back to the old version${also}. Anybody who may deploy can do the same by one press.`,
  }
}
