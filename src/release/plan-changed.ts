import type { Decision, GateContext, ReleaseEvent } from './decision.ts'
import { endRelease } from './end-release.ts'
import { closedEvidenceGate, isApproved, subjectOf } from './gates.ts'
import { backToGate, goOn } from './go-on.ts'
import type { Judged } from './judge-fresh.ts'
import { ownLine, pressLine, refusal, type Step } from './outcomes.ts'
import type { Release } from './release.ts'
import { counted, partsChanged } from './say.ts'

/**
 * What becomes of a release whose plan was found to be another one: its approvals are gone already, nobody is called,
 * and it waits at the gate for new ones. Where no approval is needed it goes on with the plan as it is now.
 *
 * @param before - the release as it was, with the approvals
 */
export function planChanged(
  before: Release,
  judged: Extract<Judged, { readonly type: 'changed' }>,
  event: ReleaseEvent,
  context: GateContext,
  now: number,
): Decision {
  const lost = before.approvals.length - judged.release.approvals.length
  const hadGlass = before.breakGlass !== null && judged.release.breakGlass === null
  const notes = [
    partsChanged(judged.parts),
    ...(lost > 0 ? [`Void: ${counted(lost, 'approval')}.`] : []),
    ...(hadGlass ? ['The glass counts as not broken.'] : []),
    ...(judged.isOurs ? [] : ['That is another release: ask for a new one.']),
  ]
  const said = notes.join(' ')
  const step = afterChange(judged, context, { now, at: event.at })
  const action = lost > 0 || hadGlass ? 'void_approvals' : 'plan_changed'
  if ('press' in event) {
    return {
      ...step,
      audit: pressLine(event.press, action, 'plan_changed', `Found at a press (${event.type}). ${said}`),
      answer: refusal('plan_changed', said),
    }
  }
  const audit = step.release === before ? null : ownLine('sluice', action, 'plan_changed', said)
  return { ...step, audit, answer: null }
}

function afterChange(
  { release, isOurs }: Extract<Judged, { readonly type: 'changed' }>,
  context: GateContext,
  time: { readonly now: number; readonly at: number },
): Step {
  const isAtGate = release.state.name === 'awaiting_approval'
  const subject = subjectOf(release)
  if (isOurs && isApproved(subject, context) && closedEvidenceGate(subject, context, time.at) === null) {
    return goOn(release, context, time)
  }
  if (isAtGate) return { release, effects: [] }
  // Nobody can approve again where nobody has to, so a release that is not this one any more ends here.
  if (!isOurs && isApproved(subject, context)) {
    const detail = 'What would start now is another release.'
    return endRelease(release, { name: 'failed', at: time.now, reason: 'plan_changed', detail }, detail)
  }
  return backToGate(release, context, time.now)
}
