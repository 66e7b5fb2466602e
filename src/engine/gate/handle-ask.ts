import { reasons } from '../../policy/reason-codes.ts'
import { carryOver } from '../../release/carry-over.ts'
import { decide } from '../../release/decide.ts'
import type { Press, ReleaseRequest } from '../../release/decision.ts'
import { openRelease } from '../../release/open-release.ts'
import { isOpen } from '../../release/release.ts'
import { appendAudit } from '../../store/audit.ts'
import type { Db } from '../../store/open-store.ts'
import { addEffect } from '../../store/outbox.ts'
import { failuresSince, openReleases, releaseById } from '../../store/releases.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies } from '../events.ts'
import type { Handled } from '../handled.ts'
import type { RawPress, ReleaseAsk } from './acts.ts'
import { answerPress, applyDecision, auditEntry } from './apply-decision.ts'
import { gateContextOf } from './gate-context.ts'
import type { OperatorRead } from './reads.ts'

/** How far back a failed release counts as a recent one at the most, in ms. */
const failureMemoryMs = 30 * 24 * 3600_000

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
  body: EventBodies['github.rule_requested'],
  event: At,
  context: EngineContext,
): Promise<Handled> {
  const policy = context.policyOf(body.repository, body.environment)
  if (policy === null || policy.mode !== 'protection_rule') return { outcome: 'unchanged' }
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
    repository: body.repository,
    environment: policy.environment,
    strategy: null,
    ref: { type: 'ref', ref: body.sha },
    note: null,
    rule: { runId: body.runId, environment: body.environment, callbackUrl: body.callbackUrl },
  }
  return await handleAsked(tx, { press, ask }, event)
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
  const refuse = (reason: keyof typeof reasons, detail: string | null = null) =>
    refuseAsk(tx, { press, ask, operator: read.operator, reason, detail, at })
  if (policy === null) return await refuse('unknown_environment')
  if (read.operator.refused !== null) return await refuse(read.operator.refused)
  if (!read.resolved.ok) return await refuse(read.resolved.reason, read.resolved.detail)
  const { sha, ref } = read.resolved
  const place = { repository: ask.repository, environment: policy.environment }
  const open = await openReleases(tx, place)
  const strategy = ask.strategy ?? policy.strategies[0] ?? 'direct'
  const twin = open.find((other) => other.sha === sha && other.strategy === strategy && ask.rule === null)
  if (twin !== undefined) return await refuse('already_requested', `It is release ${twin.id}.`)
  if (read.fresh === null) return await refuse('service_unavailable')

  const id = context.newId()
  const earlier = read.sinceEarlier === null ? null : await releaseById(tx, read.sinceEarlier.releaseId)
  const request: ReleaseRequest = {
    id,
    press: pressOf(press, read.operator, null),
    ...place,
    ref,
    strategy: ask.strategy,
    note: ask.note,
    rule: ask.rule,
    fresh: read.fresh,
    carried:
      earlier === null || !read.fresh.ok
        ? []
        : carryOver({
            earlier,
            plan: read.fresh.plan,
            evidence: read.fresh.evidence,
            policy,
            changedPaths: read.sinceEarlier?.paths ?? null,
          }),
    recentFailures: await failuresSince(tx, place, at - failureMemoryMs),
  }
  const gate = await gateContextOf(tx, place, policy, { releaseId: id, at })
  const decision = openRelease(request, gate, at)
  if (decision.release.state.name === 'refused' && ask.rule === null) {
    // Nothing came of it: the log and the answer are all that is left. A workflow that waits is told, so it is kept.
    if (decision.audit !== null) await appendAudit(tx, auditEntry(decision.audit, decision.release, at))
    if (decision.answer !== null) await answerPress(tx, press, decision.answer.text, at)
    return { outcome: 'refused' }
  }
  const handled = await applyDecision(tx, { before: null, decision, press, gate, at }, context)
  if (policy.supersedes && isOpen(decision.release)) await supersede(tx, place, id, at, context)
  return handled
}

/** What waits at the gate makes room for the newer release. */
async function supersede(
  tx: Db,
  place: { readonly repository: string; readonly environment: string },
  byRelease: string,
  at: number,
  context: EngineContext,
): Promise<void> {
  const policy = context.policyOf(place.repository, place.environment)
  if (policy === null) return
  for (const record of await openReleases(tx, place)) {
    if (record.id >= byRelease || record.state.name !== 'awaiting_approval') continue
    const older = await releaseById(tx, record.id)
    if (older === null) continue
    const gate = await gateContextOf(tx, place, policy, { releaseId: older.id, at })
    const decision = decide(older, { type: 'supersede', at, byRelease }, gate)
    await applyDecision(tx, { before: older, decision, press: null, gate, at }, context)
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
    readonly reason: keyof typeof reasons
    readonly detail: string | null
    readonly at: number
  },
): Promise<Handled> {
  const { press, ask, operator, reason, detail, at } = refusal
  const text = [reasons[reason], detail].filter((part) => part !== null).join(' ')
  const line = { actor: operator.identity, client: press.client, action: 'request', reason, text }
  const object = `environment:${ask.repository}:${ask.environment}`
  await appendAudit(tx, auditEntry(line, { object, sha: null }, at))
  await answerPress(tx, press, `No release was opened. ${text}`, at)
  return { outcome: `refused_${reason}` }
}
