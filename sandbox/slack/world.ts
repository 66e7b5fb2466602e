import type { Clock } from './clock.ts'
import type { Ephemeral, Message, SlackState, View } from './state.ts'

/** Something that a person in the workspace would see change. */
export type Change =
  | { readonly type: 'posted' | 'updated' | 'deleted'; readonly channel: string; readonly message: Message }
  | { readonly type: 'ephemeral'; readonly channel: string; readonly message: Ephemeral }
  | { readonly type: 'home' | 'view'; readonly user: string; readonly view: View }

/** What the methods share. */
export interface World {
  readonly state: SlackState
  readonly clock: Clock
  /** Whether the workspace takes `plan` and `task_card` blocks. */
  takesPlanBlocks: boolean
  /** Whether it takes `data_visualization` blocks. */
  readonly takesCharts: boolean
  /** How long an uploaded file is worked on, after which messages may show it, in ms. */
  readonly fileDelayMs: number
  /** After this long a message cannot be edited any more; null for no limit. */
  editWindowMs: number | null
  /** Address of the simulated Slack, without a slash at the end. */
  readonly origin: string
  announce(change: Change): void
  /** Sends an event to the app when it has subscribed to it. */
  sendEvent(event: { readonly type: string; readonly [key: string]: unknown }): void
  /** A one-time address for a Socket Mode connection. */
  openSocketUrl(): string
}
