/** What Slack and GitHub said about a request or a press, as the event that carries it to the rules. */
import type { Identity, Memberships } from '../../policy/identity.ts'
import type { ReasonCode } from '../../policy/reason-codes.ts'
import type { CommitsBetween } from '../../release/carry-over.ts'
import type { FreshState } from '../../release/decision.ts'

/** Who pressed. `refused` is why they may not operate Sluice at all, or that nobody could say who they are. */
export interface OperatorRead {
  readonly identity: Identity
  readonly memberships: Memberships
  readonly refused: ReasonCode | null
}

export interface AskRead {
  readonly operator: OperatorRead
  /** The commit that the ref means. */
  readonly resolved:
    | { readonly ok: true; readonly sha: string; readonly ref: string }
    | { readonly ok: false; readonly reason: ReasonCode; readonly detail: string | null }
  /** Null when there is no commit, or when nobody who may ask did. */
  readonly fresh: FreshState | null
  /** The newest release before this one that has approvals which may still count; null when there is none. */
  readonly earlier: {
    readonly releaseId: string
    readonly between: CommitsBetween | null
    /** What the services say of those who approved it, in the order of its approvals. */
    readonly memberships: readonly Memberships[]
  } | null
}

export interface PressRead {
  readonly operator: OperatorRead
  /** Null for acts that need nothing of it. */
  readonly fresh: FreshState | null
}

/** `deployment_protection_rule`: requested. */
export interface RuleRequest {
  readonly repository: string
  readonly sha: string
  readonly ref: string
  /** As GitHub calls it. */
  readonly environment: string
  readonly runId: number
  readonly runUrl: string
  readonly callbackUrl: string
  /** GitHub's record of the job that waits. */
  readonly deploymentId: number
  /** Who caused the run. */
  readonly login: string | null
}
