import { addressIn } from '../../policy/pool-address.ts'
import type { Rollout } from '../../release/rollout/rollout.ts'
import type { OutboxEffect } from '../../store/outbox.ts'
import { releaseById } from '../../store/releases.ts'
import { rolloutOf } from '../../store/rollouts.ts'
import type { CodeHost } from '../code-host.ts'
import type { EffectBodies } from '../effects.ts'
import type { EventBodies } from '../events.ts'
import { workflowInputs } from '../gate/workflow-inputs.ts'
import type { EffectOutcome } from '../perform.ts'
import type { PerformContext } from '../perform-context.ts'

const done: EffectOutcome = { type: 'done' }

/** A page that is asked for a check: how long it may take, how often it may fail before that is believed. */
const answerMs = 10_000
const looks = 3
const lookAgainMs = 2_000
/** How often a run is looked at that was started for a check, and how long it may not be listed yet. In ms. */
const followMs = 5_000
const listedAfterMs = 60_000
const clockSkewMs = 120_000

type CheckContext = Pick<PerformContext, 'store' | 'clock' | 'servicesOf'> & {
  readonly codeHost: Pick<CodeHost, 'findRun' | 'startWorkflow' | 'runDetails'>
}

/** A check before or after a step: a page that has to be well, or a workflow that has to end well. */
export async function runCheck(
  effect: OutboxEffect,
  body: EffectBodies['run_check'],
  context: CheckContext,
): Promise<EffectOutcome> {
  const { releaseId, step, when, index, check } = body
  const answer = (
    result: Extract<EventBodies['rollout.happened']['what'], { readonly type: 'check_ended' }>['result'],
    detail: string | null,
  ): EffectOutcome => {
    const what = { type: 'check_ended', step, when, index, result, detail } as const
    return { type: 'done', event: { id: `effect:${effect.id}`, type: 'rollout.happened', body: { releaseId, what } } }
  }
  const rollout = await rolloutOf(context.store.db, releaseId)
  if (rollout === null || !isAsked(rollout, body)) return done
  if (check.type === 'workflow') return await followWorkflow(effect, body, context, answer)
  const release = await releaseById(context.store.db, releaseId)
  const services = release === null ? null : await context.servicesOf(release)
  if (services === null) return answer('unknown', 'Its environment is gone.')
  const url = addressIn(check.url, rollout.pools?.canary ?? null)
  if (url === null) return answer('unknown', 'Which pool has the new version is not known.')
  const result = await services.probe.probe({ url, statuses: null, body: null, timeoutMs: answerMs })
  if (result.ok) return answer('passed', null)
  if (effect.attempts + 1 >= looks) return answer('failed', result.detail)
  return {
    type: 'retry',
    reason: result.detail,
    afterMs: lookAgainMs,
    countsAsAttempt: true,
    mayHaveHappened: false,
  }
}

/** Whether the rollout still waits for this very check; also while it is held. */
function isAsked({ phase, stepIndex }: Rollout, { step, when, index }: EffectBodies['run_check']): boolean {
  const active = phase.name === 'held' ? phase.from : phase
  const name = when === 'before' ? 'before_check' : 'after_check'
  return active.name === name && active.index === index && stepIndex === step
}

/** Started once: it is looked for by its name in the run's title before it is started, and then followed to its end. */
async function followWorkflow(
  effect: OutboxEffect,
  { releaseId, step, when, index, check }: EffectBodies['run_check'],
  { store, codeHost, clock }: CheckContext,
  answer: (result: 'passed' | 'failed' | 'unknown', detail: string | null) => EffectOutcome,
): Promise<EffectOutcome> {
  const release = await releaseById(store.db, releaseId)
  if (release === null || check.type !== 'workflow') return done
  const { repository } = release
  const name = `${releaseId}-${when}-${step}-${index}`
  const later = (reason: string, mayHaveHappened: boolean, afterMs = followMs): EffectOutcome => {
    return { type: 'retry', reason, afterMs, countsAsAttempt: false, mayHaveHappened }
  }
  const sinceMs = effect.createdAt - clockSkewMs
  const found = await codeHost.findRun({ repository, workflow: check.file, titleHolds: name, sinceMs })
  if (!found.ok) {
    const { failure } = found
    if (failure.type === 'rate_limited')
      return later('GitHub wants a pause', effect.startedAt !== null, failure.retryAfterMs)
    if (failure.type === 'unavailable') return later(failure.detail, effect.startedAt !== null)
    return answer('unknown', failure.detail)
  }
  if (found.value === null) {
    if (effect.startedAt !== null) {
      if (clock.now() - effect.startedAt < listedAfterMs) return later('the run is not listed yet', true)
      // It never began. The next attempt is a new one, with a time of its own for how long its run may not be listed.
      return later('the run did not begin', false, 0)
    }
    const started = await codeHost.startWorkflow({
      repository,
      workflow: check.file,
      ref: release.plan.workflow.ref,
      inputs: { ...workflowInputs(release), sluice_release: name, step: String(step) },
      optionalInputs: { environment: release.environment },
    })
    if (started.ok) return later('it has been started', true)
    const { failure } = started
    if (failure.type === 'rate_limited') return later('GitHub wants a pause', false, failure.retryAfterMs)
    if (failure.type === 'unavailable') return later(failure.detail, failure.mayHaveHappened)
    return answer('unknown', failure.detail)
  }
  const run = await codeHost.runDetails({ repository, runId: found.value.id })
  if (!run.ok) return later('GitHub does not say how the run stands', true)
  if (run.value.status !== 'completed') return later(`the run is ${run.value.status}`, true)
  const conclusion = run.value.conclusion ?? 'unknown'
  return answer(conclusion === 'success' ? 'passed' : 'failed', `run ${found.value.id} ended as ${conclusion}`)
}
