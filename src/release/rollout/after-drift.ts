/** The two ways on when somebody else changed how the traffic is split. The third is to roll back. */
import { done, first, moved, refuse } from './moves.ts'
import { confirm, observeStep, restore } from './progress.ts'
import type { Rollout } from './rollout.ts'
import type { RolloutContext, RolloutDecision, RolloutPressEvent } from './rollout-decision.ts'
import { whereItIs } from './say-rollout.ts'

/** What is live becomes what is confirmed, and the step that has as much of the traffic is observed anew. */
export function adopt(
  rollout: Rollout,
  event: Extract<RolloutPressEvent, { readonly type: 'adopt' }>,
  context: RolloutContext,
  now: number,
): RolloutDecision {
  const { drift, steps } = rollout
  if (drift === null) return refuse(rollout, event, 'nothing_changed', whereItIs(rollout))
  const percent = Math.round(drift.percent)
  // With nothing for the canary there is nothing to observe, and with a pool off or a foreign one it is no split of ours.
  if (!drift.isAdoptable || percent < 1) return refuse(rollout, event, 'cannot_adopt', drift.words)
  const most = Math.max(...steps.map((step) => (step.percent <= percent ? step.percent : 0)))
  const isPresent = steps[rollout.stepIndex]?.percent === most
  const stepIndex = isPresent
    ? rollout.stepIndex
    : Math.max(
        0,
        steps.findIndex((step) => step.percent === most),
      )
  const adopted = confirm(moved(rollout, now, { stepIndex }), percent, now)
  const text = `The split as it is now, ${percent} %, is taken over.`
  return done(first([{ type: 'post_line', text }], observeStep(adopted, context, now)), event, text)
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
