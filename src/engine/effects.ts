import type { Rendered } from '../cards/rendered.ts'
import type { Operator, RerunPress } from './events.ts'

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
  tell_user: { readonly channelId: string; readonly threadTs: string; readonly userId: string; readonly text: string }
  publish_home: { readonly userId: string }
  /** Tells the fallback channel about trouble. */
  notify_fallback: { readonly message: Rendered }
  /** A message of its own in a channel that is no card's. */
  post_in_channel: { readonly channel: string; readonly message: Rendered }
  find_person: { readonly login: string; readonly email: string | null }
  /** Asks GitHub how a pipeline that fell silent stands. */
  sync_pipeline: { readonly pipelineId: string; readonly repository: string; readonly sha: string }
}

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

export const cardLane = (cardId: string): string => `card:${cardId}`
