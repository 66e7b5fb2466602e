import type { RefInput } from '../grammar/deploy-command.ts'
import type { Fact } from '../pipeline/facts.ts'
import type { FailureDetails } from '../pipeline/failure-details.ts'
import type { ChangedFile, CheckState, EvidenceCommit, EvidencePull } from '../release/evidence.ts'
import type { ServiceResult as CodeHostResult } from './service-failure.ts'

export type { ServiceFailure as CodeHostFailure, ServiceResult as CodeHostResult } from './service-failure.ts'

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

export interface ResolvedRef {
  /** Full sha. */
  readonly sha: string
  readonly commit: EvidenceCommit
  /** Pull request that was named, if one was. */
  readonly pull: EvidencePull | null
}

/** GitHub's comparison of two commits (`GET /repos/{o}/{r}/compare/{base}...{head}`). */
export interface Comparison {
  readonly status: 'ahead' | 'behind' | 'identical' | 'diverged'
  /** Added by `head`, oldest first; GitHub lists at most 250, the newest. */
  readonly commits: readonly EvidenceCommit[]
  readonly aheadBy: number
  readonly behindBy: number
  /** Merged pull requests of these commits, newest first. */
  readonly pulls: readonly EvidencePull[]
  /** Changed files, at most 300. */
  readonly files: readonly ChangedFile[]
  readonly isFileListComplete: boolean
  readonly url: string
}

export interface CheckReport {
  readonly name: string
  readonly state: CheckState
  readonly isRequired: boolean
  readonly url: string | null
  /** What the check itself says (title, summary, text), at most 4,000 characters; for smoke results. */
  readonly output: string | null
}

export interface RefSuggestion {
  readonly type: 'branch' | 'tag' | 'commit'
  /** What to put into the command. */
  readonly ref: string
  readonly title: string
  readonly isGreen: boolean | null
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
  /**
   * The commit that a ref means: branch, tag, sha (short or long), with `~n` or `^` after it; a pull request's merge
   * commit when it is merged, its head otherwise; a run's head. Null when there is none: a ref that is not understood is
   * none, and never the head of a branch. `rejected`, with what to write instead, for a name that is a branch and a tag
   * on different commits, and for one that goes back by more than 50 commits.
   */
  resolveRef(query: {
    readonly repository: string
    readonly ref: RefInput
  }): Promise<CodeHostResult<ResolvedRef | null>>
  /** How `head` stands to `base`, with commits, pull requests and files. */
  compare(query: {
    readonly repository: string
    readonly base: string
    readonly head: string
  }): Promise<CodeHostResult<Comparison>>
  /** One commit as if it were compared with its first parent. */
  commit(query: { readonly repository: string; readonly sha: string }): Promise<CodeHostResult<Comparison>>
  /**
   * Which of the branches that match the globs hold the commit, of at most 30 that match. `@default` stands for the
   * default branch. To be on one is a permission: `Main` is not `main` here.
   */
  branchesWith(query: {
    readonly repository: string
    readonly sha: string
    readonly globs: readonly string[]
  }): Promise<CodeHostResult<readonly string[]>>
  /**
   * Every check of a commit in its newest attempt (check runs and commit statuses), those marked that a branch's
   * protection or rulesets require, those first. A required one that has not reported is `missing`, and so is one that
   * was skipped, though GitHub lets it pass. Two Apps may report a check of the same name.
   */
  checksOf(query: {
    readonly repository: string
    readonly sha: string
    readonly branch: string | null
    /** Names that are required besides. */
    readonly required: readonly string[]
    /** File name of the workflow that carries the release out: what it says of itself is no evidence. */
    readonly exceptWorkflow: string
  }): Promise<CodeHostResult<readonly CheckReport[]>>
  /** Text of a file at a commit; null when it is not there, is no text, or is larger than 1 MB. */
  fileText(query: {
    readonly repository: string
    readonly sha: string
    readonly path: string
  }): Promise<CodeHostResult<string | null>>
  /** Blob sha of a file on a ref; null when it is not there. */
  blobSha(query: {
    readonly repository: string
    readonly ref: string
    readonly path: string
  }): Promise<CodeHostResult<string | null>>
  /**
   * Digests of the artifacts of the newest successful run of each workflow for a commit, sorted by name; `id:…` where
   * GitHub knows no digest. Not those that have expired, and not those of runs that were dispatched or that a
   * deployment started: a release must not change what was approved by being carried out.
   */
  artifactsOf(query: {
    readonly repository: string
    readonly sha: string
  }): Promise<CodeHostResult<readonly { readonly name: string; readonly digest: string }[]>>
  /** The newest successful deployment of an environment (by any of its names); null when there is none. */
  liveDeployment(query: {
    readonly repository: string
    readonly environments: readonly string[]
  }): Promise<CodeHostResult<{ readonly sha: string; readonly at: number } | null>>
  /**
   * The newest deployment of one commit to an environment (by any of its names) with how it stands: its newest status
   * other than `inactive`, which only says that a later deployment took its place; `pending` before there is one. Null
   * when there is no deployment.
   */
  deploymentOf(query: {
    readonly repository: string
    readonly environments: readonly string[]
    readonly sha: string
  }): Promise<CodeHostResult<{ readonly id: number; readonly state: string; readonly at: number } | null>>
  defaultBranch(repository: string): Promise<CodeHostResult<string>>
  /**
   * For the typeahead: newest commits of the default branch, branches and tags that contain the text, at most 100.
   * `isGreen` is from the newest runs of pushes to the default branch: null when there are none, or when one goes on.
   */
  suggestRefs(query: {
    readonly repository: string
    readonly text: string
  }): Promise<CodeHostResult<readonly RefSuggestion[]>>
  /** Members (logins, lower case) of a team `org/slug` and of its child teams. `not_found` when there is no such team. */
  teamMembers(team: string): Promise<CodeHostResult<readonly string[]>>
  /**
   * Starts a workflow. The run's id comes back where GitHub tells it (`return_run_details`), otherwise null: find it
   * with `findRun`. `rejected` when the workflow, its `workflow_dispatch` or one of the inputs is not there; those of
   * `optionalInputs` that the workflow does not declare are left out.
   */
  startWorkflow(query: {
    readonly repository: string
    readonly workflow: string
    /** Branch or tag. */
    readonly ref: string
    readonly inputs: Readonly<Record<string, string>>
    readonly optionalInputs?: Readonly<Record<string, string>>
  }): Promise<CodeHostResult<{ readonly id: number; readonly url: string } | null>>
  /**
   * The first run of a workflow whose title (`run-name`) holds the text, created at or after `sinceMs` by GitHub's clock,
   * give or take five minutes. A run shows up here some seconds after it was asked for.
   */
  findRun(query: {
    readonly repository: string
    readonly workflow: string
    readonly titleHolds: string
    readonly sinceMs: number
  }): Promise<CodeHostResult<{ readonly id: number; readonly url: string } | null>>
  /**
   * Answers a deployment protection rule; only an App can (`unauthorized` for a token). `not_found` or `rejected` when
   * GitHub does not wait for it any more: answered, expired, or the run was cancelled.
   */
  answerProtectionRule(query: {
    readonly repository: string
    readonly runId: number
    readonly environment: string
    readonly state: 'approved' | 'rejected'
    readonly comment: string
  }): Promise<CodeHostResult<void>>
  /** Creates a deployment record for a commit without checks or merging; returns its id. `payload.sluice_release` holds the id. */
  createDeployment(query: {
    readonly repository: string
    readonly sha: string
    readonly environment: string
    readonly releaseId: string
    readonly description: string
    readonly isProduction: boolean
  }): Promise<CodeHostResult<number>>
  /** The deployment record that was created for a release; null when there is none. */
  findDeployment(query: {
    readonly repository: string
    readonly sha: string
    readonly environment: string
    readonly releaseId: string
  }): Promise<CodeHostResult<number | null>>
  setDeploymentStatus(query: {
    readonly repository: string
    readonly deploymentId: number
    readonly state: 'queued' | 'in_progress' | 'success' | 'failure' | 'inactive'
    readonly environmentUrl: string | null
    /** Where the card is. */
    readonly logUrl: string | null
    readonly description: string
  }): Promise<CodeHostResult<void>>
  /**
   * How a run stands, and what its newest attempt says that it built: by a notice `sluice-built-sha` on one of its jobs
   * (docs/workflow-contract.md), and which backup it has made: by one of the title `sluice-backup`. Each is null when
   * nothing was said (yet), or when jobs say different things.
   */
  runDetails(query: { readonly repository: string; readonly runId: number }): Promise<
    CodeHostResult<{
      readonly status: string
      readonly conclusion: string | null
      readonly headSha: string
      readonly url: string
      readonly builtSha: string | null
      readonly backup: string | null
      /** Who started its newest attempt; null when GitHub does not say. */
      readonly actorLogin: string | null
    }>
  >
  /** Public e-mail address of a login, or null. */
  emailOf(login: string): Promise<CodeHostResult<string | null>>
}
