import { failureAlert } from '../cards/failure-alert.ts'
import type { Rendered } from '../cards/rendered.ts'
import { type AlertRow, alertById, alertMessage, recordAlertMessage, withdrawBroadcast } from '../store/alerts.ts'
import { type CardRow, cardById, cardWasDeleted } from '../store/cards.ts'
import { failureRate } from '../store/history.ts'
import type { OutboxEffect } from '../store/outbox.ts'
import { pipelineById } from '../store/pipelines.ts'
import { clockSkewMs, keepLooking, outcomeOfChatFailure, waitFor } from './chat-outcome.ts'
import type { ChatResult, PostedMessage } from './chat-platform.ts'
import type { EffectBodies } from './effects.ts'
import { mentionsFor } from './people.ts'
import type { EffectOutcome } from './perform.ts'
import type { PerformContext } from './perform-context.ts'

/** A thread waits for its card; card-sync wakes it, and this is the longest that it waits should that be missed. */
const cardWaitMs = 5_000

type Reply =
  | { readonly ok: true; readonly place: PostedMessage }
  | { readonly ok: false; readonly outcome: EffectOutcome }

/** Posts a line into a card's thread, once. */
export async function postInThread(
  effect: OutboxEffect,
  body: EffectBodies['post_in_thread'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const card = await cardById(context.store.db, body.cardId)
  const reply = await postReply(effect, { card, message: body.message, isBroadcast: false }, context)
  return reply.ok ? { type: 'done' } : reply.outcome
}

export async function postAlert(
  effect: OutboxEffect,
  body: EffectBodies['post_alert'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const { store } = context
  const alert = await alertById(store.db, body.alertId)
  const card = await cardById(store.db, body.cardId)
  if (alert === null) return { type: 'done' }
  const message = await renderAlert(alert, context)
  if (message === null) return { type: 'done' }
  // A failure that is mended already by the time it is posted does not call anybody.
  const isBroadcast = alert.isBroadcast && alert.fixed === null
  const reply = await postReply(effect, { card, message, isBroadcast }, context)
  if (!reply.ok) return reply.outcome
  const { channel: channelId, ts } = reply.place
  await store.transaction(async (tx) => {
    if (!isBroadcast) await withdrawBroadcast(tx, alert.id)
    await recordAlertMessage(tx, { alertId: alert.id, cardId: body.cardId, channelId, ts })
  })
  return { type: 'done' }
}

/** Edits an alert that was mended, or was not after all. One that was never posted has nothing to edit. */
export async function updateAlert(
  _effect: OutboxEffect,
  body: EffectBodies['update_alert'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const { store, chat, budget } = context
  const alert = await alertById(store.db, body.alertId)
  const place = await alertMessage(store.db, body.alertId, body.cardId)
  if (alert === null || place === null) return { type: 'done' }
  const message = await renderAlert(alert, context)
  if (message === null) return { type: 'done' }
  const budgeted = budget.take('update', place.channelId)
  if (!budgeted.ok) return waitFor(budgeted.waitMs)
  const result = await chat.updateMessage({
    channel: place.channelId,
    ts: place.ts,
    ...message,
    broadcast: alert.isBroadcast && alert.fixed === null,
    // The mark it was posted with, so that it can still be found.
    mark: { id: `alert:${body.alertId}:${body.cardId}` },
  })
  if (result.ok) return { type: 'done' }
  if (result.failure.type === 'rate_limited') budget.penalize('update', place.channelId, result.failure.retryAfterMs)
  return outcomeOfChatFailure(result.failure)
}

export interface ReplyToPost {
  readonly card: CardRow | null
  readonly message: Rendered
  readonly isBroadcast: boolean
  /**
   * The message with more than every workspace takes, after so many refusals of it; null to post it as it is. Asked only
   * when it is to be posted.
   */
  readonly dressed?: (refusals: number) => Promise<Rendered | null>
}

/** Posts under a card, once: a reply to the message that the card is, or to the one that it is a reply to. */
export async function postReply(effect: OutboxEffect, reply: ReplyToPost, context: PerformContext): Promise<Reply> {
  const { store, chat, budget, clock } = context
  const { card } = reply
  if (card === null || card.state === 'gone') return { ok: false, outcome: { type: 'done' } }
  if (card.ts === null || card.channelId === null) return { ok: false, outcome: waitFor(cardWaitMs) }
  const place = { channel: card.channelId, threadTs: card.threadTs ?? card.ts }
  const mark = { id: effect.id }

  if (effect.startedAt !== null) {
    const oldestMs = effect.startedAt - clockSkewMs
    const found = await chat.findMessage({ ...place, mark, oldestMs })
    if (!found.ok) return { ok: false, outcome: keepLooking(outcomeOfChatFailure(found.failure)) }
    if (found.value !== null) return { ok: true, place: found.value }
  }
  const budgeted = budget.take('post', card.channelId)
  if (!budgeted.ok) return { ok: false, outcome: waitFor(budgeted.waitMs) }
  const result = await postWhatIsTaken(reply, (message) =>
    chat.postMessage({ ...place, ...message, broadcast: reply.isBroadcast, mark }),
  )
  if (result.ok) return { ok: true, place: result.value }
  const { failure } = result
  if (failure.type === 'rate_limited') budget.penalize('post', card.channelId, failure.retryAfterMs)
  if (failure.type === 'channel_unavailable')
    await context.onChannelUnavailable(card.channel, failure.code, clock.now())
  if (failure.type === 'message_not_found') {
    // The card was deleted and nobody noticed yet. What is to be said under it waits until it is back.
    const fate = await store.transaction((tx) => cardWasDeleted(tx, card, clock.now()))
    context.onCardBehind()
    return { ok: false, outcome: fate === 'gone' ? { type: 'done' } : waitFor(cardWaitMs) }
  }
  return { ok: false, outcome: outcomeOfChatFailure(failure) }
}

/** The words matter more than their dress: blocks that Slack refuses are left out, first those that it may, then all. */
async function postWhatIsTaken(
  { message, dressed }: ReplyToPost,
  post: (message: Rendered) => Promise<ChatResult<PostedMessage>>,
): Promise<ChatResult<PostedMessage>> {
  for (let refusals = 0; ; refusals += 1) {
    const rich = (await dressed?.(refusals)) ?? null
    const result = await post(rich ?? message)
    if (result.ok || result.failure.type !== 'invalid_blocks') return result
    if (rich !== null) continue
    return message.blocks.length === 0 ? result : await post({ text: message.text, blocks: [] })
  }
}

async function renderAlert(alert: AlertRow, context: PerformContext): Promise<Rendered | null> {
  const { store, config, memory, repositoryOf } = context
  const row = await pipelineById(store.db, alert.pipelineId)
  const repository = row === null ? null : repositoryOf(row.repository)
  if (row === null || repository === null) return null
  const pipeline = await memory.find(store.db, row, repository.stages)
  if (pipeline === null) return null
  const { view } = pipeline
  const history = await failureRate(store.db, {
    repository: alert.repository,
    branch: await context.defaultBranchOf(alert.repository, view),
    name: alert.name,
    exceptPipelineId: alert.pipelineId,
  })
  const { runId, attempt } = alert.job
  const { fixed } = alert
  return failureAlert({
    pipeline: view,
    job: alert.job,
    stageName: alert.stageName,
    context: {
      layout: 'classic',
      webUrl: config.github.webUrl,
      mentions: await mentionsFor(store.db, view, config),
      usualMs: new Map(),
    },
    details: alert.details,
    history: history.runs === 0 ? null : history,
    onCall: view.isDefaultBranch && alert.isBroadcast ? repository.onCall : null,
    rerunValue: runId === null ? null : `${alert.repository} ${runId} ${attempt}`,
    fixed: fixed === null ? null : { ...fixed, afterMs: Math.max(0, fixed.at - alert.failedAt) },
  })
}
