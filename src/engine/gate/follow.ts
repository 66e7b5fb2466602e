import type { Db } from '../../store/open-store.ts'
import { addEffect, wakeLane } from '../../store/outbox.ts'

/**
 * Has GitHub asked how a release's run stands.
 *
 * @param run.cause - unique for what makes it worth asking
 * @param run.hasEnded - GitHub said that it has ended, so that another answer is an old one
 */
export async function follow(
  tx: Db,
  run: {
    readonly releaseId: string
    readonly runId: number
    readonly cause: string
    readonly hasEnded?: boolean
    readonly at: number
  },
): Promise<void> {
  const { releaseId, runId, cause, hasEnded = false, at } = run
  const lane = `follow:${releaseId}`
  // A look that waits for its time, because GitHub was away, makes way for this one.
  await wakeLane(tx, lane, at)
  const effect = { id: `follow:${releaseId}:${cause}`, lane, type: 'follow_run' }
  await addEffect(tx, { ...effect, body: { releaseId, runId, hasEnded }, at })
}
