import { canAdopt } from './after-drift.ts'
import { activeOf } from './moves.ts'
import { isBackupMissing } from './open-rollout.ts'
import { isUnapproved } from './progress.ts'
import { partsByHand } from './roll-back.ts'
import { isOver, isRollingBack, type Rollout } from './rollout.ts'
import type { RolloutPressEvent } from './rollout-decision.ts'

export type RolloutPressName = RolloutPressEvent['type']

/**
 * What the rules would take of somebody entitled to it, as things stand: the buttons worth showing. In the order of how
 * likely each is wanted; rolling back comes last.
 *
 * @param backup - name of the backup that was made before the migrations; null when there is none
 */
export function offersOf(rollout: Rollout, backup: string | null): readonly RolloutPressName[] {
  if (isOver(rollout)) return []
  // Pressed again, what is missing is tried at once.
  if (isRollingBack(rollout)) {
    return partsByHand(rollout).length > 0 ? ['done_by_hand', 'roll_back'] : ['roll_back']
  }
  const { phase, drift } = rollout
  if (phase.name !== 'held') return ['hold', ...forward(rollout), 'roll_back']
  const { hold } = phase
  const canHold = hold.by === null && hold.endsByItself
  if (drift !== null) {
    return [
      ...(canAdopt(rollout) ? (['adopt'] as const) : []),
      'restore',
      ...(canHold ? (['hold'] as const) : []),
      'roll_back',
    ]
  }
  const isAsked = phase.from.name === 'before_check' && isUnapproved(rollout, rollout.stepIndex)
  const canResume = !isBackupMissing(rollout, { backup }) && !(hold.reason === 'step_needs_approval' && isAsked)
  return [
    ...(isAsked ? (['approve_step'] as const) : []),
    ...(canResume ? (['resume'] as const) : []),
    ...(canHold ? (['hold'] as const) : []),
    ...forward(rollout),
    'roll_back',
  ]
}

/** On, on to the end, or longer where it is. */
function forward(rollout: Rollout): readonly RolloutPressName[] {
  const { phase, pools, drift, stepIndex, steps, confirmed, window } = rollout
  const active = activeOf(phase)
  if (active === null || active.name === 'preflight' || pools === null || drift !== null) return []
  const isBefore = active.name === 'before_check' || active.name === 'setting'
  if (isBefore && phase.name !== 'held') return []
  const ahead = isBefore ? stepIndex : stepIndex + 1
  const canAdvance = !isBefore || !isUnapproved(rollout, stepIndex)
  const canPromote = confirmed < 100 && !steps.some((_, index) => index >= ahead && isUnapproved(rollout, index))
  const canExtend = active.name === 'observing' && window !== null
  return [
    ...(canAdvance ? (['advance'] as const) : []),
    // The same as to advance, where there is one step left.
    ...(canPromote && !(canAdvance && ahead >= steps.length - 1) ? (['promote'] as const) : []),
    ...(canExtend ? (['extend'] as const) : []),
  ]
}
