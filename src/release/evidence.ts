/**
 * What an approver sees before deciding. Plain data, gathered by the engine from GitHub and the store at `readAt`
 * (UTC milliseconds) and worked out by the pure functions beside this file. Null and empty mean "not known" and "none"
 * as each field says; nothing is guessed.
 */

export interface EvidenceCommit {
  readonly sha: string
  /** First line of the message. */
  readonly title: string
  readonly authorLogin: string | null
  readonly authorName: string | null
  /** Lower case. */
  readonly authorEmail: string | null
  /** People named by `Co-authored-by` trailers. */
  readonly coAuthors: readonly { readonly name: string; readonly email: string }[]
  readonly at: number | null
}

export interface EvidencePull {
  readonly number: number
  readonly title: string
  readonly url: string
  readonly authorLogin: string | null
}

/** A file of a comparison, as the code host lists it. */
export interface ChangedFile {
  readonly path: string
  /** Before it was renamed. */
  readonly previousPath: string | null
  readonly change: 'added' | 'modified' | 'removed' | 'renamed'
  readonly additions: number
  readonly deletions: number
  /** Blob sha at `head`; null when it was removed. */
  readonly blob: string | null
}

/** Files by area: the first folder (or two, for `packages/x`), most changed first. */
export interface ChangedArea {
  readonly name: string
  readonly files: number
  readonly additions: number
  readonly deletions: number
}

/** One statement of a migration that can lose data or break running code. */
export interface DestructiveStatement {
  readonly path: string
  /** From 1. */
  readonly line: number
  readonly kind:
    | 'drop'
    | 'truncate'
    | 'drop_column'
    | 'narrow_type'
    | 'not_null_without_default'
    | 'delete_all'
    | 'rename'
  /** The statement's beginning, one line, at most 200 characters, as it stands in the file. */
  readonly statement: string
}

export interface EvidenceMigration {
  readonly path: string
  /** Blob sha in the commit; empty when the file is not in it, or when going back and the code host does not say it. */
  readonly blob: string
  readonly change: 'added' | 'modified' | 'removed'
  readonly destructive: readonly DestructiveStatement[]
  /** False when the file could not be read (too large, binary, gone): then nothing is said about its safety. */
  readonly isRead: boolean
}

/** How the commit stands against what serves the environment now. */
export interface EvidenceChanges {
  /** What serves now, and where that is known from; null when nothing is known to be live. */
  readonly live: { readonly sha: string; readonly source: 'release' | 'deployment'; readonly since: number } | null
  /**
   * - `first`: nothing is live yet
   * - `ahead`: adds commits
   * - `behind`: goes back; `commits` are what would be taken away
   * - `same`: is live already
   * - `diverged`: does both; `commits` are what is added, `takenAway` what is lost
   */
  readonly relation: 'first' | 'ahead' | 'behind' | 'same' | 'diverged'
  readonly commits: readonly EvidenceCommit[]
  /** More than `commits` lists, when GitHub lists only the first 250. */
  readonly commitCount: number
  readonly takenAway: readonly EvidenceCommit[]
  readonly pulls: readonly EvidencePull[]
  readonly areas: readonly ChangedArea[]
  readonly fileCount: number
  /** False when GitHub's list ended (300 files) before all were seen, and for a `first` release: migrations may be missing then. */
  readonly isFileListComplete: boolean
  readonly additions: number
  readonly deletions: number
  readonly migrations: readonly EvidenceMigration[]
  /** Paths of changed configuration files and dependency manifests. */
  readonly configuration: readonly string[]
  readonly dependencies: readonly string[]
  /** Paths of all changed files that were listed. */
  readonly paths: readonly string[]
  readonly diffUrl: string | null
}

export type CheckState = 'passed' | 'failed' | 'pending' | 'missing'

/** One thing that CI says about the commit, read from GitHub at `readAt`. */
export interface EvidenceCheck {
  readonly name: string
  readonly state: CheckState
  readonly isRequired: boolean
  readonly url: string | null
}

export interface EvidenceStaging {
  readonly environment: string
  readonly state: 'passed' | 'failed' | 'pending' | 'missing'
  readonly deployedAt: number | null
  readonly smoke: readonly { readonly stage: string; readonly state: CheckState }[]
  /** Milliseconds, if a check reported them (its output names a P95). */
  readonly p95Ms: number | null
  /** One line, if a check reported a load test. */
  readonly loadTest: string | null
}

export interface Evidence {
  readonly readAt: number
  /** Branches of the allowed ones that hold the commit; null when that could not be told. */
  readonly branches: readonly string[] | null
  readonly isOnAllowedBranch: boolean
  readonly changes: EvidenceChanges
  readonly checks: readonly EvidenceCheck[]
  readonly staging: EvidenceStaging | null
  /** Slack ids of the authors by GitHub login (lower case), as far as they were found out. */
  readonly slackIds?: Readonly<Record<string, string>>
}
