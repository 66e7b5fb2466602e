/**
 * How a rollout stands, told from its rows in the audit log and nothing else: whether it goes on, is held (by whom, why),
 * is being rolled back (by whom, why) or has ended, and how much of the traffic the new version was last seen to have.
 */
import { reasons } from '../../src/policy/reason-codes.ts'
import { isOver, isRollingBack, type Rollout } from '../../src/release/rollout/rollout.ts'
import type { RolloutAuditLine } from '../../src/release/rollout/rollout-decision.ts'

/** Who and why, as one text: a person's name, or the reason of Sluice. */
type Cause = string

export interface Standing {
  readonly name: 'going_on' | 'held' | 'rolling_back' | 'rollback_incomplete' | 'completed' | 'rolled_back'
  readonly percent: number
  /** Of the hold or the rollback; null when it goes on or is complete. */
  readonly cause: Cause | null
}

/** What a row of the log says, of those that are about one release. */
export interface LogRow {
  /** Null: Sluice itself. */
  readonly actor: string | null
  readonly action: string
  readonly reason: string | null
  readonly text: string | null
}

export function rowOf({ actor, action, reason, text }: RolloutAuditLine): LogRow {
  return { actor: actor === 'sluice' ? null : actor.name, action, reason, text }
}

export function standingOf(rollout: Rollout): Standing {
  const { phase, confirmed: percent, rollback } = rollout
  if (phase.name === 'held') return { name: 'held', percent, cause: causeOf(phase.hold) }
  if (isRollingBack(rollout) || phase.name === 'rolled_back') {
    const name = phase.name === 'rolled_back' || phase.name === 'rollback_incomplete' ? phase.name : 'rolling_back'
    return { name, percent, cause: rollback === null ? null : causeOf(rollback) }
  }
  return { name: isOver(rollout) ? 'completed' : 'going_on', percent, cause: null }
}

function causeOf({
  by,
  reason,
}: {
  readonly by: { readonly name: string | null } | null
  readonly reason: string | null
}): Cause {
  return by?.name ?? reason ?? ''
}

const start: Standing = { name: 'going_on', percent: 0, cause: null }
const heldUnderWay = `Held: ${reasons.step_needs_approval}`

/** One row more. Those before the rollout began are of its gate. */
export function foldRow(before: Standing | null, row: LogRow): Standing | null {
  const { actor, action, reason } = row
  if (action === 'rollout_begin') return start
  // The first row of one that is held from the start.
  const standing = before ?? (action === 'hold' ? start : null)
  // What a person was refused changes nothing.
  if (standing === null || (actor !== null && reason !== null)) return before
  return { ...standing, ...changes(standing, row), percent: percentAfter(standing, row) }
}

function changes(standing: Standing, { actor, action, reason, text }: LogRow): Partial<Standing> {
  const cause = actor ?? reason ?? ''
  switch (action) {
    case 'hold':
      return { name: 'held', cause }
    case 'traffic_changed':
      return {}
    case 'roll_back':
      return standing.name === 'rolling_back' || standing.name === 'rollback_incomplete'
        ? {}
        : { name: 'rolling_back', cause }
    case 'rollback_incomplete':
      return { name: 'rollback_incomplete' }
    case 'rolled_back':
      return { name: 'rolled_back', cause: standing.name.startsWith('roll') ? standing.cause : cause }
    case 'complete':
      return { name: 'completed', cause: null }
    case 'resume':
    case 'advance':
    case 'promote':
    case 'adopt':
    case 'restore':
      return goesOn(text)
    case 'approve_step':
      return text?.endsWith('it is still held.') === true ? {} : goesOn(text)
    case 'roles':
    case 'confirm':
    case 'check_passed':
      return text?.endsWith(heldUnderWay) === true ? goesOn(text) : {}
    default:
      return {}
  }
}

function goesOn(text: string | null): Partial<Standing> {
  const isHeld = text?.endsWith(heldUnderWay) === true
  return isHeld ? { name: 'held', cause: 'step_needs_approval' } : { name: 'going_on', cause: null }
}

function percentAfter({ percent }: Standing, { actor, action, text: said }: LogRow): number {
  const text = said ?? ''
  if (action === 'adopt') return Number(/as it is now, (\d+) %/.exec(text)?.[1] ?? percent)
  if (action === 'leg_done' || action === 'rolled_back') return text.startsWith('Traffic is back.') ? 0 : percent
  // A person's own words are no reading.
  if (actor !== null && (action === 'hold' || action === 'roll_back')) return percent
  return Number(/^(\d+) % read back/.exec(text)?.[1] ?? percent)
}
