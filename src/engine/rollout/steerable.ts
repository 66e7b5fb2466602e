/** What commands about rollouts are about: the rollouts that are under way, and for a rollback what has just ended. */
import type { EnvironmentConfig } from '../../config/config.ts'
import type { Rollout } from '../../release/rollout/rollout.ts'
import type { Db } from '../../store/open-store.ts'
import { lastEnded, type Place, type ReleaseRecord, releaseById, releaseRecord } from '../../store/releases.ts'
import { openRollouts, rolloutOf } from '../../store/rollouts.ts'
import type { SeenRollout } from '../gate/acts.ts'
import { isRollbackOpen } from './is-rollback-open.ts'
import { neverOpened } from './never-opened.ts'

export interface Steerable {
  readonly release: ReleaseRecord
  /** Of a release that shifted no traffic: what a rollback of it would begin with. */
  readonly rollout: Rollout
}

/** The rollout that is under way in an environment; null when there is none. */
export async function openRolloutOf(db: Db, place: Place): Promise<Steerable | null> {
  const [rollout] = await openRollouts(db, place)
  const release = rollout === undefined ? null : await releaseRecord(db, rollout.releaseId)
  return rollout === undefined || release === null ? null : { release, rollout }
}

/**
 * The release whose end is the last thing that happened in an environment, if one press can still bring back what was live
 * before it.
 *
 * @param at - UTC milliseconds
 */
export async function lastToRollBack(
  db: Db,
  place: Place,
  environment: EnvironmentConfig,
  at: number,
): Promise<Steerable | null> {
  for (const name of ['completed', 'failed'] as const) {
    const release = await lastEnded(db, place, name)
    if (release === null || !(await isRollbackOpen(db, release, environment, at))) continue
    const whole = await releaseById(db, release.id)
    const rollout =
      (await rolloutOf(db, release.id)) ?? (whole === null ? null : await neverOpened(db, whole, environment))
    if (rollout !== null) return { release, rollout }
  }
  return null
}

/** What a press says that means “as it is now”. */
export function asItIsNow({ rollout: { generation, stepIndex } }: Steerable): NonNullable<SeenRollout> {
  return { generation, step: stepIndex }
}
