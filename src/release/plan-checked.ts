import type { Decision, GateContext, ReleaseEffect, ReleaseEvent } from './decision.ts'
import { endRelease } from './end-release.ts'
import type { Gate } from './gate.ts'
import { closedEvidenceGate, isApproved, subjectOf, waitingGates } from './gates.ts'
import { backToGate, goOn } from './go-on.ts'
import { judgeFresh } from './judge-fresh.ts'
import { moved, nothing, ownLine } from './outcomes.ts'
import { planChanged } from './plan-changed.ts'
import type { Release } from './release.ts'
import { approvedBy } from './say.ts'
import { plainWords } from './text-with-people.ts'

/**
 * The last look before anything happens outside, and the only way to the start: the plan is the approved one, the
 * evidence is good, the approvals are complete, nothing is in the way. While GitHub cannot say, the release keeps its
 * place and is looked at again by the next `try_start`.
 */
export function planChecked(
  release: Release,
  event: Extract<ReleaseEvent, { readonly type: 'plan_checked' }>,
  context: GateContext,
  now: number,
): Decision {
  const judged = judgeFresh(release, event.fresh, context, now)
  if (judged.type === 'unavailable') return nothing(release)
  if (judged.type === 'changed') return planChanged(release, judged, event, context, now)
  const read = judged.release
  const subject = subjectOf(read)
  if (!isApproved(subject, context)) {
    const text = 'More approvals are needed than were given: a risk came into force.'
    const audit = ownLine('sluice', 'void_approvals', null, text)
    return { ...backToGate(read, context, now), audit, answer: null }
  }
  const gate = closedEvidenceGate(subject, context, event.at)
  if (gate !== null) return failed(read, gate, now)
  const held = waitingGates(subject, context, event.at).find(({ state }) => state === 'closed')
  if (held !== undefined) {
    return {
      ...goOn(read, context, { now, at: event.at }),
      audit: ownLine('sluice', 'queue', null, held.sentence),
      answer: null,
    }
  }
  return start(read, now)
}

function start(release: Release, now: number): Decision {
  const approved = approvedBy(release)
  const effect: ReleaseEffect =
    release.mode === 'dispatch'
      ? { type: 'start_workflow' }
      : { type: 'answer_rule', state: 'approved', comment: plainWords(approved) }
  return {
    release: moved(release, { state: { name: 'preparing', since: now, phase: 'starting' } }),
    effects: [effect],
    audit: ownLine('sluice', 'start', null, approved),
    answer: null,
  }
}

/** Good when it was approved, and not any more: asking again carries the approvals over once it is good again. */
function failed(release: Release, { reason, sentence, action }: Gate, now: number): Decision {
  const detail = plainWords(`${sentence} ${action ?? ''}`).trim()
  const because = reason ?? 'ci_not_green'
  const step = endRelease(release, { name: 'failed', at: now, reason: because, detail }, sentence)
  return { ...step, audit: ownLine('sluice', 'fail', because, detail), answer: null }
}
