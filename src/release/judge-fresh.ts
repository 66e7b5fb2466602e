/**
 * What was read at this moment against what the approvers saw. A difference takes their approvals away, whoever notices
 * it first: somebody pressing, the card being brought up to date, or the check before the start.
 */
import { approvalRules, requiredRules } from '../policy/approval-rules.ts'
import { isSamePerson } from '../policy/same-person.ts'
import { authorsOf } from './authors.ts'
import type { FreshState, GateContext } from './decision.ts'
import type { Evidence } from './evidence.ts'
import { moved } from './outcomes.ts'
import { planDifferences, planDigest } from './plan-digest.ts'
import type { Approval, Release } from './release.ts'
import { risksInForce } from './risks.ts'
import { takesMoreAway } from './taken-away.ts'

export type Judged =
  | { readonly type: 'unavailable'; readonly detail: string }
  /** The release with the fresh evidence; its approvals stand. */
  | { readonly type: 'same'; readonly release: Release }
  /**
   * The release without the approvals that do not hold any more (the same object when there was nothing to take away
   * and nothing to take over). `isOurs` is false when the plan read is that of another commit, strategy or environment:
   * such a plan is not taken over.
   */
  | { readonly type: 'changed'; readonly release: Release; readonly parts: readonly string[]; readonly isOurs: boolean }

/** Parts of a plan that make a release the one that it is. */
const identifying: readonly string[] = ['repository', 'environment', 'commit', 'strategy']

/** @param now - UTC milliseconds */
export function judgeFresh(release: Release, fresh: FreshState, context: GateContext, now: number): Judged {
  const current = underPolicy(fresh, context)
  if (!current.ok) return { type: 'unavailable', detail: current.detail }
  const { plan, evidence } = current
  const parts = [
    ...planDifferences(release.plan, plan),
    ...(takesMoreAway(release.evidence, evidence) ? ['commits taken away'] : []),
  ]
  if (parts.some((part) => identifying.includes(part))) {
    return { type: 'changed', release: isBare(release) ? release : voided(release, parts, now), parts, isOurs: false }
  }
  const risks = withRisks(release, evidence, context, now)
  const read = { evidence, risks }
  if (parts.length > 0) {
    const taken = { ...read, plan, planDigest: planDigest(plan) }
    const next = isBare(release) ? moved(release, taken) : { ...voided(release, parts, now), ...taken }
    return { type: 'changed', release: next, parts, isOurs: true }
  }
  const kept = withoutAuthors({ ...release, ...read }, context)
  if (kept.length === release.approvals.length) {
    return { type: 'same', release: { ...release, ...read, approvals: kept } }
  }
  const lost = release.approvals.length - kept.length
  return {
    type: 'changed',
    release: moved(release, { ...read, approvals: kept, voided: { at: now, changed: ['authors'], approvals: lost } }),
    parts: ['authors'],
    isOurs: true,
  }
}

/**
 * A reading is believed only when it was made under the policy that is decided by. One that was not (the configuration
 * was changed in between) is as good as none: it is made again.
 */
export function underPolicy(fresh: FreshState, { policy }: GateContext): FreshState {
  if (!fresh.ok || fresh.plan.policyVersion === policy.version) return fresh
  return { ok: false, detail: 'The configuration was changed while GitHub was being read.' }
}

function isBare({ approvals, breakGlass }: Release): boolean {
  return approvals.length === 0 && breakGlass === null
}

function voided(release: Release, parts: readonly string[], now: number): Release {
  return moved(release, {
    approvals: [],
    breakGlass: null,
    approvedAt: null,
    voided: { at: now, changed: parts, approvals: release.approvals.length },
  })
}

/** A risk stays in force once it was: the release does not become less risky by being looked at again. */
function withRisks(release: Release, evidence: Evidence, { policy }: GateContext, now: number): readonly string[] {
  const seen = risksInForce(policy, evidence, { recentFailures: [], at: now })
  return policy.risks.map(({ name }) => name).filter((name) => seen.includes(name) || release.risks.includes(name))
}

/** More commits ship than when somebody approved, because what is live has changed: they may be an author now. */
function withoutAuthors(release: Release, { policy }: GateContext): readonly Approval[] {
  const authors = authorsOf(release.evidence)
  const isAuthor = ({ by }: Approval) => authors.some((author) => isSamePerson(author, by))
  const ordinary = new Set(approvalRules(policy).flatMap(({ risk, index }) => (risk === null ? index : [])))
  const required = new Set(requiredRules(policy, release.risks).map(({ index }) => index))
  return release.approvals.flatMap((approval) => {
    if (!isAuthor(approval)) return approval
    const rules = policy.allowsAuthorApproval ? approval.rules.filter((index) => ordinary.has(index)) : []
    return rules.some((index) => required.has(index)) ? { ...approval, rules } : []
  })
}
