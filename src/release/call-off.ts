/**
 * Taking an approval back and calling a release off: possible until the start was asked for. Both only ever stop
 * something, so they are taken from an old card as well.
 */
import { requiredRules } from '../policy/approval-rules.ts'
import { refusalUnlessAmong } from '../policy/entitlement.ts'
import type { ReasonCode } from '../policy/reason-codes.ts'
import { isSamePerson } from '../policy/same-person.ts'
import { approverRefusal } from './approver-refusal.ts'
import type { Decision, GateContext, PressEvent } from './decision.ts'
import { endRelease } from './end-release.ts'
import { isApproved, subjectOf } from './gates.ts'
import { backToGate } from './go-on.ts'
import { pressLine, refuse } from './outcomes.ts'
import type { Release } from './release.ts'
import { becauseOf, subjectWords } from './say.ts'
import { person } from './text-with-people.ts'

type Withdraw = Extract<PressEvent, { readonly type: 'withdraw' }>
type Cancel = Extract<PressEvent, { readonly type: 'cancel' }>

export function withdraw(release: Release, event: Withdraw, context: GateContext, now: number): Decision {
  const { press } = event
  const isTheirs = ({ by }: Pick<NonNullable<Release['breakGlass']>, 'by'>) => isSamePerson(by, press.by)
  const approvals = release.approvals.filter((approval) => !isTheirs(approval))
  const brokenByThem = release.breakGlass !== null && isTheirs(release.breakGlass)
  if (approvals.length === release.approvals.length && !brokenByThem) {
    return refuse(release, event, 'not_approved_by_you')
  }
  const rest = { ...release, approvals, breakGlass: brokenByThem ? null : release.breakGlass }
  const isBack = release.state.name !== 'awaiting_approval' && !isApproved(subjectOf(rest), context)
  const step = isBack ? backToGate(rest, context, now) : { release: rest, effects: [] }
  const what = brokenByThem ? 'the breaking of the glass' : 'the approval'
  return {
    release: step.release,
    effects: [{ type: 'post_line', text: `${person(press.by)} took ${what} back.` }, ...step.effects],
    audit: pressLine(press, 'withdraw', null, isBack ? 'Back at the gate.' : null),
    answer: { outcome: 'applied', text: `You took ${what} back.` },
  }
}

export function cancel(release: Release, event: Cancel, context: GateContext, now: number): Decision {
  const { press } = event
  const refusal = cancelRefusal(release, event, context)
  if (refusal !== null) return refuse(release, event, refusal)
  const why = event.why?.trim() || null
  const said = `${person(press.by)} called it off${becauseOf(why)}`
  const step = endRelease(release, { name: 'cancelled', at: now, by: press.by, why }, said)
  return {
    release: step.release,
    effects: [{ type: 'post_line', text: said }, ...step.effects],
    audit: pressLine(press, 'cancel', null, why),
    answer: { outcome: 'applied', text: `You called off ${subjectWords(release)}.` },
  }
}

/** The requester or an approver may; where no approval is needed, whoever could ask for a release. */
function cancelRefusal(release: Release, event: Cancel, context: GateContext): ReasonCode | null {
  const { press, at } = event
  if (press.client === 'cli' || isSamePerson(press.by, release.requester)) return null
  const { requesters } = context.policy
  const isWithoutApprovers = requiredRules(context.policy, release.risks).length === 0
  if (isWithoutApprovers && requesters === null) return null
  const refusal =
    isWithoutApprovers && requesters !== null
      ? refusalUnlessAmong([requesters], { identity: press.by, memberships: press.memberships, at })
      : approverRefusal(release, event, context)
  return refusal === 'not_entitled' ? 'not_yours' : refusal
}
