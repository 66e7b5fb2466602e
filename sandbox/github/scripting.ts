/** What tests and the demo can make happen on the simulated GitHub, besides playing pipelines. */
import type { Change } from './change.ts'
import { addWorkflow } from './dispatch.ts'
import type { DispatchSpec } from './dispatch-spec.ts'
import type { Emission } from './emission.ts'
import { sha1, treeWith } from './git.ts'
import type { Player } from './player.ts'
import { nameOfRun, waitingJobs } from './routes-workflows.ts'
import type {
  ArtifactState,
  CommitState,
  GithubState,
  PullState,
  RepositoryState,
  RequiredCheckState,
  RunState,
  WorkflowState,
} from './state.ts'
import { newId, repositoryOf, userOf } from './state-access.ts'
import type { Conclusion } from './terms.ts'
import { pullEmission, pushEmission } from './webhook-payloads.ts'

export interface CommitOptions {
  /** Path to the new content, null for a file that goes. The parent's other files stay. */
  readonly files?: Readonly<Record<string, string | Uint8Array | null>>
  readonly message: string
  /** Login; `mona` when left out. */
  readonly author?: string
  readonly authorName?: string
  readonly authorEmail?: string
  /** Full shas; the branch's head when left out, for a new branch the default branch's. Two for a merge. */
  readonly parents?: readonly string[]
  /** UTC milliseconds; now when left out. */
  readonly at?: number
}

/** A check that a branch demands: a name, or a name with the id of the App that must report it. */
export type RequiredCheckOption = string | { readonly context: string; readonly appId: number }

export interface GithubScripting {
  /** A new commit on the branch (made when it is not there), pushed with its webhook. Returns it with its files. */
  commitFiles(repository: string, branch: string, commit: CommitOptions): CommitState
  /** Puts a branch on a commit, as a force-push or a new branch does; null deletes it. Nobody is told. */
  setBranch(repository: string, branch: string, sha: string | null): void
  /** @param annotation - its message, for a tag with an object of its own */
  addTag(repository: string, name: string, sha: string, annotation?: string): void
  /** A pull request that was merged with this commit; its webhook goes out. */
  addMergedPull(
    repository: string,
    pull: { readonly number: number; readonly title: string; readonly author: string; readonly sha: string },
  ): PullState
  /** Required checks of a protected branch; null takes the protection off. */
  setProtection(repository: string, branch: string, required: readonly RequiredCheckOption[] | null): void
  /** Required checks by a ruleset that applies to the branch. */
  addRuleset(repository: string, branch: string, required: readonly RequiredCheckOption[]): void
  /** A check run of another App, with its webhooks: made, and completed unless the conclusion is null. */
  reportCheck(
    repository: string,
    check: {
      readonly sha: string
      readonly app: string
      readonly name: string
      readonly conclusion: Conclusion | null
      readonly output?: { readonly title?: string; readonly summary?: string; readonly text?: string }
    },
  ): void
  /** A commit status, with its webhook. */
  reportStatus(
    repository: string,
    status: {
      readonly sha: string
      readonly context: string
      readonly state: 'pending' | 'success' | 'failure' | 'error'
      readonly description?: string
    },
  ): void
  /** @param parent - the team that it is a child of: its members count as the parent's too */
  setTeam(team: string, members: readonly string[], parent?: string): void
  /** A workflow with `on: workflow_dispatch`, or what such a workflow declares and does from now on. */
  defineDispatchWorkflow(repository: string, spec: DispatchSpec): WorkflowState
  /** Somebody switches the workflow off (or on again) on its page. */
  setWorkflowDisabled(repository: string, path: string, isDisabled: boolean): void
  /** @param artifact.digest - `sha256:…` of its name when left out; null for a server that knows no digests */
  addArtifact(
    repository: string,
    runId: number,
    artifact: { readonly name: string; readonly digest?: string | null; readonly isExpired?: boolean },
  ): ArtifactState
  /** Somebody presses "Cancel workflow": what runs or waits ends as cancelled, with its webhooks. */
  cancelRun(repository: string, runId: number): void
  /** Somebody presses "Re-run failed jobs" (or all of them): another attempt of the run. */
  rerunRun(repository: string, runId: number, by: string, which?: 'failed' | 'all'): void
  /** Somebody deletes a run that has ended. */
  deleteRun(repository: string, runId: number): void
  /** From now on GitHub lists a run so many milliseconds after it was made. */
  setRunListLag(ms: number): void
  /** Somebody answers for an environment's reviewers on GitHub's page; `deployment_review` goes out. */
  reviewDeployment(
    repository: string,
    runId: number,
    review: {
      readonly environment: string
      readonly state: 'approved' | 'rejected'
      readonly by: string
      readonly comment?: string
    },
  ): void
  /** An administrator starts the waiting jobs, whatever the protection rule's App says. */
  letThrough(repository: string, runId: number, environment: string, by: string): void
  /** Nobody has answered a protection rule for thirty days: GitHub fails the job. */
  expireRule(repository: string, runId: number, environment: string): void
  /**
   * From now on what is asked for (dispatched workflows, re-runs, what follows an answered gate) goes on by itself,
   * `speed` times as fast as its script says. Otherwise it is for `step` and `walk` to take it on.
   */
  autoplay(speed: number): void
}

export function createScripting(options: {
  readonly state: GithubState
  readonly player: Player
  /** Sends webhooks in order; for `settle` to wait for. */
  readonly tell: (emissions: readonly Emission[]) => void
}): GithubScripting {
  const { state, player, tell } = options
  const happen = (repository: RepositoryState, ...changes: readonly Change[]) => player.begin(repository, changes, [])
  const runIn = (fullName: string, runId: number): { repository: RepositoryState; run: RunState } => {
    const repository = repositoryOf(state, fullName)
    const run = repository.runs.get(runId)
    if (run === undefined) throw new Error(`There is no run ${runId}.`)
    return { repository, run }
  }
  const answer = (
    { repository, run }: { repository: RepositoryState; run: RunState },
    environment: string,
    given: Pick<Parameters<Player['answerGate']>[2], 'kind' | 'state' | 'by' | 'comment'>,
  ) => {
    const waiting = waitingJobs(repository, run).filter(
      (job) =>
        job.environment?.name === environment &&
        job.gates.some((gate) => gate.kind === given.kind && gate.state === 'waiting'),
    )
    if (waiting.length === 0) throw new Error(`${nameOfRun(repository, run)} does not wait at "${environment}".`)
    for (const { name: job } of waiting) player.answerGate(repository, run, { job, ...given })
  }

  return {
    commitFiles(fullName, branch, commit) {
      const repository = repositoryOf(state, fullName)
      const before = repository.branches.get(branch) ?? null
      const base = before ?? repository.branches.get(repository.defaultBranch)
      const parents = commit.parents ?? (base === undefined ? [] : [base])
      const parent = parents[0] === undefined ? null : (repository.commits.get(parents[0]) ?? null)
      const author = userOf(state, commit.author ?? 'mona')
      const sha = sha1(`${fullName} ${parents.join(' ')} ${commit.message} ${newId(state)}`)
      const made: CommitState = {
        sha,
        message: commit.message,
        authorName: commit.authorName ?? author.name ?? author.login,
        authorEmail: commit.authorEmail ?? author.email ?? `${author.id}+${author.login}@users.noreply.github.com`,
        authorLogin: author.login,
        at: commit.at ?? player.now(),
        parents,
        files: treeWith(parent, commit.files ?? {}),
      }
      repository.commits.set(sha, made)
      repository.branches.set(branch, sha)
      repository.pushedAt = player.now()
      tell([pushEmission(state, repository, { branch, before, after: sha, by: author.login, forced: false })])
      return made
    },
    setBranch(fullName, branch, sha) {
      const repository = repositoryOf(state, fullName)
      if (sha === null) repository.branches.delete(branch)
      else repository.branches.set(branch, sha)
    },
    addTag(fullName, name, sha, annotation) {
      const repository = repositoryOf(state, fullName)
      const object = (message: string) => ({
        sha: sha1(`tag ${name} ${sha} ${message}`),
        message,
        by: 'mona',
        at: player.now(),
      })
      repository.tags.set(name, { name, sha, annotation: annotation === undefined ? null : object(annotation) })
    },
    addMergedPull(fullName, { number, title, author, sha }) {
      const repository = repositoryOf(state, fullName)
      const now = player.now()
      const pull: PullState = {
        id: newId(state),
        number,
        title,
        body: null,
        authorLogin: author,
        headRef: `pull-${number}`,
        baseRef: repository.defaultBranch,
        headSha: sha,
        baseSha: repository.commits.get(sha)?.parents[0] ?? '0'.repeat(40),
        state: 'closed',
        mergedAt: now,
        mergedBy: author,
        mergeCommitSha: sha,
        isDraft: false,
        createdAt: now,
        updatedAt: now,
      }
      repository.pulls.set(number, pull)
      tell([pullEmission(state, repository, pull, 'closed', author)])
      return pull
    },
    setProtection(fullName, branch, required) {
      const { protection } = repositoryOf(state, fullName)
      if (required === null) protection.delete(branch)
      else protection.set(branch, required.map(requiredCheck))
    },
    addRuleset(fullName, branch, required) {
      const { rulesets } = repositoryOf(state, fullName)
      rulesets.push({ id: newId(state), branch, checks: required.map(requiredCheck) })
    },
    reportCheck(fullName, { sha, app, name, conclusion, output }) {
      const repository = repositoryOf(state, fullName)
      happen(repository, { type: 'check_created', sha, branch: repository.defaultBranch, app, name })
      if (conclusion === null) return
      const end = { sha, app, name, conclusion, annotations: [] }
      happen(repository, { type: 'check_completed', ...end, ...(output === undefined ? {} : { output }) })
    },
    reportStatus(fullName, { description = null, ...status }) {
      const by = 'ci-bot[bot]'
      happen(repositoryOf(state, fullName), { type: 'status_set', ...status, description, targetUrl: null, by })
    },
    setTeam(team, members, parent) {
      const [org = '', slug = ''] = team.split('/')
      const id = state.teams.get(team.toLowerCase())?.id ?? newId(state)
      state.teams.set(team.toLowerCase(), { id, org, slug, parent: parent?.split('/').at(-1) ?? null, members })
    },
    defineDispatchWorkflow: (fullName, spec) => addWorkflow(state, repositoryOf(state, fullName), spec),
    setWorkflowDisabled(fullName, path, isDisabled) {
      const workflow = [...repositoryOf(state, fullName).workflows.values()].find((known) => known.path === path)
      if (workflow === undefined) throw new Error(`There is no workflow ${path}.`)
      workflow.isDisabled = isDisabled
    },
    addArtifact(
      fullName,
      runId,
      { name, digest = `sha256:${sha1(name)}${sha1(name).slice(0, 24)}`, isExpired = false },
    ) {
      const { repository } = runIn(fullName, runId)
      const artifact = { id: newId(state), runId, name, digest, isExpired, createdAt: player.now() }
      repository.artifacts.push(artifact)
      return artifact
    },
    cancelRun(fullName, runId) {
      const { repository, run } = runIn(fullName, runId)
      player.cancel(repository, run)
    },
    rerunRun(fullName, runId, by, which = 'failed') {
      const { repository, run } = runIn(fullName, runId)
      player.rerun(repository, run, which, by)
    },
    deleteRun(fullName, runId) {
      const { repository, run } = runIn(fullName, runId)
      if (run.status !== 'completed') throw new Error(`${nameOfRun(repository, run)} has not ended.`)
      repository.runs.delete(runId)
    },
    setRunListLag(ms) {
      state.runListLagMs = ms
    },
    reviewDeployment(fullName, runId, { environment, state: decision, by, comment = '' }) {
      answer(runIn(fullName, runId), environment, { kind: 'reviewers', state: decision, by, comment })
    },
    letThrough(fullName, runId, environment, by) {
      answer(runIn(fullName, runId), environment, { kind: 'rule', state: 'approved', by, comment: '' })
    },
    expireRule(fullName, runId, environment) {
      const comment = ''
      answer(runIn(fullName, runId), environment, { kind: 'rule', state: 'expired', by: 'github', comment })
    },
    autoplay: (speed) => player.autoplay(speed),
  }
}

function requiredCheck(option: RequiredCheckOption): RequiredCheckState {
  return typeof option === 'string' ? { context: option, appId: null } : option
}
