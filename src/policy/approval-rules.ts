import type { ApprovalRule, GatePolicy, PeopleSet } from './gate-policy.ts'

/** A rule that has to be met, with its index among all rules of the policy. */
export interface RequiredRule extends ApprovalRule {
  readonly index: number
  /** Name of the risk rule that asks for it; null for the ordinary ones. */
  readonly risk: string | null
}

/**
 * All approval rules of a policy: the ordinary ones, then those of every risk rule, in force or not. The indexes are
 * the same for as long as the policy is, so that an approval may name rules by them while risks come into force.
 */
export function approvalRules(policy: GatePolicy): readonly RequiredRule[] {
  return [
    ...policy.approvals.map((rule) => ({ ...rule, risk: null })),
    ...policy.risks.flatMap(({ name, approvals }) => approvals.map((rule) => ({ ...rule, risk: name }))),
  ].map((rule, index) => ({ ...rule, index }))
}

/** The rules that have to be met while the named risks are in force. */
export function requiredRules(policy: GatePolicy, risks: readonly string[]): readonly RequiredRule[] {
  return approvalRules(policy).filter(({ risk }) => risk === null || risks.includes(risk))
}

/** True when the set names nobody, no group and no team. */
export function isEmptySet(set: PeopleSet): boolean {
  return set.users.length + set.groups.length + set.teams.length === 0
}
