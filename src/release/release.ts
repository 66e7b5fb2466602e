import type { GatePolicy, Strategy } from '../policy/gate-policy.ts'
import type { Identity } from '../policy/identity.ts'
import type { ReasonCode } from '../policy/reason-codes.ts'
import type { Evidence } from './evidence.ts'
import type { Plan } from './plan.ts'

/** Where a decision came from. */
export type Client = 'slack' | 'cli' | 'github' | 'sluice'

export interface Approval {
  readonly by: Identity
  readonly at: number
  readonly comment: string | null
  /** Indexes of `approvalRules(policy)` that this person counts for, those of risks that are not in force included. */
  readonly rules: readonly number[]
  readonly client: Client
  /** Digest of the plan that the person saw: the release's, unless the approval was carried over. */
  readonly planDigest: string
  /** The release that the approval was given for, when it was carried over, and why that is allowed. */
  readonly carriedFrom: { readonly releaseId: string; readonly why: 'same_plan' | 'untouched_paths' } | null
}

/** What an approved release waits for. */
export type WaitsFor = 'lock' | 'freeze' | 'review' | 'turn'

/**
 * Where a release stands. Times are UTC milliseconds. `awaiting_approval`, `queued`, `preparing` and `rolling_out` are
 * open; the others are final, but that a completed release may be rolled back for a while.
 * - `queued`: approved, and something is in the way that ends by itself or by somebody's hand: another release of the
 *   environment (`turn`), a review that is owed, a lock, a freeze. `try_start` looks again.
 * - `preparing`: the plan is being checked once more, then the workflow is started (or the protection rule answered),
 *   then it runs. Nothing has happened outside before `starting`.
 * - `rolling_out`: the workflow has ended well, and traffic is being shifted, or what was changed is being put back; where
 *   that stands is the rollout's (rollout/rollout.ts).
 */
export type ReleaseState =
  | { readonly name: 'awaiting_approval'; readonly since: number; readonly expiresAt: number }
  | { readonly name: 'queued'; readonly since: number; readonly waitsFor: WaitsFor }
  | {
      readonly name: 'preparing'
      readonly since: number
      readonly phase: 'checking' | 'starting' | 'running'
    }
  | { readonly name: 'rolling_out'; readonly since: number }
  | { readonly name: 'completed'; readonly at: number }
  | {
      readonly name: 'rolled_back'
      readonly at: number
      /** Null when a person rolled it back. */
      readonly reason: ReasonCode | null
      readonly by: Identity | null
      readonly why: string | null
    }
  | { readonly name: 'failed'; readonly at: number; readonly reason: ReasonCode; readonly detail: string | null }
  | { readonly name: 'refused'; readonly at: number; readonly reason: ReasonCode; readonly detail: string | null }
  | { readonly name: 'rejected'; readonly at: number; readonly by: Identity; readonly why: string }
  | { readonly name: 'expired'; readonly at: number }
  | { readonly name: 'superseded'; readonly at: number; readonly byRelease: string }
  | { readonly name: 'cancelled'; readonly at: number; readonly by: Identity | null; readonly why: string | null }

/** One attempt to bring one commit to one environment with one strategy. */
export interface Release {
  /** ULID. */
  readonly id: string
  readonly repository: string
  readonly environment: string
  readonly sha: string
  /** As it was asked for: `v1.4.2`, `main~1`, a sha. */
  readonly ref: string
  readonly strategy: Strategy
  readonly note: string | null
  readonly mode: GatePolicy['mode']
  readonly requester: Identity
  readonly client: Client
  readonly requestedAt: number
  readonly plan: Plan
  readonly planDigest: string
  readonly evidence: Evidence
  /** Names of the risk rules in force. One that came into force stays so for this release. */
  readonly risks: readonly string[]
  /** Those that count, oldest first; one a person. */
  readonly approvals: readonly Approval[]
  /** When the approvals were complete or the glass was broken: the order of the queue. Null while that is not so. */
  readonly approvedAt: number | null
  /** Why approvals that were there do not count any more: which parts of the plan changed, and when. */
  readonly voided: { readonly at: number; readonly changed: readonly string[]; readonly approvals: number } | null
  readonly breakGlass: { readonly by: Identity; readonly at: number; readonly why: string } | null
  /** The workflow run that carries the release out; in `protection_rule` mode the one that waits, from the beginning. */
  readonly run: { readonly id: number; readonly url: string } | null
  /** `protection_rule` mode: where the answer goes. */
  readonly rule: {
    readonly runId: number
    readonly runUrl: string
    readonly environment: string
    readonly callbackUrl: string
    /** GitHub's record of the job that waits; another one for each attempt. */
    readonly deploymentId: number
  } | null
  /** Name of the backup that the run says it made before it migrated; null when it named none. */
  readonly backup: string | null
  /** How often GitHub may have taken the start, and no run came of it. */
  readonly lostStarts: number
  /** GitHub's deployment record of this release; null in `protection_rule` mode, where GitHub makes one itself. */
  readonly deploymentId: number | null
  readonly state: ReleaseState
  /** Raised, by one or more, by each change that makes buttons stale (state, plan, approvals voided); buttons carry it. */
  readonly generation: number
  /** Raised by one by every event that changes anything. */
  readonly revision: number
}

export function isOpen(release: Pick<Release, 'state'>): boolean {
  const { name } = release.state
  return name === 'awaiting_approval' || name === 'queued' || name === 'preparing' || name === 'rolling_out'
}
