import type { ChatFailure } from './chat-platform.ts'
import type { EffectOutcome } from './perform.ts'

/** How long a wrong or revoked token is left alone before it is tried again: somebody has to mend it first. */
const tokenRetryMs = 30_000

/** A message that may have been posted is looked for from a little before its attempt, in ms: clocks differ. */
export const clockSkewMs = 120_000

/** Nothing was asked of Slack yet: later. */
export function waitFor(afterMs: number): EffectOutcome {
  return { type: 'retry', reason: 'waiting for its turn', afterMs, countsAsAttempt: false, mayHaveHappened: false }
}

/** What a failed look for a message means: until a look has succeeded, the message may be there. */
export function keepLooking(outcome: EffectOutcome): EffectOutcome {
  return outcome.type === 'retry' ? { ...outcome, mayHaveHappened: true } : outcome
}

/** What a failed call to Slack means for the effect that made it. */
export function outcomeOfChatFailure(failure: ChatFailure): EffectOutcome {
  switch (failure.type) {
    case 'rate_limited':
      return {
        type: 'retry',
        reason: 'rate limited by Slack',
        afterMs: failure.retryAfterMs,
        countsAsAttempt: false,
        mayHaveHappened: false,
      }
    case 'unauthorized':
      return {
        type: 'retry',
        reason: `Slack refuses the token: ${failure.code}`,
        afterMs: tokenRetryMs,
        countsAsAttempt: false,
        mayHaveHappened: false,
      }
    case 'unavailable':
      return {
        type: 'retry',
        reason: failure.detail,
        countsAsAttempt: true,
        mayHaveHappened: failure.mayHaveHappened,
      }
    case 'message_not_found':
    case 'channel_unavailable':
    case 'person_unreachable':
      // The place to say it is gone, and so is the reader.
      return { type: 'done' }
    case 'invalid_blocks':
      return { type: 'dead', reason: `Slack refuses the blocks: ${failure.detail}` }
    case 'rejected':
      return { type: 'dead', reason: `Slack refuses: ${failure.code}` }
    default:
      return failure satisfies never
  }
}
