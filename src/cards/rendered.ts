import type { KnownBlock } from '@slack/types'

/** A message ready for Slack: `text` is what a lock screen and a screen reader get, already escaped. */
export interface Rendered {
  readonly text: string
  readonly blocks: readonly KnownBlock[]
}

/** `plan` uses Slack's plan and task_card blocks; `classic` is for workspaces that answer them with `invalid_blocks`. */
export type CardLayout = 'plan' | 'classic'

/** What a card needs to know besides the pipeline. No clock: a card changes only when its pipeline does. */
export interface CardContext {
  readonly layout: CardLayout
  /** Address of the code host's pages, `https://github.com`. */
  readonly webUrl: string
  /** GitHub login (lower case) to Slack user id. */
  readonly mentions: ReadonlyMap<string, string>
  /** Stage name to the usual duration in ms: the median of its last 20 runs on this branch. */
  readonly usualMs: ReadonlyMap<string, number>
}

/** What a card about a release needs to know: the same, without the durations of stages. */
export type ReleaseCardContext = Pick<CardContext, 'layout' | 'webUrl' | 'mentions'>
