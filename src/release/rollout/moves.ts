/** The shapes that decisions about a rollout come in. */
import type { Identity } from '../../policy/identity.ts'
import type { ReasonCode } from '../../policy/reason-codes.ts'
import { refusal } from '../outcomes.ts'
import type { Client } from '../release.ts'
import { plainWords } from '../text-with-people.ts'
import type { ActivePhase, Rollout, RolloutPhase } from './rollout.ts'
import type {
  RolloutAction,
  RolloutAuditLine,
  RolloutDecision,
  RolloutEffect,
  RolloutPressEvent,
} from './rollout-decision.ts'

/** What a part of a decision makes of a rollout. */
export interface Move {
  readonly rollout: Rollout
  readonly effects: readonly RolloutEffect[]
}

export function nothing(rollout: Rollout, effects: readonly RolloutEffect[] = []): RolloutDecision {
  return { rollout, effects, audit: null, answer: null }
}

/** What Sluice did by itself, with its line. */
export function own(
  { rollout, effects }: Move,
  action: RolloutAction,
  reason: ReasonCode | null,
  text: string | null,
): RolloutDecision {
  return { rollout, effects, audit: line('sluice', 'sluice', action, reason, text), answer: null }
}

/** What a person did. `text` is what the answer says; the audit log has it or `why`. */
export function done(
  { rollout, effects }: Move,
  { type, press }: Pick<RolloutPressEvent, 'type' | 'press'>,
  text: string,
  why: string | null = null,
): RolloutDecision {
  return {
    rollout,
    effects,
    audit: line(press.by, press.client, type, null, why ?? text),
    answer: { outcome: 'applied', text },
  }
}

/** @param detail - more than the reason's own sentence says; usually what is so now */
export function refuse(
  rollout: Rollout,
  { type, press }: Pick<RolloutPressEvent, 'type' | 'press'>,
  reason: ReasonCode,
  detail: string | null = null,
): RolloutDecision {
  return {
    rollout,
    effects: [],
    audit: line(press.by, press.client, type, reason, detail),
    answer: refusal(reason, detail),
  }
}

function line(
  actor: Identity | 'sluice',
  client: Client,
  action: RolloutAction,
  reason: ReasonCode | null,
  text: string | null,
): RolloutAuditLine {
  return { actor, client, action, reason, text: text === null ? null : plainWords(text) }
}

/** A change that makes the buttons of every card drawn before it stale. */
export function moved(rollout: Rollout, now: number, changes: Partial<Rollout>): Rollout {
  return { ...rollout, ...changes, movedAt: now, generation: rollout.generation + 1 }
}

/** How long a call may still have its effect whose end nobody knows, in ms; 0 when there is none. */
export function unsureForMs({ unsureUntil }: Pick<Rollout, 'unsureUntil'>, now: number): number {
  return unsureUntil === null ? 0 : Math.max(0, unsureUntil - now)
}

/** Never before what has been written down already. */
export function timeOf(rollout: Rollout, at: number): number {
  return Math.max(at, rollout.movedAt)
}

/** What is going on, or would be if it were not held; null in a rollback and after the end. */
export function activeOf(phase: RolloutPhase): ActivePhase | null {
  switch (phase.name) {
    case 'held':
      return phase.from
    case 'preflight':
    case 'before_check':
    case 'setting':
    case 'observing':
    case 'after_check': {
      const { since: _, ...active } = phase
      return active
    }
    case 'rolling_back':
    case 'rollback_incomplete':
    case 'completed':
    case 'rolled_back':
      return null
    default:
      return phase satisfies never
  }
}

/** With effects before those that a move has already. */
export function first(effects: readonly RolloutEffect[], move: Move): Move {
  return { rollout: move.rollout, effects: [...effects, ...move.effects] }
}
