import { requiredRules } from '../policy/approval-rules.ts'
import { refusalUnlessAmong } from '../policy/entitlement.ts'
import type { GateContext, PressEvent } from './decision.ts'
import type { Release } from './release.ts'

/**
 * Whether somebody is among the people that the rules in force are about, so that they may reject or call off. That
 * they asked for it or wrote it themselves does not matter for that. Whoever has the command line owns the machine and may
 * stop anything; approving is another matter.
 *
 * @returns null when they are, otherwise why not
 */
export function approverRefusal(
  { risks }: Release,
  { at, press }: PressEvent,
  { policy }: GateContext,
): 'not_entitled' | 'membership_unknown' | null {
  if (press.client === 'cli') return null
  const sets = requiredRules(policy, risks).map(({ from }) => from)
  return refusalUnlessAmong(sets, { identity: press.by, memberships: press.memberships, at })
}
