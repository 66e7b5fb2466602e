import { approverRefusal } from './approver-refusal.ts'
import type { Decision, GateContext, PressEvent } from './decision.ts'
import { endRelease } from './end-release.ts'
import { isStale } from './is-stale.ts'
import { pressLine, refuse } from './outcomes.ts'
import type { Release } from './release.ts'
import { becauseOf, subjectWords } from './say.ts'
import { person } from './text-with-people.ts'

/** Somebody who may approve says no, and why. */
export function reject(
  release: Release,
  event: Extract<PressEvent, { readonly type: 'reject' }>,
  context: GateContext,
  now: number,
): Decision {
  const { press } = event
  if (isStale(press, release)) return refuse(release, event, 'stale_button')
  const refusal = approverRefusal(release, event, context)
  if (refusal !== null) return refuse(release, event, refusal)
  const why = event.why.trim()
  if (why === '') return refuse(release, event, 'reason_missing')
  const said = `${person(press.by)} rejected it${becauseOf(why)}`
  const step = endRelease(release, { name: 'rejected', at: now, by: press.by, why }, said)
  return {
    release: step.release,
    effects: [{ type: 'post_line', text: said }, ...step.effects],
    audit: pressLine(press, 'reject', null, why),
    answer: { outcome: 'applied', text: `You rejected ${subjectWords(release)}.` },
  }
}
