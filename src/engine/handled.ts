import type { GateSign } from './gate/signs.ts'

/** What handling an event came to. */
export interface Handled {
  /** One word for the inbox and the metrics: `changed`, `unchanged`, … */
  readonly outcome: string
  /** Runs once the transaction is on disk; must not fail. */
  readonly afterCommit?: () => void
  /** Whether a card may be behind now. */
  readonly changedCards?: boolean
  /** Whether a timer was set or moved. */
  readonly setTimer?: boolean
  /** What there is to count of gates. */
  readonly signs?: readonly GateSign[]
}

/** Two things that one event did; the outcome is the first one's. */
export function both(first: Handled, second: Handled): Handled {
  const { afterCommit } = first
  const { afterCommit: another } = second
  return {
    outcome: first.outcome,
    ...(afterCommit === undefined && another === undefined
      ? {}
      : {
          afterCommit() {
            afterCommit?.()
            another?.()
          },
        }),
    changedCards: first.changedCards === true || second.changedCards === true,
    setTimer: first.setTimer === true || second.setTimer === true,
    signs: [...(first.signs ?? []), ...(second.signs ?? [])],
  }
}
