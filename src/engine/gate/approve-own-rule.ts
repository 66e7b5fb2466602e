import type { Db } from '../../store/open-store.ts'
import { addEffect } from '../../store/outbox.ts'
import { openReleases, type ReleaseRecord } from '../../store/releases.ts'

/** What a job waits at: a run's environment, and GitHub's record of that very job. */
export interface WaitingRule {
  readonly runId: number
  /** As GitHub calls it. */
  readonly environment: string
  readonly deploymentId: number
}

/**
 * Lets a job go on whose run has been approved already: one that Sluice started after its gate, or that had waited at
 * the gate with another job.
 *
 * @param environment - in the words of sluice.yml
 * @returns false when the run is nobody's yet, so that somebody has to approve it
 */
export async function approveOwnRule(
  tx: Db,
  place: { readonly repository: string; readonly environment: string },
  rule: WaitingRule,
  at: number,
): Promise<boolean> {
  const own = (await openReleases(tx, place)).find((release) => release.run?.id === rule.runId && isRunning(release))
  if (own === undefined) return false
  const { runId, environment, deploymentId } = rule
  const effect = { id: `own-rule:${own.id}:${deploymentId}`, lane: `rule:${own.id}`, type: 'answer_rule' }
  const comment = `Approved as release ${own.id}.`
  const answered = { repository: place.repository, runId, environment }
  await addEffect(tx, { ...effect, body: { releaseId: own.id, state: 'approved', comment, rule: answered }, at })
  return true
}

function isRunning({ state }: Pick<ReleaseRecord, 'state'>): boolean {
  return state.name === 'preparing' && state.phase === 'running'
}
