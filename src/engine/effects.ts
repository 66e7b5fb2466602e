import type { KnownBlock } from '@slack/types'
import type { Rendered } from '../cards/rendered.ts'
import type { ReleaseEffect } from '../release/decision.ts'
import type { LegName } from '../release/rollout/rollout.ts'
import type { ReadPurpose, RolloutEffect } from '../release/rollout/rollout-decision.ts'
import type { WantedTraffic } from '../release/traffic.ts'
import type { Operator, RerunPress } from './events.ts'
import type { GateAct, RawPress, ReleaseAsk } from './gate/acts.ts'
import type { Refused } from './gate/refused.ts'

/** Every call to another service that the engine makes, but for the cards themselves (see card-sync). */
export interface EffectBodies {
  /** A line in a card's thread. */
  post_in_thread: { readonly cardId: string; readonly message: Rendered }
  post_alert: { readonly cardId: string; readonly alertId: string }
  update_alert: { readonly cardId: string; readonly alertId: string }
  fetch_failure_details: { readonly alertId: string }
  /** Asks Slack who pressed. */
  identify_operator: { readonly press: RerunPress }
  rerun_failed_jobs: { readonly press: RerunPress; readonly operator: Operator }
  /** An answer that only one person sees. */
  tell_user: {
    readonly channelId: string | null
    readonly threadTs: string | null
    readonly userId: string
    /** mrkdwn; what a lock screen shows where there are blocks. */
    readonly text: string
    readonly blocks?: readonly KnownBlock[]
  }
  /** The same for what was refused; drawn when it is told. */
  tell_refused: {
    readonly channelId: string | null
    readonly threadTs: string | null
    readonly userId: string
    readonly refused: Refused
  }
  /** `isRedraw`: they did not ask for it just now. */
  publish_home: { readonly userId: string; readonly isRedraw?: boolean }
  /** Tells the fallback channel about trouble. */
  notify_fallback: { readonly message: Rendered }
  /** A message of its own in a channel that is no card's. */
  post_in_channel: { readonly channel: string; readonly message: Rendered }
  find_person: { readonly login: string; readonly email: string | null }
  /** Asks GitHub how a pipeline that fell silent stands. */
  sync_pipeline: { readonly pipelineId: string; readonly repository: string; readonly sha: string }
  /** Asks Slack and GitHub everything that a request for a release has to be judged by. */
  read_ask: { readonly press: RawPress; readonly ask: ReleaseAsk }
  /** The same for a press at a gate. */
  read_press: { readonly press: RawPress; readonly act: GateAct }
  /** Reads a release's plan and evidence anew. */
  read_plan: { readonly releaseId: string; readonly purpose: 'check' | 'refresh'; readonly generation: number }
  start_workflow: { readonly releaseId: string }
  answer_rule: {
    /** Null where there is none: what was asked for could not be told. */
    readonly releaseId: string | null
    readonly state: 'approved' | 'rejected'
    readonly comment: string
    /** Left out: the rule that the release was asked for by, whose approval is the release's start. */
    readonly rule?: { readonly repository: string; readonly runId: number; readonly environment: string }
  }
  /** Asks how the run stands that carries a release out. */
  follow_run: { readonly releaseId: string; readonly runId: number; readonly hasEnded: boolean }
  set_deployment_status: { readonly releaseId: string; readonly state: DeploymentState }
  /** A reply under a release's card. */
  post_under_release: { readonly releaseId: string; readonly cardId: string; readonly what: ThreadNote }
  /** Tells the channel that watches over broken glass. */
  tell_security: { readonly releaseId: string }
  /** What the environment's traffic is like as a rule, and what a canary can show by it. */
  read_usual_traffic: { readonly repository: string; readonly environment: string }
  read_traffic: { readonly releaseId: string; readonly purpose: ReadPurpose; readonly generation: number }
  set_traffic: { readonly releaseId: string; readonly generation: number } & WantedTraffic
  /** One check of a rollout. */
  observe: { readonly releaseId: string }
  run_check: { readonly releaseId: string } & Omit<Extract<RolloutEffect, { type: 'run_check' }>, 'type'>
  roll_back_leg: {
    readonly releaseId: string
    readonly leg: Exclude<LegName, 'traffic'>
    readonly generation: number
  }
  /** A message to one person, found again by its mark. */
  tell_person: { readonly userId: string; readonly message: Rendered }
}

/** What is said under a release's card; drawn when it is posted. */
export type ThreadNote =
  | Extract<ReleaseEffect, { type: 'remind_approvers' | 'announce_break_glass' | 'post_story' | 'post_line' }>
  | Extract<RolloutEffect, { type: 'page' | 'remind_holder' }>
  /** The check of that moment (UTC milliseconds). */
  | { readonly type: 'verdict'; readonly at: number }
  | { readonly type: 'rollback_begun' }
  | { readonly type: 'rollback_ended' }

type DeploymentState = Extract<ReleaseEffect, { type: 'deployment_status' }>['state']

export type EffectType = keyof EffectBodies

/** A call that is to be put into the outbox. Those of one lane are made one after the other. */
export type NewEffect = {
  readonly [Type in EffectType]: {
    readonly id: string
    readonly lane: string
    readonly type: Type
    readonly body: EffectBodies[Type]
  }
}[EffectType]

/** Calls that carry one release out are made one after the other. */
export const releaseLane = (releaseId: string): string => `release:${releaseId}`

/** Begins the names of lanes that wait for no other work: what brings traffic back, and what stops a rollout. */
export const urgent = 'urgent:'

/** Writes of one environment's traffic are made one after the other, whichever release they are of. */
export const trafficLane = (place: { readonly repository: string; readonly environment: string }): string =>
  `${urgent}traffic:${place.repository}:${place.environment}`

export const trafficReadLane = (releaseId: string): string => `${urgent}read:${releaseId}`

/** What watches rollouts waits for nothing else either, and nothing waits for it: many are looked at at once. */
export const observeLane = (releaseId: string): string => `observe:${releaseId}`

export const checkLane = (releaseId: string): string => `check:${releaseId}`

export const legLane = (releaseId: string, leg: LegName): string => `${urgent}leg:${releaseId}:${leg}`

export const cardLane = (cardId: string): string => `card:${cardId}`
