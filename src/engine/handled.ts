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
}
