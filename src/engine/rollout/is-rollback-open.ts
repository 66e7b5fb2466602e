import type { EnvironmentConfig } from '../../config/config.ts'
import type { Release } from '../../release/release.ts'
import type { Db } from '../../store/open-store.ts'
import { lastEnded, openReleases } from '../../store/releases.ts'

/**
 * Whether what a release has brought can still be put back by one press: it is what was brought last, not too long ago, and
 * nothing else is under way there. One that failed on the way may have brought a part.
 *
 * @param at - UTC milliseconds
 */
export async function isRollbackOpen(
  db: Db,
  release: Pick<Release, 'id' | 'repository' | 'environment' | 'state' | 'run'>,
  { rollout: { rollbackForMs } }: Pick<EnvironmentConfig, 'rollout'>,
  at: number,
): Promise<boolean> {
  const { state, run } = release
  if (state.name !== 'completed' && (state.name !== 'failed' || run === null)) return false
  if (at - state.at > rollbackForMs) return false
  const open = await openReleases(db, release)
  if (open.some(({ state: { name } }) => name === 'preparing' || name === 'rolling_out')) return false
  const lasts = await Promise.all(
    (['completed', 'failed', 'rolled_back'] as const).map((name) => lastEnded(db, release, name)),
  )
  return lasts.every((last) => last === null || last.id === release.id || last.run === null || !isLater(last, state.at))
}

function isLater({ state }: Pick<Release, 'state'>, at: number): boolean {
  return 'at' in state && state.at >= at
}
