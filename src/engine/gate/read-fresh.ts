import { applyFacts, emptyPipelineState } from '../../pipeline/fold.ts'
import type { Pipeline } from '../../pipeline/pipeline.ts'
import { viewPipeline } from '../../pipeline/view-pipeline.ts'
import type { GatePolicy, Strategy } from '../../policy/gate-policy.ts'
import type { FreshState } from '../../release/decision.ts'
import { changesOf } from '../../release/evidence/changes-of.ts'
import { classifyFiles } from '../../release/evidence/classify-files.ts'
import { scanMigration } from '../../release/evidence/scan-migration.ts'
import { smokeResults } from '../../release/evidence/smoke-results.ts'
import type {
  CheckState,
  Evidence,
  EvidenceChanges,
  EvidenceMigration,
  EvidenceStaging,
} from '../../release/evidence.ts'
import type { Plan } from '../../release/plan.ts'
import { lastEnded } from '../../store/releases.ts'
import type { CheckReport, CodeHostFailure, CodeHostResult, Comparison } from '../code-host.ts'
import type { PerformContext } from '../perform-context.ts'

/** What would be released where. */
export interface FreshQuery {
  readonly repository: string
  readonly sha: string
  readonly strategy: Strategy
  readonly policy: GatePolicy
}

/** A call failed whose answer the evidence needs; caught by `readFresh` only. */
class Unread extends Error {
  override readonly name = 'Unread'
}

/**
 * Reads plan and evidence from GitHub, now and all at once. One answer that is missing makes all of it worthless:
 * what could not be read is never taken for good.
 */
export async function readFresh(query: FreshQuery, context: PerformContext): Promise<FreshState> {
  try {
    return await read(query, context)
  } catch (error) {
    if (error instanceof Unread) return { ok: false, detail: error.message }
    throw error
  }
}

async function read(query: FreshQuery, context: PerformContext): Promise<FreshState> {
  const { repository, sha, strategy, policy } = query
  const { codeHost, clock } = context
  const readAt = clock.now()
  const defaultBranch = need(await codeHost.defaultBranch(repository))
  const workflowRef = policy.workflowRef ?? defaultBranch
  const [branches, changes, checks, staging, artifacts, blob] = await Promise.all([
    readBranches(query, context),
    readChanges(query, context),
    readChecks(query, defaultBranch, context),
    readStaging(query, context),
    codeHost.artifactsOf({ repository, sha }).then(need),
    codeHost.blobSha({ repository, ref: workflowRef, path: `.github/workflows/${policy.workflow}` }).then(need),
  ])
  const evidence: Evidence = {
    readAt,
    branches,
    isOnAllowedBranch: policy.branches === null || (branches !== null && branches.length > 0),
    changes,
    checks: checks.map(({ name, state, isRequired, url }) => ({ name, state, isRequired, url })),
    staging: staging === null ? null : { ...staging, ...smokeResults(checks) },
  }
  const plan: Plan = {
    repository,
    environment: policy.environment,
    sha,
    strategy,
    steps: strategy === 'canary' ? policy.steps : [{ percent: 100, windowMs: 0 }],
    migrations: changes.migrations
      .map(({ path, blob: of }) => ({ path, blob: of }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    artifacts,
    workflow: { file: policy.workflow, ref: workflowRef, blob },
    policyVersion: policy.version,
  }
  return { ok: true, plan, evidence }
}

async function readBranches(
  { repository, sha, policy }: FreshQuery,
  { codeHost }: PerformContext,
): Promise<readonly string[] | null> {
  if (policy.branches === null) return null
  return need(await codeHost.branchesWith({ repository, sha, globs: policy.branches }))
}

async function readChecks(
  { repository, sha, policy }: FreshQuery,
  branch: string,
  { codeHost }: PerformContext,
): Promise<readonly CheckReport[]> {
  return need(
    await codeHost.checksOf({ repository, sha, branch, required: policy.checks, exceptWorkflow: policy.workflow }),
  )
}

/** The commit that serves the environment: of our own last release or of GitHub's record, whichever is newer. */
async function readLive(
  { repository, policy }: FreshQuery,
  { store, codeHost }: PerformContext,
): Promise<EvidenceChanges['live']> {
  const place = { repository, environment: policy.environment }
  const released = await lastEnded(store.db, place, 'completed')
  const deployed = need(
    await codeHost.liveDeployment({ repository, environments: [policy.environment, ...policy.aliases] }),
  )
  const ours =
    released?.state.name === 'completed'
      ? ({ sha: released.sha, source: 'release', since: released.state.at } as const)
      : null
  if (deployed === null) return ours
  if (ours !== null && (ours.sha === deployed.sha || ours.since >= deployed.at)) return ours
  return { sha: deployed.sha, source: 'deployment', since: deployed.at }
}

async function readChanges(query: FreshQuery, context: PerformContext): Promise<EvidenceChanges> {
  const { repository, sha, policy } = query
  const { codeHost } = context
  const live = await readLive(query, context)
  const forward = need(
    live === null
      ? await codeHost.commit({ repository, sha })
      : await codeHost.compare({ repository, base: live.sha, head: sha }),
  )
  const goesBack = forward.status === 'behind' || forward.status === 'diverged'
  const back =
    !goesBack || live === null ? null : need(await codeHost.compare({ repository, base: sha, head: live.sha }))
  const migrations = await readMigrations(query, forward, context)
  return changesOf({ live, sha, forward, back, migrations, policy })
}

/** The migrations that the release brings, read and looked through for what can lose data. */
async function readMigrations(
  { repository, sha, policy }: FreshQuery,
  comparison: Comparison,
  { codeHost }: PerformContext,
): Promise<readonly EvidenceMigration[]> {
  const { migrations } = classifyFiles(comparison.files, policy)
  return await Promise.all(
    migrations.map(async (file): Promise<EvidenceMigration> => {
      const change = file.change === 'renamed' ? 'modified' : file.change
      const entry = { path: file.path, blob: file.blob ?? '', change }
      if (file.change === 'removed') return { ...entry, destructive: [], isRead: true }
      const text = need(await codeHost.fileText({ repository, sha, path: file.path }))
      if (text === null) return { ...entry, destructive: [], isRead: false }
      return { ...entry, destructive: scanMigration(file.path, text), isRead: true }
    }),
  )
}

/** How the commit did where it has to be before, as GitHub knows it now. */
async function readStaging(
  { repository, sha, policy }: FreshQuery,
  context: PerformContext,
): Promise<Omit<EvidenceStaging, 'p95Ms' | 'loadTest'> | null> {
  const rule = policy.requiresStaging
  const configured = context.repositoryOf(repository)
  if (rule === null || configured === null) return null
  const staging = configured.environments.find(({ name }) => name === rule.environment)
  const environments = [rule.environment, ...(staging?.aliases ?? [])]
  const [deployment, facts] = await Promise.all([
    context.codeHost.deploymentOf({ repository, environments, sha }).then(need),
    rule.smokeStages.length === 0 ? [] : context.codeHost.presentState({ repository, sha }).then(need),
  ])
  const { state } = applyFacts(emptyPipelineState(configured.repo, sha), facts)
  const view = viewPipeline(state, configured.stages)
  return {
    environment: rule.environment,
    state: deployment === null ? 'missing' : deploymentState(deployment.state),
    deployedAt: deployment?.at ?? null,
    smoke: rule.smokeStages.map((stage) => ({ stage, state: stageState(stage, view) })),
  }
}

function deploymentState(state: string): EvidenceStaging['state'] {
  if (state === 'success') return 'passed'
  return state === 'failure' || state === 'error' ? 'failed' : 'pending'
}

/** A stage that was skipped has shown nothing. */
function stageState(name: string, view: Pipeline): CheckState {
  const stage = view.stages.find((one) => one.name === name)
  switch (stage?.state) {
    case undefined:
    case 'skipped':
      return 'missing'
    case 'passed':
    case 'neutral':
      return 'passed'
    case 'failed':
    case 'timed_out':
    case 'cancelled':
    case 'action_required':
      return 'failed'
    default:
      return stage?.groups.length === 0 ? 'missing' : 'pending'
  }
}

function need<T>(result: CodeHostResult<T>): T {
  if (result.ok) return result.value
  throw new Unread(describe(result.failure))
}

function describe(failure: CodeHostFailure): string {
  return failure.type === 'rate_limited' ? 'GitHub wants a pause' : failure.detail
}
