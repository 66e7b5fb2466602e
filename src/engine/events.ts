import type { Foresight } from '../analysis/foresight.ts'
import type { Fact } from '../pipeline/facts.ts'
import type { FailureDetails } from '../pipeline/failure-details.ts'
import type { Identity } from '../policy/identity.ts'
import type { ReasonCode } from '../policy/reason-codes.ts'
import type { FreshState } from '../release/decision.ts'
import type { RolloutEvent, Timer } from '../release/rollout/rollout-decision.ts'
import type { GateAct, RawPress, ReleaseAsk } from './gate/acts.ts'
import type { AskRead, PressRead, RuleRequest } from './gate/reads.ts'

/** A press on `Re-run failed jobs`. */
export interface RerunPress {
  /** Unique for the press. */
  readonly id: string
  readonly userId: string
  readonly teamId: string
  readonly channelId: string
  /** Thread to answer in. */
  readonly threadTs: string
  readonly repository: string
  readonly runId: number
  /** The attempt that the button was made for. */
  readonly attempt: number
  readonly at: number
}

/** Who pressed, as far as Slack could say. */
export interface Operator {
  readonly id: string
  readonly name: string | null
  readonly teamId: string
}

export type RerunOutcome =
  | { readonly type: 'started' }
  | { readonly type: 'refused'; readonly reason: ReasonCode; readonly detail: string | null }

/**
 * What a release's timers are for. `freeze`: a freeze of the configuration begins or ends. `rollback_closed`: what has ended
 * can be rolled back by one press no more.
 */
type GateTimer = 'expire' | 'remind' | 'try_start' | 'follow' | 'refresh' | 'freeze' | 'rollback_closed'

/** An event of a rollout that no person and no timer made; its time is that of its arrival. */
type RolloutHappening = WithoutTime<
  Extract<RolloutEvent, { type: 'traffic_read' | 'weights_set' | 'observed' | 'check_ended' | 'leg_ended' }>
>
type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never

/** Everything that can happen to the engine. Stored in the inbox as (`type`, JSON of `body`). */
export interface EventBodies {
  /** Something that GitHub told, by webhook or when asked. */
  'github.facts': {
    readonly facts: readonly Fact[]
    /** True when they are everything that GitHub knew about one commit when it was asked. */
    readonly isPresentState?: boolean
    /** A workflow that waits for our answer. */
    readonly rule?: RuleRequest
  }
  'slack.rerun_pressed': RerunPress
  'slack.operator_identified': {
    readonly press: RerunPress
    readonly operator: Operator
    readonly refused: ReasonCode | null
  }
  'slack.home_opened': { readonly userId: string }
  'github.rerun_answered': {
    readonly press: RerunPress
    readonly operator: Operator
    readonly outcome: RerunOutcome
  }
  'github.failure_details': { readonly alertId: string; readonly details: FailureDetails }
  'slack.person_found': { readonly login: string; readonly slackUser: string | null }
  'timer.pipeline_silent': { readonly pipelineId: string }
  'timer.run_end_open': {
    readonly pipelineId: string
    readonly runId: number
    readonly attempt: number
    /** When the run's end was heard of. */
    readonly since: number
    /** How often GitHub was asked. */
    readonly asked: number
  }
  /** Somebody asked for a release. */
  'gate.asked': { readonly press: RawPress; readonly ask: ReleaseAsk }
  /** Everything that such a request has to be judged by. */
  'gate.ask_read': { readonly press: RawPress; readonly ask: ReleaseAsk; readonly read: AskRead }
  /** Somebody pressed a button of a gate, or gave the command for it. */
  'gate.pressed': { readonly press: RawPress; readonly act: GateAct }
  /** A button or a form (`action`: its id) that Slack vouches for and that does not say what it is for. */
  'gate.malformed': { readonly press: RawPress; readonly action: string }
  /** Somebody who may not look asked to be shown something: by a command, a button, the shortcut, or the Home tab. */
  'gate.look_refused': { readonly identity: Identity; readonly object: string; readonly reason: ReasonCode }
  'gate.press_read': { readonly press: RawPress; readonly act: GateAct; readonly read: PressRead }
  'gate.plan_read': {
    readonly releaseId: string
    readonly purpose: 'check' | 'refresh'
    /** The release's when the plan was asked for. */
    readonly generation: number
    readonly fresh: FreshState
  }
  'gate.run_started': { readonly releaseId: string; readonly run: { readonly id: number; readonly url: string } }
  'gate.start_failed': { readonly releaseId: string; readonly reason: ReasonCode; readonly detail: string }
  'gate.start_postponed': {
    readonly releaseId: string
    readonly mayHaveHappened: boolean
    readonly afterMs: number
    readonly detail: string
  }
  'gate.run_again': {
    readonly releaseId: string
    readonly attempt: number
    readonly login: string | null
    /** Null while the attempt goes on. */
    readonly conclusion: string | null
  }
  'gate.rule_answered': { readonly releaseId: string; readonly state: 'approved' | 'rejected' }
  'gate.run_ended': {
    readonly releaseId: string
    readonly conclusion: string
    readonly builtSha: string | null
    readonly backup: string | null
  }
  'gate.deployment_known': { readonly releaseId: string; readonly deploymentId: number }
  /** The workflow of a release has ended well. */
  'rollout.begin': { readonly releaseId: string }
  /** What came of a rollout's call. */
  'rollout.happened': { readonly releaseId: string; readonly what: RolloutHappening }
  'rollout.usual_traffic_read': {
    readonly repository: string
    readonly environment: string
    /** Of the plan and the metrics that it was worked out for. */
    readonly version: string
    /** Null where nothing was measured. */
    readonly foresight: Foresight | null
  }
  'timer.rollout': { readonly releaseId: string; readonly timer: Timer }
  'timer.gate': { readonly releaseId: string; readonly what: GateTimer }
  /** What the Home tab shows has changed since it was drawn. */
  'timer.home': Readonly<Record<string, never>>
  'timer.lock': { readonly repository: string; readonly environment: string; readonly what: 'remind' | 'end' | 'thaw' }
}

export type EventType = keyof EventBodies

/** An event that is to be put into the inbox. */
export type NewEvent = {
  readonly [Type in EventType]: { readonly id: string; readonly type: Type; readonly body: EventBodies[Type] }
}[EventType]
