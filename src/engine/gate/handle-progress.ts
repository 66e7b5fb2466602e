/** What a release's calls came to, and its timers: each becomes an event of the release and is decided by the rules. */
import { lockReminder } from '../../cards/release-notices.ts'
import type { ReleaseEvent } from '../../release/decision.ts'
import { isOpen } from '../../release/release.ts'
import { declaredFreezeOf, endFreeze, lockOf, removeLock } from '../../store/environments.ts'
import type { Db } from '../../store/open-store.ts'
import { addEffect, wasGivenUp } from '../../store/outbox.ts'
import { openReleases, type ReleaseRecord, releaseById, releaseRecord } from '../../store/releases.ts'
import { setTimer } from '../../store/timers.ts'
import { releaseLane } from '../effects.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies } from '../events.ts'
import type { Handled } from '../handled.ts'
import { wantUsualTraffic } from '../rollout/usual-traffic.ts'
import { followMs, lookAgainMs, staleMs, wakeQueue } from './apply-decision.ts'
import { decideRelease } from './decide-release.ts'
import { follow } from './follow.ts'
import { setFreezeTimer } from './freeze-timer.ts'
import { queueOf } from './gate-context.ts'
import { identityOfLogin } from './identity-of-login.ts'
import { touchCards, touchOpenCards } from './touch-cards.ts'

type At = { readonly id: string; readonly at: number }

const unchanged: Handled = { outcome: 'unchanged' }

export async function handlePlanRead(
  tx: Db,
  { releaseId, purpose, generation, fresh }: EventBodies['gate.plan_read'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  const event: ReleaseEvent =
    purpose === 'check' ? { type: 'plan_checked', at, generation, fresh } : { type: 'refreshed', at, fresh }
  return await decideRelease(tx, releaseId, event, id, context)
}

export async function handleRunStarted(
  tx: Db,
  { releaseId, run }: EventBodies['gate.run_started'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideRelease(tx, releaseId, { type: 'run_started', at, run }, id, context)
}

export async function handleStartFailed(
  tx: Db,
  { releaseId, reason, detail }: EventBodies['gate.start_failed'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideRelease(tx, releaseId, { type: 'start_failed', at, reason, detail }, id, context)
}

export async function handleStartPostponed(
  tx: Db,
  { releaseId, ...why }: EventBodies['gate.start_postponed'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideRelease(tx, releaseId, { type: 'start_postponed', at, ...why }, id, context)
}

/** Somebody started a release's run again on GitHub. */
export async function handleRunAgain(
  tx: Db,
  { releaseId, attempt, login, conclusion }: EventBodies['gate.run_again'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  const by = login === null ? null : await identityOfLogin(login, { config: context.config, db: tx })
  return await decideRelease(tx, releaseId, { type: 'run_again', at, attempt, by, conclusion }, id, context)
}

export async function handleRuleAnswered(
  tx: Db,
  { releaseId, state }: EventBodies['gate.rule_answered'],
  event: At,
  context: EngineContext,
): Promise<Handled> {
  if (state === 'rejected') return unchanged
  return await decideRelease(tx, releaseId, { type: 'rule_answered', at: event.at }, event.id, context)
}

export async function handleRunEnded(
  tx: Db,
  { releaseId, conclusion, builtSha, backup = null }: EventBodies['gate.run_ended'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideRelease(tx, releaseId, { type: 'run_ended', at, conclusion, builtSha, backup }, id, context)
}

/** GitHub's record of the release has an id; nobody decides anything by it. */
export async function handleDeploymentKnown(
  tx: Db,
  { releaseId, deploymentId }: EventBodies['gate.deployment_known'],
  { id, at }: At,
  context: EngineContext,
): Promise<Handled> {
  return await decideRelease(tx, releaseId, { type: 'deployment_recorded', at, deploymentId }, id, context)
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
      return await decideRelease(tx, releaseId, { type: what, at }, event.id, context)
    case 'try_start': {
      const handled = await decideRelease(tx, releaseId, { type: what, at }, event.id, context)
      const state = (await releaseById(tx, releaseId))?.state
      if (state?.name !== 'queued' && (state?.name !== 'preparing' || state.phase === 'running')) return handled
      if (state.name === 'preparing' && state.phase === 'starting') {
        // Parked by a fault of our own: nobody would ever hear of it, and the environment would stay taken.
        const call = { lane: releaseLane(releaseId), types: ['start_workflow', 'answer_rule'], since: state.since }
        const detail = 'The call was given up; “sluice outbox” says why.'
        const failed = { type: 'start_failed', at, reason: 'start_unknown', detail } as const
        if (await wasGivenUp(tx, call)) return await decideRelease(tx, releaseId, failed, event.id, context)
      }
      if (state.name === 'queued') await armFreeze(tx, releaseId, at, context)
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
      await wantUsualTraffic(tx, release, { cause: event.id, at }, context)
      // Armed again from what comes of it, unless nothing does: GitHub may be down.
      const timer = { id: `gate:refresh:${releaseId}`, type: 'timer.gate', body: { releaseId, what } }
      await setTimer(tx, { ...timer, dueAt: at + staleMs })
      await armFreeze(tx, releaseId, at, context)
      // The run that waits for the gate may have been cancelled, and its delivery lost.
      if (release.run !== null) await follow(tx, { releaseId, runId: release.run.id, cause: event.id, at })
      return { outcome: 'accepted', setTimer: true }
    }
    case 'follow': {
      const release = await releaseById(tx, releaseId)
      if (release === null || !isOpen(release) || release.run === null) return unchanged
      await follow(tx, { releaseId, runId: release.run.id, cause: event.id, at })
      const timer = { id: `gate:follow:${releaseId}`, type: 'timer.gate', body: { releaseId, what } }
      await setTimer(tx, { ...timer, dueAt: at + followMs })
      return { outcome: 'accepted', setTimer: true }
    }
    case 'freeze': {
      const release = await armFreeze(tx, releaseId, at, context)
      if (release === null || !isOpen(release)) return unchanged
      await touchCards(tx, [release], at)
      return { outcome: 'changed', changedCards: true, setTimer: true }
    }
    case 'rollback_closed': {
      const release = await releaseRecord(tx, releaseId)
      if (release === null) return unchanged
      await touchCards(tx, [release], at)
      return { outcome: 'changed', changedCards: true }
    }
    default:
      return what satisfies never
  }
}

/** The configuration may be another one than when the timer was set, so that it is set by the one of now. */
async function armFreeze(tx: Db, releaseId: string, at: number, context: EngineContext): Promise<ReleaseRecord | null> {
  const release = await releaseRecord(tx, releaseId)
  const policy = release === null ? null : context.policyOf(release.repository, release.environment)
  if (release !== null && policy !== null) await setFreezeTimer(tx, release, policy, at)
  return release
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
    await touchOpenCards(tx, place, at)
    return { outcome: 'changed', changedCards: true }
  }
  if (what === 'thaw') {
    // Another freeze may have been declared meanwhile, with a timer of its own.
    if ((await declaredFreezeOf(tx, place, at)) !== null) return unchanged
    await endFreeze(tx, place)
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
