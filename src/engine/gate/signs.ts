/** What the metrics count of a gate. Told once the event that led to it is on disk. */
import type { ReasonCode } from '../../policy/reason-codes.ts'
import type { Answer } from '../../release/decision.ts'
import { isOpen, type Release, type ReleaseState } from '../../release/release.ts'
import type { GateAct } from './acts.ts'

export type GateSign =
  /** Somebody asked for a release or did something at a gate, by button, form or command, and got this answer. */
  | {
      readonly type: 'pressed'
      readonly act: GateAct['type'] | 'request'
      readonly outcome: Answer['outcome']
      readonly reason: ReasonCode | null
    }
  /** The approvals of a release were complete, or its glass was broken, this long after it was asked for. */
  | { readonly type: 'approved'; readonly environment: string; readonly afterMs: number }
  /** A release ended; `afterMs` is the time since it was approved, null for one that never was. */
  | {
      readonly type: 'ended'
      readonly environment: string
      readonly outcome: ReleaseState['name']
      readonly afterMs: number | null
    }
  /** Traffic was read back as the baseline's, or all of a rollback is done, this long after the press or the verdict. */
  | {
      readonly type: 'rolled_back'
      readonly environment: string
      readonly part: 'traffic' | 'all'
      readonly afterMs: number
    }

/**
 * What became of a release by one event. A release that needed nobody's approval is never `approved`.
 *
 * @param before - null for a release that is new
 */
export function releaseSigns(before: Release | null, after: Release): readonly GateSign[] {
  const { environment, approvedAt, state } = after
  const signs: GateSign[] = []
  const hasApproval = after.approvals.length > 0 || after.breakGlass !== null
  if (hasApproval && approvedAt !== null && before?.approvedAt == null) {
    signs.push({ type: 'approved', environment, afterMs: Math.max(0, approvedAt - after.requestedAt) })
  }
  if ('at' in state && (before === null || isOpen(before))) {
    const afterMs = approvedAt === null ? null : Math.max(0, state.at - approvedAt)
    signs.push({ type: 'ended', environment, outcome: state.name, afterMs })
  }
  return signs
}
