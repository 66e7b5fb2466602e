import type { Strategy, StrategyStep } from '../policy/gate-policy.ts'

/** Exactly what would happen: approvals are bound to the digest of this and void when it changes. */
export interface Plan {
  /** `owner/name`. */
  readonly repository: string
  readonly environment: string
  /** Full commit sha. */
  readonly sha: string
  readonly strategy: Strategy
  readonly steps: readonly StrategyStep[]
  /** Migrations that the release brings, with the blob's sha, sorted by path. */
  readonly migrations: readonly { readonly path: string; readonly blob: string }[]
  /** Build artifacts of the commit's CI with their digests, sorted by name; empty when there are none. */
  readonly artifacts: readonly { readonly name: string; readonly digest: string }[]
  /** The workflow that will run: file name, ref that it is taken from, and the blob sha of the file there. */
  readonly workflow: { readonly file: string; readonly ref: string; readonly blob: string | null }
  /** Version (SHA-256) of the environment's policy and configuration. */
  readonly policyVersion: string
}
