import type { EnvironmentConfig } from '../../config/config.ts'
import type { Release } from '../../release/release.ts'
import { isRollingBack, type Rollout } from '../../release/rollout/rollout.ts'
import type { RolloutContext } from '../../release/rollout/rollout-decision.ts'
import type { Db } from '../../store/open-store.ts'
import { releaseById } from '../../store/releases.ts'
import { rolloutOf } from '../../store/rollouts.ts'
import { snapshotOf } from '../../store/snapshots.ts'
import type { EngineContext } from '../engine-context.ts'
import { byHandOf } from './by-hand-of.ts'
import { isRollbackOpen } from './is-rollback-open.ts'
import { rolloutContextOf } from './rollout-context.ts'

export interface LoadedRollout {
  readonly release: Release
  readonly environment: EnvironmentConfig
  readonly rollout: Rollout
  readonly rules: RolloutContext
}

/** A rollout with everything that the rules need; null when it, or its environment, is gone. */
export async function loadRollout(
  db: Db,
  { releaseId, at }: { readonly releaseId: string; readonly at: number },
  context: Pick<EngineContext, 'environmentOf' | 'config'>,
): Promise<LoadedRollout | null> {
  const rollout = await rolloutOf(db, releaseId)
  const release = rollout === null ? null : await releaseById(db, releaseId)
  const environment = release === null ? null : context.environmentOf(release.repository, release.environment)
  if (rollout === null || release === null || environment === null) return null
  return { release, environment, rollout, rules: await rulesOf(db, { release, environment, rollout, at }, context) }
}

export async function rulesOf(
  db: Db,
  {
    release,
    environment,
    rollout,
    at,
  }: Pick<LoadedRollout, 'release' | 'environment'> & {
    /** Null for one that is new. */
    readonly rollout: Rollout | null
    /** UTC milliseconds. */
    readonly at: number
  },
  { config }: Pick<EngineContext, 'config'>,
): Promise<RolloutContext> {
  // Only a rollback needs it.
  const snapshot = rollout !== null && isRollingBack(rollout) ? await snapshotOf(db, release.id) : null
  const liveSha = release.evidence.changes.live?.sha ?? null
  const byHand = byHandOf({ environment, pools: rollout?.pools ?? null, snapshot, liveSha }, config)
  const isOpen = 'at' in release.state && (await isRollbackOpen(db, release, environment, at))
  return rolloutContextOf(release, environment, { byHand, isRollbackOpen: isOpen })
}
