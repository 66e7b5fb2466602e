import type { GatePolicy } from '../../policy/gate-policy.ts'
import { type ReasonCode, reasons } from '../../policy/reason-codes.ts'
import { isSamePerson } from '../../policy/same-person.ts'
import { carriedApprovals } from '../../release/carry-over.ts'
import type { Answer, Press, ReleaseRequest } from '../../release/decision.ts'
import { openRelease } from '../../release/open-release.ts'
import { isOpen, type Release } from '../../release/release.ts'
import { supersededBy } from '../../release/superseded-by.ts'
import { appendAudit } from '../../store/audit.ts'
import type { Db } from '../../store/open-store.ts'
import { addEffect } from '../../store/outbox.ts'
import { failuresSince, openReleases, type ReleaseRecord, releaseById } from '../../store/releases.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies } from '../events.ts'
import { both, type Handled } from '../handled.ts'
import { wantUsualTraffic } from '../rollout/usual-traffic.ts'
import type { RawPress, ReleaseAsk } from './acts.ts'
import { answerRefused, applyDecision, detailOf } from './apply-decision.ts'
import { approveOwnRule } from './approve-own-rule.ts'
import { auditEntry } from './audit-entry.ts'
import { decideRelease } from './decide-release.ts'
import { environmentObject } from './environment-object.ts'
import { gateContextOf } from './gate-context.ts'
import type { AskRead, OperatorRead } from './reads.ts'
import type { GateSign } from './signs.ts'

/** How far back a failed release counts as a recent one at the most, in ms. */
export const failureMemoryMs = 30 * 24 * 3600_000

type At = { readonly id: string; readonly at: number }

/** Somebody asked for a release: first everything is read that it has to be judged by. */
export async function handleAsked(tx: Db, body: EventBodies['gate.asked'], event: At): Promise<Handled> {
  const { press } = body
  await addEffect(tx, { id: `ask:${press.id}`, lane: `press:${press.id}`, type: 'read_ask', body, at: event.at })
  return { outcome: 'accepted' }
}

/** Opens the release, or says why there is none. */
export async function handleAskRead(
  tx: Db,
  body: EventBodies['gate.ask_read'],
  event: At,
  context: EngineContext,
): Promise<Handled> {
  const { press, ask, read } = body
  const { at } = event
  const policy = context.policyOf(ask.repository, ask.environment)
  if (ask.rule !== null && (await approveOwnRule(tx, ask, ask.rule, at))) return { outcome: 'accepted' }
  const refuse = (reason: ReasonCode, detail: string | null = null) =>
    refuseAsk(tx, { press, ask, operator: read.operator, reason, detail, at })
  if (policy === null) return await refuse('unknown_environment')
  if (read.operator.refused !== null) return await refuse(read.operator.refused)
  if (!read.resolved.ok) return await refuse(read.resolved.reason, read.resolved.detail)
  const place = { repository: ask.repository, environment: policy.environment }
  const open = await openReleases(tx, place)
  const id = context.newId()
  const request: ReleaseRequest = {
    id,
    press: pressOf(press, read.operator, null),
    ...place,
    ref: read.resolved.ref,
    strategy: ask.strategy,
    note: ask.note,
    rule: ask.rule,
    fresh: read.fresh ?? { ok: false, detail: 'nothing was read' },
    open,
    carried: await carriedOver(tx, read, policy, at),
    recentFailures: await failuresSince(tx, place, at - failureMemoryMs),
  }
  const gate = await gateContextOf(tx, place, policy, { releaseId: id, at })
  const { release, effects, audit, answer } = openRelease(request, gate, at)
  if (release === null && ask.rule !== null) {
    // The configuration was changed while GitHub was read; a workflow does not ask again by itself.
    await addEffect(tx, {
      id: `ask:${press.id}:${id}`,
      lane: `press:${press.id}`,
      type: 'read_ask',
      body: { press, ask },
      at,
    })
    return { outcome: 'accepted' }
  }
  // A workflow that waits for an answer is told of a refusal, for which the release is kept; otherwise the log and the
  // answer are all that is left of it.
  if (release === null || (release.state.name === 'refused' && effects.length === 0)) {
    const object = { object: environmentObject(place), sha: read.resolved.sha }
    await appendAudit(tx, auditEntry(audit, object, at))
    const reason = audit.reason ?? 'service_unavailable'
    const about = { type: 'request', ...place, strategy: ask.strategy, ref: read.resolved.sha } as const
    await answerRefused(tx, press, { reason, detail: detailOf(answer.text, reason), about }, at)
    return { outcome: 'refused', signs: [asked(answer.outcome, audit.reason)] }
  }
  const decision = { release, effects, audit, answer }
  const handled = await applyDecision(tx, { before: null, decision, press, gate, cause: event.id, at }, context)
  if (isOpen(release)) await wantUsualTraffic(tx, release, { cause: event.id, at }, context)
  const superseded = await supersede(tx, release, open, policy, event, context)
  return both(both(handled, superseded), { outcome: 'asked', signs: [asked(answer.outcome, audit.reason)] })
}

/** Approvals of the release before that may count for this one, each with what the services say of the person now. */
async function carriedOver(
  tx: Db,
  { earlier: read, fresh }: AskRead,
  policy: GatePolicy,
  at: number,
): Promise<ReleaseRequest['carried']> {
  const earlier = read === null ? null : await releaseById(tx, read.releaseId)
  if (read === null || earlier === null || fresh?.ok !== true) return []
  const approvals = carriedApprovals(earlier, { ...fresh, policy, between: read.between, at })
  return approvals.flatMap((approval) => {
    const index = earlier.approvals.findIndex(
      ({ by, at: givenAt }) => givenAt === approval.at && isSamePerson(by, approval.by),
    )
    const memberships = read.memberships[index]
    return memberships === undefined ? [] : [{ approval, memberships }]
  })
}

function asked(outcome: Answer['outcome'], reason: ReasonCode | null): GateSign {
  return { type: 'pressed', act: 'request', outcome, reason }
}

/** What waits at the gate makes room for the newer release. */
async function supersede(
  tx: Db,
  newer: Release,
  open: readonly ReleaseRecord[],
  policy: GatePolicy,
  { id: cause, at }: At,
  context: EngineContext,
): Promise<Handled> {
  let handled: Handled = { outcome: 'unchanged' }
  for (const { id } of supersededBy(newer, open, policy)) {
    const event = { type: 'supersede', at, byRelease: newer.id } as const
    handled = both(handled, await decideRelease(tx, id, event, cause, context))
  }
  return handled
}

export function pressOf(press: RawPress, operator: OperatorRead, seen: Press['seen']): Press {
  return { id: press.id, client: press.client, by: operator.identity, memberships: operator.memberships, seen }
}

async function refuseAsk(
  tx: Db,
  refusal: {
    readonly press: RawPress
    readonly ask: ReleaseAsk
    readonly operator: OperatorRead
    readonly reason: ReasonCode
    readonly detail: string | null
    readonly at: number
  },
): Promise<Handled> {
  const { press, ask, operator, reason, detail, at } = refusal
  const text = [reasons[reason], detail].filter((part) => part !== null).join(' ')
  const line = { actor: operator.identity, client: press.client, action: 'request', reason, text }
  const object = environmentObject(ask)
  await appendAudit(tx, auditEntry(line, { object, sha: null }, at))
  const ref = ask.ref?.type === 'ref' ? ask.ref.ref : null
  const { repository, environment, strategy } = ask
  const about = { type: 'request', repository, environment, strategy, ref } as const
  await answerRefused(tx, press, { reason, detail, about }, at)
  if (ask.rule !== null && reason !== 'rule_gone') {
    const rule = { repository: ask.repository, runId: ask.rule.runId, environment: ask.rule.environment }
    const effect = { id: `refused-rule:${press.id}`, lane: `press:${press.id}`, type: 'answer_rule' }
    await addEffect(tx, { ...effect, body: { releaseId: null, state: 'rejected', comment: text, rule }, at })
  }
  return { outcome: `refused_${reason}`, signs: [asked('refused', reason)] }
}
