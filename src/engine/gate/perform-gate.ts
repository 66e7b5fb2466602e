/** Calls to Slack and GitHub that a gate makes; what comes of each goes back into the inbox as an event. */
import { isOpen, type Release } from '../../release/release.ts'
import type { OutboxEffect } from '../../store/outbox.ts'
import { releaseById } from '../../store/releases.ts'
import type { CodeHostFailure } from '../code-host.ts'
import { outcomeOfCodeHostFailure } from '../code-host-outcome.ts'
import type { EffectBodies } from '../effects.ts'
import type { EffectOutcome } from '../perform.ts'
import type { PerformContext } from '../perform-context.ts'
import { cardAddress } from './card-address.ts'

/** How often a workflow's start is tried whose answer was lost, before a person has to look. */
const startAttempts = 8
const startRetryMs = 2_000
/** Clocks of GitHub and this machine differ; a run is looked for from so much before its start, in ms. */
const clockSkewMs = 120_000

const done: EffectOutcome = { type: 'done' }

/**
 * Starts the production workflow, once: an attempt whose end is not known is looked for by the release's id in the
 * run's title before it is repeated.
 */
export async function startWorkflow(
  effect: OutboxEffect,
  { releaseId }: EffectBodies['start_workflow'],
  { store, codeHost, clock }: PerformContext,
): Promise<EffectOutcome> {
  const release = await releaseById(store.db, releaseId)
  // Called off, or started already, while this waited.
  if (release?.state.name !== 'preparing' || release.state.phase !== 'starting' || release.run !== null) return done
  const started = (run: { readonly id: number; readonly url: string }): EffectOutcome => ({
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'gate.run_started', body: { releaseId, run } },
  })
  const failed = (reason: 'start_refused' | 'start_unknown', detail: string): EffectOutcome => ({
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'gate.start_failed', body: { releaseId, reason, detail } },
  })
  const { repository, plan } = release
  const query = { repository, workflow: plan.workflow.file }
  if (effect.startedAt !== null) {
    const found = await codeHost.findRun({
      ...query,
      titleHolds: releaseId,
      sinceMs: effect.startedAt - clockSkewMs,
    })
    if (!found.ok) return lookAgain(effect, found.failure, failed)
    if (found.value !== null) return started(found.value)
    // GitHub lists a run a little after it took the dispatch; how many attempts there were says nothing about that.
    const sinceLastMs = clock.now() - (effect.lastStartedAt ?? effect.startedAt)
    if (sinceLastMs < listedWithinMs) return { ...retryStart('the run is not listed yet'), afterMs: listedWithinMs }
  }
  const result = await codeHost.startWorkflow({ ...query, ref: plan.workflow.ref, inputs: workflowInputs(release) })
  if (result.ok) return result.value === null ? retryStart('GitHub did not say which run it is') : started(result.value)
  const { failure } = result
  if (failure.type === 'rate_limited') return outcomeOfCodeHostFailure(failure)
  if (failure.type === 'unavailable') {
    if (effect.attempts + 1 >= startAttempts) return failed('start_unknown', failure.detail)
    return { ...retryStart(failure.detail), mayHaveHappened: failure.mayHaveHappened }
  }
  return failed('start_refused', failure.detail)
}

/** A run that is not listed so long after the last attempt was never started, in ms. */
const listedWithinMs = 15_000

function retryStart(reason: string): Extract<EffectOutcome, { type: 'retry' }> {
  return { type: 'retry', reason, afterMs: startRetryMs, countsAsAttempt: true, mayHaveHappened: true }
}

function lookAgain(
  effect: OutboxEffect,
  failure: CodeHostFailure,
  failed: (reason: 'start_unknown', detail: string) => EffectOutcome,
): EffectOutcome {
  const outcome = outcomeOfCodeHostFailure(failure)
  if (outcome.type !== 'retry') return failed('start_unknown', outcome.type === 'dead' ? outcome.reason : 'not found')
  if (outcome.countsAsAttempt && effect.attempts + 1 >= startAttempts) return failed('start_unknown', outcome.reason)
  return { ...outcome, mayHaveHappened: true }
}

/** What the workflow is told; see docs/workflow-contract.md. */
function workflowInputs(release: Release): Readonly<Record<string, string>> {
  const { id, sha, strategy, environment } = release
  return { sluice_release: id, sha, strategy, environment, step: '0' }
}

/** Answers the protection rule that a workflow waits at. Answering twice changes nothing at GitHub. */
export async function answerRule(
  effect: OutboxEffect,
  { releaseId, state, comment, rule: ownRule }: EffectBodies['answer_rule'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const { store, codeHost } = context
  const release = await releaseById(store.db, releaseId)
  const rule = ownRule ?? release?.rule ?? null
  if (release === null || rule === null) return done
  // Called off while this waited: an approval that was taken back is not given.
  if (state === 'approved' && release.state.name !== 'preparing') return done
  const link = await cardAddress(releaseId, context)
  const { runId, environment } = rule
  const result = await codeHost.answerProtectionRule({
    repository: release.repository,
    runId,
    environment,
    state,
    comment: link === null ? comment : `${comment}\n${link}`,
  })
  if (result.ok) {
    if (ownRule !== undefined) return done
    return {
      type: 'done',
      event: { id: `effect:${effect.id}`, type: 'gate.rule_answered', body: { releaseId, state } },
    }
  }
  const { failure } = result
  const outcome = outcomeOfCodeHostFailure(failure)
  if (outcome.type === 'retry' && (!outcome.countsAsAttempt || effect.attempts + 1 < startAttempts)) return outcome
  // A second answer to a rule that was answered by an attempt of ours is refused like one that came too late.
  if (effect.startedAt !== null && effect.attempts > 0 && failure.type === 'rejected') {
    const event = { id: `effect:${effect.id}`, type: 'gate.rule_answered' as const, body: { releaseId, state } }
    return { type: 'done', event }
  }
  if (state === 'rejected' || ownRule !== undefined) return done
  const reason = failure.type === 'not_found' || failure.type === 'rejected' ? 'rule_gone' : 'start_unknown'
  const detail = failure.type === 'rate_limited' ? 'GitHub wants a pause' : failure.detail
  return {
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'gate.start_failed', body: { releaseId, reason, detail } },
  }
}

/** Asks how the run stands that carries a release out, and what it built. */
export async function followRun(
  effect: OutboxEffect,
  { releaseId, runId }: EffectBodies['follow_run'],
  { store, codeHost }: PerformContext,
): Promise<EffectOutcome> {
  const release = await releaseById(store.db, releaseId)
  if (release === null || !isOpen(release) || release.run?.id !== runId) return done
  const result = await codeHost.runDetails({ repository: release.repository, runId })
  const ended = (conclusion: string, builtSha: string | null): EffectOutcome => ({
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'gate.run_ended', body: { releaseId, conclusion, builtSha } },
  })
  if (!result.ok) {
    const { failure } = result
    // A run that GitHub does not know any more was deleted: nobody will ever hear how it ended.
    if (failure.type === 'not_found') return ended('unknown', null)
    return lookLater(failure.type === 'rate_limited' ? failure.retryAfterMs : followAgainMs, `GitHub: ${failure.type}`)
  }
  const { status, conclusion, builtSha } = result.value
  if (status === 'completed') return ended(conclusion ?? 'unknown', builtSha)
  return lookLater(followAgainMs, `the run is ${status}`)
}

/** However long GitHub is away or the token wrong: while the run goes on the release is under way, and nobody else will look. */
function lookLater(afterMs: number, reason: string): EffectOutcome {
  return { type: 'retry', reason, afterMs, countsAsAttempt: false, mayHaveHappened: false }
}

/** The next delivery about the run, or the next look, tells. */
const followAgainMs = 60_000

/** Keeps GitHub's own deployment record up to date, creating it first. */
export async function setDeploymentStatus(
  effect: OutboxEffect,
  { releaseId, state }: EffectBodies['set_deployment_status'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const { store, codeHost } = context
  const release = await releaseById(store.db, releaseId)
  if (release === null) return done
  const policy = context.policyOf(release.repository, release.environment)
  if (policy === null) return done
  const { repository, sha, environment } = release
  let { deploymentId } = release
  if (deploymentId === null && state === 'inactive') return done
  if (deploymentId === null) {
    const query = { repository, sha, environment, releaseId }
    // Always looked for: what the status before this one made may not have come back to the release yet.
    const found = await codeHost.findDeployment(query)
    if (!found.ok) return patient(effect, found.failure)
    deploymentId = found.value
    if (deploymentId === null) {
      const description = `Sluice release ${releaseId}: ${release.strategy}`
      const created = await codeHost.createDeployment({
        ...query,
        description,
        isProduction: policy.needsApproval,
      })
      if (!created.ok) return patient(effect, created.failure)
      deploymentId = created.value
    }
  }
  const result = await codeHost.setDeploymentStatus({
    repository,
    deploymentId,
    state,
    environmentUrl: policy.url,
    logUrl: await cardAddress(releaseId, context),
    description: deploymentWords[state],
  })
  if (!result.ok) return patient(effect, result.failure)
  if (release.deploymentId === deploymentId) return done
  const body = { releaseId, deploymentId }
  return { type: 'done', event: { id: `effect:${effect.id}`, type: 'gate.deployment_known', body } }
}

const deploymentWords = {
  queued: 'Approved; waits for its turn',
  in_progress: 'The workflow is running',
  success: 'Released',
  failure: 'The release failed',
  inactive: 'The release was called off',
} as const

/** The record is for people who look at GitHub; a release does not fail by it. */
function patient(effect: OutboxEffect, failure: CodeHostFailure): EffectOutcome {
  const outcome = outcomeOfCodeHostFailure(failure)
  return outcome.type === 'dead' || effect.attempts + 1 >= startAttempts ? done : outcome
}
