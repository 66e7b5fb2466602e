import type { EnvironmentConfig } from '../../config/config.ts'
import type { Release } from '../../release/release.ts'
import { endedRollout } from '../../release/rollout/open-rollout.ts'
import type { Rollout } from '../../release/rollout/rollout.ts'
import type { Db } from '../../store/open-store.ts'
import { snapshotOf } from '../../store/snapshots.ts'
import { rolloutPlanOf } from './open-rollout-of.ts'

/**
 * What a rollback begins with of a release that has ended and shifted no traffic, but may have brought functions and a
 * frontend; null where nothing can be put back.
 *
 * @param at - when it begins, UTC milliseconds; the release's own end when left out
 */
export async function neverOpened(
  db: Db,
  release: Release,
  environment: EnvironmentConfig,
  at?: number,
): Promise<Rollout | null> {
  const { state } = release
  if (!('at' in state)) return null
  const plan = rolloutPlanOf(release, environment, await snapshotOf(db, release.id), null)
  return plan.hosts.functions || plan.hosts.frontend ? endedRollout(plan, at ?? state.at) : null
}
