import type { CodeHostFailure } from './code-host.ts'
import type { EffectOutcome } from './perform.ts'

/** What a failed call to GitHub means for the effect that made it. */
export function outcomeOfCodeHostFailure(failure: CodeHostFailure): EffectOutcome {
  switch (failure.type) {
    case 'rate_limited':
      return {
        type: 'retry',
        reason: 'rate limited by GitHub',
        afterMs: failure.retryAfterMs,
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
    case 'unauthorized':
    case 'not_found':
    case 'rejected':
      return { type: 'dead', reason: failure.detail }
    default:
      return failure satisfies never
  }
}
