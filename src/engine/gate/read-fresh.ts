import { applyFacts, emptyPipelineState } from '../../pipeline/fold.ts'
import type { Pipeline } from '../../pipeline/pipeline.ts'
import { viewPipeline } from '../../pipeline/view-pipeline.ts'
import type { GatePolicy, Strategy } from '../../policy/gate-policy.ts'
import type { FreshState } from '../../release/decision.ts'
import { type Compared, changedFiles, changesOf, relationOf } from '../../release/evidence/changes-of.ts'
import { type ClassifiedFiles, classifyFiles } from '../../release/evidence/classify-files.ts'
import { smokeResults } from '../../release/evidence/smoke-results.ts'
import type { CheckState, Evidence, EvidenceChanges, EvidenceStaging } from '../../release/evidence.ts'
import type { Plan } from '../../release/plan.ts'
import { lastEnded } from '../../store/releases.ts'
import type { CheckReport, CodeHostFailure, CodeHostResult } from '../code-host.ts'
import type { PerformContext } from '../perform-context.ts'
import { slackIdsOf } from './slack-ids.ts'

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
  readonly failure: CodeHostFailure
  constructor(failure: CodeHostFailure) {
    super(describe(failure))
    this.failure = failure
  }
}

/** `retryAfterMs` is the pause that GitHub wants; null when it wants none. */
export type FreshRead =
  | Extract<FreshState, { readonly ok: true }>
  | (Extract<FreshState, { readonly ok: false }> & { readonly retryAfterMs: number | null })

/**
 * Reads plan and evidence from GitHub, now and all at once. One answer that is missing makes all of it worthless:
 * what could not be read is never taken for good.
 */
export async function readFresh(query: FreshQuery, context: PerformContext): Promise<FreshRead> {
  try {
    return await read(query, context)
  } catch (error) {
    if (error instanceof Unread) {
      const { failure, message } = error
      return {
        ok: false,
        detail: message,
        retryAfterMs: failure.type === 'rate_limited' ? failure.retryAfterMs : null,
      }
    }
    throw error
  }
}

async function read(query: FreshQuery, context: PerformContext): Promise<Extract<FreshState, { readonly ok: true }>> {
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
  const authors = await slackIdsOf(changes, context)
  if (!authors.ok) throw new Unread({ type: 'unavailable', detail: authors.detail, mayHaveHappened: false })
  const evidence: Evidence = {
    readAt,
    branches,
    isOnAllowedBranch: policy.branches === null || (branches !== null && branches.length > 0),
    changes,
    checks: checks.map(({ name, state, isRequired, url }) => ({ name, state, isRequired, url })),
    staging: staging === null ? null : { ...staging, ...smokeResults(checks) },
    slackIds: authors.slackIds,
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
  const live = await readLive(query, context)
  const compared = await compare(query, live?.sha ?? null, context)
  const { migrations } = query.policy
  const texts = await readMigrations(
    query,
    live?.sha ?? null,
    classifyFiles(changedFiles(compared), { migrations }),
    context,
  )
  return changesOf({ live, compared, migrations, texts })
}

/** GitHub lists what a head adds only, so that going back is compared the other way round as well. */
async function compare(
  { repository, sha }: FreshQuery,
  live: string | null,
  { codeHost }: PerformContext,
): Promise<Compared> {
  if (live === null) return { relation: 'first', commit: need(await codeHost.commit({ repository, sha })) }
  const forward = need(await codeHost.compare({ repository, base: live, head: sha }))
  const relation = relationOf(forward.status)
  if (relation === 'same') return { relation }
  if (relation === 'ahead') return { relation, forward }
  const backward = need(await codeHost.compare({ repository, base: sha, head: live }))
  return relation === 'behind' ? { relation, backward } : { relation, forward, backward }
}

/** Texts of the migrations that the release brings or takes away, by path. */
async function readMigrations(
  { repository, sha }: FreshQuery,
  live: string | null,
  { migrations }: ClassifiedFiles,
  { codeHost }: PerformContext,
): Promise<ReadonlyMap<string, string | null>> {
  const texts = await Promise.all(
    migrations.map(async ({ path, readAt }) => {
      const at = readAt === 'live' ? live : sha
      const text = at === null ? null : need(await codeHost.fileText({ repository, sha: at, path }))
      return [path, text] as const
    }),
  )
  return new Map(texts)
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
  throw new Unread(result.failure)
}

function describe(failure: CodeHostFailure): string {
  return failure.type === 'rate_limited' ? 'GitHub wants a pause' : failure.detail
}
