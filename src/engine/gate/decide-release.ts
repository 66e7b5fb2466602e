import { decide } from '../../release/decide.ts'
import type { ReleaseEvent } from '../../release/decision.ts'
import type { Db } from '../../store/open-store.ts'
import { releaseById } from '../../store/releases.ts'
import type { EngineContext } from '../engine-context.ts'
import type { Handled } from '../handled.ts'
import { applyDecision } from './apply-decision.ts'
import { gateContextOf } from './gate-context.ts'

/**
 * Lets the rules decide what an event does to a release; nothing for one that is gone from store or configuration.
 *
 * @param cause - unique for what happened
 */
export async function decideRelease(
  tx: Db,
  releaseId: string,
  event: ReleaseEvent,
  cause: string,
  context: EngineContext,
): Promise<Handled> {
  const before = await releaseById(tx, releaseId)
  const policy = before === null ? null : context.policyOf(before.repository, before.environment)
  if (before === null || policy === null) return { outcome: 'unchanged' }
  const { at } = event
  const gate = await gateContextOf(tx, before, policy, { releaseId, at })
  const decision = decide(before, event, gate)
  return await applyDecision(tx, { before, decision, press: null, gate, cause, at }, context)
}
