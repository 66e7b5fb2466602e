/** What happens to a release, and what one event leads to. `decide` (decide.ts) maps one to the other, purely. */

import type { FreezeAt } from '../policy/freeze.ts'
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
  /** Read for this press: not believed when `readAt` is more than a minute before the event. */
  readonly memberships: Memberships
  /** What the button said: `Release.generation` and `Release.planDigest` of the card that was pressed; null on the command line. */
  readonly seen: { readonly generation: number; readonly planDigest: string } | null
}

/**
 * What was read from GitHub at the moment of a press or of an effect. The plan has to be that of the release's commit
 * and strategy under the policy of the context; one of another policy version counts as not read.
 */
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
  /** Takes one's own approval (or one's breaking of the glass) back, while nothing has begun. */
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
  /** Timer: the gate's time is over. To be set again whenever `expiresAt` is new. */
  | { readonly type: 'expire'; readonly at: number }
  | { readonly type: 'remind'; readonly at: number }
  /** What the card shows was read again. */
  | { readonly type: 'refreshed'; readonly at: number; readonly fresh: FreshState }
  /**
   * The environment may have become free, a lock or a freeze may have ended, a review may have been signed off; also
   * due every minute or so for a release that is `queued` or `checking`, which looks again then.
   */
  | { readonly type: 'try_start'; readonly at: number }
  /** The plan as it stands right before the workflow is started; `generation` is that of the effect `check_plan`. */
  | { readonly type: 'plan_checked'; readonly at: number; readonly generation: number; readonly fresh: FreshState }
  | { readonly type: 'run_started'; readonly at: number; readonly run: { readonly id: number; readonly url: string } }
  /** The workflow was not started, or GitHub did not take the answer to its rule (a rejection included). */
  | { readonly type: 'start_failed'; readonly at: number; readonly reason: ReasonCode; readonly detail: string }
  /**
   * GitHub was not (or, as far as can be told, not) made to start: it wants a pause, could not be reached, or took the
   * call and no run came of it. What was checked is too old by now, so that all of it is checked again.
   */
  | {
      readonly type: 'start_postponed'
      readonly at: number
      /** Whether GitHub may have taken the call: looked for, in vain. */
      readonly mayHaveHappened: boolean
      /** Milliseconds before it is tried again. */
      readonly afterMs: number
      readonly detail: string
    }
  /** `protection_rule` mode: GitHub took the answer. */
  | { readonly type: 'rule_answered'; readonly at: number }
  /**
   * The followed run ended. `builtSha` is what it says it checked out, `backup` the backup that it says it made before it
   * migrated; null: it did not say.
   */
  | {
      readonly type: 'run_ended'
      readonly at: number
      readonly conclusion: string
      readonly builtSha: string | null
      readonly backup: string | null
    }
  /** Somebody started the followed run again on GitHub; `conclusion` is null while that attempt goes on. */
  | {
      readonly type: 'run_again'
      readonly at: number
      /** From 2. */
      readonly attempt: number
      /** Null when GitHub does not say. */
      readonly by: Identity | null
      readonly conclusion: string | null
    }
  /** A newer release took its place at the gate; see superseded-by.ts. */
  | { readonly type: 'supersede'; readonly at: number; readonly byRelease: string }
  /**
   * Somebody decided on GitHub's own page.
   * - `approved`: a reviewer of GitHub's environment approved. Our own rule still waits, so the gate stays as it is.
   * - `rejected`: the run does not go on.
   * - `started`: the run went on without our answer (an administrator let it through).
   */
  | {
      readonly type: 'decided_elsewhere'
      readonly at: number
      readonly by: Identity
      readonly decision: 'approved' | 'rejected' | 'started'
    }
  /** What followed the workflow is over: all traffic is the new version's, or everything is back as it was. */
  | { readonly type: 'rollout_ended'; readonly at: number; readonly end: RolloutEnd }
  /** What was deployed is being put back, though the release had ended. */
  | { readonly type: 'rollback_begun'; readonly at: number }
  /** GitHub's deployment record was made. */
  | { readonly type: 'deployment_recorded'; readonly at: number; readonly deploymentId: number }

export type RolloutEnd =
  | { readonly name: 'completed' }
  | {
      readonly name: 'rolled_back'
      readonly reason: ReasonCode | null
      readonly by: Identity | null
      readonly why: string | null
    }

export type PressEvent = Extract<ReleaseEvent, { readonly press: Press }>

export interface Lock {
  readonly by: Identity
  readonly why: string
  /** Null: until it is taken off. */
  readonly expiresAt: number | null
}

/** A release that broke the glass and waits for a sign-off by somebody else. */
export interface OwedReview {
  readonly releaseId: string
  readonly by: Identity
}

/** What the rules need to know besides the release itself. Who may operate at all (may-operate.ts) is checked before. */
export interface GateContext {
  /** As it is configured now, whatever it was when the release was asked for. */
  readonly policy: GatePolicy
  readonly lock: Lock | null
  /** Freezes that people declared besides those of the policy. */
  readonly freezes: readonly FreezeWindow[]
  /** The function of freeze.ts. */
  readonly freezeAt: FreezeAt
  /** Another release of the environment that is `preparing`, or `queued` with an earlier `approvedAt` (then id). */
  readonly before: string | null
  /** Null when none is owed. One that this very release owes does not hold it. */
  readonly owedReview: OwedReview | null
}

/** Calls that a decision asks for; the engine makes them, in order. Texts are those of text-with-people.ts. */
export type ReleaseEffect =
  /** Read plan and evidence again, not before `afterMs`; comes back as `plan_checked` with this generation. */
  | { readonly type: 'check_plan'; readonly generation: number; readonly afterMs?: number }
  /** Start the workflow for exactly this plan; comes back as `run_started`, `start_failed` or `start_postponed`. */
  | { readonly type: 'start_workflow' }
  /** Tell GitHub's protection rule; comes back as `rule_answered`, `start_failed` or `start_postponed`. */
  | { readonly type: 'answer_rule'; readonly state: 'approved' | 'rejected'; readonly comment: string }
  /** `dispatch` mode only. Nothing to do for `inactive` when there is no record. */
  | {
      readonly type: 'deployment_status'
      readonly state: 'queued' | 'in_progress' | 'success' | 'failure' | 'inactive'
    }
  /** The workflow has ended well: shift the traffic (rollout/open-rollout.ts). No call to anybody by itself. */
  | { readonly type: 'open_rollout' }
  | { readonly type: 'remind_approvers' }
  /** Tells the on-call group and the security channel. */
  | { readonly type: 'announce_break_glass' }
  /** The last line of the thread: the whole story on one screen. */
  | { readonly type: 'post_story' }
  /** A line in the card's thread. */
  | { readonly type: 'post_line'; readonly text: string }
  /** The release does not hold its place any more: the next in the queue may try. No call to anybody. */
  | { readonly type: 'environment_free' }

export type AuditAction =
  | 'request'
  | 'approve'
  | 'reject'
  | 'withdraw'
  | 'cancel'
  | 'break_glass'
  | 'expire'
  | 'supersede'
  /** Approvals (or a broken glass) do not count any more. */
  | 'void_approvals'
  /** What would ship is another thing now; there were no approvals yet. */
  | 'plan_changed'
  /** Into the queue, or waiting for something else there. */
  | 'queue'
  /** Its turn: the plan is being checked. */
  | 'check'
  | 'start'
  | 'run'
  /** The workflow ended well, and the traffic is to be shifted. */
  | 'roll_out'
  | 'complete'
  | 'fail'
  /** What GitHub said of a release that it does not change any more, or not yet. */
  | 'note'

/**
 * One line of the audit log. Each press and each change of a release's state, plan, approvals or glass has exactly one;
 * evidence that was read again without any of these has none.
 */
export interface AuditLine {
  readonly actor: Identity | 'sluice'
  readonly client: Client
  /** What happened, which for a press is not always what was pressed (`expire`, `void_approvals`). */
  readonly action: AuditAction
  /** Why it was refused or undone; null for what was done. */
  readonly reason: ReasonCode | null
  /** Sentence or comment in plain words; null when there is nothing to add. */
  readonly text: string | null
}

/** What the person who pressed is told: exactly one answer for each press. */
export interface Answer {
  readonly outcome: 'applied' | 'already_decided' | 'expired' | 'superseded' | 'refused'
  /** See text-with-people.ts. */
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

/** An earlier approval that may be carried over, with what the services say of the person now. */
export interface CarriedApproval {
  readonly approval: Approval
  readonly memberships: Memberships
}

/** A request before it is a release. */
export interface ReleaseRequest {
  /** The release's id if it becomes one. */
  readonly id: string
  readonly press: Press
  readonly repository: string
  readonly environment: string
  readonly ref: string
  /** What was asked for; null for the plan's, which is then the environment's first. */
  readonly strategy: Release['strategy'] | null
  readonly note: string | null
  /** Not null: the request is that of a protection rule, and `press` is the one who started the run. */
  readonly rule: Release['rule']
  readonly fresh: FreshState
  /** Releases of the repository and environment that are open. */
  readonly open: readonly Pick<Release, 'id' | 'sha' | 'rule'>[]
  /** Approvals of an earlier release that may count for this one, see carry-over.ts. */
  readonly carried: readonly CarriedApproval[]
  /** When releases of the environment failed or were rolled back lately (UTC milliseconds), for the risk rules. */
  readonly recentFailures: readonly number[]
}

/** What a request leads to: `release` is null when so little was known that there is none, not even a refused one. */
export interface Opening extends Omit<Decision, 'release' | 'audit' | 'answer'> {
  readonly release: Release | null
  readonly audit: AuditLine
  readonly answer: Answer
}
