/** What people do to a rollout, at every step. */
import { requiredRules } from '../../policy/approval-rules.ts'
import { refusalUnlessAmong } from '../../policy/entitlement.ts'
import { mayApprove } from '../../policy/may-approve.ts'
import type { ReasonCode } from '../../policy/reason-codes.ts'
import { longestExtensionMs } from '../../policy/rollout-policy.ts'
import { adopt, restoreSplit } from './after-drift.ts'
import { holdRollout } from './hold-rollout.ts'
import { activeOf, done, first, type Move, moved, refuse, timeOf } from './moves.ts'
import { isBackupMissing } from './open-rollout.ts'
import { enterStep, goOn, isUnapproved, nextStep, shift, stepAt } from './progress.ts'
import { doneByHand, driveRollback, partsByHand, startRollback } from './roll-back.ts'
import { isOver, isRollingBack, type Rollout } from './rollout.ts'
import type { RolloutContext, RolloutDecision, RolloutEffect, RolloutPressEvent } from './rollout-decision.ts'
import { rollbackWords, whereItIs } from './say-rollout.ts'

type Press<T extends RolloutPressEvent['type']> = Extract<RolloutPressEvent, { readonly type: T }>

export function pressed(rollout: Rollout, event: RolloutPressEvent, context: RolloutContext): RolloutDecision {
  const isReopened = event.type === 'roll_back' && rollout.phase.name === 'completed' && context.isRollbackOpen
  if (isOver(rollout) && !isReopened) return refuse(rollout, event, 'rollout_over', whereItIs(rollout))
  const refusal = mayPress(event, context)
  if (refusal !== null) return refuse(rollout, event, refusal)
  const now = timeOf(rollout, event.at)
  if (event.type === 'roll_back') return rollBack(rollout, event, context, now)
  if (event.type === 'done_by_hand') return byHand(rollout, event, now)
  if (isRollingBack(rollout)) return refuse(rollout, event, 'rolling_back', whereItIs(rollout))
  if (event.type === 'hold') return hold(rollout, event, context, now)
  if (isStale(rollout, event)) return refuse(rollout, event, 'stale_button', whereItIs(rollout))
  switch (event.type) {
    case 'resume':
      return resume(rollout, event, context, now)
    case 'advance':
      return advance(rollout, event, context, now)
    case 'promote':
      return promote(rollout, event, now)
    case 'extend':
      return extend(rollout, event, now)
    case 'adopt':
      return adopt(rollout, event, context, now)
    case 'restore':
      return restoreSplit(rollout, event, now)
    case 'approve_step':
      return approveStep(rollout, event, context, now)
    default:
      return event satisfies never
  }
}

/** What only stops something (hold, roll back) is taken from an old card as well. */
function isStale(rollout: Rollout, { press }: RolloutPressEvent): boolean {
  if (press.seen === null) return press.client === 'slack'
  return press.seen.generation !== rollout.generation || press.seen.step !== rollout.stepIndex
}

/**
 * The right to deploy: that of those who may ask for a release or approve one. The command line belongs to whoever owns the
 * machine, except for approving.
 */
function mayPress({ type, press, at }: RolloutPressEvent, context: RolloutContext): ReasonCode | null {
  const { policy, risks } = context
  const applicant = { identity: press.by, memberships: press.memberships, at }
  const approvers = requiredRules(policy, risks).map(({ from }) => from)
  if (type === 'approve_step' && approvers.length > 0) {
    const { requester, authors } = context
    const answer = mayApprove({ policy, risks, requester, authors, approvals: [] }, applicant)
    return answer.ok ? null : answer.reason
  }
  if (press.client === 'cli' || policy.requesters === null) return null
  const refusal = refusalUnlessAmong([policy.requesters, ...approvers], applicant)
  return refusal === 'not_entitled' ? 'may_not_deploy' : refusal
}

/** Whether it matters which groups somebody is in. Where everybody may, nobody has to be asked before traffic comes back. */
export function needsMemberships(
  type: RolloutPressEvent['type'],
  { requesters }: Pick<RolloutContext['policy'], 'requesters'>,
): boolean {
  return type === 'approve_step' || requesters !== null
}

function rollBack(rollout: Rollout, event: Press<'roll_back'>, context: RolloutContext, now: number): RolloutDecision {
  const why = event.why?.trim() || null
  if (isRollingBack(rollout)) {
    const move = driveRollback(rollout, now, true)
    return done(move, event, `${whereItIs(rollout)} What is missing is tried again at once.`, why)
  }
  const words = rollbackWords(rollout, context.backup)
  const move = startRollback(rollout, { reason: null, by: event.press.by, why }, now)
  // One that was over has no clock any more that would ask again for what nothing is heard of.
  const clock: RolloutEffect = { type: 'timer', timer: 'tick', at: now + context.tickMs }
  return done(first(isOver(rollout) ? [clock] : [], move), event, `Rolling back. ${words}`, why)
}

function byHand(rollout: Rollout, event: Press<'done_by_hand'>, now: number): RolloutDecision {
  if (partsByHand(rollout).length > 0 && isStale(rollout, event)) {
    return refuse(rollout, event, 'stale_button', whereItIs(rollout))
  }
  const move = doneByHand(rollout, event.press.by, now)
  if (move === null) return refuse(rollout, event, 'nothing_by_hand', whereItIs(rollout))
  return done(move, event, 'Taken for done. The traffic is read once more, and then the rollback is over.')
}

function hold(rollout: Rollout, event: Press<'hold'>, context: RolloutContext, now: number): RolloutDecision {
  const { phase } = rollout
  const why = event.why.trim()
  if (why === '') return refuse(rollout, event, 'reason_missing')
  // One that Sluice holds may go on by itself; a person's does not.
  if (phase.name === 'held' && (phase.hold.by !== null || !phase.hold.endsByItself)) {
    return refuse(rollout, event, 'already_held', whereItIs(rollout))
  }
  const move = holdRollout(rollout, { reason: null, by: event.press.by, detail: why }, context, now)
  return done(move, event, `Held at ${rollout.confirmed} %. It is still watched, and rolled back if it fails.`, why)
}

function resume(rollout: Rollout, event: Press<'resume'>, context: RolloutContext, now: number): RolloutDecision {
  const { phase, window, stepIndex } = rollout
  if (phase.name !== 'held') return refuse(rollout, event, 'not_held', whereItIs(rollout))
  if (isBackupMissing(rollout, context)) return refuse(rollout, event, 'no_backup')
  if (rollout.drift !== null) return refuse(rollout, event, 'traffic_changed')
  if (phase.hold.reason === 'step_needs_approval') {
    if (isUnapproved(rollout, stepIndex)) return refuse(rollout, event, 'step_needs_approval')
  }
  // With its window used up it would be held again at the next check: it gets another one.
  const isUsedUp = phase.hold.reason === 'undecided' && window !== null
  const again = isUsedUp
    ? { ...rollout, window: { ...window, extensionMs: window.extensionMs + window.windowMs } }
    : rollout
  const move = goOn(again, phase.from, context, now)
  const text = isUsedUp ? 'It goes on, with another window.' : 'It goes on.'
  return done(told(move, `Resumed at ${rollout.confirmed} %.`), event, text)
}

function told(move: Move, text: string): Move {
  const line: RolloutEffect = { type: 'post_line', text }
  return first([line], move)
}

/** Why nobody can send it forward now; null when they can. */
function standsInTheWay(rollout: Rollout): ReasonCode | null {
  const active = activeOf(rollout.phase)
  if (rollout.pools === null || active === null || active.name === 'preflight') {
    const isHeld = rollout.phase.name === 'held' && rollout.phase.hold.reason === 'no_backup'
    return isHeld ? 'no_backup' : 'not_begun'
  }
  if (rollout.drift !== null) return 'traffic_changed'
  const isOnTheWay = active.name === 'before_check' || active.name === 'setting'
  return isOnTheWay && rollout.phase.name !== 'held' ? 'already_moving' : null
}

/** Whether the present step's weight is not in force yet. */
function isBeforeItsWeight({ phase }: Rollout): boolean {
  const active = activeOf(phase)
  return active?.name === 'before_check' || active?.name === 'setting'
}

function advance(rollout: Rollout, event: Press<'advance'>, context: RolloutContext, now: number): RolloutDecision {
  const obstacle = standsInTheWay(rollout)
  if (obstacle !== null) return refuse(rollout, event, obstacle, whereItIs(rollout))
  const { stepIndex } = rollout
  if (!isBeforeItsWeight(rollout)) {
    const move = nextStep(rollout, context, now)
    const { phase } = move.rollout
    if (phase.name === 'completed') return done(move, event, 'The rollout is complete.')
    const percent = stepAt(move.rollout, move.rollout.stepIndex).percent
    return done(told(move, `Advanced from ${rollout.confirmed} %.`), event, `On to ${percent} %.`)
  }
  // Held on the way: its checks are passed over, a person's word is not.
  if (isUnapproved(rollout, stepIndex)) return refuse(rollout, event, 'step_needs_approval')
  const step = stepAt(rollout, stepIndex)
  const move = step.isAnalysisOnly ? enterStep(rollout, stepIndex, context, now) : shift(rollout, step.percent, now)
  return done(told(move, `Advanced from ${rollout.confirmed} %.`), event, `On to ${step.percent} %.`)
}

function promote(rollout: Rollout, event: Press<'promote'>, now: number): RolloutDecision {
  const obstacle = standsInTheWay(rollout)
  if (obstacle !== null) return refuse(rollout, event, obstacle, whereItIs(rollout))
  if (rollout.confirmed >= 100) return refuse(rollout, event, 'already_there', whereItIs(rollout))
  const last = rollout.steps.length - 1
  const ahead = isBeforeItsWeight(rollout) ? rollout.stepIndex : rollout.stepIndex + 1
  for (let index = ahead; index <= last; index++) {
    if (isUnapproved(rollout, index)) return refuse(rollout, event, 'step_needs_approval')
  }
  const whole = rollout.steps.findIndex(({ percent }) => percent >= 100)
  const move = shift({ ...rollout, stepIndex: whole < 0 ? last : whole }, 100, now)
  return done(told(move, `Promoted from ${rollout.confirmed} %.`), event, 'On to 100 %.')
}

function extend(rollout: Rollout, event: Press<'extend'>, now: number): RolloutDecision {
  const { window } = rollout
  const { ms } = event
  if (activeOf(rollout.phase)?.name !== 'observing' || window === null) {
    return refuse(rollout, event, 'no_window', whereItIs(rollout))
  }
  if (!Number.isSafeInteger(ms) || ms <= 0 || ms > longestExtensionMs) return refuse(rollout, event, 'bad_extension')
  const next = moved(rollout, now, { window: { ...window, extensionMs: window.extensionMs + ms } })
  const text = `The window is longer by ${Math.round(ms / 1000)} s.`
  return done({ rollout: next, effects: [{ type: 'post_line', text }] }, event, text)
}

function approveStep(
  rollout: Rollout,
  event: Press<'approve_step'>,
  context: RolloutContext,
  now: number,
): RolloutDecision {
  const { phase, stepIndex } = rollout
  const isAsked = phase.name === 'held' && phase.from.name === 'before_check' && isUnapproved(rollout, stepIndex)
  if (!isAsked) return refuse(rollout, event, 'no_approval_asked', whereItIs(rollout))
  const approved: Rollout = { ...rollout, approvedSteps: [...rollout.approvedSteps, stepIndex] }
  const percent = stepAt(rollout, stepIndex).percent
  // Held by a person, or for another reason: the step may begin once that is over.
  if (phase.hold.reason !== 'step_needs_approval' || rollout.drift !== null) {
    return done({ rollout: moved(approved, now, {}), effects: [] }, event, `${percent} % may begin; it is still held.`)
  }
  return done(enterStep(approved, stepIndex, context, now), event, `On to ${percent} %.`)
}
