/**
 * How far a card was behind. What it should have shown is worked out from the deliveries alone, in the order in which
 * they were taken: after each of them one content, compared with what Slack showed and when.
 */
import type { Rendered } from '../../src/cards/rendered.ts'
import { contentOf } from '../e2e/expected-card.ts'

/** The card should show this from `at` on. */
export interface Change {
  /** UTC milliseconds. */
  readonly at: number
  readonly content: string
}

/** A content as Slack showed it from `at` on. */
export interface Shown {
  /** UTC milliseconds. */
  readonly at: number
  readonly content: string
}

export interface Behind {
  /** For each visible change how long it took until Slack showed it or a later one, in ms; infinite when it never did. */
  readonly lagsMs: readonly number[]
  /** Contents that Slack showed and that never were what the card should show. */
  readonly unexpected: number
}

/** One content as one text, without the ids that Slack gives to blocks. */
export function contentText(
  message: Rendered | { readonly text: string; readonly blocks: readonly unknown[] },
): string {
  return JSON.stringify(contentOf(message))
}

/** Leaves out what changes nothing that can be seen. */
export function visibleChanges(
  contents: readonly { readonly at: number; readonly content: string | null }[],
): Change[] {
  const changes: Change[] = []
  for (const { at, content } of contents) {
    if (content !== null && content !== changes.at(-1)?.content) changes.push({ at, content })
  }
  return changes
}

/** An answer to GitHub and one to Slack may overtake each other by this much, in ms. */
const toleranceMs = 100

/**
 * @param changes - in the order in which they came to be
 * @param shown - in the order of time
 */
export function measureBehind(changes: readonly Change[], shown: readonly Shown[]): Behind {
  const lagsMs = changes.map(() => Number.POSITIVE_INFINITY)
  let unexpected = 0
  let next = 0
  for (const { at, content } of shown) {
    // The newest one that it can be: a content may come back (a stage that runs again).
    const index = changes.findLastIndex((change) => change.content === content && change.at <= at + toleranceMs)
    if (index === -1) unexpected += 1
    for (; next <= index; next += 1) lagsMs[next] = Math.max(0, at - (changes[next]?.at ?? at))
  }
  return { lagsMs, unexpected }
}
