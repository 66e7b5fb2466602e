import type { Strategy } from '../../policy/gate-policy.ts'
import type { ReasonCode } from '../../policy/reason-codes.ts'

/** What was refused, as it is kept until it is told; how things stand is looked up then. */
export interface Refused {
  readonly reason: ReasonCode
  /** What is particular about it, see text-with-people.ts; null when the reason's own sentence says it all. */
  readonly detail: string | null
  readonly about:
    | { readonly type: 'release'; readonly releaseId: string }
    | { readonly type: 'environment'; readonly repository: string; readonly environment: string }
    | {
        readonly type: 'request'
        readonly repository: string
        readonly environment: string
        readonly strategy: Strategy | null
        /** Commit, or the ref as it was typed; null for the newest of the default branch. */
        readonly ref: string | null
      }
}
