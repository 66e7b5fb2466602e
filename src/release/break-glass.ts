import { refusalUnlessAmong } from '../policy/entitlement.ts'
import type { ReasonCode } from '../policy/reason-codes.ts'
import type { Decision, GateContext, PressEvent } from './decision.ts'
import type { GateName } from './gate.ts'
import { closedEvidenceGate, gatesOf, subjectOf } from './gates.ts'
import { goOn } from './go-on.ts'
import { isStale } from './is-stale.ts'
import { judgeFresh } from './judge-fresh.ts'
import { pressLine, refuse } from './outcomes.ts'
import { planChanged } from './plan-changed.ts'
import type { Release } from './release.ts'
import { becauseOf, subjectWords } from './say.ts'
import { listed, person } from './text-with-people.ts'

type BreakGlassEvent = Extract<PressEvent, { readonly type: 'break_glass' }>

/** What breaking the glass overrides. */
const overridable: readonly GateName[] = ['staging', 'freeze', 'review', 'approvals']

/**
 * Lets a release pass without staging, in a freeze and without its quorum, and while a review is owed for an earlier
 * one, because that holds ordinary releases only. Everything else holds: branch and CI, because a commit that CI calls
 * broken is no emergency's cure; the turn, because two releases at once are what nobody can judge; and a lock, because
 * somebody put it there with a reason, and taking it over is an act of its own that its owner hears of. Requester and
 * authors may do it; it is bound to the plan as an approval is, and owes a review by somebody else.
 */
export function breakGlass(release: Release, event: BreakGlassEvent, context: GateContext, now: number): Decision {
  const { press } = event
  if (release.breakGlass !== null) {
    return refuse(release, event, 'already_decided', `${person(release.breakGlass.by)} broke the glass.`)
  }
  if (isStale(press, release)) return refuse(release, event, 'stale_button')
  const refusal = glassRefusal(event, context)
  if (refusal !== null) return refuse(release, event, refusal)
  const why = event.why.trim()
  if (why === '') return refuse(release, event, 'reason_missing')
  const judged = judgeFresh(release, event.fresh, context, now)
  if (judged.type === 'unavailable') return refuse(release, event, 'service_unavailable')
  if (judged.type === 'changed') return planChanged(release, judged, event, context, now)

  const read = judged.release
  const inTheWay = gatesOf(subjectOf(read), context, event.at).filter(
    (gate) => gate.state === 'closed' && overridable.includes(gate.name) && gate.reason !== 'no_approvers',
  )
  if (inTheWay.length === 0) return refuse(read, event, 'nothing_to_break')
  const broken = { ...read, breakGlass: { by: press.by, at: now, why } }
  const gate = closedEvidenceGate(subjectOf(broken), context, event.at)
  if (gate !== null) return refuse(read, event, gate.reason ?? 'ci_not_green', `${gate.sentence} ${gate.action ?? ''}`)
  const step = goOn(broken, context, { now, at: event.at })
  const overridden = listed(inTheWay.map(({ name }) => name))
  return {
    release: step.release,
    effects: [
      { type: 'announce_break_glass' },
      { type: 'post_line', text: `${person(press.by)} broke the glass over ${overridden}${becauseOf(why)}` },
      ...step.effects,
    ],
    audit: pressLine(press, 'break_glass', null, `Overrides ${overridden}${becauseOf(why)}`),
    answer: {
      outcome: 'applied',
      text: `You broke the glass for ${subjectWords(release)}. Somebody else has to sign it off afterwards.`,
    },
  }
}

/** Why somebody may not break the glass; null when they may. */
export function glassRefusal(
  { at, press }: Pick<PressEvent, 'at' | 'press'>,
  { policy }: GateContext,
): ReasonCode | null {
  if (policy.breakGlass === null) return 'not_break_glass'
  const applicant = { identity: press.by, memberships: press.memberships, at }
  const refusal = refusalUnlessAmong([policy.breakGlass.people], applicant)
  return refusal === 'not_entitled' ? 'not_break_glass' : refusal
}
