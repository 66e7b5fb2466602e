/** Where a rollout stands: from the end of a release's production workflow to the end of the release. Plain JSON. */
import type { AnalysisState } from '../../analysis/observe.ts'
import type { VerdictName } from '../../analysis/verdict.ts'
import type { Strategy } from '../../policy/gate-policy.ts'
import type { Identity } from '../../policy/identity.ts'
import type { ReasonCode } from '../../policy/reason-codes.ts'
import type { RolloutCheck } from '../../policy/rollout-policy.ts'
import type { ManualStep } from '../by-hand.ts'
import type { TrafficChange } from '../traffic.ts'

export interface RolloutStep {
  /** The canary's share, 1 to 100; that of the step before where `isAnalysisOnly`. */
  readonly percent: number
  /** How long it is watched, in ms; 0 for not at all. */
  readonly windowMs: number
  /** Somebody who may approve the release has to let this step begin. */
  readonly needsApproval: boolean
  /** No weight is set: the split of the step before is watched for longer. */
  readonly isAnalysisOnly: boolean
  readonly before: readonly RolloutCheck[]
  readonly after: readonly RolloutCheck[]
}

/** Which pool serves which version. */
export interface RolePools {
  readonly baseline: string
  readonly canary: string
}

/** What a held rollout goes back to. */
export type ActivePhase =
  /** The split is read until it can be begun. `attempts`: readings so far that did not do. */
  | { readonly name: 'preflight'; readonly attempts: number }
  | { readonly name: 'before_check'; readonly index: number }
  /**
   * The canary is to get `percent`. Read first, then written and read back; `restore` brings a split back that somebody else
   * changed, and so is written without a look at what it is.
   */
  | {
      readonly name: 'setting'
      readonly percent: number
      readonly purpose: 'step' | 'restore'
      readonly stage: 'reading' | 'writing'
      readonly attempts: number
    }
  | { readonly name: 'observing' }
  | { readonly name: 'after_check'; readonly index: number }

/** Why it stands. `reason` has the sentence; a person's hold has none but their own words. */
export interface Hold {
  /** Null when a person holds it. */
  readonly reason: ReasonCode | null
  /** Null when Sluice holds it. */
  readonly by: Identity | null
  /** A person's words, or more than the reason's sentence says. */
  readonly detail: string | null
  /** Whether it goes on without a person once the reason is gone. */
  readonly endsByItself: boolean
  readonly since: number
  /** When somebody is reminded of it next. */
  readonly remindAt: number
  /** When it runs out; null for never. */
  readonly limitAt: number | null
}

export type RolloutPhase =
  | (ActivePhase & { readonly since: number })
  | { readonly name: 'held'; readonly since: number; readonly hold: Hold; readonly from: ActivePhase }
  | { readonly name: 'rolling_back'; readonly since: number }
  /** Not the end: it is tried again and again, and people are told what to do by hand. */
  | {
      readonly name: 'rollback_incomplete'
      readonly since: number
      readonly manualSteps: Readonly<Partial<Record<LegName, readonly ManualStep[]>>>
    }
  | { readonly name: 'completed'; readonly at: number }
  | { readonly name: 'rolled_back'; readonly at: number }

export type LegName = 'traffic' | 'functions' | 'frontend'

/** One part of a rollback. */
export interface Leg {
  /** `failed` is tried again as well, only not so often. */
  readonly state: 'not_needed' | 'pending' | 'done' | 'failed'
  /** Attempts that did not succeed. */
  readonly failures: number
  /** When it is asked for again if nothing has been heard until then; null once it is done. */
  readonly retryAt: number | null
  readonly detail: string | null
}

export interface Rollback {
  readonly reason: ReasonCode | null
  readonly by: Identity | null
  readonly why: string | null
  /** That of the rollout when it began: what was asked for earlier says nothing any more. */
  readonly generation: number
  readonly legs: Readonly<Record<LegName, Leg>>
}

/** The window of the weight that is in force, which is not always that of the step being worked on. */
export interface Window {
  readonly stepIndex: number
  /** When the weight was read back, UTC milliseconds. */
  readonly openedAt: number
  readonly windowMs: number
  readonly extensionMs: number
}

/** The split is not what was last confirmed. */
export interface Drift {
  /** The canary's live share. */
  readonly percent: number
  /** Whether it is a split that a rollout could have made: both pools on, and no other one. */
  readonly isAdoptable: boolean
  /** What is there, in words. */
  readonly words: string
  readonly change: TrafficChange | null
}

/** UTC milliseconds; null while it has not happened. */
export interface Stopwatch {
  readonly openedAt: number
  /** The press, or the verdict, that led to the rollback. */
  readonly rollbackAt: number | null
  /** Traffic was read back as the baseline's. */
  readonly trafficAt: number | null
  readonly functionsAt: number | null
  readonly frontendAt: number | null
  readonly endedAt: number | null
}

export interface Rollout {
  readonly releaseId: string
  readonly environment: string
  readonly sha: string
  readonly strategy: Exclude<Strategy, 'direct'>
  /** At least one; the last one has 100 percent. */
  readonly steps: readonly RolloutStep[]
  /** Null until the preflight has told; fixed from then on. */
  readonly pools: RolePools | null
  readonly hasSessionAffinity: boolean
  /** The pool that a rollback before this release switched off, if one did: it is switched on again before it gets a share. */
  readonly switchedOff: string | null
  /** How many migrations came with it, and whether an older version can run on what they made; null: not known. */
  readonly migrations: {
    readonly count: number
    readonly isSafeToRollBack: boolean | null
    readonly why: string | null
  }
  /** The step that is being worked on or watched. */
  readonly stepIndex: number
  /** Steps that somebody has let begin, by index. */
  readonly approvedSteps: readonly number[]
  /** The canary's share as it was last read back. */
  readonly confirmed: number
  /** Asked for and not read back; `generation` is that of the call. */
  readonly wanted: { readonly percent: number; readonly generation: number } | null
  /**
   * Until then a call whose end nobody knows may still have its effect, UTC milliseconds: what is read before is not the
   * last word. Null when there is none.
   */
  readonly unsureUntil: number | null
  readonly drift: Drift | null
  readonly phase: RolloutPhase
  readonly window: Window | null
  /** Raised by each new window: what was observed for an older one is of another split. */
  readonly watch: number
  readonly analysis: AnalysisState
  readonly verdict: VerdictName | null
  /** When the last check came in, UTC milliseconds. */
  readonly heardAt: number | null
  /** Readings of the traffic that failed, and bad probes, each in a row. */
  readonly failures: { readonly reads: number; readonly canary: number; readonly baseline: number }
  /** Whether somebody was called because the old version is not healthy; until it is again. */
  readonly wasBaselinePaged: boolean
  /** Whether somebody was called because the metrics are away; until they are back. */
  readonly wasSourcePaged: boolean
  readonly rollback: Rollback | null
  /** Which legs a rollback has besides the traffic. */
  readonly hosts: { readonly functions: boolean; readonly frontend: boolean }
  readonly stopwatch: Stopwatch
  /** When it last moved, UTC milliseconds: a clock that goes back does not take it along. */
  readonly movedAt: number
  /** Raised by each change that makes buttons stale. */
  readonly generation: number
  /** Raised by one by every event that changes anything. */
  readonly revision: number
}

export function isOver({ phase }: Pick<Rollout, 'phase'>): boolean {
  return phase.name === 'completed' || phase.name === 'rolled_back'
}

export function isRollingBack({ phase }: Pick<Rollout, 'phase'>): boolean {
  return phase.name === 'rolling_back' || phase.name === 'rollback_incomplete'
}

/** The most that the canary may have: what is asked for may be in force already. */
export function highestPercent({ confirmed, wanted }: Rollout): number {
  return Math.max(confirmed, wanted?.percent ?? 0)
}
