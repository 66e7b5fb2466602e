import type { EnvironmentConfig } from '../../config/config.ts'
import { authorsOf } from '../../release/authors.ts'
import { isRollingBack, type Rollout } from '../../release/rollout/rollout.ts'
import type { RolloutContext } from '../../release/rollout/rollout-decision.ts'
import type { Db } from '../../store/open-store.ts'
import { type ReleaseRecord, releaseById, releaseRecord } from '../../store/releases.ts'
import { rolloutOf } from '../../store/rollouts.ts'
import { snapshotOf } from '../../store/snapshots.ts'
import type { EngineContext } from '../engine-context.ts'
import { byHandOf } from './by-hand-of.ts'
import { isRollbackOpen } from './is-rollback-open.ts'
import { rolloutContextOf } from './rollout-context.ts'

export interface LoadedRollout {
  /** Without its evidence, which is large and seldom needed. */
  readonly release: ReleaseRecord
  readonly environment: EnvironmentConfig
  readonly rollout: Rollout
  readonly rules: RolloutContext
}

interface When {
  /** UTC milliseconds. */
  readonly at: number
  readonly isPress: boolean
}

/** A rollout with everything that the rules need; null when it, or its environment, is gone. */
export async function loadRollout(
  db: Db,
  { releaseId, ...when }: { readonly releaseId: string } & When,
  context: Pick<EngineContext, 'environmentOf' | 'config'>,
): Promise<LoadedRollout | null> {
  const rollout = await rolloutOf(db, releaseId)
  const release = rollout === null ? null : await releaseRecord(db, releaseId)
  const environment = release === null ? null : context.environmentOf(release.repository, release.environment)
  if (rollout === null || release === null || environment === null) return null
  return {
    release,
    environment,
    rollout,
    rules: await rulesOf(db, { release, environment, rollout, ...when }, context),
  }
}

/** @param of.rollout - null for one that is new */
export async function rulesOf(
  db: Db,
  of: Pick<LoadedRollout, 'release' | 'environment'> & { readonly rollout: Rollout | null } & When,
  { config }: Pick<EngineContext, 'config'>,
): Promise<RolloutContext> {
  const { release, environment, rollout, at, isPress } = of
  // Only a rollback and a press need what is large.
  const isBack = rollout !== null && isRollingBack(rollout)
  const snapshot = isBack ? await snapshotOf(db, release.id) : null
  const evidence = isBack || isPress ? ((await releaseById(db, release.id))?.evidence ?? null) : null
  const liveSha = evidence?.changes.live?.sha ?? null
  return rolloutContextOf(release, environment, {
    byHand: byHandOf({ environment, pools: rollout?.pools ?? null, snapshot, liveSha }, config),
    isRollbackOpen: 'at' in release.state && (await isRollbackOpen(db, release, environment, at)),
    authors: evidence === null ? [] : authorsOf(evidence),
  })
}
