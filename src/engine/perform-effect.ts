import type { FailureDetails } from '../pipeline/failure-details.ts'
import { mayOperate } from '../policy/may-operate.ts'
import type { ReasonCode } from '../policy/reason-codes.ts'
import { alertById } from '../store/alerts.ts'
import type { OutboxEffect } from '../store/outbox.ts'
import { outcomeOfChatFailure } from './chat-outcome.ts'
import { outcomeOfCodeHostFailure } from './code-host-outcome.ts'
import type { EffectBodies, EffectType } from './effects.ts'
import type { Operator, RerunOutcome } from './events.ts'
import { findPerson } from './find-person.ts'
import { answerRule } from './gate/answer-rule.ts'
import { followRun } from './gate/follow-run.ts'
import { postUnderRelease, tellPerson, tellSecurity } from './gate/perform-messages.ts'
import { readAsk, readPlan, readPress } from './gate/perform-reads.ts'
import { refusedView } from './gate/refused-view.ts'
import { setDeploymentStatus } from './gate/set-deployment-status.ts'
import { startWorkflow } from './gate/start-workflow.ts'
import type { EffectOutcome } from './perform.ts'
import type { PerformContext } from './perform-context.ts'
import { postInChannel, postOnce } from './post-in-channel.ts'
import { publishHome } from './publish-home.ts'
import { observe, readTraffic, rollBackLeg, setTraffic } from './rollout/perform-rollout.ts'
import { runCheck } from './rollout/run-check.ts'
import { readUsualTraffic } from './rollout/usual-traffic.ts'
import { postAlert, postInThread, updateAlert } from './thread-messages.ts'

type Performer<Type extends EffectType> = (
  effect: OutboxEffect,
  body: EffectBodies[Type],
  context: PerformContext,
) => Promise<EffectOutcome>

const performers: { readonly [Type in EffectType]: Performer<Type> } = {
  post_in_thread: postInThread,
  post_alert: postAlert,
  update_alert: updateAlert,
  fetch_failure_details: fetchFailureDetails,
  identify_operator: identifyOperator,
  rerun_failed_jobs: rerunFailedJobs,
  tell_user: tellUser,
  tell_refused: tellRefused,
  publish_home: publishHome,
  notify_fallback: notifyFallback,
  post_in_channel: postInChannel,
  find_person: findPersonOfLogin,
  sync_pipeline: syncPipeline,
  read_ask: readAsk,
  read_press: readPress,
  read_plan: readPlan,
  start_workflow: startWorkflow,
  answer_rule: answerRule,
  follow_run: followRun,
  set_deployment_status: setDeploymentStatus,
  post_under_release: postUnderRelease,
  tell_security: tellSecurity,
  tell_person: tellPerson,
  read_usual_traffic: readUsualTraffic,
  read_traffic: readTraffic,
  set_traffic: setTraffic,
  observe,
  run_check: runCheck,
  roll_back_leg: rollBackLeg,
}

const questions: readonly string[] = [
  'read_ask',
  'read_press',
  'read_plan',
  'read_traffic',
  'observe',
  'identify_operator',
  'find_person',
  'fetch_failure_details',
  'sync_pipeline',
] satisfies readonly EffectType[]

/** Whether an effect changes nothing outside: made again, it is as if it had been made once. */
export function asksOnly({ type }: Pick<OutboxEffect, 'type'>): boolean {
  return questions.includes(type)
}

/** Makes the call that an effect stands for. Never throws for what a service answers. */
export async function performEffect(effect: OutboxEffect, context: PerformContext): Promise<EffectOutcome> {
  if (!Object.hasOwn(performers, effect.type)) return { type: 'dead', reason: `no such effect: ${effect.type}` }
  // The body was written by us with the type beside it.
  const performer = performers[effect.type as EffectType] as Performer<EffectType>
  return await performer(effect, JSON.parse(effect.body) as EffectBodies[EffectType], context)
}

/** How often a re-run is asked for whose answer is lost; somebody waits for word. */
const rerunAttempts = 5
/** How often GitHub is asked about a silent pipeline; its next silence asks again. */
const syncAttempts = 6
/** An alert without the failing lines now is better than one with them in ten minutes. */
const detailAttempts = 3
const detailRetryMs = 3_000
const nothingKnown: FailureDetails = { step: null, lines: [], source: 'none' }

async function fetchFailureDetails(
  effect: OutboxEffect,
  body: EffectBodies['fetch_failure_details'],
  { store, codeHost }: PerformContext,
): Promise<EffectOutcome> {
  const alert = await alertById(store.db, body.alertId)
  if (alert === null) return { type: 'done' }
  const answer = (details: FailureDetails): EffectOutcome => ({
    type: 'done',
    event: {
      id: `effect:${effect.id}`,
      type: 'github.failure_details',
      body: { alertId: alert.id, details: { ...details, step: details.step ?? alert.job.step } },
    },
  })
  const { jobId } = alert.job
  if (jobId === null) return answer(nothingKnown)
  const result = await codeHost.failureDetails({ repository: alert.repository, jobId })
  if (result.ok) return answer(result.value)
  const outcome = outcomeOfCodeHostFailure(result.failure)
  const tryAgain = outcome.type === 'retry' && outcome.countsAsAttempt && effect.attempts + 1 < detailAttempts
  return tryAgain ? { ...outcome, afterMs: detailRetryMs } : answer(nothingKnown)
}

async function identifyOperator(
  effect: OutboxEffect,
  { press }: EffectBodies['identify_operator'],
  { chat, config, workspace }: PerformContext,
): Promise<EffectOutcome> {
  const answer = (operator: Operator, refused: ReasonCode | null): EffectOutcome => ({
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'slack.operator_identified', body: { press, operator, refused } },
  })
  const anonymous = { id: press.userId, name: null, teamId: press.teamId }
  const own = await workspace()
  const result = await chat.user(press.userId)
  if (own === null || !result.ok) {
    // A press is answered soon or refused: nobody waits at a button for a service to come back.
    return answer(anonymous, 'unknown_person')
  }
  const person = result.value
  const { allowedTeams, allowedGuests } = config.slack
  return answer(
    { id: person.id, name: person.name, teamId: person.teamId },
    mayOperate(person, { teamId: own.teamId, allowedTeams, allowedGuests }),
  )
}

async function rerunFailedJobs(
  effect: OutboxEffect,
  { press, operator }: EffectBodies['rerun_failed_jobs'],
  { codeHost }: PerformContext,
): Promise<EffectOutcome> {
  const answer = (outcome: RerunOutcome): EffectOutcome => ({
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'github.rerun_answered', body: { press, operator, outcome } },
  })
  const refuse = (reason: Extract<RerunOutcome, { type: 'refused' }>['reason'], detail: string | null = null) =>
    answer({ type: 'refused', reason, detail })
  const { repository, runId, attempt } = press

  const state = await codeHost.runState({ repository, runId })
  if (!state.ok) {
    return state.failure.type === 'unavailable' || state.failure.type === 'rate_limited'
      ? refuse('rerun_failed')
      : refuse('rerun_refused', state.failure.detail)
  }
  // An attempt of ours whose answer was lost shows here as the newer attempt that it asked for.
  if (state.value.attempt > attempt)
    return effect.startedAt === null ? refuse('already_rerun') : answer({ type: 'started' })
  if (state.value.status !== 'completed') return refuse('still_running')

  const result = await codeHost.rerunFailedJobs({ repository, runId })
  if (result.ok) return answer({ type: 'started' })
  const { failure } = result
  if (failure.type === 'unavailable' && failure.mayHaveHappened && effect.attempts + 1 < rerunAttempts) {
    const retry = { reason: failure.detail, countsAsAttempt: true, mayHaveHappened: true }
    return { type: 'retry', ...retry, afterMs: detailRetryMs }
  }
  return failure.type === 'unavailable' || failure.type === 'rate_limited'
    ? refuse('rerun_failed')
    : refuse('rerun_refused', failure.detail)
}

/** Where an answer cannot be shown in the channel, a direct message brings it. What was decided is in the audit log. */
async function tellUser(
  effect: OutboxEffect,
  body: EffectBodies['tell_user'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const { channelId, threadTs, userId: user, text, blocks = [] } = body
  if (channelId === null) return await tellPerson(effect, { userId: user, message: { text, blocks } }, context)
  const place = threadTs === null ? { channel: channelId } : { channel: channelId, threadTs }
  const result = await context.chat.postEphemeral({ ...place, user, text, blocks })
  if (result.ok) return { type: 'done' }
  const { type } = result.failure
  if (type !== 'person_unreachable' && type !== 'channel_unavailable') return outcomeOfChatFailure(result.failure)
  // A command works in channels that Sluice is not in, and its answer still has to arrive.
  const message = { text: `<#${channelId}>: ${text}`, blocks }
  return await tellPerson(effect, { userId: user, message }, context)
}

async function tellRefused(
  effect: OutboxEffect,
  { refused, ...place }: EffectBodies['tell_refused'],
  context: PerformContext,
): Promise<EffectOutcome> {
  return await tellUser(effect, { ...place, ...(await refusedView(refused, context)) }, context)
}

async function notifyFallback(
  effect: OutboxEffect,
  { message }: EffectBodies['notify_fallback'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const channel = context.config.slack.fallbackChannel
  if (channel === null) return { type: 'done' }
  return await postOnce(effect, { channel, message }, context)
}

async function findPersonOfLogin(
  effect: OutboxEffect,
  { login, email }: EffectBodies['find_person'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const found = await findPerson({ login, email }, context)
  if (!found.ok) return found.outcome
  const { slackUser } = found
  return {
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'slack.person_found', body: { login, slackUser } },
  }
}

async function syncPipeline(
  effect: OutboxEffect,
  { repository, sha }: EffectBodies['sync_pipeline'],
  { codeHost }: PerformContext,
): Promise<EffectOutcome> {
  const result = await codeHost.presentState({ repository, sha })
  if (!result.ok) {
    const outcome = outcomeOfCodeHostFailure(result.failure)
    // The next silence asks again; a repository that is gone is no dead letter.
    const isPointless = outcome.type === 'dead' || effect.attempts + 1 >= syncAttempts
    return isPointless ? { type: 'done' } : outcome
  }
  return {
    type: 'done',
    event: { id: `effect:${effect.id}`, type: 'github.facts', body: { facts: result.value, isPresentState: true } },
  }
}
