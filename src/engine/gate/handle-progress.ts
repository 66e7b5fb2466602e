/** What a release's calls came to, and its timers: each becomes an event of the release and is decided by the rules. */
import { lockReminder } from '../../cards/release-notices.ts'
import type { DeploymentStatusFact, Fact, ReviewFact, RunFact } from '../../pipeline/facts.ts'
import { decide } from '../../release/decide.ts'
import type { ReleaseEvent } from '../../release/decision.ts'
import { isOpen } from '../../release/release.ts'
import { lockOf, removeLock } from '../../store/environments.ts'
import type { Db } from '../../store/open-store.ts'
import { addEffect, wakeLane } from '../../store/outbox.ts'
import { slackUsersOf } from '../../store/people.ts'
import { openReleaseOfRun, openReleases, releaseById } from '../../store/releases.ts'
import { setTimer } from '../../store/timers.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies } from '../events.ts'
import type { Handled } from '../handled.ts'
import { applyDecision, lookAgainMs, staleMs, wakeQueue } from './apply-decision.ts'
import { gateContextOf, queueOf } from './gate-context.ts'
import { touchOpenCards } from './touch-cards.ts'

type At = { readonly id: string; readonly at: number }

const unchanged: Handled = { outcome: 'unchanged' }

/**
 * Lets the rules decide what an event does to a release; nothing for one that is gone from store or configuration.
 *
 * @param cause - id of the event in the inbox
 */
export async function decideRelease(
  tx: Db,
  releaseId: string,
  event: ReleaseEvent,
  context: EngineContext,
  cause: string,
): Promise<Handled> {
  const before = await releaseById(tx, releaseId)
  const policy = before === null ? null : context.policyOf(before.repository, before.environment)
  if (before === null || policy === null) return unchanged
  const { at } = event
  const gate = await gateContextOf(tx, before, policy, { releaseId, at })
  const decision = decide(before, event, gate)
  return await applyDecision(tx, { cause, before, decision, press: null, gate, at }, context)
}

export async function handlePlanRead(
  tx: Db,
  { releaseId, purpose, generation, fresh }: EventBodies['gate.plan_read'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  const event: ReleaseEvent =
    purpose === 'check' ? { type: 'plan_checked', at, generation, fresh } : { type: 'refreshed', at, fresh }
  return await decideRelease(tx, releaseId, event, context, id)
}

export async function handleRunStarted(
  tx: Db,
  { releaseId, run }: EventBodies['gate.run_started'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideRelease(tx, releaseId, { type: 'run_started', at, run }, context, id)
}

export async function handleStartFailed(
  tx: Db,
  { releaseId, reason, detail }: EventBodies['gate.start_failed'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideRelease(tx, releaseId, { type: 'start_failed', at, reason, detail }, context, id)
}

export async function handleRuleAnswered(
  tx: Db,
  { releaseId, state }: EventBodies['gate.rule_answered'],
  event: At,
  context: EngineContext,
): Promise<Handled> {
  if (state === 'rejected') return unchanged
  return await decideRelease(tx, releaseId, { type: 'rule_answered', at: event.at }, context, event.id)
}

export async function handleRunEnded(
  tx: Db,
  { releaseId, conclusion, builtSha }: EventBodies['gate.run_ended'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideRelease(tx, releaseId, { type: 'run_ended', at, conclusion, builtSha }, context, id)
}

/** GitHub's record of the release has an id; nobody decides anything by it. */
export async function handleDeploymentKnown(
  tx: Db,
  { releaseId, deploymentId }: EventBodies['gate.deployment_known'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideRelease(tx, releaseId, { type: 'deployment_recorded', at, deploymentId }, context, id)
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
      return await decideRelease(tx, releaseId, { type: what, at }, context, event.id)
    case 'try_start': {
      const handled = await decideRelease(tx, releaseId, { type: what, at }, context, event.id)
      const state = (await releaseById(tx, releaseId))?.state
      const stillWaits = state?.name === 'queued' || (state?.name === 'preparing' && state.phase === 'checking')
      if (!stillWaits) return handled
      const id = `gate:try_start:${releaseId}`
      await setTimer(tx, { id, type: 'timer.gate', body: { releaseId, what }, dueAt: at + lookAgainMs })
      return { ...handled, setTimer: true }
    }
    case 'refresh': {
      const release = await releaseById(tx, releaseId)
      if (release?.state.name !== 'awaiting_approval') return unchanged
      const effect = { id: `refresh:${event.id}`, lane: `refresh:${releaseId}`, type: 'read_plan' }
      const body = { releaseId, purpose: 'refresh', generation: release.generation }
      await addEffect(tx, { ...effect, body, at })
      // Armed again from what comes of it, unless nothing does: GitHub may be down.
      const timer = { id: `gate:refresh:${releaseId}`, type: 'timer.gate', body: { releaseId, what } }
      await setTimer(tx, { ...timer, dueAt: at + staleMs })
      return { outcome: 'accepted', setTimer: true }
    }
    case 'follow': {
      const release = await releaseById(tx, releaseId)
      if (release === null || !isOpen(release) || release.run === null) return unchanged
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
  if (what !== 'remind') {
    if (what === 'end') {
      if ((await lockOf(tx, place, at)) !== null) return unchanged
      await removeLock(tx, place)
    }
    await wakeQueue(tx, place, { cause: event.id, at })
    await touchOpenCards(tx, place, at)
    return { outcome: 'changed', changedCards: true }
  }
  const lock = await lockOf(tx, place, at)
  if (lock === null || lock.holder.slackId === null) return unchanged
  const waiting = queueOf(await openReleases(tx, place)).length
  const message = lockReminder(
    {
      ...place,
      lock: { by: lock.holder, why: lock.why, expiresAt: lock.expiresAt },
      heldMs: Math.max(0, at - lock.since),
      waiting,
    },
    { layout: 'classic', webUrl: context.config.github.webUrl, mentions: new Map() },
  )
  await addEffect(tx, {
    id: `lock-reminder:${event.id}`,
    lane: `person:${lock.holder.slackId}`,
    type: 'tell_person',
    body: { userId: lock.holder.slackId, message },
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
    if (fact.type === 'deployment_status') handled = (await letThrough(tx, fact, event, context)) ?? handled
  }
  return handled
}

const goingOn = new Set(['queued', 'in_progress', 'success'])

/** The job that waited for our answer goes on without it: an administrator let it through. */
async function letThrough(
  tx: Db,
  fact: DeploymentStatusFact,
  { id, at }: At,
  context: EngineContext,
): Promise<Handled | null> {
  if (!goingOn.has(fact.state)) return null
  const repository = context.repositoryOf(fact.repository)?.repo ?? fact.repository
  const policy = context.policyOf(repository, fact.environment)
  if (policy === null || policy.mode !== 'protection_rule') return null
  const open = await openReleases(tx, { repository, environment: policy.environment })
  const release = open.find(
    (one) => one.sha === fact.sha && one.rule?.environment === fact.environment && one.state.name !== 'preparing',
  )
  if (release === undefined) return null
  const by = { slackId: null, teamId: null, name: 'somebody on GitHub', logins: [], emails: [] }
  return await decideRelease(tx, release.id, { type: 'decided_elsewhere', at, by, decision: 'started' }, context, id)
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
  const lane = `follow:${releaseId}`
  // A look that waits for its time makes way for this one.
  await wakeLane(tx, lane, at)
  await addEffect(tx, { id: `follow:${releaseId}:${cause}`, lane, type: 'follow_run', body: { releaseId, runId }, at })
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
    event.id,
  )
}
