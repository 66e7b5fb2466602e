import type { EnvironmentConfig } from '../../config/config.ts'
import { neverOpened } from '../../engine/rollout/never-opened.ts'
import type { KeptState } from '../../engine/rollout/rollback-calls.ts'
import { lastToRollBack, openRolloutOf, type Steerable } from '../../engine/rollout/steerable.ts'
import type { Db } from '../../store/open-store.ts'
import { type Place, releaseById } from '../../store/releases.ts'
import { rolloutOf } from '../../store/rollouts.ts'
import { bundlesOf, snapshotOf } from '../../store/snapshots.ts'
import { oneRelease } from '../one-release.ts'
import { UsageError } from '../usage-error.ts'

/**
 * The rollout that is open in an environment, or what was released there last; the release that was named, if one was.
 *
 * @param given - a release's id or its beginning; null: whatever there is
 * @param at - UTC milliseconds
 * @returns null when there is nothing
 * @throws UsageError when the release that was named is none of this environment
 */
export async function findTarget(db: Db, { place, environment, given, at }: FindOptions): Promise<Steerable | null> {
  if (given === null) return (await openRolloutOf(db, place)) ?? (await lastToRollBack(db, place, environment, at))
  const release = await releaseById(db, await oneRelease(db, given))
  if (release === null) return null
  if (release.repository !== place.repository || release.environment !== place.environment) {
    const where = `${release.environment} of ${release.repository}`
    throw new UsageError(`release ${release.id} went to ${where}: name that environment to roll it back`)
  }
  const rollout = (await rolloutOf(db, release.id)) ?? (await neverOpened(db, release, environment))
  return rollout === null ? null : { release, rollout }
}

interface FindOptions {
  readonly place: Place
  readonly environment: EnvironmentConfig
  readonly given: string | null
  readonly at: number
}

/** What was live before a release, as it is kept. */
export async function keptStateOf(db: Db, releaseId: string): Promise<KeptState> {
  return { snapshot: await snapshotOf(db, releaseId), bundles: (await bundlesOf(db, releaseId)).kept }
}
