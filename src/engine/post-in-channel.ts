import type { OutboxEffect } from '../store/outbox.ts'
import { clockSkewMs, keepLooking, outcomeOfChatFailure, waitFor } from './chat-outcome.ts'
import type { ChatFailure } from './chat-platform.ts'
import type { EffectBodies } from './effects.ts'
import type { EffectOutcome } from './perform.ts'
import type { PerformContext } from './perform-context.ts'

/**
 * Posts a message of its own, once, whatever becomes of the answers: an attempt that may have worked is looked for
 * before it is repeated.
 */
export async function postOnce(
  effect: OutboxEffect,
  { channel, message }: EffectBodies['post_in_channel'],
  { chat, budget }: PerformContext,
  outcomeOf: (failure: ChatFailure) => EffectOutcome = outcomeOfChatFailure,
): Promise<EffectOutcome> {
  const mark = { id: effect.id }
  if (effect.startedAt !== null) {
    const found = await chat.findMessage({ channel, mark, oldestMs: effect.startedAt - clockSkewMs })
    if (!found.ok) return keepLooking(outcomeOf(found.failure))
    if (found.value !== null) return { type: 'done' }
  }
  const budgeted = budget.take('post', channel)
  if (!budgeted.ok) return waitFor(budgeted.waitMs)
  const result = await chat.postMessage({ channel, ...message, mark })
  if (result.ok) return { type: 'done' }
  if (result.failure.type === 'rate_limited') budget.penalize('post', channel, result.failure.retryAfterMs)
  return outcomeOf(result.failure)
}

/** A channel that cannot be written to leaves a dead letter: nobody else would hear that the message is missing. */
export async function postInChannel(
  effect: OutboxEffect,
  body: EffectBodies['post_in_channel'],
  context: PerformContext,
): Promise<EffectOutcome> {
  return await postOnce(effect, body, context, (failure) =>
    failure.type === 'channel_unavailable'
      ? { type: 'dead', reason: `${body.channel} cannot be written to: ${failure.code}` }
      : outcomeOfChatFailure(failure),
  )
}
