/** What somebody asked for with `/deploy` (or on the command line), after parsing. Names are as configured, not as typed. */
import type { Strategy } from '../policy/gate-policy.ts'

/** Where a release's commit comes from, as typed. A pasted address has been taken apart. */
export type RefInput =
  /** Branch, tag, sha, `main~1`, `v1.4.2^`. */
  | { readonly type: 'ref'; readonly ref: string }
  | { readonly type: 'pull'; readonly number: number }
  | { readonly type: 'run'; readonly runId: number }

/** What of a rollout's place was named; null: the only one that can be meant, see commands/steer.ts. */
export interface RolloutScope {
  readonly repository: string | null
  readonly environment: string | null
}

/** Steers the rollout that is under way in an environment. */
export type RolloutCommand = RolloutScope &
  (
    | { readonly type: 'hold'; readonly why: string }
    | { readonly type: 'rollback'; readonly why: string | null }
    /** Milliseconds. */
    | { readonly type: 'extend'; readonly ms: number }
    | { readonly type: 'resume' | 'advance' | 'promote' | 'adopt' | 'restore' }
    /** Shows the card with the button that does it. */
    | { readonly type: 'approve_step' }
  )

export type DeployCommand =
  | RolloutCommand
  | { readonly type: 'help'; readonly topic: string | null }
  /** Bare `/deploy`: the modal. */
  | {
      readonly type: 'open_modal'
      /** Null: none was named; `defaultRepository` says which one is meant, if one is. */
      readonly repository: string | null
    }
  | {
      readonly type: 'request'
      readonly repository: string
      readonly environment: string
      /** Null: the environment's first. */
      readonly strategy: Strategy | null
      /** Null: the newest commit of the default branch. */
      readonly ref: RefInput | null
      readonly note: string | null
    }
  | {
      readonly type: 'plan'
      readonly repository: string
      readonly environment: string
      readonly strategy: Strategy | null
      readonly ref: RefInput | null
    }
  | { readonly type: 'why'; readonly repository: string; readonly environment: string; readonly ref: RefInput | null }
  | { readonly type: 'status'; readonly repository: string | null; readonly environment: string | null }
  | {
      readonly type: 'history'
      readonly repository: string | null
      readonly environment: string | null
      readonly limit: number
    }
  | { readonly type: 'show'; readonly releaseId: string }
  /** The card of a release with its buttons, for one person; null: the only open one that they can mean. */
  | { readonly type: 'card'; readonly releaseId: string | null }
  | {
      readonly type: 'lock'
      readonly repository: string
      readonly environment: string
      readonly why: string
      /** Milliseconds from now; null: until it is taken off. */
      readonly forMs: number | null
    }
  | { readonly type: 'unlock'; readonly repository: string; readonly environment: string }
  /** A freeze that begins now; `forMs` milliseconds. */
  | {
      readonly type: 'freeze'
      readonly repository: string
      readonly environment: string
      readonly why: string
      readonly forMs: number
    }
  | { readonly type: 'unfreeze'; readonly repository: string; readonly environment: string }
  /** Null: the only open release that the person can mean. */
  | { readonly type: 'cancel'; readonly releaseId: string | null; readonly why: string | null }
  | { readonly type: 'who'; readonly repository: string; readonly environment: string }

/** Why a command was not understood, always with what would work. Texts are plain and hold what was typed; escape them. */
export interface GrammarProblem {
  readonly reason: 'unknown_word' | 'ambiguous' | 'missing' | 'unknown_repository' | 'too_many' | 'not_allowed'
  /** The word that was not understood, as typed; null when something is missing. */
  readonly word: string | null
  /** One sentence. */
  readonly message: string
  /** A command that would work, or null: none is better than a guess. Never names what was not typed. */
  readonly suggestion: string | null
}

export type ParsedCommand =
  | { readonly ok: true; readonly command: DeployCommand }
  | { readonly ok: false; readonly problem: GrammarProblem }

/** What the parser may know: the repositories of the channel first, all of them otherwise. */
export interface GrammarContext {
  /** Repositories that can be meant, with their environments. */
  readonly repositories: readonly {
    readonly repo: string
    readonly environments: readonly {
      readonly name: string
      readonly aliases: readonly string[]
      readonly strategies: readonly Strategy[]
    }[]
  }[]
  /** Those of the channel that the command was typed in; one of them need not be named. */
  readonly ofChannel: readonly string[]
  /** Where the code host's pages are (`https://github.com`), to take pasted addresses apart. */
  readonly webUrl: string
}
