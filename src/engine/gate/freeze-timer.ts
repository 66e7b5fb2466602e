import { nextFreezeChange } from '../../policy/freeze.ts'
import type { GatePolicy } from '../../policy/gate-policy.ts'
import type { Release } from '../../release/release.ts'
import type { Db } from '../../store/open-store.ts'
import { setTimer } from '../../store/timers.ts'

/** Every open release is looked at more often than this, in ms, and has its timer set again then. */
const aheadMs = 3600_000

/** A card shows a freeze of the configuration from its beginning to its end: it is drawn again at the next of these. */
export async function setFreezeTimer(
  tx: Db,
  { id: releaseId, state }: Pick<Release, 'id' | 'state'>,
  { freezes }: Pick<GatePolicy, 'freezes'>,
  at: number,
): Promise<void> {
  if (state.name !== 'awaiting_approval' && state.name !== 'queued') return
  const dueAt = nextFreezeChange(freezes, at, aheadMs)
  if (dueAt === null) return
  const body = { releaseId, what: 'freeze' }
  await setTimer(tx, { id: `gate:freeze:${releaseId}`, type: 'timer.gate', body, dueAt })
}
