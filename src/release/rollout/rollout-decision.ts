/** What happens to a rollout, and what one event leads to. `decideRollout` maps one to the other, purely. */
import type { AnalysisPolicy } from '../../analysis/analysis-policy.ts'
import type { StepDecision } from '../../analysis/decide-step.ts'
import type { Observation } from '../../analysis/samples.ts'
import type { StepWindow } from '../../analysis/step-window.ts'
import type { Verdict } from '../../analysis/verdict.ts'
import type { GatePolicy } from '../../policy/gate-policy.ts'
import type { Identity, Memberships } from '../../policy/identity.ts'
import type { ReasonCode } from '../../policy/reason-codes.ts'
import type { RolloutCheck } from '../../policy/rollout-policy.ts'
import type { ManualStep } from '../by-hand.ts'
import type { Answer, AuditLine } from '../decision.ts'
import type { Client } from '../release.ts'
import type { TrafficChange, TrafficReading, WantedTraffic } from '../traffic.ts'
import type { LegName, Rollout } from './rollout.ts'

/** A person's act on a rollout. */
export interface RolloutPress {
  /** Unique for the press. */
  readonly id: string
  readonly client: Client
  readonly by: Identity
  /** Read for this press. */
  readonly memberships: Memberships
  /** What the button was made for: `Rollout.generation` and `Rollout.stepIndex` of its card; null on the command line. */
  readonly seen: { readonly generation: number; readonly step: number } | null
}

export type Reading =
  | { readonly ok: true; readonly reading: TrafficReading }
  | { readonly ok: false; readonly detail: string }

/**
 * Why the split is read. `verify`: once more, after all of a rollback is done.
 */
export type ReadPurpose = 'preflight' | 'before_write' | 'verify'

/** One look of Sluice itself at one arm; null where none is configured. */
export type Probe = { readonly ok: true } | { readonly ok: false; readonly detail: string }

export type Timer =
  /** Each check interval, for as long as the rollout is not over. */
  'tick' | 'hold_reminder' | 'hold_limit'

/** Everything that can happen to a rollout. `at` is UTC milliseconds; `generation` is that of the effect that it answers. */
export type RolloutEvent =
  | {
      readonly type: 'traffic_read'
      readonly at: number
      readonly purpose: ReadPurpose
      readonly generation: number
      readonly result: Reading
      /** `preflight`: what the baseline's last hour was like, minute by minute, as far as that could be measured. */
      readonly baseline?: readonly Observation[]
    }
  /** The split was set (or not) and read back: what was asked for is in force only if the reading says so. */
  | {
      readonly type: 'weights_set'
      readonly at: number
      readonly generation: number
      /** An earlier attempt at the same call was cut off, and nobody knows its end. */
      readonly isRepeated?: boolean
      readonly result:
        | { readonly ok: true; readonly reading: TrafficReading }
        | { readonly ok: false; readonly detail: string; readonly mayHaveHappened: boolean }
    }
  /** One check. */
  | {
      readonly type: 'observed'
      readonly at: number
      /** `Rollout.watch` of the effect. */
      readonly watch: number
      /** Null when nothing was measured: no metrics are configured, or the canary has no traffic yet. */
      readonly observation: Observation | null
      readonly traffic: Reading
      readonly probes: { readonly canary: Probe | null; readonly baseline: Probe | null }
      /** Looked up when the split differs from what is confirmed. */
      readonly lastChange: TrafficChange | null
    }
  | {
      readonly type: 'check_ended'
      readonly at: number
      readonly step: number
      readonly when: 'before' | 'after'
      readonly index: number
      /** `unknown`: it could not be carried out. */
      readonly result: 'passed' | 'failed' | 'unknown'
      readonly detail: string | null
    }
  | { readonly type: 'timer'; readonly at: number; readonly timer: Timer }
  /** The traffic's leg ends by `weights_set`: it is done only when it was read back. */
  | {
      readonly type: 'leg_ended'
      readonly at: number
      readonly generation: number
      readonly leg: Exclude<LegName, 'traffic'>
      readonly result:
        | { readonly ok: true }
        /** `isFinal`: trying again will not mend it. */
        | { readonly ok: false; readonly detail: string; readonly isFinal: boolean }
    }
  | { readonly type: 'hold'; readonly at: number; readonly press: RolloutPress; readonly why: string }
  | { readonly type: 'resume'; readonly at: number; readonly press: RolloutPress }
  /** The next step now, without waiting for the window's end. */
  | { readonly type: 'advance'; readonly at: number; readonly press: RolloutPress }
  /** All traffic now. */
  | { readonly type: 'promote'; readonly at: number; readonly press: RolloutPress }
  | { readonly type: 'roll_back'; readonly at: number; readonly press: RolloutPress; readonly why: string | null }
  /** `ms`: above 0, at most a day. */
  | { readonly type: 'extend'; readonly at: number; readonly press: RolloutPress; readonly ms: number }
  /** Takes the split that somebody else made for the rollout's own. */
  | { readonly type: 'adopt'; readonly at: number; readonly press: RolloutPress }
  /** Sets the split that was last confirmed again. */
  | { readonly type: 'restore'; readonly at: number; readonly press: RolloutPress }
  | { readonly type: 'approve_step'; readonly at: number; readonly press: RolloutPress }
  /** What could not be put back was put back by hand. Not for traffic, which is read. */
  | { readonly type: 'done_by_hand'; readonly at: number; readonly press: RolloutPress }

export type RolloutPressEvent = Extract<RolloutEvent, { readonly press: RolloutPress }>

/** What the rules need to know besides the rollout. Who may operate at all (may-operate.ts) is checked before. */
export interface RolloutContext {
  readonly policy: GatePolicy
  /** Of the release, for the approval of a step. */
  readonly risks: readonly string[]
  readonly requester: Identity
  readonly authors: readonly Identity[]
  readonly analysis: AnalysisPolicy
  /** From look to look at the split and the probes, in ms. */
  readonly tickMs: number
  /** From measurement to measurement, in ms: a tick, or a multiple of one. */
  readonly intervalMs: number
  /** So many bad probes in a row mean that an arm is not healthy; at least 1. */
  readonly probeFailures: number
  readonly hold: {
    /** Usually 30 minutes, in ms. */
    readonly remindAfterMs: number
    /** Usually 60 minutes, in ms; null: a hold does not run out. */
    readonly limitMs: number | null
  }
  /** Whether what has ended can still be rolled back: nothing newer was released, and not too long ago. */
  readonly isRollbackOpen: boolean
  /** Name of the backup that the workflow made before it migrated; null when it named none. */
  readonly backup: string | null
  /** What to do where a leg cannot be done; see by-hand.ts. */
  readonly byHand: Readonly<Partial<Record<LegName, readonly ManualStep[]>>>
}

/**
 * Calls that a decision asks for; the engine makes them in order, those of one rollout one after the other as far as they
 * write traffic. `afterMs`: not before. Texts are those of text-with-people.ts.
 */
export type RolloutEffect =
  | {
      readonly type: 'read_traffic'
      readonly purpose: ReadPurpose
      readonly generation: number
      readonly afterMs: number
    }
  | ({ readonly type: 'set_traffic'; readonly generation: number; readonly afterMs: number } & WantedTraffic)
  /** Make one check: measure, read the split, probe; comes back as `observed` with this watch. */
  | { readonly type: 'observe'; readonly watch: number }
  /** Looked up before it is repeated: the same check of the same step is one and the same. */
  | {
      readonly type: 'run_check'
      readonly step: number
      readonly when: 'before' | 'after'
      readonly index: number
      readonly check: RolloutCheck
    }
  | {
      readonly type: 'roll_back_leg'
      readonly leg: Exclude<LegName, 'traffic'>
      readonly generation: number
      readonly afterMs: number
    }
  /**
   * Drop what waits and was asked for under a generation below this one; wait for a write that is under way before the
   * next one is made.
   */
  | { readonly type: 'cancel_calls'; readonly before: number }
  | { readonly type: 'lock_environment'; readonly why: string }
  /** Call somebody. */
  | { readonly type: 'page'; readonly reason: ReasonCode; readonly text: string }
  /** `by` is whoever holds it; null when Sluice does. */
  | { readonly type: 'remind_holder'; readonly by: Identity | null; readonly text: string }
  /** Keep what was judged, with its inputs, and show it. */
  | {
      readonly type: 'record_verdict'
      readonly at: number
      readonly step: StepWindow
      readonly observation: Observation
      readonly verdict: Verdict
      readonly decision: StepDecision
    }
  | { readonly type: 'post_line'; readonly text: string }
  | { readonly type: 'deployment_status'; readonly state: 'success' | 'failure' }
  | { readonly type: 'post_story' }
  | { readonly type: 'environment_free' }
  /** One of each kind a rollout: a new one takes the place of the old one. */
  | { readonly type: 'timer'; readonly timer: Timer; readonly at: number }

export type RolloutAction =
  | 'rollout_begin'
  | 'roles'
  | 'check_passed'
  | 'confirm'
  | 'set'
  | 'hold'
  | 'resume'
  | 'advance'
  | 'promote'
  | 'extend'
  | 'reopen_window'
  | 'traffic_changed'
  | 'adopt'
  | 'restore'
  | 'approve_step'
  | 'done_by_hand'
  | 'roll_back'
  | 'leg_done'
  | 'rollback_incomplete'
  | 'rolled_back'
  | 'complete'
  | 'page'
  | 'remind'

/** One for each press and each change; checks that change nothing but the evidence have none. */
export interface RolloutAuditLine extends Omit<AuditLine, 'action'> {
  readonly action: RolloutAction
}

export interface RolloutDecision {
  /** The same object when nothing changed. */
  readonly rollout: Rollout
  readonly effects: readonly RolloutEffect[]
  readonly audit: RolloutAuditLine | null
  /** For a press exactly one, otherwise null. */
  readonly answer: Answer | null
}
