import { hasBroadcast, mendedByNewerCommit, openAlertsOf, recordFix, withdrawFix } from '../store/alerts.ts'
import { cardsOf } from '../store/cards.ts'
import { passedAfter } from '../store/history.ts'
import type { Db } from '../store/open-store.ts'
import { addEffect } from '../store/outbox.ts'
import { cardLane } from './effects.ts'
import type { LoadedPipeline } from './pipeline-memory.ts'

/**
 * Looks again at what newer commits have mended, now that a late delivery has shown where a commit stands among those
 * of its branch: its own failures, and those that it is said to have mended.
 */
export async function reviseFixes(tx: Db, row: LoadedPipeline['row'], at: number): Promise<void> {
  const { branch } = row
  const mended = branch === null ? [] : await mendedByNewerCommit(tx, { ...row, branch })
  for (const alert of [...(await openAlertsOf(tx, row.id)), ...mended]) {
    const passed = await passedAfter(tx, { ...alert, after: alert.failedAt })
    if (passed?.sha === alert.fixed?.sha) continue
    if (passed === null) await withdrawFix(tx, alert.id, !(await hasBroadcast(tx, alert.pipelineId)))
    else {
      const { sha, completedAt } = passed
      const fix = { byLogin: null, sha, how: 'newer commit', url: null, commitTitle: null, at: completedAt } as const
      await recordFix(tx, alert.id, fix)
    }
    for (const card of await cardsOf(tx, alert.pipelineId)) {
      await addEffect(tx, {
        id: `revised:${alert.id}:${card.id}:${row.id}:${row.revision}`,
        lane: cardLane(card.id),
        type: 'update_alert',
        body: { cardId: card.id, alertId: alert.id },
        at,
      })
    }
  }
}
