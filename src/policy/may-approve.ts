import { approvalRules, requiredRules } from './approval-rules.ts'
import { type Applicant, entitlementTo } from './entitlement.ts'
import type { GatePolicy } from './gate-policy.ts'
import type { Identity } from './identity.ts'
import { quorumOf } from './quorum.ts'
import type { ReasonCode } from './reason-codes.ts'
import { isSamePerson } from './same-person.ts'

/** What an approval would be given to. */
export interface ApprovalMatter {
  readonly policy: GatePolicy
  /** Names of the risk rules in force. */
  readonly risks: readonly string[]
  readonly requester: Identity
  /** Authors and co-authors of everything that would ship. */
  readonly authors: readonly Identity[]
  /** Approvals that count already; `rules` are indexes of `approvalRules(policy)`. */
  readonly approvals: readonly { readonly by: Identity; readonly rules: readonly number[] }[]
}

export type MayApprove =
  /** `rules`: indexes of `approvalRules(policy)` that the person counts for, those of risks not in force included. */
  { readonly ok: true; readonly rules: readonly number[] } | { readonly ok: false; readonly reason: ReasonCode }

/**
 * Whether somebody's approval would count. An author never counts for a risk rule, not even where the policy lets
 * authors approve. Somebody who would add nothing is refused with `rule_filled`: more approvals by others could not make
 * theirs count, only one that is taken back can.
 */
export function mayApprove(matter: ApprovalMatter, applicant: Applicant): MayApprove {
  const { policy, approvals } = matter
  const isApplicant = (other: Identity) => isSamePerson(other, applicant.identity)
  if (approvals.some(({ by }) => isApplicant(by))) return refused('already_approved')
  if (!policy.allowsSelfApproval && isApplicant(matter.requester)) return refused('self_approval')
  const isAuthor = matter.authors.some(isApplicant)
  if (isAuthor && !policy.allowsAuthorApproval) return refused('author_approval')

  const all = approvalRules(policy)
  const mayCount = (index: number) => !isAuthor || all[index]?.risk === null
  const entitled = entitlementTo(all, applicant)
  const rules = entitled.rules.filter(mayCount)
  const required = requiredRules(policy, matter.risks)
  const isRequired = (index: number) => required.some((rule) => rule.index === index)
  const couldCount = [...rules, ...entitled.unknown.filter(mayCount)]
  if (!couldCount.some(isRequired)) {
    return refused(entitled.rules.some(isRequired) ? 'author_approval' : 'not_entitled')
  }
  const given = approvals.map((approval) => approval.rules)
  const before = quorumOf(required, given).given
  const adds = (indexes: readonly number[]) => quorumOf(required, [...given, indexes]).given > before
  if (adds(rules)) return { ok: true, rules }
  return refused(adds(couldCount) ? 'membership_unknown' : 'rule_filled')
}

function refused(reason: ReasonCode): MayApprove {
  return { ok: false, reason }
}
