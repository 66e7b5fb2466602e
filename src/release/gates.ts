/**
 * Every condition between a request and production as data, in one place: `/deploy why`, the preview of a plan, the
 * gate card and `decide` all read the same list, so that none of them can say something that another denies.
 */
import { isEmptySet, requiredRules } from '../policy/approval-rules.ts'
import { type Applicant, refusalUnlessAmong } from '../policy/entitlement.ts'
import { type Quorum, quorumOf } from '../policy/quorum.ts'
import type { GateContext } from './decision.ts'
import type { Evidence } from './evidence.ts'
import { branchGate, ciGate, stagingGate } from './evidence-gates.ts'
import { closed, type Gate, type GateName, open, switchedOff } from './gate.ts'
import type { Release, WaitsFor } from './release.ts'
import { moment, person, quote } from './text-with-people.ts'

/** A release as far as its gates depend on it; for a preview, one that was not asked for yet. */
export interface GateSubject {
  /** Null for a preview. */
  readonly id: string | null
  readonly evidence: Evidence
  readonly risks: readonly string[]
  readonly approvals: readonly { readonly rules: readonly number[] }[]
  readonly breakGlass: Release['breakGlass']
  /** Who asks; null when the release exists, because it was judged when it was asked for. */
  readonly requester: Applicant | null
}

/** All gates in the order in which they are come to. `at` is UTC milliseconds. */
export function gatesOf(subject: GateSubject, context: GateContext, at: number): readonly Gate[] {
  const { policy } = context
  return [
    requesterGate(subject.requester, context),
    branchGate(policy, subject.evidence),
    ciGate(policy, subject.evidence),
    orOverridden(stagingGate(policy, subject.evidence, at), subject),
    ...waitingGates(subject, context, at),
    orOverridden(approvalsGate(subject, context), subject),
  ]
}

/** The gates that hold an approved release back until they open by themselves or by somebody's hand, in this order. */
export function waitingGates(subject: GateSubject, context: GateContext, at: number): readonly Gate<WaitsFor>[] {
  return [
    lockGate(context, at),
    orOverridden(freezeGate(context, at), subject),
    orOverridden(reviewGate(subject, context), subject),
    turnGate(context),
  ]
}

/** A release as the subject of its gates. */
export function subjectOf({ id, evidence, risks, approvals, breakGlass }: Release): GateSubject {
  return { id, evidence, risks, approvals, breakGlass, requester: null }
}

/** The first of branch, CI and staging that is closed; null when none is. */
export function closedEvidenceGate(subject: GateSubject, context: GateContext, at: number): Gate | null {
  const judged: readonly GateName[] = ['branch', 'ci', 'staging']
  return gatesOf(subject, context, at).find(({ name, state }) => judged.includes(name) && state === 'closed') ?? null
}

/** Whether nothing is missing of the approvals: they fill the rules, none is needed, or the glass was broken. */
export function isApproved(subject: GateSubject, context: GateContext): boolean {
  return orOverridden(approvalsGate(subject, context), subject).state !== 'closed'
}

/** How the approvals stand to the rules in force, as indexes of `approvalRules(policy)`. */
export function quorumFor(
  { approvals, risks }: Pick<GateSubject, 'approvals' | 'risks'>,
  { policy }: Pick<GateContext, 'policy'>,
): Quorum {
  return quorumOf(
    requiredRules(policy, risks),
    approvals.map(({ rules }) => rules),
  )
}

/** @param requester - null when the release exists, because they were judged when they asked */
export function requesterGate(requester: Applicant | null, { policy }: GateContext): Gate {
  const name = 'requester'
  if (policy.requesters === null) return switchedOff(name, 'Everybody who may operate Sluice may ask for a release.')
  if (requester === null) return open(name, 'The one who asked may do so.')
  const refusal = refusalUnlessAmong([policy.requesters], requester)
  if (refusal === null) return open(name, 'You may ask for a release.')
  if (refusal === 'membership_unknown') {
    return closed(
      name,
      refusal,
      'Slack or GitHub could not say whether you may ask for a release.',
      'Ask again in a moment.',
    )
  }
  return closed(
    name,
    'not_a_requester',
    'You may not ask for a release of this environment.',
    'Let one of its requesters ask.',
  )
}

function lockGate({ lock, policy }: GateContext, at: number): Gate<'lock'> {
  if (lock === null || (lock.expiresAt !== null && lock.expiresAt <= at)) return open('lock', 'Nobody holds a lock.')
  const until = lock.expiresAt === null ? '' : ` until ${moment(lock.expiresAt)}`
  return closed(
    'lock',
    'locked',
    `${person(lock.by)} holds a lock${until}: ${quote(lock.why)}`,
    `Ask ${person(lock.by)} for /deploy unlock ${policy.environment}, or take the lock over.`,
  )
}

function freezeGate({ policy, freezes, freezeAt }: GateContext, at: number): Gate<'freeze'> {
  const windows = [...policy.freezes, ...freezes]
  if (windows.length === 0) return switchedOff('freeze', 'There are no freeze windows.')
  const freeze = freezeAt(windows, at)
  if (freeze === null) return open('freeze', 'No freeze is in force.')
  const glass = policy.breakGlass === null ? '' : ', or break the glass'
  return closed(
    'freeze',
    'frozen',
    `Frozen until ${moment(freeze.untilMs)}: ${quote(freeze.reason)}`,
    `Wait until ${moment(freeze.untilMs)}${glass}.`,
  )
}

function reviewGate({ id }: GateSubject, { owedReview, policy }: GateContext): Gate<'review'> {
  if (owedReview === null || owedReview.releaseId === id) return open('review', 'No review is owed.')
  const { by, releaseId } = owedReview
  return closed(
    'review',
    'review_owed',
    `${person(by)} broke the glass for release ${releaseId}, and nobody else has signed that off yet.`,
    `Let somebody other than ${person(by)} sign off release ${releaseId}${policy.breakGlass === null ? '' : ', or break the glass'}.`,
  )
}

function turnGate({ before }: GateContext): Gate<'turn'> {
  if (before === null) return open('turn', 'No other release is before this one.')
  return closed('turn', null, `Release ${before} is before this one.`, `Wait until release ${before} is done.`)
}

function approvalsGate(subject: GateSubject, context: GateContext): Gate {
  const name = 'approvals'
  const { policy } = context
  const required = requiredRules(policy, subject.risks)
  if (required.length === 0 && !policy.needsApproval) return switchedOff(name, 'This environment needs no approval.')
  if (required.length === 0 || required.some(({ from }) => isEmptySet(from))) {
    return closed(
      name,
      'no_approvers',
      'Nobody is configured who could approve.',
      'Name approvers of the environment in sluice.yml.',
    )
  }
  const { given, needed, isFilled } = quorumFor(subject, context)
  const because = subject.risks.length === 0 ? '' : ` (more because of: ${quote(subject.risks.join(', '))})`
  const sentence = `${given} of ${needed} ${needed === 1 ? 'approval' : 'approvals'}${because}.`
  if (isFilled) return open(name, sentence)
  const left = needed - given
  const action = `${left === 1 ? 'One more person has' : `${left} more people have`} to approve.`
  return closed(name, null, sentence, action)
}

function orOverridden<Name extends GateName>(gate: Gate<Name>, { breakGlass }: GateSubject): Gate<Name> {
  if (gate.state !== 'closed' || breakGlass === null || gate.reason === 'no_approvers') return gate
  return { ...gate, state: 'overridden', action: null }
}
