import type { StepDecision } from '../analysis/decide-step.ts'
import type { Foresight } from '../analysis/foresight.ts'
import type { Verdict } from '../analysis/verdict.ts'
import type { GatePolicy, PeopleSet } from '../policy/gate-policy.ts'
import type { Identity } from '../policy/identity.ts'
import type { Release } from '../release/release.ts'
import type { Rollout } from '../release/rollout/rollout.ts'
import type { ReleaseCardContext } from './rendered.ts'

/** A part of the approvals that is still missing, and who may give it. */
export interface MissingApproval {
  /** At least 1. */
  readonly count: number
  readonly from: PeopleSet
  /** Name of the risk rule that asks for it; null for the ordinary rules. */
  readonly risk: string | null
}

/** One gate of an environment and how it stands. Texts are plain; the card escapes them. */
export interface GateLine {
  readonly id: 'approvals' | 'branch' | 'ci' | 'staging' | 'freeze' | 'lock' | 'queue' | 'review' | 'other'
  readonly name: string
  /** `off`: the rule is switched off in the configuration. `overridden`: the glass was broken. */
  readonly state: 'open' | 'closed' | 'unknown' | 'off' | 'overridden'
  /** How it stands, in a few words. */
  readonly detail: string
  /** The one thing that opens it; null when nothing needs to be done, or nothing can be. */
  readonly action: string | null
}

export interface LockGlance {
  readonly by: Identity
  readonly why: string
  /** UTC milliseconds; null when it stays until it is taken off. */
  readonly expiresAt: number | null
}

/** A release's rollout as its card shows it. */
export interface RolloutGlance {
  readonly rollout: Rollout
  /** The newest check that was judged; null while none was. */
  readonly check: {
    /** UTC milliseconds. */
    readonly at: number
    readonly verdict: Verdict
    readonly decision: StepDecision
  } | null
  /** Between two checks, ms. */
  readonly intervalMs: number
  /** What a press on `Roll back` would do; see text-with-people.ts. */
  readonly rollbackWords: string
  /** So many bad answers of one version in a row mean that it is not healthy; null where nobody asks. */
  readonly probeFailures: number | null
  /** Whether it can be rolled back though it is over. */
  readonly isRollbackOpen: boolean
  /** Until when that is so, if nothing newer begins, UTC milliseconds; null while it is not over. */
  readonly rollbackUntil: number | null
  /** In it the rollback has to be done, ms. */
  readonly rollbackObjectiveMs: number
}

/** Everything that a gate card shows. No clock: the same input always gives the same blocks. */
export interface GateCardInput {
  readonly release: Release
  readonly policy: GatePolicy
  /** First line of the commit's message; null when it is not known. */
  readonly title: string | null
  readonly missing: readonly MissingApproval[]
  /** Gates besides approvals, lock, freeze, queue and review; those that are closed are shown. */
  readonly gates: readonly GateLine[]
  readonly lock: LockGlance | null
  readonly freeze: { readonly reason: string; readonly untilMs: number } | null
  /** Where the release stands among those that wait for the environment: 1 is next. */
  readonly queue: { readonly position: number; readonly beforeUrl: string | null } | null
  /** Another release broke the glass, and its sign-off holds this one up. */
  readonly owedReview: { readonly by: Identity; readonly url: string | null } | null
  /** For a release that broke the glass itself: whether somebody else has signed it off. */
  readonly review: { readonly signedOffBy: Identity | null; readonly at: number | null } | null
  /** What the canary will be able to show; null where that is not known. */
  readonly foresight?: Foresight | null
  /** Null while the release has none. */
  readonly rollout: RolloutGlance | null
  /** What brings the old version back, when Sluice does that; null when only a new release can. */
  readonly rollback: { readonly triggers: readonly string[]; readonly how: string } | null
  readonly links: {
    /** The card of the commit's pipeline. */
    readonly pipeline: string | null
    /** The card of the release that took this one's place. */
    readonly successor: string | null
  }
  readonly context: ReleaseCardContext
}
