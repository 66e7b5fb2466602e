/** From a release whose workflow has ended to its rollout. */
import type { EnvironmentConfig } from '../../config/config.ts'
import { isSafeToRollBackOver } from '../../release/evidence/scan-migration.ts'
import type { Release } from '../../release/release.ts'
import type { RolloutPlan } from '../../release/rollout/open-rollout.ts'
import type { ReleaseSnapshot } from '../../release/snapshot.ts'

/**
 * @param snapshot - what was live before; null when that is not known, and cannot be put back then
 * @param switchedOff - see `switchedOffIn`
 */
export function rolloutPlanOf(
  release: Release,
  { rollout, traffic }: EnvironmentConfig,
  snapshot: ReleaseSnapshot | null,
  switchedOff: string | null,
): RolloutPlan {
  const { id, environment, sha, strategy, plan } = release
  const isCanary = strategy === 'canary' && traffic !== null
  const { before, windowMs } = rollout.blueGreen
  return {
    releaseId: id,
    environment,
    sha,
    strategy: isCanary ? 'canary' : 'blue-green',
    steps: isCanary ? plan.steps : [{ percent: 100, windowMs, before }],
    switchedOff,
    migrations: migrationsOf(release),
    hosts: { functions: snapshot?.functions != null, frontend: snapshot?.frontend != null },
  }
}

function migrationsOf({ plan, evidence }: Release): RolloutPlan['migrations'] {
  const { migrations, isFileListComplete } = evidence.changes
  const count = plan.migrations.length
  if (count === 0) return { count, isSafeToRollBack: true, why: null }
  if (!isFileListComplete || migrations.some(({ isRead }) => !isRead)) {
    return { count, isSafeToRollBack: null, why: 'not all of them could be read' }
  }
  if (isSafeToRollBackOver(migrations)) return { count, isSafeToRollBack: true, why: null }
  const dangers = migrations.flatMap(({ destructive }) => destructive)
  const [first] = dangers
  const why = first === undefined ? null : `${first.path}:${first.line} ${first.statement}`
  return { count, isSafeToRollBack: false, why: why === null ? null : why.slice(0, 160) }
}
