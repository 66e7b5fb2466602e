import { reasons } from '../../policy/reason-codes.ts'
import { decide } from '../../release/decide.ts'
import type { Press, ReleaseEvent } from '../../release/decision.ts'
import type { Db } from '../../store/open-store.ts'
import { addEffect } from '../../store/outbox.ts'
import { releaseById } from '../../store/releases.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies } from '../events.ts'
import type { Handled } from '../handled.ts'
import { isReleaseAct, type ReleaseAct } from './acts.ts'
import { answerPress, applyDecision } from './apply-decision.ts'
import { gateContextOf } from './gate-context.ts'
import { pressOf } from './handle-ask.ts'
import { handleEnvironmentAct } from './handle-environment-act.ts'
import type { PressRead } from './reads.ts'
import { refusePress } from './refuse-press.ts'

type At = { readonly id: string; readonly at: number }

/** A press at a gate: first Slack says who it was, now, and GitHub how things stand, now. */
export async function handlePressed(tx: Db, body: EventBodies['gate.pressed'], event: At): Promise<Handled> {
  const { press } = body
  await addEffect(tx, { id: `press:${press.id}`, lane: `press:${press.id}`, type: 'read_press', body, at: event.at })
  return { outcome: 'accepted' }
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
  if (!isReleaseAct(act)) return await handleEnvironmentAct(tx, { press, act, operator, at, cause: event.id }, context)
  const before = await releaseById(tx, act.releaseId)
  const policy = before === null ? null : context.policyOf(before.repository, before.environment)
  if (before === null || policy === null) {
    return await refusePress(tx, { press, act, operator, reason: 'unknown_release', at })
  }
  const gate = await gateContextOf(tx, before, policy, { releaseId: before.id, at })
  const decision = decide(before, releaseEvent(act, pressOf(press, operator, act.seen), read, at), gate)
  const change = { cause: event.id, before, decision, press, gate, at }
  if (act.type !== 'refresh') return await applyDecision(tx, change, context)
  // Reading again decides nothing, so the rules have no answer to it.
  const text = read.fresh?.ok === false ? reasons.service_unavailable : 'The card shows how things stand now.'
  await answerPress(tx, press, text, at)
  return await applyDecision(tx, change, context)
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
