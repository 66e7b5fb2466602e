import type { Decision, GateContext, ReleaseEvent } from './decision.ts'
import { closedEvidenceGate, isApproved, subjectOf } from './gates.ts'
import { backToGate, goOn } from './go-on.ts'
import { judgeFresh } from './judge-fresh.ts'
import { nothing, ownLine } from './outcomes.ts'
import { planChanged } from './plan-changed.ts'
import type { Release } from './release.ts'

/** What the card shows was read again, while the release waits at the gate or in the queue. */
export function refreshed(
  release: Release,
  event: Extract<ReleaseEvent, { readonly type: 'refreshed' }>,
  context: GateContext,
  now: number,
): Decision {
  // One that was read before what the card shows by now, and came late.
  if (event.fresh.ok && event.fresh.evidence.readAt < release.evidence.readAt) return nothing(release)
  const judged = judgeFresh(release, event.fresh, context, now)
  if (judged.type === 'unavailable') return nothing(release)
  if (judged.type === 'changed') return planChanged(release, judged, event, context, now)
  const subject = subjectOf(judged.release)
  const isQueued = release.state.name === 'queued'
  if (!isApproved(subject, context)) {
    if (!isQueued) return nothing(judged.release)
    const text = 'More approvals are needed than were given: a risk came into force.'
    return {
      ...backToGate(judged.release, context, now),
      audit: ownLine('sluice', 'void_approvals', null, text),
      answer: null,
    }
  }
  // Complete, but held at the gate by its evidence until now.
  if (!isQueued && closedEvidenceGate(subject, context, event.at) === null) {
    const audit = ownLine('sluice', 'queue', null, 'Approved already, and the evidence is good now.')
    return { ...goOn(judged.release, context, { now, at: event.at }), audit, answer: null }
  }
  return nothing(judged.release)
}
