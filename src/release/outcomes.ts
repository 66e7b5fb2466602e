/** The shapes that decisions come in: nothing, a refusal, something done. */
import type { Identity } from '../policy/identity.ts'
import { type ReasonCode, reasons } from '../policy/reason-codes.ts'
import type { Answer, AuditAction, AuditLine, Decision, Press, PressEvent, ReleaseEffect } from './decision.ts'
import type { Client, Release } from './release.ts'
import { plainWords } from './text-with-people.ts'

/** What a step of a decision makes of a release. */
export interface Step {
  readonly release: Release
  readonly effects: readonly ReleaseEffect[]
}

/** Nothing happened that anybody has to know of. */
export function nothing(release: Release, effects: readonly ReleaseEffect[] = []): Decision {
  return { release, effects, audit: null, answer: null }
}

/**
 * A press that is refused. `detail` says more than the reason's own sentence; `release` may hold what was read anew.
 */
export function refuse(
  release: Release,
  event: Pick<PressEvent, 'press' | 'type'>,
  reason: ReasonCode,
  detail: string | null = null,
): Decision {
  return {
    release,
    effects: [],
    audit: pressLine(event.press, event.type, reason, detail),
    answer: refusal(reason, detail),
  }
}

export function refusal(reason: ReasonCode, detail: string | null): Answer {
  return {
    outcome:
      reason === 'already_decided' || reason === 'expired' || reason === 'superseded' ? outcomes[reason] : 'refused',
    text: detail === null ? reasons[reason] : `${reasons[reason]} ${detail}`,
  }
}

const outcomes = { already_decided: 'already_decided', expired: 'expired', superseded: 'superseded' } as const

export function pressLine(
  press: Pick<Press, 'by' | 'client'>,
  action: AuditAction,
  reason: ReasonCode | null,
  text: string | null,
): AuditLine {
  return line(press.by, press.client, action, reason, text)
}

/** A line for what Sluice did by itself (`sluice`) or learned (`github`). */
export function ownLine(
  client: 'sluice' | 'github',
  action: AuditAction,
  reason: ReasonCode | null,
  text: string | null,
): AuditLine {
  return line('sluice', client, action, reason, text)
}

function line(
  actor: Identity | 'sluice',
  client: Client,
  action: AuditAction,
  reason: ReasonCode | null,
  text: string | null,
): AuditLine {
  return { actor, client, action, reason, text: text === null ? null : plainWords(text) }
}

/** A change that makes the buttons of every card drawn before it stale. */
export function moved(release: Release, changes: Partial<Release>): Release {
  return { ...release, ...changes, generation: release.generation + 1 }
}
