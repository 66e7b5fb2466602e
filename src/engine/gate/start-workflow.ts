import type { ReasonCode } from '../../policy/reason-codes.ts'
import type { OutboxEffect } from '../../store/outbox.ts'
import { releaseById } from '../../store/releases.ts'
import type { CodeHostFailure } from '../code-host.ts'
import type { EffectBodies } from '../effects.ts'
import type { EventBodies } from '../events.ts'
import type { EffectOutcome } from '../perform.ts'
import type { PerformContext } from '../perform-context.ts'
import { optionalInputs } from './optional-inputs.ts'
import { prepareStart } from './prepare-start.ts'
import { startHint, workflowInputs } from './workflow-inputs.ts'

/** What was checked before the start holds for so long; later it is checked again first. In ms. */
export const checkHoldsMs = 60_000
/** GitHub lists a run a little after it took the call. One that is not listed after this long was not made. In ms. */
const listedAfterMs = 60_000
const firstLookMs = 2_000
/** A call that did not reach GitHub is made again after so long, when all has been checked again. In ms. */
export const unreachedMs = 15_000
/** Clocks of GitHub and this machine differ; a run is looked for from so much before its release, in ms. */
const clockSkewMs = 120_000

const done: EffectOutcome = { type: 'done' }

/**
 * Starts the production workflow, once. It is looked for by the release's id in the run's title before every start: the
 * first one too, because the memory of an earlier one may be lost with a backup that was put back.
 */
export async function startWorkflow(
  effect: OutboxEffect,
  { releaseId }: EffectBodies['start_workflow'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const { store, codeHost, clock } = context
  const release = await releaseById(store.db, releaseId)
  // Called off, or started already, while this waited.
  if (release?.state.name !== 'preparing' || release.state.phase !== 'starting' || release.run !== null) return done
  const id = `effect:${effect.id}`
  const started = (run: { readonly id: number; readonly url: string }): EffectOutcome => ({
    type: 'done',
    event: { id, type: 'gate.run_started', body: { releaseId, run } },
  })
  const postponed = (why: Omit<EventBodies['gate.start_postponed'], 'releaseId'>): EffectOutcome => ({
    type: 'done',
    event: { id, type: 'gate.start_postponed', body: { releaseId, ...why } },
  })
  const failed = (reason: ReasonCode, failure: { readonly detail: string }): EffectOutcome => {
    const detail = [failure.detail, startHint(failure.detail, release.plan.workflow)].filter(Boolean).join(' ')
    return { type: 'done', event: { id, type: 'gate.start_failed', body: { releaseId, reason, detail } } }
  }
  const { repository, plan } = release
  const query = { repository, workflow: plan.workflow.file }
  const mayHaveStarted = effect.startedAt !== null
  const found = await codeHost.findRun({ ...query, titleHolds: releaseId, sinceMs: release.requestedAt - clockSkewMs })
  if (!found.ok) {
    const { failure } = found
    if (failure.type === 'rate_limited' || failure.type === 'unavailable') return later(failure, mayHaveStarted)
    return failed(mayHaveStarted || release.lostStarts > 0 ? 'start_unknown' : 'start_refused', failure)
  }
  if (found.value !== null) return started(found.value)
  if (effect.startedAt !== null) {
    const sinceMs = clock.now() - effect.startedAt
    if (sinceMs < listedAfterMs) return lookAgain(sinceMs)
    const detail = 'GitHub may have taken the call, and no run came of it.'
    return postponed({ mayHaveHappened: true, afterMs: 0, detail })
  }
  if (clock.now() - release.state.since > checkHoldsMs) {
    return postponed({ mayHaveHappened: false, afterMs: 0, detail: 'It was checked too long ago.' })
  }
  const prepared = await prepareStart(release, release.lostStarts > 0, context)
  if (prepared.type === 'later')
    return postponed({ mayHaveHappened: false, afterMs: prepared.afterMs, detail: prepared.detail })
  if (prepared.type === 'failed') return failed(prepared.reason, prepared)
  const result = await codeHost.startWorkflow({
    ...query,
    ref: plan.workflow.ref,
    inputs: workflowInputs(release),
    optionalInputs: await optionalInputs(release, prepared.pool, store),
  })
  if (result.ok) return result.value === null ? lookAgain(0) : started(result.value)
  const { failure } = result
  if (failure.type === 'rate_limited') {
    return postponed({ mayHaveHappened: false, afterMs: failure.retryAfterMs, detail: 'GitHub wants a pause.' })
  }
  if (failure.type !== 'unavailable') return failed('start_refused', failure)
  if (failure.mayHaveHappened) return lookAgain(0, failure.detail)
  return postponed({ mayHaveHappened: false, afterMs: unreachedMs, detail: failure.detail })
}

/** At once and then less and less often. */
function lookAgain(sinceMs: number, reason = 'the run is not listed yet'): EffectOutcome {
  const afterMs = Math.max(firstLookMs, Math.round(sinceMs / 2))
  return { type: 'retry', reason, afterMs, countsAsAttempt: false, mayHaveHappened: true }
}

/** Without having looked nothing is started, however long that takes. */
function later(
  failure: Extract<CodeHostFailure, { readonly type: 'rate_limited' | 'unavailable' }>,
  mayHaveHappened: boolean,
): EffectOutcome {
  const isLimit = failure.type === 'rate_limited'
  return {
    type: 'retry',
    reason: isLimit ? 'rate limited by GitHub' : failure.detail,
    afterMs: isLimit ? failure.retryAfterMs : unreachedMs,
    countsAsAttempt: false,
    mayHaveHappened,
  }
}
