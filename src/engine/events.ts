import type { Fact } from '../pipeline/facts.ts'
import type { FailureDetails } from '../pipeline/failure-details.ts'
import type { ReasonCode } from '../policy/reason-codes.ts'

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

/** Everything that can happen to the engine. Stored in the inbox as (`type`, JSON of `body`). */
export interface EventBodies {
  /** Something that GitHub told, by webhook or when asked. */
  'github.facts': {
    readonly facts: readonly Fact[]
    /** True when they are everything that GitHub knew about one commit when it was asked. */
    readonly isPresentState?: boolean
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
}

export type EventType = keyof EventBodies

/** An event that is to be put into the inbox. */
export type NewEvent = {
  readonly [Type in EventType]: { readonly id: string; readonly type: Type; readonly body: EventBodies[Type] }
}[EventType]
