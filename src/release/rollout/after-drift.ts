/** The two ways on when somebody else changed how the traffic is split. The third is to roll back. */
import { done, first, moved, refuse } from './moves.ts'
import { confirm, isUnapproved, observeStep, restore } from './progress.ts'
import type { Drift, Rollout } from './rollout.ts'
import type { RolloutContext, RolloutDecision, RolloutPressEvent } from './rollout-decision.ts'
import { whereItIs } from './say-rollout.ts'

/** What is live becomes what is confirmed, and the step that has as much of the traffic is observed anew. */
export function adopt(
  rollout: Rollout,
  event: Extract<RolloutPressEvent, { readonly type: 'adopt' }>,
  context: RolloutContext,
  now: number,
): RolloutDecision {
  const { drift } = rollout
  if (drift === null) return refuse(rollout, event, 'nothing_changed', whereItIs(rollout))
  const percent = adoptablePercent(drift)
  if (percent === null) return refuse(rollout, event, 'cannot_adopt', drift.words)
  const stepIndex = stepWith(rollout, percent)
  if (isUnapprovedUpTo(rollout, stepIndex)) return refuse(rollout, event, 'step_needs_approval', whereItIs(rollout))
  const adopted = confirm(moved(rollout, now, { stepIndex }), percent, now)
  const text = `The split as it is now, ${percent} %, is taken over.`
  return done(first([{ type: 'post_line', text }], observeStep(adopted, context, now)), event, text)
}

/** Whether the split as it is could become the rollout's own, by the press of somebody entitled to it. */
export function canAdopt(rollout: Rollout): boolean {
  const percent = rollout.drift === null ? null : adoptablePercent(rollout.drift)
  return percent !== null && !isUnapprovedUpTo(rollout, stepWith(rollout, percent))
}

/** Null with nothing for the canary, where there is nothing to observe, and with a pool off or a foreign one: not ours. */
function adoptablePercent({ isAdoptable, percent }: Drift): number | null {
  const whole = Math.round(percent)
  return isAdoptable && whole >= 1 ? whole : null
}

/** The step that has as much of the traffic, or the most of what is less. */
function stepWith({ steps, stepIndex }: Rollout, percent: number): number {
  const most = Math.max(...steps.map((step) => (step.percent <= percent ? step.percent : 0)))
  if (steps[stepIndex]?.percent === most) return stepIndex
  return Math.max(
    0,
    steps.findIndex((step) => step.percent === most),
  )
}

/** Somebody who sets a weight at the provider stands in for no approval. */
function isUnapprovedUpTo(rollout: Rollout, stepIndex: number): boolean {
  return rollout.steps.some((_, index) => index <= stepIndex && isUnapproved(rollout, index))
}

export function restoreSplit(
  rollout: Rollout,
  event: Extract<RolloutPressEvent, { readonly type: 'restore' }>,
  now: number,
): RolloutDecision {
  if (rollout.drift === null) return refuse(rollout, event, 'nothing_changed', whereItIs(rollout))
  const text = `${rollout.confirmed} % is being set again.`
  return done(first([{ type: 'post_line', text }], restore(rollout, now)), event, text)
}
