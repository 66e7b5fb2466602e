/** The end of a check before or after a step. While held it counts as well, only that nothing goes on. */
import type { RolloutCheck } from '../../policy/rollout-policy.ts'
import { checkWords } from './check-words.ts'
import { holdByItself } from './hold-rollout.ts'
import { activeOf, type Move, moved, nothing, own, timeOf } from './moves.ts'
import { afterChecks, beforeChecks, stepAt } from './progress.ts'
import { startRollback } from './roll-back.ts'
import type { ActivePhase, Rollout } from './rollout.ts'
import type { RolloutContext, RolloutDecision, RolloutEffect, RolloutEvent } from './rollout-decision.ts'

type CheckEnded = Extract<RolloutEvent, { readonly type: 'check_ended' }>

/** A check that says nothing for so long is not waited for any more, in ms. */
const longestCheckMs = 1_800_000

export function checkEnded(rollout: Rollout, event: CheckEnded, context: RolloutContext): RolloutDecision {
  const running = runningCheck(rollout)
  const { when, index, result } = event
  if (running === null || event.step !== rollout.stepIndex || running.when !== when || running.index !== index) {
    return nothing(rollout)
  }
  const now = timeOf(rollout, event.at)
  const detail = [checkWords(running.check, rollout), event.detail].filter((part) => part !== null).join(': ')
  if (result === 'failed') {
    const move = startRollback(rollout, { reason: 'check_failed', by: null, why: detail }, now)
    return own(move, 'roll_back', 'check_failed', detail)
  }
  if (result === 'unknown') {
    // Held: it is run again when it goes on.
    if (rollout.phase.name === 'held') return nothing(rollout)
    return holdByItself(rollout, { reason: 'check_unknown', detail }, context, now)
  }
  return own(passed(rollout, running, context, now), 'check_passed', null, `${detail}: passed`)
}

interface RunningCheck {
  readonly when: 'before' | 'after'
  readonly index: number
  readonly check: RolloutCheck
}

function runningCheck(rollout: Rollout): RunningCheck | null {
  const active = activeOf(rollout.phase)
  if (active?.name !== 'before_check' && active?.name !== 'after_check') return null
  const when = active.name === 'before_check' ? 'before' : 'after'
  const check = stepAt(rollout, rollout.stepIndex)[when][active.index]
  return check === undefined ? null : { when, index: active.index, check }
}

function passed(rollout: Rollout, { when, index }: RunningCheck, context: RolloutContext, now: number): Move {
  const { phase } = rollout
  if (phase.name !== 'held') {
    return when === 'before' ? beforeChecks(rollout, index + 1, now) : afterChecks(rollout, index + 1, context, now)
  }
  const name = when === 'before' ? 'before_check' : 'after_check'
  const from: ActivePhase = { name, index: index + 1 }
  return { rollout: moved(rollout, now, { phase: { ...phase, from } }), effects: [] }
}

/** A check that is under way, in case nobody knows of it any more; see `run_check`. Held when it takes too long. */
export function checkAgain(rollout: Rollout, context: RolloutContext, now: number): RolloutDecision {
  const running = runningCheck(rollout)
  const { phase } = rollout
  if (running === null || (phase.name !== 'before_check' && phase.name !== 'after_check')) return nothing(rollout)
  const { when, index, check } = running
  if (now - phase.since >= longestCheckMs) {
    const detail = `${checkWords(check, rollout)}: no end`
    return holdByItself(rollout, { reason: 'check_unknown', detail }, context, now)
  }
  const again: RolloutEffect = { type: 'run_check', step: rollout.stepIndex, when, index, check }
  return nothing(rollout, [again])
}
