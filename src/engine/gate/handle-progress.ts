/** What a release's calls came to, and its timers: each becomes an event of the release and is decided by the rules. */
import type { Fact, ReviewFact, RunFact } from '../../pipeline/facts.ts'
import { decide } from '../../release/decide.ts'
import type { ReleaseEvent } from '../../release/decision.ts'
import { lockOf, removeLock } from '../../store/environments.ts'
import type { Db } from '../../store/open-store.ts'
import { addEffect } from '../../store/outbox.ts'
import { slackUsersOf } from '../../store/people.ts'
import { openReleaseOfRun, openReleases, releaseById, saveRelease } from '../../store/releases.ts'
import { releaseLane } from '../effects.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies } from '../events.ts'
import type { Handled } from '../handled.ts'
import { applyDecision, wakeQueue } from './apply-decision.ts'
import { gateContextOf } from './gate-context.ts'
import { touchCards } from './touch-cards.ts'

type At = { readonly id: string; readonly at: number }

const unchanged: Handled = { outcome: 'unchanged' }

/** Lets the rules decide what an event does to a release; nothing for one that is gone from store or configuration. */
export async function decideRelease(
  tx: Db,
  releaseId: string,
  event: ReleaseEvent,
  context: EngineContext,
): Promise<Handled> {
  const before = await releaseById(tx, releaseId)
  const policy = before === null ? null : context.policyOf(before.repository, before.environment)
  if (before === null || policy === null) return unchanged
  const { at } = event
  const gate = await gateContextOf(tx, before, policy, { releaseId, at })
  const decision = decide(before, event, gate)
  return await applyDecision(tx, { before, decision, press: null, gate, at }, context)
}

export async function handlePlanRead(
  tx: Db,
  { releaseId, purpose, fresh }: EventBodies['gate.plan_read'],
  { at }: At,
  context: EngineContext,
): Promise<Handled> {
  const type = purpose === 'check' ? 'plan_checked' : 'refreshed'
  return await decideRelease(tx, releaseId, { type, at, fresh }, context)
}

export async function handleRunStarted(
  tx: Db,
  { releaseId, run }: EventBodies['gate.run_started'],
  { at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideRelease(tx, releaseId, { type: 'run_started', at, run }, context)
}

export async function handleStartFailed(
  tx: Db,
  { releaseId, reason, detail }: EventBodies['gate.start_failed'],
  { at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideRelease(tx, releaseId, { type: 'start_failed', at, reason, detail }, context)
}

export async function handleRuleAnswered(
  tx: Db,
  { releaseId, state }: EventBodies['gate.rule_answered'],
  event: At,
  context: EngineContext,
): Promise<Handled> {
  if (state === 'rejected') return unchanged
  const { at } = event
  const handled = await decideRelease(tx, releaseId, { type: 'rule_answered', at }, context)
  const release = await releaseById(tx, releaseId)
  // The run that waited is the run that carries the release out.
  if (release === null || release.rule === null || release.run !== null) return handled
  const url = `${context.config.github.webUrl}/${release.repository}/actions/runs/${release.rule.runId}`
  return await decideRelease(tx, releaseId, { type: 'run_started', at, run: { id: release.rule.runId, url } }, context)
}

export async function handleRunEnded(
  tx: Db,
  { releaseId, conclusion, builtSha }: EventBodies['gate.run_ended'],
  { at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideRelease(tx, releaseId, { type: 'run_ended', at, conclusion, builtSha }, context)
}

/** GitHub's record of the release has an id; nobody decides anything by it. */
export async function handleDeploymentKnown(
  tx: Db,
  { releaseId, deploymentId }: EventBodies['gate.deployment_known'],
  { at }: At,
): Promise<Handled> {
  const release = await releaseById(tx, releaseId)
  if (release === null || release.deploymentId === deploymentId) return unchanged
  await saveRelease(tx, { ...release, deploymentId }, at, false)
  return { outcome: 'changed' }
}

export async function handleGateTimer(
  tx: Db,
  { releaseId, what }: EventBodies['timer.gate'],
  event: At,
  context: EngineContext,
): Promise<Handled> {
  const { at } = event
  switch (what) {
    case 'expire':
    case 'remind':
    case 'try_start':
      return await decideRelease(tx, releaseId, { type: what, at }, context)
    case 'refresh': {
      const release = await releaseById(tx, releaseId)
      if (release?.state.name !== 'awaiting_approval') return unchanged
      const effect = { id: `refresh:${event.id}`, lane: `refresh:${releaseId}`, type: 'read_plan' }
      await addEffect(tx, { ...effect, body: { releaseId, purpose: 'refresh' }, at })
      return { outcome: 'accepted' }
    }
    case 'follow': {
      const release = await releaseById(tx, releaseId)
      if (release?.state.name !== 'preparing' || release.run === null) return unchanged
      await follow(tx, { releaseId, runId: release.run.id, cause: event.id, at })
      return { outcome: 'accepted' }
    }
    default:
      return what satisfies never
  }
}

export async function handleLockTimer(
  tx: Db,
  { repository, environment, what }: EventBodies['timer.lock'],
  event: At,
  context: EngineContext,
): Promise<Handled> {
  const { at } = event
  const place = { repository, environment }
  if (what === 'end') {
    if ((await lockOf(tx, place, at)) !== null) return unchanged
    await removeLock(tx, place)
    await wakeQueue(tx, place, { cause: event.id, at })
    await touchCards(tx, await openReleases(tx, place), at)
    return { outcome: 'changed', changedCards: true }
  }
  const lock = await lockOf(tx, place, at)
  if (lock === null || lock.holder.slackId === null) return unchanged
  await addEffect(tx, {
    id: `lock-reminder:${event.id}`,
    lane: `person:${lock.holder.slackId}`,
    type: 'tell_person',
    body: {
      userId: lock.holder.slackId,
      message: context.texts.lockForgotten({ ...place, why: lock.why, since: lock.since }),
    },
    at,
  })
  return { outcome: 'changed' }
}

/** What GitHub told about runs that carry releases out, and about people who decided on its own page. */
export async function followFacts(
  tx: Db,
  facts: readonly Fact[],
  event: At,
  context: EngineContext,
): Promise<Handled | null> {
  let handled: Handled | null = null
  for (const fact of facts) {
    if (fact.type === 'run' && fact.status === 'completed') await followRun(tx, fact, event, context)
    if (fact.type === 'review' && fact.state !== 'requested' && fact.runId !== null && fact.reviewerLogin !== null) {
      handled = (await decidedElsewhere(tx, fact, fact.runId, fact.reviewerLogin, event, context)) ?? handled
    }
  }
  return handled
}

async function followRun(tx: Db, fact: RunFact, event: At, context: EngineContext): Promise<void> {
  const repository = context.repositoryOf(fact.repository)?.repo ?? fact.repository
  const releaseId = await openReleaseOfRun(tx, repository, fact.runId)
  if (releaseId === null) return
  await follow(tx, { releaseId, runId: fact.runId, cause: `${event.id}:${fact.attempt}`, at: event.at })
}

async function follow(
  tx: Db,
  { releaseId, runId, cause, at }: { releaseId: string; runId: number; cause: string; at: number },
): Promise<void> {
  const effect = { id: `follow:${releaseId}:${cause}`, lane: releaseLane(releaseId), type: 'follow_run' }
  await addEffect(tx, { ...effect, body: { releaseId, runId }, at })
}

async function decidedElsewhere(
  tx: Db,
  fact: ReviewFact,
  runId: number,
  login: string,
  event: At,
  context: EngineContext,
): Promise<Handled | null> {
  const repository = context.repositoryOf(fact.repository)?.repo ?? fact.repository
  const policy = context.policyOf(repository, fact.environment)
  if (policy === null || fact.state === 'requested') return null
  const open = await openReleases(tx, { repository, environment: policy.environment })
  const release = open.find((one) => one.rule?.runId === runId || one.run?.id === runId)
  if (release === undefined) return null
  const lower = login.toLowerCase()
  const slackId = context.config.people.get(lower) ?? (await slackUsersOf(tx, [lower])).get(lower) ?? null
  const by = { slackId, teamId: null, name: login, logins: [lower], emails: [] }
  return await decideRelease(
    tx,
    release.id,
    { type: 'decided_elsewhere', at: event.at, by, decision: fact.state },
    context,
  )
}
