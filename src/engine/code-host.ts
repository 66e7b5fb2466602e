import type { Fact } from '../pipeline/facts.ts'
import type { FailureDetails } from '../pipeline/failure-details.ts'

/** Why a call to the code host did not succeed. */
export type CodeHostFailure =
  | { readonly type: 'rate_limited'; readonly retryAfterMs: number }
  | { readonly type: 'unauthorized'; readonly detail: string }
  | { readonly type: 'not_found'; readonly detail: string }
  /** Refused for a reason that waiting does not mend (a run that cannot be re-run any more, say). */
  | { readonly type: 'rejected'; readonly detail: string }
  | { readonly type: 'unavailable'; readonly detail: string; readonly mayHaveHappened: boolean }

export type CodeHostResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: CodeHostFailure }

/** One delivery of a webhook as GitHub's delivery list shows it. */
export interface Delivery {
  /** Id to ask for it again with: digits, more than a number holds exactly. */
  readonly id: string
  /** `X-GitHub-Delivery`. */
  readonly guid: string
  readonly event: string
  readonly deliveredAt: number
  readonly isRedelivery: boolean
  readonly isSuccess: boolean
  /** The repository's hook that sent it; null for the deliveries of an App. */
  readonly hook: { readonly repository: string; readonly hookId: number } | null
}

export interface CodeHost {
  failureDetails(job: { readonly repository: string; readonly jobId: number }): Promise<CodeHostResult<FailureDetails>>
  /** Newest attempt and state of a run, to look before a re-run is asked for. */
  runState(run: {
    readonly repository: string
    readonly runId: number
  }): Promise<CodeHostResult<{ readonly attempt: number; readonly status: string; readonly conclusion: string | null }>>
  rerunFailedJobs(run: { readonly repository: string; readonly runId: number }): Promise<CodeHostResult<void>>
  /** Deliveries since `sinceMs`, newest first: of the App, or of each repository's hook that points at us. */
  deliveriesSince(sinceMs: number): Promise<CodeHostResult<readonly Delivery[]>>
  redeliver(delivery: Delivery): Promise<CodeHostResult<void>>
  /**
   * Everything that GitHub knows now about a commit, as facts: runs, jobs, the approvals that they wait for, checks,
   * statuses, deployments, pull requests.
   */
  presentState(commit: { readonly repository: string; readonly sha: string }): Promise<CodeHostResult<readonly Fact[]>>
  /** Public e-mail address of a login, or null. */
  emailOf(login: string): Promise<CodeHostResult<string | null>>
}
