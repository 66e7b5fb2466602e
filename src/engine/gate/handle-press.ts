import { type ReasonCode, reasons } from '../../policy/reason-codes.ts'
import { decide } from '../../release/decide.ts'
import type { Answer, Press, ReleaseEvent } from '../../release/decision.ts'
import { appendAudit } from '../../store/audit.ts'
import { cardsOfRelease } from '../../store/cards.ts'
import type { Db } from '../../store/open-store.ts'
import { addEffect } from '../../store/outbox.ts'
import { releaseById } from '../../store/releases.ts'
import { urgent } from '../effects.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies } from '../events.ts'
import { both, type Handled } from '../handled.ts'
import { forgetHome } from '../home-tabs.ts'
import { handleRolloutPress } from '../rollout/handle-rollout.ts'
import { isReleaseAct, isRolloutAct, type RawPress, type ReleaseAct, shownToThem } from './acts.ts'
import { answerPress, applyDecision } from './apply-decision.ts'
import { auditEntry } from './audit-entry.ts'
import { gateContextOf } from './gate-context.ts'
import { pressOf } from './handle-ask.ts'
import { handleEnvironmentAct } from './handle-environment-act.ts'
import type { PressRead } from './reads.ts'
import { refusePress } from './refuse-press.ts'

type At = { readonly id: string; readonly at: number }

/** A press at a gate: first Slack says who it was, now, and GitHub how things stand, now. */
export async function handlePressed(tx: Db, body: EventBodies['gate.pressed'], event: At): Promise<Handled> {
  const { press } = body
  await addEffect(tx, { id: `press:${press.id}`, lane: laneOf(body), type: 'read_press', body, at: event.at })
  return { outcome: 'accepted' }
}

/**
 * What somebody approves and takes back is judged in the order of their presses, whichever is read the faster. What
 * only stops a release waits for nobody.
 */
function laneOf({ press, act }: EventBodies['gate.pressed']): string {
  const isInOrder = act.type === 'approve' || act.type === 'withdraw' || act.type === 'break_glass'
  // What stops a rollout waits for nothing else that is going on.
  if (isRolloutAct(act)) return `${urgent}press:${press.id}`
  return isInOrder ? `approver:${act.releaseId}:${press.client}:${press.userId}` : `press:${press.id}`
}

/** Somebody can make up what a button says: that is refused, written down and answered like any other press. */
export async function handleMalformed(
  tx: Db,
  { press, action }: EventBodies['gate.malformed'],
  { at }: At,
): Promise<Handled> {
  const { client, userId, teamId } = press
  const actor = { slackId: userId, teamId, name: null, logins: [], emails: [] }
  const text = reasons.malformed_button
  const line = { actor, client, action: 'press', reason: 'malformed_button' as const, text }
  await appendAudit(tx, auditEntry(line, { object: `button:${action}`, sha: null }, at))
  await answerPress(tx, press, text, at)
  return { outcome: 'refused_malformed_button' }
}

/** They have been told already: what they asked for changes nothing, and waits for nobody. */
export async function handleLookRefused(
  tx: Db,
  { identity, object, reason }: EventBodies['gate.look_refused'],
  { at }: At,
): Promise<Handled> {
  if (object === 'home' && identity.slackId !== null) await forgetHome(tx, identity.slackId)
  const line = { actor: identity, client: 'slack' as const, action: 'look', reason, text: reasons[reason] }
  await appendAudit(tx, auditEntry(line, { object, sha: null }, at))
  return { outcome: `refused_${reason}` }
}

/** One press, one answer, one row in the audit log. */
export async function handlePressRead(
  tx: Db,
  body: EventBodies['gate.press_read'],
  event: At,
  context: EngineContext,
): Promise<Handled> {
  const { press, act, read } = body
  const { at } = event
  const { operator } = read
  if (operator.refused !== null) return await refusePress(tx, { press, act, operator, reason: operator.refused, at })
  if (isRolloutAct(act)) return await handleRolloutPress(tx, { press, act, operator, at, cause: event.id }, context)
  if (!isReleaseAct(act)) return await handleEnvironmentAct(tx, { press, act, operator, at, cause: event.id }, context)
  const before = await releaseById(tx, act.releaseId)
  const policy = before === null ? null : context.policyOf(before.repository, before.environment)
  if (before === null || policy === null) {
    return await refusePress(tx, { press, act, operator, reason: 'unknown_release', at })
  }
  if (await isCopy(tx, press, act)) return await refusePress(tx, { press, act, operator, reason: 'copied_card', at })
  const gate = await gateContextOf(tx, before, policy, { releaseId: before.id, at })
  const decision = decide(before, releaseEvent(act, pressOf(press, operator, act.seen), read, at), gate)
  const change = { before, decision, press, gate, cause: event.id, at }
  const pressed = (outcome: Answer['outcome'], reason: ReasonCode | null): Handled => {
    return { outcome, signs: [{ type: 'pressed', act: act.type, outcome, reason }] }
  }
  if (act.type !== 'refresh') {
    const handled = await applyDecision(tx, change, context)
    return both(handled, pressed(decision.answer?.outcome ?? 'applied', decision.audit?.reason ?? null))
  }
  // Reading again decides nothing, so the rules have no answer to it.
  const isRead = read.fresh?.ok !== false
  await answerPress(tx, press, isRead ? 'The card shows how things stand now.' : reasons.service_unavailable, at)
  const told = isRead ? pressed('applied', null) : pressed('refused', 'service_unavailable')
  return both(await applyDecision(tx, change, context), told)
}

/**
 * Whether a decision was pressed on a message that is no card of the release: forwarded, copied, made up, or replaced by
 * a newer one. What takes back or calls off is taken from anywhere. A card that is being posted has no `ts` here yet.
 */
async function isCopy(tx: Db, press: RawPress, act: ReleaseAct): Promise<boolean> {
  const decides = act.type === 'approve' || act.type === 'reject' || act.type === 'break_glass'
  if (!decides || press.client !== 'slack' || press.messageTs === shownToThem) return false
  const cards = await cardsOfRelease(tx, act.releaseId)
  if (cards.some(({ state }) => state === 'posting')) return false
  return !cards.some(({ channelId, ts }) => channelId === press.channelId && ts === press.messageTs)
}

/** The engine knows what the services said; the rules know what that means. */
function releaseEvent(act: ReleaseAct, press: Press, { fresh }: PressRead, at: number): ReleaseEvent {
  const state = fresh ?? { ok: false as const, detail: 'nothing was read' }
  switch (act.type) {
    case 'approve':
      return { type: 'approve', at, press, comment: act.comment, fresh: state }
    case 'reject':
      return { type: 'reject', at, press, why: act.why }
    case 'withdraw':
      return { type: 'withdraw', at, press }
    case 'cancel':
      return { type: 'cancel', at, press, why: act.why }
    case 'break_glass':
      return { type: 'break_glass', at, press, why: act.why, fresh: state }
    case 'refresh':
      return { type: 'refreshed', at, fresh: state }
    default:
      return act satisfies never
  }
}
