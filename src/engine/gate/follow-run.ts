import { isOpen } from '../../release/release.ts'
import type { OutboxEffect } from '../../store/outbox.ts'
import { releaseById } from '../../store/releases.ts'
import { outcomeOfCodeHostFailure } from '../code-host-outcome.ts'
import type { EffectBodies } from '../effects.ts'
import type { EffectOutcome } from '../perform.ts'
import type { PerformContext } from '../perform-context.ts'

const done: EffectOutcome = { type: 'done' }
/** So many looks for the end of a run that GitHub said has ended; one that was started again has not. */
const endLooks = 3
const endAgainMs = 3_000

/** Asks how the run stands that carries a release out, and what it built. */
export async function followRun(
  effect: OutboxEffect,
  { releaseId, runId, hasEnded }: EffectBodies['follow_run'],
  { store, codeHost }: PerformContext,
): Promise<EffectOutcome> {
  const release = await releaseById(store.db, releaseId)
  if (release === null || !isOpen(release) || release.run?.id !== runId) return done
  const result = await codeHost.runDetails({ repository: release.repository, runId })
  if (!result.ok) {
    const outcome = outcomeOfCodeHostFailure(result.failure)
    if (outcome.type !== 'dead') return outcome
    const ended = { releaseId, conclusion: 'unknown', builtSha: null, backup: null }
    // A run that GitHub does not know any more was deleted: nobody will ever hear how it ended.
    return result.failure.type === 'not_found'
      ? { type: 'done', event: { id: `effect:${effect.id}`, type: 'gate.run_ended', body: ended } }
      : outcome
  }
  const { status, conclusion, builtSha, backup } = result.value
  if (status === 'completed') {
    const body = { releaseId, conclusion: conclusion ?? 'unknown', builtSha, backup }
    return { type: 'done', event: { id: `effect:${effect.id}`, type: 'gate.run_ended', body } }
  }
  // The next delivery or the next look tells. One that said that the run has ended may be ahead of what is read here.
  if (!hasEnded || effect.attempts + 1 >= endLooks) return done
  return {
    type: 'retry',
    reason: `the run is ${status}`,
    afterMs: endAgainMs,
    countsAsAttempt: true,
    mayHaveHappened: false,
  }
}
