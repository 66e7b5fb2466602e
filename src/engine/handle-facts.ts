import type { RepositoryConfig } from '../config/config.ts'
import type { Fact } from '../pipeline/facts.ts'
import { applyFacts, compareFacts, emptyPipelineState } from '../pipeline/fold.ts'
import { isFollowed } from '../pipeline/is-followed.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { viewPipeline } from '../pipeline/view-pipeline.ts'
import { addCard, cardsOf, wantRevision } from '../store/cards.ts'
import { recordHistory } from '../store/history.ts'
import type { Db } from '../store/open-store.ts'
import { savePipeline } from '../store/pipelines.ts'
import { writeSetting } from '../store/settings.ts'
import { setTimer } from '../store/timers.ts'
import type { EngineContext } from './engine-context.ts'
import type { EventBodies } from './events.ts'
import type { Handled } from './handled.ts'
import { jobsOf, lastingName } from './jobs-of.ts'
import { mendAlerts } from './notices.ts'
import { findAuthor } from './people.ts'
import type { LoadedPipeline } from './pipeline-memory.ts'
import { reviseFixes } from './revise-fixes.ts'
import { tellOf } from './run-ends.ts'

/** A pipeline that said nothing for this long is asked about: a delivery may have been lost. */
export const silenceMs = 15 * 60_000

/**
 * Joins facts into their pipelines and decides what follows: cards to draw, lines to post, people to alert. Facts of
 * commits that no card follows are kept all the same: the fact that makes a commit interesting may come last.
 */
export async function handleFacts(
  tx: Db,
  { facts, isPresentState = false }: EventBodies['github.facts'],
  event: { readonly id: string; readonly at: number },
  context: EngineContext,
): Promise<Handled> {
  const changes: LoadedPipeline[] = []
  for (const [sha, ofCommit] of Map.groupBy(facts, (fact) => fact.sha)) {
    const repository = context.repositoryOf(ofCommit[0]?.repository ?? '')
    if (repository === null) continue
    // Spelled as in the configuration: GitHub keeps the old case in some places after a rename.
    const spelled = ofCommit.map((fact) => ({ ...fact, repository: repository.repo }))
    const changed = await joinFacts(tx, { repository, sha, facts: spelled, isPresentState, at: event.at }, context)
    if (changed !== null) changes.push(changed)
  }
  return {
    outcome: changes.length > 0 ? 'changed' : 'unchanged',
    afterCommit: () => {
      for (const pipeline of changes) context.memory.keep(pipeline)
    },
    changedCards: changes.length > 0,
    setTimer: changes.length > 0,
  }
}

async function joinFacts(
  tx: Db,
  news: {
    readonly repository: RepositoryConfig
    readonly sha: string
    readonly facts: readonly Fact[]
    readonly isPresentState: boolean
    readonly at: number
  },
  context: EngineContext,
): Promise<LoadedPipeline | null> {
  const { repository, sha, at } = news
  const commit = { repository: repository.repo, sha }
  const before = await context.memory.find(tx, commit, repository.stages)
  const stateBefore = before?.state ?? emptyPipelineState(repository.repo, sha)
  const { state, changed } = applyFacts(stateBefore, news.facts)
  const answer = news.isPresentState ? news.facts : null
  if (!changed)
    return answer === null || before === null ? null : await confirm(tx, before, { ...news, answer }, context)

  const view = viewPipeline(state, repository.stages)
  const isOpen = view.hasActivity && view.completedAt === null
  const fields = {
    id: before?.row.id ?? context.newId(),
    repository: repository.repo,
    sha,
    branch: view.branch,
    verdict: view.verdict,
    revision: (before?.row.revision ?? 0) + 1,
    isOpen,
    createdAt: before?.row.createdAt ?? at,
    updatedAt: at,
    ...view.place,
  }
  const newFacts = [...state.facts.values()].filter((fact) => {
    const known = stateBefore.facts.get(fact.key)
    return known === undefined || (known !== fact && compareFacts(known, fact) < 0)
  })
  const row = await savePipeline(tx, fields, newFacts)

  let sent = before?.sentNotices ?? new Set<string>()
  if (hasCards(view, repository)) {
    await wantCards(tx, row, repository, context)
    await findAuthor(tx, view, at, context)
    const watched = before !== null && hasCards(before.view, repository) ? before : null
    sent = await tellOf(tx, { row, view, sentNotices: sent }, { watched, answer, at }, context)
  }
  if (view.isDefaultBranch && view.branch !== null && before?.view.branch !== view.branch) {
    await writeSetting(tx, `default_branch:${repository.repo}`, view.branch)
  }
  await recordEnded(tx, row.id, before?.view ?? null, view)
  const hasMoved = before !== null && isElsewhere(before.row, row)
  await mendAlerts(tx, { row, before: hasMoved ? null : (before?.view ?? null), view, at })
  if (hasMoved) await reviseFixes(tx, row, at)
  if (isOpen && before?.row.isOpen !== true) {
    const timer = { id: `silent:${row.id}`, type: 'timer.pipeline_silent', body: { pipelineId: row.id } }
    await setTimer(tx, { ...timer, dueAt: at + silenceMs })
  }
  return { row, state, view, sentNotices: sent }
}

function hasCards(view: Pipeline, repository: RepositoryConfig): boolean {
  return view.hasActivity && isFollowed(view, repository)
}

/** Whether a pipeline's commit has got another place among those of its branch. */
function isElsewhere(before: LoadedPipeline['row'], after: LoadedPipeline['row']): boolean {
  return (
    before.branch !== after.branch || before.branchAt !== after.branchAt || before.committedAt !== after.committedAt
  )
}

/** An answer of GitHub's with nothing new in it may be what a notice waited for. */
async function confirm(
  tx: Db,
  pipeline: LoadedPipeline,
  news: { readonly repository: RepositoryConfig; readonly answer: readonly Fact[]; readonly at: number },
  context: EngineContext,
): Promise<LoadedPipeline | null> {
  if (!hasCards(pipeline.view, news.repository)) return null
  const sentNotices = await tellOf(tx, pipeline, { ...news, watched: pipeline }, context)
  return sentNotices === pipeline.sentNotices ? null : { ...pipeline, sentNotices }
}

/** Every channel of the repository has a card that is to show this revision. */
async function wantCards(
  tx: Db,
  row: LoadedPipeline['row'],
  repository: RepositoryConfig,
  context: EngineContext,
): Promise<void> {
  const cards = await cardsOf(tx, row.id)
  await wantRevision(tx, row.id, row.revision, row.updatedAt)
  for (const channel of repository.channels) {
    if (cards.some((card) => card.channel === channel)) continue
    const card = { id: context.newId(), of: { pipelineId: row.id }, channel, revision: row.revision, at: row.updatedAt }
    await addCard(tx, card)
  }
}

const endedStates = new Set(['passed', 'failed', 'timed_out', 'cancelled'])

/** Writes the stages and jobs that ended with this change into the history that "usually" and "flaky" come from. */
async function recordEnded(tx: Db, pipelineId: string, before: Pipeline | null, view: Pipeline): Promise<void> {
  const branch = view.branch
  if (branch === null) return
  const common = { pipelineId, repository: view.repository, branch }
  const stagesBefore = new Map(before?.stages.map((stage) => [stage.name, stage]))
  for (const stage of view.stages) {
    const { completedAt, startedAt } = stage
    if (completedAt === null || !endedStates.has(stage.state)) continue
    const known = stagesBefore.get(stage.name)
    if (before?.branch === branch && known?.completedAt === completedAt && known.state === stage.state) continue
    const durationMs = startedAt === null ? null : completedAt - startedAt
    const entry = { ...common, kind: 'stage', key: stage.name, name: stage.name, state: stage.state } as const
    await recordHistory(tx, { ...entry, durationMs, completedAt })
  }
  const jobsBefore = new Map((before === null ? [] : jobsOf(before)).map((job) => [job.key, job]))
  for (const job of jobsOf(view)) {
    const { completedAt, startedAt } = job
    if (completedAt === null || !endedStates.has(job.state) || job.isFromOlderAttempt) continue
    const known = jobsBefore.get(job.key)
    if (before?.branch === branch && known?.completedAt === completedAt && known.state === job.state) continue
    const durationMs = startedAt === null ? null : completedAt - startedAt
    const entry = { ...common, kind: 'job', key: job.key, name: lastingName(job), state: job.state } as const
    await recordHistory(tx, { ...entry, durationMs, completedAt })
  }
}
