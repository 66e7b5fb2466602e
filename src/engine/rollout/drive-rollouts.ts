import type { Db } from '../../store/open-store.ts'
import { rolloutsWithoutTimer } from '../../store/rollouts.ts'
import { setTimer } from '../../store/timers.ts'

/** Every open rollout is looked at again and again: whatever made one stand still, it goes on within a minute. */
export async function driveRollouts(tx: Db, at: number): Promise<void> {
  for (const releaseId of await rolloutsWithoutTimer(tx)) {
    const body = { releaseId, timer: 'tick' }
    await setTimer(tx, { id: `rollout:tick:${releaseId}`, type: 'timer.rollout', body, dueAt: at })
  }
}
