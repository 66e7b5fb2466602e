/** How an environment's rollouts go, besides their steps. Made by `src/config`; durations are milliseconds. */

/** Something that has to be well before a step's weight is set, or after its window. */
export type RolloutCheck =
  /** In its address `$pool` stands for the canary's pool, see pool-address.ts. */
  | { readonly type: 'http'; readonly url: string }
  /** File name of a workflow that is started with the release's commit, and has to end well. */
  | { readonly type: 'workflow'; readonly file: string }

/** A window is made longer by at most so much at once, in ms. */
export const longestExtensionMs = 86_400_000

export interface RolloutPolicy {
  readonly hold: {
    /** After so long whoever holds it is reminded, and again after as long. */
    readonly remindAfterMs: number
    /** After so long it is rolled back (up to 25 %), or people are called; null: it does not run out. */
    readonly limitMs: number | null
  }
  readonly blueGreen: {
    /** Of the idle pool, at 0 %. */
    readonly before: readonly RolloutCheck[]
    /** How long the new version is watched with all of the traffic. */
    readonly windowMs: number
  }
  /** How long after its end a release can be rolled back by one press, as long as nothing newer was released. */
  readonly rollbackForMs: number
  readonly drill: {
    /** Whether a fire drill may roll this environment's last release back. */
    readonly isAllowed: boolean
    /** Five fields of cron, in `zone`; null: only when somebody asks. */
    readonly schedule: string | null
    /** IANA name. */
    readonly zone: string
  }
}
