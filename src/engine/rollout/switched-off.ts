import type { Db } from '../../store/open-store.ts'
import { lastEnded, type Place } from '../../store/releases.ts'
import { rolloutOf } from '../../store/rollouts.ts'

/**
 * The pool of an environment that the last rollback switched off, because sessions would have stayed there; null when none
 * did. It may be on again: somebody else may have seen to that.
 */
export async function switchedOffIn(db: Db, place: Place): Promise<string | null> {
  const last = await lastEnded(db, place, 'rolled_back')
  const rollout = last === null ? null : await rolloutOf(db, last.id)
  return rollout?.hasSessionAffinity === true ? (rollout.pools?.canary ?? null) : null
}
