import { type ApprovalMatter, mayApprove } from '../policy/may-approve.ts'
import { authorsOf } from './authors.ts'
import type { Decision, GateContext, PressEvent } from './decision.ts'
import { closedEvidenceGate, isApproved, quorumFor, subjectOf } from './gates.ts'
import { goOn } from './go-on.ts'
import { isStale } from './is-stale.ts'
import { judgeFresh } from './judge-fresh.ts'
import { pressLine, refuse } from './outcomes.ts'
import { planChanged } from './plan-changed.ts'
import type { Approval, Release } from './release.ts'
import { becauseOf, counted } from './say.ts'
import { person } from './text-with-people.ts'

type ApproveEvent = Extract<PressEvent, { readonly type: 'approve' }>

/**
 * An approval counts for the plan that the card showed, by somebody entitled at this moment, while the evidence read at
 * this moment is good. Anything else is refused and, if it was a changed plan, takes the other approvals away too.
 */
export function approve(release: Release, event: ApproveEvent, context: GateContext, now: number): Decision {
  const { press } = event
  if (isStale(press, release)) return refuse(release, event, 'stale_button')
  const applicant = { identity: press.by, memberships: press.memberships, at: event.at }
  // Under another policy the rules' numbers mean other rules: that the plan has changed is all there is to say then.
  if (context.policy.version === release.plan.policyVersion) {
    const first = mayApprove(matterOf(release, context), applicant)
    if (!first.ok) return refuse(release, event, first.reason)
  }
  const judged = judgeFresh(release, event.fresh, context, now)
  if (judged.type === 'unavailable') return refuse(release, event, 'service_unavailable')
  if (judged.type === 'changed') return planChanged(release, judged, event, context, now)
  const read = judged.release
  const may = mayApprove(matterOf(read, context), applicant)
  if (!may.ok) return refuse(read, event, may.reason)
  const gate = closedEvidenceGate(subjectOf(read), context, event.at)
  if (gate !== null) return refuse(read, event, gate.reason ?? 'ci_not_green', `${gate.sentence} ${gate.action ?? ''}`)
  return count(read, event, may.rules, context, now)
}

function count(
  release: Release,
  { press, comment, at }: ApproveEvent,
  rules: readonly number[],
  context: GateContext,
  now: number,
): Decision {
  const approval: Approval = {
    by: press.by,
    at: now,
    comment,
    rules,
    client: press.client,
    planDigest: release.planDigest,
    carriedFrom: null,
  }
  const approved = { ...release, approvals: [...release.approvals, approval] }
  const { given, needed } = quorumFor(approved, context)
  const step = isApproved(subjectOf(approved), context)
    ? goOn(approved, context, { now, at })
    : { release: approved, effects: [] }
  const left = needed - given
  const more = left > 0 ? ` ${counted(left, 'more approval')} needed.` : ' That is all that was needed.'
  return {
    release: step.release,
    effects: [
      {
        type: 'post_line',
        text: `${person(press.by)} approved (${given} of ${needed})${becauseOf(comment)}`,
      },
      ...step.effects,
    ],
    audit: pressLine(press, 'approve', null, `${given} of ${needed}${becauseOf(comment)}`),
    answer: { outcome: 'applied', text: `Your approval counts (${given} of ${needed}).${more}` },
  }
}

/** What an approval of a release would be given to. */
export function matterOf(release: Release, { policy }: GateContext): ApprovalMatter {
  const { risks, requester, approvals } = release
  return { policy, risks, requester, approvals, authors: authorsOf(release.evidence) }
}
