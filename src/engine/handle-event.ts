import { reasons } from '../policy/reason-codes.ts'
import { alertById, recordDetails } from '../store/alerts.ts'
import { appendAudit, wasDone } from '../store/audit.ts'
import { cardsOf, wantRevision } from '../store/cards.ts'
import type { InboxEvent } from '../store/inbox.ts'
import type { Db } from '../store/open-store.ts'
import { addEffect } from '../store/outbox.ts'
import { recordPerson } from '../store/people.ts'
import { openPipelines, pipelineById } from '../store/pipelines.ts'
import { setTimer } from '../store/timers.ts'
import { cardLane, type NewEffect } from './effects.ts'
import type { EngineContext } from './engine-context.ts'
import type { EventBodies, EventType, Operator, RerunOutcome, RerunPress } from './events.ts'
import { followFacts } from './gate/follow-facts.ts'
import { handleAsked, handleAskRead } from './gate/handle-ask.ts'
import { handleLookRefused, handleMalformed, handlePressed, handlePressRead } from './gate/handle-press.ts'
import {
  handleDeploymentKnown,
  handleGateTimer,
  handleLockTimer,
  handlePlanRead,
  handleRuleAnswered,
  handleRunAgain,
  handleRunEnded,
  handleRunStarted,
  handleStartFailed,
  handleStartPostponed,
} from './gate/handle-progress.ts'
import { handleRuleRequested } from './gate/handle-rule-requested.ts'
import { touchRecentCards } from './gate/touch-cards.ts'
import { handleFacts, silenceMs } from './handle-facts.ts'
import { both, type Handled } from './handled.ts'
import { handleHomeOpened, handleHomeTimer } from './home-tabs.ts'
import { handleRolloutBegin, handleRolloutHappened, handleRolloutTimer } from './rollout/handle-rollout.ts'
import { handleUsualTrafficRead } from './rollout/usual-traffic.ts'
import { handleRunEndOpen } from './run-ends.ts'

type Handler<Type extends EventType> = (
  tx: Db,
  body: EventBodies[Type],
  event: { readonly id: string; readonly at: number },
  context: EngineContext,
) => Promise<Handled>

const handlers: { readonly [Type in EventType]: Handler<Type> } = {
  'github.facts': handleGithubFacts,
  'slack.rerun_pressed': handleRerunPressed,
  'slack.operator_identified': handleOperatorIdentified,
  'slack.home_opened': handleHomeOpened,
  'github.rerun_answered': handleRerunAnswered,
  'github.failure_details': handleFailureDetails,
  'slack.person_found': handlePersonFound,
  'timer.pipeline_silent': handlePipelineSilent,
  'timer.run_end_open': handleRunEndOpen,
  'gate.asked': handleAsked,
  'gate.ask_read': handleAskRead,
  'gate.pressed': handlePressed,
  'gate.malformed': handleMalformed,
  'gate.look_refused': handleLookRefused,
  'gate.press_read': handlePressRead,
  'gate.plan_read': handlePlanRead,
  'gate.run_started': handleRunStarted,
  'gate.start_failed': handleStartFailed,
  'gate.start_postponed': handleStartPostponed,
  'gate.run_again': handleRunAgain,
  'gate.rule_answered': handleRuleAnswered,
  'gate.run_ended': handleRunEnded,
  'gate.deployment_known': handleDeploymentKnown,
  'rollout.begin': handleRolloutBegin,
  'rollout.happened': handleRolloutHappened,
  'rollout.usual_traffic_read': handleUsualTrafficRead,
  'timer.rollout': handleRolloutTimer,
  'timer.gate': handleGateTimer,
  'timer.lock': handleLockTimer,
  'timer.home': handleHomeTimer,
}

/**
 * Handles one event in the transaction that also marks it as handled.
 *
 * @throws when the event is of no known type or its handler has a fault; nothing of it is kept then
 */
export async function handleEvent(tx: Db, event: InboxEvent, context: EngineContext): Promise<Handled> {
  if (!Object.hasOwn(handlers, event.type)) throw new Error(`No handler for events of type ${event.type}`)
  // The body was written by us with the type beside it.
  const handler = handlers[event.type as EventType] as Handler<EventType>
  return await handler(
    tx,
    JSON.parse(event.body) as EventBodies[EventType],
    { id: event.id, at: event.receivedAt },
    context,
  )
}

async function handleGithubFacts(
  tx: Db,
  body: EventBodies['github.facts'],
  event: { readonly id: string; readonly at: number },
  context: EngineContext,
): Promise<Handled> {
  const handled = await handleFacts(tx, body, event, context)
  const ofReleases = await followFacts(tx, body.facts, event, context)
  if (body.rule !== undefined) await handleRuleRequested(tx, body.rule, event, context)
  return ofReleases === null ? handled : both(handled, ofReleases)
}

async function queue(tx: Db, effect: NewEffect, at: number): Promise<boolean> {
  return await addEffect(tx, { ...effect, at })
}

async function handleRerunPressed(tx: Db, press: RerunPress, event: { readonly at: number }): Promise<Handled> {
  const effect = { id: `operator:${press.id}`, lane: `press:${press.id}`, type: 'identify_operator' } as const
  await queue(tx, { ...effect, body: { press } }, event.at)
  return { outcome: 'accepted' }
}

async function handleOperatorIdentified(
  tx: Db,
  body: EventBodies['slack.operator_identified'],
  event: { readonly at: number },
  context: EngineContext,
): Promise<Handled> {
  const { press, operator, refused } = body
  const refuse = async (reason: keyof typeof reasons): Promise<Handled> => {
    await recordRerun(tx, press, operator, { type: 'refused', reason, detail: null }, event.at)
    return { outcome: `refused_${reason}` }
  }
  if (refused !== null) return await refuse(refused)
  if (context.repositoryOf(press.repository) === null) return await refuse('unknown_run')
  if (await wasDone(tx, { action: rerunAction, object: rerunObject(press) })) return await refuse('already_rerun')
  const effect = { id: `rerun:${press.id}`, lane: `run:${press.runId}`, type: 'rerun_failed_jobs' } as const
  await queue(tx, { ...effect, body: { press, operator } }, event.at)
  return { outcome: 'accepted' }
}

async function handleRerunAnswered(
  tx: Db,
  body: EventBodies['github.rerun_answered'],
  event: { readonly at: number },
): Promise<Handled> {
  await recordRerun(tx, body.press, body.operator, body.outcome, event.at)
  return { outcome: body.outcome.type === 'started' ? 'changed' : `refused_${body.outcome.reason}` }
}

const rerunAction = 'rerun_failed_jobs'

function rerunObject(press: RerunPress): string {
  return `${press.repository} run ${press.runId} attempt ${press.attempt}`
}

/** One audit row and one answer for each press. */
async function recordRerun(
  tx: Db,
  press: RerunPress,
  operator: Operator,
  outcome: RerunOutcome,
  at: number,
): Promise<void> {
  const reason = outcome.type === 'refused' ? outcome : null
  await appendAudit(tx, {
    at,
    actor: { type: 'operator', id: operator.id, name: operator.name, team: operator.teamId, githubLogin: null },
    action: rerunAction,
    object: rerunObject(press),
    sha: null,
    evidenceDigest: null,
    reasonCode: reason?.reason ?? null,
    reasonText: reason === null ? null : [reasons[reason.reason], reason.detail].filter(Boolean).join(' '),
    client: 'slack',
  })
  const text =
    reason === null
      ? `Run again: the failed jobs of attempt ${press.attempt} are on their way.`
      : `Not run again. ${reasons[reason.reason]}`
  const { channelId, threadTs, userId } = press
  const effect = { id: `answer:${press.id}`, lane: `press:${press.id}`, type: 'tell_user' } as const
  await queue(tx, { ...effect, body: { channelId, threadTs, userId, text } }, at)
}

async function handleFailureDetails(
  tx: Db,
  body: EventBodies['github.failure_details'],
  event: { readonly at: number },
): Promise<Handled> {
  const alert = await alertById(tx, body.alertId)
  if (alert === null) return { outcome: 'unchanged' }
  await recordDetails(tx, alert.id, body.details)
  for (const card of await cardsOf(tx, alert.pipelineId)) {
    const effect = { id: `alert:${alert.id}:${card.id}`, lane: cardLane(card.id), type: 'post_alert' } as const
    await queue(tx, { ...effect, body: { cardId: card.id, alertId: alert.id } }, event.at)
  }
  return { outcome: 'changed' }
}

/** How long ago a pipeline may have changed for its card to be drawn again with the mention. */
const redrawMs = 24 * 3600_000

async function handlePersonFound(
  tx: Db,
  body: EventBodies['slack.person_found'],
  event: { readonly at: number },
): Promise<Handled> {
  await recordPerson(tx, body.login, body.slackUser, event.at)
  if (body.slackUser === null) return { outcome: 'unchanged' }
  const pipelines = await openPipelines(tx, { since: event.at - redrawMs, limit: 100 })
  for (const pipeline of pipelines) await wantRevision(tx, pipeline.id, pipeline.revision, event.at)
  await touchRecentCards(tx, event.at)
  return { outcome: 'changed', changedCards: true }
}

async function handlePipelineSilent(
  tx: Db,
  body: EventBodies['timer.pipeline_silent'],
  event: { readonly id: string; readonly at: number },
): Promise<Handled> {
  const pipeline = await pipelineById(tx, body.pipelineId)
  if (pipeline === null || !pipeline.isOpen) return { outcome: 'unchanged' }
  // A clock that was set back makes no silence longer.
  const heardAt = Math.min(pipeline.updatedAt, event.at)
  const silentFor = event.at - heardAt
  // What stays silent for days is asked about ever less often.
  const askAgainAt = silentFor < silenceMs ? heardAt + silenceMs : event.at + Math.max(silenceMs, silentFor)
  const timer = { id: `silent:${pipeline.id}`, type: 'timer.pipeline_silent', body }
  await setTimer(tx, { ...timer, dueAt: askAgainAt })
  if (silentFor < silenceMs) return { outcome: 'unchanged', setTimer: true }
  const { id: pipelineId, repository, sha } = pipeline
  const effect = { id: `sync:${event.id}`, lane: `sync:${pipeline.id}`, type: 'sync_pipeline' } as const
  await queue(tx, { ...effect, body: { pipelineId, repository, sha } }, event.at)
  return { outcome: 'accepted', setTimer: true }
}
