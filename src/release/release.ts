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
  /** Indexes of `GatePolicy.approvals` followed by those of the risk rules in force that this person counts for. */
  readonly rules: readonly number[]
  readonly client: Client
  /** Digest of the plan that the person saw. */
  readonly planDigest: string
  /** The release that the approval was given for, when it was carried over, and why that is allowed. */
  readonly carriedFrom: { readonly releaseId: string; readonly why: 'same_plan' | 'untouched_paths' } | null
}

/**
 * Where a release stands. Times are UTC milliseconds. `awaiting_approval`, `queued` and `preparing` are open; the others
 * are final.
 * - `queued`: approved, waits for its turn (another release of the environment is under way) or for an owed review.
 * - `preparing`: the plan is being checked once more, then the workflow is started, then it runs.
 */
export type ReleaseState =
  | { readonly name: 'awaiting_approval'; readonly since: number; readonly expiresAt: number }
  | { readonly name: 'queued'; readonly since: number; readonly waitsFor: 'turn' | 'review' }
  | {
      readonly name: 'preparing'
      readonly since: number
      readonly phase: 'checking' | 'starting' | 'running'
    }
  | { readonly name: 'completed'; readonly at: number }
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
  /** Names of the risk rules in force. */
  readonly risks: readonly string[]
  /** Those that count, oldest first; one a person. */
  readonly approvals: readonly Approval[]
  /** Why approvals that were there do not count any more: which parts of the plan changed, and when. */
  readonly voided: { readonly at: number; readonly changed: readonly string[]; readonly approvals: number } | null
  readonly breakGlass: { readonly by: Identity; readonly at: number; readonly why: string } | null
  /** The workflow run that carries the release out. */
  readonly run: { readonly id: number; readonly url: string } | null
  /** `protection_rule` mode: where the answer goes. */
  readonly rule: { readonly runId: number; readonly environment: string; readonly callbackUrl: string } | null
  /** GitHub's deployment record of this release. */
  readonly deploymentId: number | null
  readonly state: ReleaseState
  /** Raised by each change that makes buttons stale (state, plan, approvals voided); buttons carry it. */
  readonly generation: number
  /** Raised by every change. */
  readonly revision: number
}

export function isOpen(release: Pick<Release, 'state'>): boolean {
  const { name } = release.state
  return name === 'awaiting_approval' || name === 'queued' || name === 'preparing'
}
