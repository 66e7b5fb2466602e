import { mrkdwn } from '../../cards/spans.ts'
import { taggedLine } from '../../cards/tagged-line.ts'
import type { GatePolicy } from '../../policy/gate-policy.ts'
import { type ReasonCode, reasons } from '../../policy/reason-codes.ts'
import { isSamePerson } from '../../policy/same-person.ts'
import { carriedApprovals } from '../../release/carry-over.ts'
import type { Press, ReleaseRequest } from '../../release/decision.ts'
import { openRelease } from '../../release/open-release.ts'
import type { Release } from '../../release/release.ts'
import { supersededBy } from '../../release/superseded-by.ts'
import { appendAudit } from '../../store/audit.ts'
import type { Db } from '../../store/open-store.ts'
import { addEffect } from '../../store/outbox.ts'
import { failuresSince, openReleases, type Place, type ReleaseRecord, releaseById } from '../../store/releases.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies } from '../events.ts'
import type { Handled } from '../handled.ts'
import type { RawPress, ReleaseAsk } from './acts.ts'
import { answerPress, applyDecision, auditEntry } from './apply-decision.ts'
import { environmentObject } from './environment-object.ts'
import { gateContextOf } from './gate-context.ts'
import { decideRelease } from './handle-progress.ts'
import type { AskRead, OperatorRead, RuleRequest } from './reads.ts'

/** How far back a failed release counts as a recent one at the most, in ms. */
export const failureMemoryMs = 30 * 24 * 3600_000

type At = { readonly id: string; readonly at: number }

/** Somebody asked for a release: first everything is read that it has to be judged by. */
export async function handleAsked(tx: Db, body: EventBodies['gate.asked'], event: At): Promise<Handled> {
  const { press } = body
  await addEffect(tx, { id: `ask:${press.id}`, lane: `press:${press.id}`, type: 'read_ask', body, at: event.at })
  return { outcome: 'accepted' }
}

/** A workflow waits at its environment: that is a request too, by whoever caused the run. */
export async function handleRuleRequested(
  tx: Db,
  body: RuleRequest,
  event: At,
  context: EngineContext,
): Promise<Handled> {
  const repository = context.repositoryOf(body.repository)?.repo ?? body.repository
  const policy = context.policyOf(repository, body.environment)
  if (policy === null) return { outcome: 'unchanged' }
  const own = await openReleaseOfRun(tx, { repository, environment: policy.environment }, body.runId)
  if (own !== null) {
    // The run is ours: it was approved before it was started.
    const rule = { runId: body.runId, environment: body.environment }
    const comment = `Approved as release ${own}.`
    const effect = { id: `own-rule:${own}:${body.environment}`, lane: `rule:${own}`, type: 'answer_rule' }
    await addEffect(tx, { ...effect, body: { releaseId: own, state: 'approved', comment, rule }, at: event.at })
    return { outcome: 'accepted' }
  }
  const press: RawPress = {
    id: `rule:${body.runId}:${body.environment}`,
    client: 'github',
    userId: body.login ?? 'github',
    teamId: '',
    channelId: null,
    threadTs: null,
    at: event.at,
  }
  const ask: ReleaseAsk = {
    repository,
    environment: policy.environment,
    strategy: null,
    ref: { type: 'ref', ref: body.sha },
    note: null,
    rule: {
      runId: body.runId,
      runUrl: body.runUrl,
      environment: body.environment,
      callbackUrl: body.callbackUrl,
    },
  }
  return await handleAsked(tx, { press, ask }, event)
}

/** The release that Sluice started this very run for, to this environment; null for any other run. */
async function openReleaseOfRun(tx: Db, place: Place, runId: number): Promise<string | null> {
  const open = await openReleases(tx, place)
  const own = open.find(({ run, mode }) => mode === 'dispatch' && run?.id === runId)
  return own?.id ?? null
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
  // A workflow that waits for an answer is told of a refusal, for which the release is kept; otherwise the log and the
  // answer are all that is left of it.
  if (release === null || (release.state.name === 'refused' && effects.length === 0)) {
    const object = { object: environmentObject(place), sha: read.resolved.sha }
    await appendAudit(tx, auditEntry(audit, object, at))
    await answerPress(tx, press, mrkdwn(taggedLine(answer.text)), at)
    return { outcome: 'refused' }
  }
  const decision = { release, effects, audit, answer }
  const handled = await applyDecision(tx, { cause: event.id, before: null, decision, press, gate, at }, context)
  await supersede(tx, release, open, policy, event, context)
  return handled
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

/** What waits at the gate makes room for the newer release. */
async function supersede(
  tx: Db,
  newer: Release,
  open: readonly ReleaseRecord[],
  policy: GatePolicy,
  { id: cause, at }: At,
  context: EngineContext,
): Promise<void> {
  for (const { id } of supersededBy(newer, open, policy)) {
    await decideRelease(tx, id, { type: 'supersede', at, byRelease: newer.id }, context, cause)
  }
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
  await answerPress(tx, press, mrkdwn(taggedLine(`No release was opened. ${text}`)), at)
  return { outcome: `refused_${reason}` }
}
