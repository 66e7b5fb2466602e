/** A GitHub in memory, at the engine's interface: commits with what they would ship, runs, protection rules, deployments. */
import type { CodeHost, Comparison } from '../../src/engine/code-host.ts'
import type { EvidenceCommit } from '../../src/release/evidence.ts'
import type { FakeClock } from '../engine/fake-clock.ts'
import { ok } from './gate-service.ts'
import { type Commit, emailOf, type GateTruth, minute } from './gate-truth.ts'

export interface SimulatedRun {
  readonly id: number
  readonly environment: string
  readonly sha: string
  /** What Sluice gave it; null for one that waits at a protection rule. */
  readonly inputs: Readonly<Record<string, string>> | null
  readonly createdAt: number
  status: 'waiting' | 'in_progress' | 'completed'
  conclusion: 'success' | 'failure' | 'cancelled' | null
  builtSha: string | null
}

export interface GateGithub {
  readonly codeHost: CodeHost
  readonly runs: readonly SimulatedRun[]
  /** Releases that a deployment record was made for. */
  readonly deployments: readonly string[]
  /** A push started the production workflow, which waits for our answer. */
  beginWaitingRun(sha: string): SimulatedRun
}

/** GitHub lists a run so much after it took the dispatch. */
const listedAfterMs = 4_000

export function createGateGithub(
  truth: GateTruth,
  clock: FakeClock,
  hooks: {
    readonly onStart: (run: SimulatedRun) => void
    /** A run goes on because Sluice said that it may. */
    readonly onApproved: (run: SimulatedRun, comment: string) => void
    /** Whether GitHub says right away which run a dispatch became. */
    readonly namesRun: () => boolean
  },
): GateGithub {
  const runs: SimulatedRun[] = []
  const deployments: string[] = []
  const rejected = (detail: string) => ({ ok: false, failure: { type: 'rejected', detail } }) as const
  const urlOf = (run: SimulatedRun) => `https://github.com/acme/shop/actions/runs/${run.id}`
  const named = (run: SimulatedRun) => ({ id: run.id, url: urlOf(run) })

  function begin(run: Pick<SimulatedRun, 'environment' | 'sha' | 'inputs' | 'status'>): SimulatedRun {
    const begun = { ...run, id: 500 + runs.length, createdAt: clock.now(), conclusion: null, builtSha: null }
    runs.push(begun)
    return begun
  }

  function compared(base: Commit | null, head: Commit): Comparison {
    const [from, to] = [base === null ? -1 : truth.commits.indexOf(base), truth.commits.indexOf(head)]
    const between = truth.commits.slice(from + 1, to + 1)
    const migrations = head.migrations.now
    return {
      status: from === to ? 'identical' : from < to ? 'ahead' : 'behind',
      commits: base === null ? [evidenceOf(head)] : between.map(evidenceOf),
      aheadBy: Math.max(0, to - from),
      behindBy: Math.max(0, from - to),
      pulls: [],
      files: [
        ...(base === null ? [head] : between).map(({ sha, touchesService }) => ({
          ...aFile,
          path: touchesService ? `src/${sha.slice(0, 7)}.ts` : `docs/${sha.slice(0, 7)}.md`,
        })),
        ...(migrations === 0 ? [] : [{ ...aFile, path: 'migrations/1.sql', blob: `m${migrations}` }]),
      ],
      isFileListComplete: true,
      url: 'https://github.com/acme/shop/compare',
    }
  }

  function commitOf(sha: string): Commit | null {
    return truth.commitOf(sha)
  }

  const codeHost: CodeHost = {
    async failureDetails() {
      return ok({ step: null, lines: [], source: 'none' })
    },
    async runState({ runId }) {
      const run = runs.find(({ id }) => id === runId)
      return ok({ attempt: 1, status: run?.status ?? 'completed', conclusion: run?.conclusion ?? null })
    },
    async rerunFailedJobs() {
      return ok(undefined)
    },
    async deliveriesSince() {
      return ok([])
    },
    async redeliver() {
      return ok(undefined)
    },
    async presentState() {
      return ok([])
    },
    async resolveRef({ ref }) {
      if (ref.type !== 'ref') return ok(null)
      const commit = ref.ref === 'main' ? truth.commits.at(-1) : commitOf(ref.ref)
      return ok(commit == null ? null : { sha: commit.sha, commit: evidenceOf(commit), pull: null })
    },
    async compare({ base, head }) {
      const [from, to] = [commitOf(base), commitOf(head)]
      return from === null || to === null ? notFound : ok(compared(from, to))
    },
    async commit({ sha }) {
      const commit = commitOf(sha)
      return commit === null ? notFound : ok(compared(null, commit))
    },
    async branchesWith() {
      return ok(['main'])
    },
    async checksOf({ sha }) {
      const state = commitOf(sha)?.isGreen.now === true ? ('passed' as const) : ('failed' as const)
      return ok([{ name: 'build', state, isRequired: true, url: null, output: null }])
    },
    async fileText({ sha }) {
      const migrations = commitOf(sha)?.migrations.now ?? 0
      return ok(migrations % 2 === 1 ? 'DROP TABLE fees;' : `CREATE TABLE fees${migrations} (id bigint);`)
    },
    async blobSha() {
      return ok('w1')
    },
    async artifactsOf({ sha }) {
      return ok([{ name: 'web', digest: `d${commitOf(sha)?.artifacts.now ?? 0}` }])
    },
    async liveDeployment() {
      return ok(null)
    },
    async deploymentOf() {
      return ok(null)
    },
    async defaultBranch() {
      return ok('main')
    },
    async suggestRefs() {
      return ok([])
    },
    async teamMembers() {
      return ok([])
    },
    async startWorkflow({ workflow, inputs }) {
      const environment = workflow.replace(/^cd-|\.yml$/g, '')
      const run = begin({ environment, sha: inputs.sha ?? '', inputs, status: 'in_progress' })
      hooks.onStart(run)
      return ok(hooks.namesRun() ? named(run) : null)
    },
    async findRun({ workflow, titleHolds, sinceMs }) {
      const now = clock.now()
      const run = runs.find(
        ({ inputs, environment, createdAt }) =>
          inputs?.sluice_release === titleHolds &&
          workflow === `cd-${environment}.yml` &&
          createdAt >= sinceMs - 5 * minute &&
          // A clock that was set back shows every run that there is.
          (now < createdAt || now - createdAt >= listedAfterMs),
      )
      return ok(run === undefined ? null : named(run))
    },
    async answerProtectionRule({ runId, state, comment }) {
      const run = runs.find(({ id }) => id === runId)
      if (run === undefined) return notFound
      if (run.status !== 'waiting') return rejected('No rule is waiting')
      if (state === 'approved') {
        run.status = 'in_progress'
        hooks.onApproved(run, comment)
      } else {
        run.status = 'completed'
        run.conclusion = 'failure'
      }
      return ok(undefined)
    },
    async createDeployment({ releaseId }) {
      deployments.push(releaseId)
      return ok(deployments.length)
    },
    async findDeployment({ releaseId }) {
      const index = deployments.indexOf(releaseId)
      return ok(index === -1 ? null : index + 1)
    },
    async setDeploymentStatus() {
      return ok(undefined)
    },
    async runDetails({ runId }) {
      const run = runs.find(({ id }) => id === runId)
      if (run === undefined) return notFound
      const { status, conclusion, sha, builtSha } = run
      return ok({ status, conclusion, headSha: sha, url: urlOf(run), builtSha, backup: null, actorLogin: null })
    },
    async emailOf(login) {
      return ok(emailOf(login))
    },
  }
  return {
    codeHost,
    runs,
    deployments,
    beginWaitingRun: (sha) => begin({ environment: 'live', sha, inputs: null, status: 'waiting' }),
  }
}

const notFound = { ok: false, failure: { type: 'not_found', detail: 'GitHub knows none' } } as const

const aFile = { previousPath: null, change: 'added', additions: 3, deletions: 0, blob: 'b1' } as const

function evidenceOf({ sha, author }: Commit): EvidenceCommit {
  return {
    sha,
    title: `Change ${sha.slice(0, 7)}`,
    authorLogin: author,
    authorName: author,
    // Dan is known by his address, Ada by her login alone.
    authorEmail: author === null ? null : author === 'ada' ? '1+ada@users.noreply.github.com' : emailOf(author),
    coAuthors: [],
    at: null,
  }
}
