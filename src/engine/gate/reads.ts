/** What Slack and GitHub said about a request or a press, as the event that carries it to the rules. */
import type { Identity, Memberships } from '../../policy/identity.ts'
import type { ReasonCode } from '../../policy/reason-codes.ts'
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
  /** Paths changed between an earlier release's commit and this one; null when nobody asked or GitHub could not say. */
  readonly sinceEarlier: { readonly releaseId: string; readonly paths: readonly string[] } | null
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
  readonly callbackUrl: string
  /** Who caused the run. */
  readonly login: string | null
}
