/** What is said under a release's card, to one person, and in other channels; each once. */
import type { Rendered } from '../../cards/rendered.ts'
import { cardById } from '../../store/cards.ts'
import type { OutboxEffect } from '../../store/outbox.ts'
import { releaseById } from '../../store/releases.ts'
import { clockSkewMs, keepLooking, outcomeOfChatFailure, waitFor } from '../chat-outcome.ts'
import type { EffectBodies } from '../effects.ts'
import type { EffectOutcome } from '../perform.ts'
import type { PerformContext } from '../perform-context.ts'
import { postOnce } from '../post-in-channel.ts'
import { chartDress } from '../rollout/chart-dress.ts'
import { postReply } from '../thread-messages.ts'
import { breakGlassText, threadNote } from './release-texts.ts'

export async function postUnderRelease(
  effect: OutboxEffect,
  { releaseId, cardId, what }: EffectBodies['post_under_release'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const card = await cardById(context.store.db, cardId)
  const release = await releaseById(context.store.db, releaseId)
  if (release === null) return { type: 'done' }
  const note = await threadNote(release, what, context)
  if (note === null) return { type: 'done' }
  const { message, isBroadcast, chart = null } = note
  const dress = chart === null ? null : await chartDress(message, chart, context)
  const reply = await postReply(
    effect,
    { card, message, isBroadcast, ...(dress === null ? {} : { dressed: dress.dressed }) },
    context,
  )
  if (!reply.ok) return reply.outcome
  await dress?.remember()
  return { type: 'done' }
}

export async function tellSecurity(
  effect: OutboxEffect,
  { releaseId }: EffectBodies['tell_security'],
  context: PerformContext,
): Promise<EffectOutcome> {
  const release = await releaseById(context.store.db, releaseId)
  const policy = release === null ? null : context.policyOf(release.repository, release.environment)
  const channel = policy?.breakGlass?.channel ?? context.config.slack.fallbackChannel
  if (release === null || channel === null) return { type: 'done' }
  return await postOnce(effect, { channel, message: await breakGlassText(release, context) }, context)
}

/** A direct message, once. Whoever left or takes none from apps is not told again and again; the audit log has it. */
export async function tellPerson(
  effect: OutboxEffect,
  { userId, message }: { readonly userId: string; readonly message: Rendered },
  { chat, budget }: PerformContext,
): Promise<EffectOutcome> {
  const mark = { id: effect.id }
  if (effect.startedAt !== null) {
    const found = await chat.findMessage({ channel: userId, mark, oldestMs: effect.startedAt - clockSkewMs })
    if (!found.ok) return keepLooking(outcomeOfChatFailure(found.failure))
    if (found.value !== null) return { type: 'done' }
  }
  const budgeted = budget.take('post', userId)
  if (!budgeted.ok) return waitFor(budgeted.waitMs)
  const result = await chat.directMessage({ user: userId, ...message, mark })
  if (result.ok) return { type: 'done' }
  const { failure } = result
  if (failure.type === 'rate_limited') budget.penalize('post', userId, failure.retryAfterMs)
  const isUnderWay = failure.type === 'rate_limited' || failure.type === 'unavailable'
  return isUnderWay ? outcomeOfChatFailure(failure) : { type: 'done' }
}
