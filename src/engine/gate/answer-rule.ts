import type { ReasonCode } from '../../policy/reason-codes.ts'
import type { OutboxEffect } from '../../store/outbox.ts'
import { releaseById } from '../../store/releases.ts'
import type { CodeHostFailure } from '../code-host.ts'
import type { EffectBodies } from '../effects.ts'
import type { EffectOutcome } from '../perform.ts'
import type { PerformContext } from '../perform-context.ts'
import { auditHeadWords } from './audit-head-words.ts'
import { cardAddress } from './card-address.ts'
import { prepareStart } from './prepare-start.ts'
import { checkHoldsMs, unreachedMs } from './start-workflow.ts'

/** Characters of a comment on GitHub: address and audit head have to find room after it. */
const longestComment = 750

const done: EffectOutcome = { type: 'done' }
/** While what was checked holds, an answer is repeated after so long, in ms: that changes nothing at GitHub. */
const againMs = 3_000
/** Attempts with backoff; then every few minutes until GitHub is there again. */
const quickAttempts = 9

/** Answers the protection rule that a workflow waits at. Answering twice changes nothing at GitHub. */
export async function answerRule(
  effect: OutboxEffect,
  { releaseId, state, comment, rule: named }: EffectBodies['answer_rule'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const { store, codeHost, clock } = context
  const release = releaseId === null ? null : await releaseById(store.db, releaseId)
  const rule = named ?? (release?.rule == null ? null : { ...release.rule, repository: release.repository })
  if (rule === null) return done
  // The answer that the release was approved for is its start, with all that a start is bound to.
  const isStart = named === undefined && state === 'approved'
  if (isStart) {
    // Called off while this waited: an approval that was taken back is not given.
    if (release?.state.name !== 'preparing' || release.state.phase !== 'starting') return done
    if (clock.now() - release.state.since > checkHoldsMs) return postponed(false, 0, 'It was checked too long ago.')
  }
  if (isStart && release !== null) {
    const prepared = await prepareStart(release, effect.startedAt !== null || release.lostStarts > 0, context)
    if (prepared.type === 'later') return postponed(false, prepared.afterMs, prepared.detail)
    if (prepared.type === 'failed') return failed(prepared.reason, prepared.detail)
  }
  const link = releaseId === null ? null : await cardAddress(releaseId, context)
  const { repository, runId, environment } = rule
  const head = `Audit head: ${await auditHeadWords(store)}`
  const text = [comment.slice(0, longestComment), link, head].filter((line) => line !== null).join('\n')
  const result = await codeHost.answerProtectionRule({ repository, runId, environment, state, comment: text })
  if (result.ok) return answered()
  const { failure } = result
  const wasAnswered = isStart && (effect.startedAt !== null || (release?.lostStarts ?? 0) > 0)
  // Only we can have answered our own rule: by an attempt whose answer was lost.
  if (failure.type === 'rejected' && (wasAnswered || /already been reviewed/i.test(failure.detail))) return answered()
  if (failure.type !== 'rate_limited' && failure.type !== 'unavailable') return notTaken(failure)
  if (!isStart) return patient(failure, effect)
  if (failure.type === 'rate_limited') return postponed(false, failure.retryAfterMs, 'GitHub wants a pause.')
  if (release !== null && 'since' in release.state && clock.now() - release.state.since < checkHoldsMs / 2) {
    const { detail, mayHaveHappened } = failure
    return { type: 'retry', reason: detail, afterMs: againMs, countsAsAttempt: false, mayHaveHappened }
  }
  return postponed(failure.mayHaveHappened, unreachedMs, failure.detail)

  function answered(): EffectOutcome {
    if (named !== undefined || releaseId === null) return done
    const body = { releaseId, state }
    return { type: 'done', event: { id: `effect:${effect.id}`, type: 'gate.rule_answered', body } }
  }

  function failed(reason: ReasonCode, detail: string): EffectOutcome {
    if (releaseId === null) return done
    return {
      type: 'done',
      event: { id: `effect:${effect.id}`, type: 'gate.start_failed', body: { releaseId, reason, detail } },
    }
  }

  function notTaken({ type, detail }: Extract<CodeHostFailure, { readonly detail: string }>): EffectOutcome {
    return failed(type === 'unauthorized' ? 'start_refused' : 'rule_gone', detail)
  }

  function postponed(mayHaveHappened: boolean, afterMs: number, detail: string): EffectOutcome {
    if (releaseId === null) return done
    const body = { releaseId, mayHaveHappened, afterMs, detail }
    return { type: 'done', event: { id: `effect:${effect.id}`, type: 'gate.start_postponed', body } }
  }
}

/** A workflow waits thirty days for its answer, so that an outage is waited out. */
function patient(
  failure: Extract<CodeHostFailure, { readonly type: 'rate_limited' | 'unavailable' }>,
  { attempts }: OutboxEffect,
): EffectOutcome {
  const isLimit = failure.type === 'rate_limited'
  return {
    type: 'retry',
    reason: isLimit ? 'rate limited by GitHub' : failure.detail,
    ...(isLimit ? { afterMs: failure.retryAfterMs } : {}),
    countsAsAttempt: !isLimit && attempts < quickAttempts,
    mayHaveHappened: !isLimit,
  }
}
