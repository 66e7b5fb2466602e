import { addEvent } from '../../store/inbox.ts'
import type { Db } from '../../store/open-store.ts'
import { releasesWithoutRollout, rolloutsWithoutTimer } from '../../store/rollouts.ts'
import { setTimer } from '../../store/timers.ts'
import type { NewEvent } from '../events.ts'

/**
 * Every open rollout is looked at again and again: whatever made one stand still, it goes on within a minute.
 *
 * @returns whether there is an event to be handled
 */
export async function driveRollouts(tx: Db, at: number): Promise<boolean> {
  const notBegun = await releasesWithoutRollout(tx)
  for (const releaseId of notBegun) {
    const event: NewEvent = { id: `rollout:begin:${releaseId}:${at}`, type: 'rollout.begin', body: { releaseId } }
    await addEvent(tx, { ...event, at })
  }
  for (const releaseId of await rolloutsWithoutTimer(tx)) {
    const body = { releaseId, timer: 'tick' }
    await setTimer(tx, { id: `rollout:tick:${releaseId}`, type: 'timer.rollout', body, dueAt: at })
  }
  return notBegun.length > 0
}
