import { isEmptySet, requiredRules } from '../policy/approval-rules.ts'
import { mayApprove } from '../policy/may-approve.ts'
import { type ReasonCode, reasons } from '../policy/reason-codes.ts'
import { matterOf } from './approve.ts'
import { glassRefusal } from './break-glass.ts'
import type { FreshState, GateContext, Opening, ReleaseRequest } from './decision.ts'
import { closedEvidenceGate, gatesOf, isApproved, quorumFor, requesterGate, subjectOf } from './gates.ts'
import { goOn } from './go-on.ts'
import { underPolicy } from './judge-fresh.ts'
import { pressLine, refusal, type Step } from './outcomes.ts'
import { planDigest } from './plan-digest.ts'
import type { Approval, Release } from './release.ts'
import { risksInForce } from './risks.ts'
import { counted, subjectWords } from './say.ts'
import { listed, plainWords, quote } from './text-with-people.ts'

/**
 * Makes a release of a request: at the gate, on its way where no approval is missing, or refused. A commit that lacks
 * only its staging deployment comes to the gate all the same when the one who asks may break the glass.
 *
 * A protection rule that is refused is told so, with two exceptions: GitHub could not say how things stand (there is no
 * release then; read again, the rule waits), and the very run waits at a gate already (a delivery that came twice).
 *
 * @param at - UTC milliseconds
 */
export function openRelease(request: ReleaseRequest, context: GateContext, at: number): Opening {
  const { press } = request
  const fresh = underPolicy(request.fresh, context)
  if (!fresh.ok) {
    const reason = requesterRefusal(request, context, at) ?? 'service_unavailable'
    const audit = pressLine(press, 'request', reason, reason === 'service_unavailable' ? fresh.detail : null)
    return { release: null, effects: [], audit, answer: refusal(reason, null) }
  }
  const release = newRelease(request, fresh, context, at)
  const refused = refusalOf(request, release, context, at)
  return refused === null ? admit(request, release, context, at) : turnAway(request, release, refused, at)
}

interface Refusal {
  readonly reason: ReasonCode
  /** Says more than the reason's sentence, and what would help. */
  readonly detail: string | null
}

function refusalOf(request: ReleaseRequest, release: Release, context: GateContext, at: number): Refusal | null {
  const { policy } = context
  const requester = requesterRefusal(request, context, at)
  if (requester !== null) return { reason: requester, detail: null }
  if (policy.mode === 'protection_rule' && request.rule === null) {
    return { reason: 'asks_on_github', detail: `The workflow is ${quote(policy.workflow)}.` }
  }
  if (!policy.strategies.includes(release.strategy) || !policy.strategies.includes(release.plan.strategy)) {
    return { reason: 'strategy_not_allowed', detail: `Allowed: ${listed(policy.strategies)}.` }
  }
  const required = requiredRules(policy, release.risks)
  if ((policy.needsApproval && required.length === 0) || required.some(({ from }) => isEmptySet(from))) {
    return { reason: 'no_approvers', detail: 'Name approvers of the environment in sluice.yml.' }
  }
  const same = request.open.find((other) => isSameMatter(other, request, release))
  if (same !== undefined) return { reason: 'already_requested', detail: `It is release ${same.id}.` }
  // A workflow that waits asks for its own run; only a person asking again has probably not seen that it is live.
  if (request.rule === null && release.evidence.changes.relation === 'same') {
    return { reason: 'already_live', detail: 'To carry it out once more, run its workflow again on GitHub.' }
  }
  const gate = closedEvidenceGate(subjectOf(release), context, at)
  if (gate === null || (gate.name === 'staging' && mayBreakGlass(request, context, at))) return null
  return { reason: gate.reason ?? 'ci_not_green', detail: `${gate.sentence} ${gate.action ?? ''}`.trim() }
}

function requesterRefusal({ press }: ReleaseRequest, context: GateContext, at: number): ReasonCode | null {
  const gate = requesterGate({ identity: press.by, memberships: press.memberships, at }, context)
  return gate.state === 'closed' ? gate.reason : null
}

function isSameMatter(other: ReleaseRequest['open'][number], request: ReleaseRequest, release: Release): boolean {
  return request.rule === null ? other.sha === release.sha : other.rule?.runId === request.rule.runId
}

function mayBreakGlass({ press }: ReleaseRequest, context: GateContext, at: number): boolean {
  return glassRefusal({ press, at }, context) === null
}

function newRelease(
  { id, press, repository, environment, ref, note, rule, recentFailures }: ReleaseRequest,
  { plan, evidence }: Extract<FreshState, { readonly ok: true }>,
  { policy }: GateContext,
  at: number,
): Release {
  return {
    id,
    repository,
    environment,
    sha: plan.sha,
    ref,
    strategy: plan.strategy,
    note,
    mode: rule === null ? 'dispatch' : 'protection_rule',
    requester: press.by,
    client: press.client,
    requestedAt: at,
    plan,
    planDigest: planDigest(plan),
    evidence,
    risks: risksInForce(policy, evidence, { recentFailures, at }),
    approvals: [],
    approvedAt: null,
    voided: null,
    breakGlass: null,
    run: rule === null ? null : { id: rule.runId, url: rule.runUrl },
    rule,
    backup: null,
    lostStarts: 0,
    deploymentId: null,
    state: { name: 'awaiting_approval', since: at, expiresAt: at + policy.expiresAfterMs },
    generation: 1,
    revision: 1,
  }
}

function admit(request: ReleaseRequest, release: Release, context: GateContext, at: number): Opening {
  const carried = withCarried(request, release, context, at)
  const subject = subjectOf(carried)
  const held = closedEvidenceGate(subject, context, at)
  const isReady = held === null && isApproved(subject, context)
  const step: Step = isReady ? goOn(carried, context, { now: at, at }) : { release: carried, effects: [] }
  const said = [asked(carried), ...whatIsMissing(carried, context, at)].join(' ')
  return {
    ...step,
    audit: pressLine(request.press, 'request', null, said),
    answer: { outcome: 'applied', text: said },
  }
}

function asked({ approvals, ...release }: Release): string {
  const count = approvals.length === 0 ? '' : `, with ${counted(approvals.length, 'approval')} carried over`
  return `Release of ${subjectWords(release)} (${release.strategy})${count}.`
}

/** What stands between the new release and its start. */
function whatIsMissing(release: Release, context: GateContext, at: number): readonly string[] {
  const closedGates = gatesOf(subjectOf(release), context, at).filter(({ state }) => state === 'closed')
  return closedGates.map(({ name, sentence }) => (name === 'approvals' ? missingApprovals(release, context) : sentence))
}

function missingApprovals(release: Release, context: GateContext): string {
  const { given, needed } = quorumFor(release, context)
  return `It waits for ${counted(needed - given, 'approval')}.`
}

/** Each carried approval is judged as if it were given now: by role, by what ships now, and by who asks now. */
function withCarried(request: ReleaseRequest, release: Release, context: GateContext, at: number): Release {
  const approvals: Approval[] = []
  for (const { approval, memberships } of request.carried) {
    const matter = matterOf({ ...release, approvals }, context)
    const may = mayApprove(matter, { identity: approval.by, memberships, at })
    if (may.ok) approvals.push({ ...approval, rules: may.rules })
  }
  return { ...release, approvals }
}

function turnAway(request: ReleaseRequest, release: Release, { reason, detail }: Refusal, at: number): Opening {
  const text = detail === null ? reasons[reason] : `${reasons[reason]} ${detail}`
  const isWaitingAlready = reason === 'already_requested'
  return {
    release: {
      ...release,
      state: { name: 'refused', at, reason, detail: detail === null ? null : plainWords(detail) },
    },
    effects:
      request.rule === null || isWaitingAlready
        ? []
        : [{ type: 'answer_rule', state: 'rejected', comment: plainWords(text) }],
    audit: pressLine(request.press, 'request', reason, detail),
    answer: refusal(reason, detail),
  }
}
