/** What happens to a release, and what one event leads to. `decide` (decide.ts) maps one to the other, purely. */

import type { FreezeWindow, GatePolicy } from '../policy/gate-policy.ts'
import type { Identity, Memberships } from '../policy/identity.ts'
import type { ReasonCode } from '../policy/reason-codes.ts'
import type { Evidence } from './evidence.ts'
import type { Plan } from './plan.ts'
import type { Approval, Client, Release } from './release.ts'

/** A person's act on a release: who it was, where, and on which state of the card. */
export interface Press {
  /** Unique for the press; the answer and the audit row carry it. */
  readonly id: string
  readonly client: Client
  readonly by: Identity
  readonly memberships: Memberships
  /** What the button said: `Release.generation` and `Release.planDigest` of the card that was pressed; null on the command line. */
  readonly seen: { readonly generation: number; readonly planDigest: string } | null
}

/** What was read from GitHub at the moment of a press or of an effect. */
export type FreshState =
  | { readonly ok: true; readonly plan: Plan; readonly evidence: Evidence }
  /** GitHub could not say: nobody is approved and nothing is started. */
  | { readonly ok: false; readonly detail: string }

/** Everything that can happen to a release that exists. `at` is UTC milliseconds. */
export type ReleaseEvent =
  | {
      readonly type: 'approve'
      readonly at: number
      readonly press: Press
      readonly comment: string | null
      readonly fresh: FreshState
    }
  | { readonly type: 'reject'; readonly at: number; readonly press: Press; readonly why: string }
  /** Takes one's own approval back, while nothing has begun. */
  | { readonly type: 'withdraw'; readonly at: number; readonly press: Press }
  /** The requester or an approver calls the release off. */
  | { readonly type: 'cancel'; readonly at: number; readonly press: Press; readonly why: string | null }
  | {
      readonly type: 'break_glass'
      readonly at: number
      readonly press: Press
      readonly why: string
      readonly fresh: FreshState
    }
  /** Timer: the gate's time is over. */
  | { readonly type: 'expire'; readonly at: number }
  | { readonly type: 'remind'; readonly at: number }
  /** What the card shows was read again. */
  | { readonly type: 'refreshed'; readonly at: number; readonly fresh: FreshState }
  /** The environment may have become free, a lock or a freeze may have ended, a review may have been signed off. */
  | { readonly type: 'try_start'; readonly at: number }
  /** The plan as it stands right before the workflow is started. */
  | { readonly type: 'plan_checked'; readonly at: number; readonly fresh: FreshState }
  | { readonly type: 'run_started'; readonly at: number; readonly run: { readonly id: number; readonly url: string } }
  | { readonly type: 'start_failed'; readonly at: number; readonly reason: ReasonCode; readonly detail: string }
  /** `protection_rule` mode: GitHub took the answer. */
  | { readonly type: 'rule_answered'; readonly at: number }
  /** The followed run ended; `builtSha` is what it says it checked out (null: it did not say). */
  | { readonly type: 'run_ended'; readonly at: number; readonly conclusion: string; readonly builtSha: string | null }
  /** A newer release took its place at the gate. */
  | { readonly type: 'supersede'; readonly at: number; readonly byRelease: string }
  /** Somebody decided on GitHub's own page. */
  | {
      readonly type: 'decided_elsewhere'
      readonly at: number
      readonly by: Identity
      readonly decision: 'approved' | 'rejected'
    }

export type ReleaseEventType = ReleaseEvent['type']

/** What the rules need to know besides the release itself. */
export interface GateContext {
  readonly policy: GatePolicy
  /** Our own workspace and who of others may operate, see may-operate.ts; the engine has checked that already. */
  readonly lock: { readonly by: Identity; readonly why: string; readonly expiresAt: number | null } | null
  /** Freezes that people declared besides those of the policy. */
  readonly freezes: readonly FreezeWindow[]
  /** Another release of the environment that is `preparing`, or approved and before this one in the queue. */
  readonly before: string | null
  /** A release that broke the glass and waits for a sign-off; null when none is owed. */
  readonly owedReview: { readonly releaseId: string; readonly by: Identity } | null
}

/** Calls that a decision asks for; the engine makes them, in order. */
export type ReleaseEffect =
  /** Read plan and evidence again; comes back as `plan_checked`. */
  | { readonly type: 'check_plan' }
  /** Start the workflow for exactly this plan; comes back as `run_started` or `start_failed`. */
  | { readonly type: 'start_workflow' }
  /** Tell GitHub's protection rule; comes back as `rule_answered` or `start_failed`. */
  | { readonly type: 'answer_rule'; readonly state: 'approved' | 'rejected'; readonly comment: string }
  | {
      readonly type: 'deployment_status'
      readonly state: 'queued' | 'in_progress' | 'success' | 'failure' | 'inactive'
    }
  | { readonly type: 'remind_approvers' }
  /** Tells the on-call group and the security channel. */
  | { readonly type: 'announce_break_glass' }
  /** The last line of the thread: the whole story on one screen. */
  | { readonly type: 'post_story' }
  /** A line in the card's thread, in plain words. */
  | { readonly type: 'post_line'; readonly text: string }
  /** The environment is free: the next in the queue may try. */
  | { readonly type: 'environment_free' }

/** One line of the audit log. Every event that changes a release and every press has exactly one. */
export interface AuditLine {
  readonly actor: Identity | 'sluice'
  readonly client: Client
  /** `request`, `approve`, `reject`, `withdraw`, `cancel`, `break_glass`, `expire`, `supersede`, `void_approvals`, `start`, … */
  readonly action: string
  readonly reason: ReasonCode | null
  /** Sentence or comment; null when there is nothing to add. */
  readonly text: string | null
}

/** What the person who pressed is told: exactly one answer for each press. */
export interface Answer {
  readonly outcome: 'applied' | 'already_decided' | 'expired' | 'superseded' | 'refused'
  readonly text: string
}

export interface Decision {
  /** The same object when nothing changed. */
  readonly release: Release
  readonly effects: readonly ReleaseEffect[]
  /** Null only when nothing happened that anybody has to know of (a timer that came too late, say). */
  readonly audit: AuditLine | null
  /** Not null exactly for events with a press. */
  readonly answer: Answer | null
}

/** A request before it is a release. */
export interface ReleaseRequest {
  readonly id: string
  readonly press: Press
  readonly repository: string
  readonly environment: string
  readonly ref: string
  readonly strategy: Release['strategy'] | null
  readonly note: string | null
  readonly rule: Release['rule']
  readonly fresh: FreshState
  /** Approvals of an earlier release that may count for this one, see carry-over.ts. */
  readonly carried: readonly Approval[]
  /** When releases of the environment failed or were rolled back lately (UTC milliseconds), for the risk rules. */
  readonly recentFailures: readonly number[]
}
