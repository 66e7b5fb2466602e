/** What an environment asks for before something reaches it. Made by `src/config`, judged by `src/policy` and `src/release`. */

import type { RolloutCheck } from './rollout-policy.ts'

/** How a release brings its version in front of people. */
export type Strategy = 'canary' | 'blue-green' | 'direct'

/**
 * People named in three ways; somebody in any of them is in the set. An empty set holds nobody.
 */
export interface PeopleSet {
  /** Slack user ids (`U…`, `W…`). */
  readonly users: readonly string[]
  /** Slack user group ids (`S…`). */
  readonly groups: readonly string[]
  /** GitHub teams as `org/slug`. */
  readonly teams: readonly string[]
}

/** So many different people out of a set. */
export interface ApprovalRule {
  readonly from: PeopleSet
  /** At least 1. */
  readonly count: number
}

/** One traffic weight with its observation window. */
export interface StrategyStep {
  /** 1 to 100; that of the step before where `isAnalysisOnly`. */
  readonly percent: number
  /** How long it is watched before the next step; 0 for not at all. */
  readonly windowMs: number
  /** Somebody who may approve the release has to let this step begin. */
  readonly needsApproval?: boolean
  /** No weight is set: the split of the step before is watched for longer. */
  readonly isAnalysisOnly?: boolean
  /** Have to be well before the weight is set. */
  readonly before?: readonly RolloutCheck[]
  /** Have to be well after the window. */
  readonly after?: readonly RolloutCheck[]
}

/**
 * A time in which nothing is released. Times of the day and week are those of `zone` (an IANA name).
 * - `weekly`: on these days (0 Sunday … 6 Saturday) from `fromMinute` to `toMinute` (0 to 1440) of the day; a window
 *   whose end is not after its beginning ends on the next day (16:00 Friday to 09:00 begins on Friday and ends on Saturday).
 * - `cron`: begins whenever the expression (five fields) fires and lasts `durationMs`.
 * - `range`: once, from `fromMs` (inclusive) to `toMs` (exclusive), UTC milliseconds.
 */
export type FreezeWindow =
  | {
      readonly type: 'weekly'
      readonly days: readonly number[]
      readonly fromMinute: number
      readonly toMinute: number
      readonly zone: string
      readonly reason: string
    }
  | {
      readonly type: 'cron'
      readonly expression: string
      readonly durationMs: number
      readonly zone: string
      readonly reason: string
    }
  | { readonly type: 'range'; readonly fromMs: number; readonly toMs: number; readonly reason: string }

/** What makes a release risky, so that more people have to approve it. */
export type RiskTrigger =
  | { readonly type: 'destructive_migration' }
  /** A changed file matches one of these globs. */
  | { readonly type: 'paths'; readonly globs: readonly string[] }
  /** More changed lines (added and removed) than this. */
  | { readonly type: 'changed_lines'; readonly moreThan: number }
  /** A release of the environment failed or was rolled back within this time. */
  | { readonly type: 'recent_failure'; readonly withinMs: number }

export interface RiskRule {
  readonly name: string
  readonly when: RiskTrigger
  /** Rules that have to be met besides the ordinary ones. */
  readonly approvals: readonly ApprovalRule[]
}

/** The gate of one environment of one repository. Durations are milliseconds. */
export interface GatePolicy {
  /** The environment's name in the configuration (`production`). */
  readonly environment: string
  /** Other names of it. */
  readonly aliases: readonly string[]
  /** Where the environment can be looked at, for GitHub's deployment record and the card. */
  readonly url: string | null
  /**
   * - `dispatch`: Sluice starts the workflow after the approval.
   * - `protection_rule`: the workflow waits at its GitHub environment and Sluice answers for it.
   */
  readonly mode: 'dispatch' | 'protection_rule'
  /** File name of the workflow that deploys (`cd-production.yml`). */
  readonly workflow: string
  /** Branch that the workflow file is taken from; null for the default branch. */
  readonly workflowRef: string | null
  /** Whether Sluice splits this environment's traffic: a release that is not `direct` is rolled out then. */
  readonly shiftsTraffic: boolean
  /** Allowed ones, at least one; the first is taken when none is named. */
  readonly strategies: readonly Strategy[]
  /** The canary's steps, ending with 100. */
  readonly steps: readonly StrategyStep[]
  /** Who may ask for a release; null for everybody who may operate Sluice. */
  readonly requesters: PeopleSet | null
  /** Rules that have to be met together, each by people of its own. Empty: no approval is needed (dev, staging). */
  readonly approvals: readonly ApprovalRule[]
  /** True where nothing may ever be released without approval: with no rules nobody can release then. */
  readonly needsApproval: boolean
  readonly allowsSelfApproval: boolean
  readonly allowsAuthorApproval: boolean
  /** How long a gate stays open without a decision. */
  readonly expiresAfterMs: number
  /** Approvers are reminded so long before; null for never. */
  readonly remindBeforeMs: number | null
  /** Globs of branches that a released commit must be on; null when any will do. `@default` is the default branch. */
  readonly branches: readonly string[] | null
  /** Whether CI must be green: what the branch requires and `checks`. */
  readonly requiresCi: boolean
  /** `dispatch` mode: whether a run has to say which commit it built, see docs/workflow-contract.md. */
  readonly requiresBuiltSha: boolean
  /** Names of checks that must have passed besides those that the branch's protection requires. */
  readonly checks: readonly string[]
  /** A deployment that must have gone well before, with its smoke stages; null when none is asked for. */
  readonly requiresStaging: {
    readonly environment: string
    /** Stages (by name) that must have passed on that commit; those that the pipeline does not have count as missing. */
    readonly smokeStages: readonly string[]
    readonly maxAgeMs: number
  } | null
  /** Globs of the files that belong to the service; empty when all do. */
  readonly paths: readonly string[]
  /** Globs of migration files. */
  readonly migrations: readonly string[]
  /** What an approver ticks off; empty for no list. */
  readonly checklist: readonly string[]
  /** Whether a newer release waiting at the gate replaces an older one. */
  readonly supersedes: boolean
  readonly freezes: readonly FreezeWindow[]
  readonly risks: readonly RiskRule[]
  /** Who may override freeze, staging and quorum; null when nobody. */
  readonly breakGlass: {
    readonly people: PeopleSet
    /** Hears of each use. */
    readonly channel: string | null
  } | null
  /**
   * SHA-256 (hex) of everything above in canonical form, and of what is measured and probed during a rollout where that
   * is configured: approvals are bound to it.
   */
  readonly version: string
}
