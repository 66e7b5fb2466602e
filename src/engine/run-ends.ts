/**
 * A run's end may overtake how its jobs ended, or those deliveries may be lost. Before people are called for what is
 * only inferred from it, GitHub is asked; if it cannot say, they are called all the same after a while, so that no
 * failure goes unannounced.
 */
import type { Fact } from '../pipeline/facts.ts'
import { type RunEnd, runEndKey, tellsRunEnd } from '../pipeline/run-ends.ts'
import type { Db } from '../store/open-store.ts'
import { addEffect } from '../store/outbox.ts'
import { claimNotices, pipelineById } from '../store/pipelines.ts'
import { setTimer } from '../store/timers.ts'
import type { EngineContext } from './engine-context.ts'
import type { EventBodies } from './events.ts'
import type { Handled } from './handled.ts'
import type { LoadedPipeline } from './pipeline-memory.ts'
import { openRunEnds, sendNotices } from './send-notices.ts'

/** When GitHub is asked, in ms after the run's end was heard of: most of what is late comes by itself in a moment. */
const askAfterMs = [5_000, 30_000] as const
/** After so long the inference is taken for the truth, in ms. */
const graceMs = 120_000

type Told = Pick<LoadedPipeline, 'row' | 'view' | 'sentNotices'>

/**
 * Sends the notices that are due for a pipeline, and sees to it that those which wait for the end of a run will be.
 *
 * @param news.watched - the pipeline before, whose open ends have their timers; null when it had none
 * @param news.answer - everything that GitHub knew about the commit when it was asked; null when this is no such answer
 * @returns the keys of all that was sent and made sure of; the very same set when nothing was added
 */
export async function tellOf(
  tx: Db,
  { row, view, sentNotices }: Told,
  news: { readonly watched: Told | null; readonly answer: readonly Fact[] | null; readonly at: number },
  context: EngineContext,
): Promise<ReadonlySet<string>> {
  const { watched, answer, at } = news
  const open = openRunEnds(view, sentNotices)
  const told = answer === null ? [] : open.filter((end) => tellsRunEnd(answer, end))
  const settled = await remember(tx, row.id, sentNotices, told)
  const sent = await sendNotices(tx, { row, view, sent: settled, at }, context)
  if (open.length > told.length) {
    const known = new Set(watched === null ? [] : openRunEnds(watched.view, watched.sentNotices).map(runEndKey))
    const isNew = (end: RunEnd) => !sent.has(runEndKey(end)) && !known.has(runEndKey(end))
    for (const end of open.filter(isNew)) await setTimerFor(tx, { pipelineId: row.id, ...end, since: at, asked: 0 })
  }
  return sent
}

/** The time has come to ask GitHub about a run's end, or to do without its answer. */
export async function handleRunEndOpen(
  tx: Db,
  body: EventBodies['timer.run_end_open'],
  event: { readonly id: string; readonly at: number },
  context: EngineContext,
): Promise<Handled> {
  const { pipelineId, runId, attempt, since } = body
  const row = await pipelineById(tx, pipelineId)
  const repository = row === null ? null : context.repositoryOf(row.repository)
  const pipeline = row === null || repository === null ? null : await context.memory.find(tx, row, repository.stages)
  if (pipeline === null) return { outcome: 'unchanged' }
  const { view, sentNotices } = pipeline
  const isOpen = openRunEnds(view, sentNotices).some((end) => end.runId === runId && end.attempt === attempt)
  if (!isOpen) return { outcome: 'unchanged' }
  if (event.at - since < graceMs) {
    const { repository: name, sha } = pipeline.row
    const ask = { id: `sync:${event.id}`, lane: `sync:${pipelineId}`, type: 'sync_pipeline' } as const
    await addEffect(tx, { ...ask, body: { pipelineId, repository: name, sha }, at: event.at })
    await setTimerFor(tx, { ...body, asked: body.asked + 1 })
    return { outcome: 'accepted', setTimer: true }
  }
  const settled = await remember(tx, pipelineId, sentNotices, [{ runId, attempt }])
  const sent = await sendNotices(tx, { row: pipeline.row, view, sent: settled, at: event.at }, context)
  return { outcome: 'changed', afterCommit: () => context.memory.keep({ ...pipeline, sentNotices: sent }) }
}

async function setTimerFor(tx: Db, body: EventBodies['timer.run_end_open']): Promise<void> {
  const id = `${runEndKey(body)}:${body.pipelineId}`
  const dueAt = body.since + (askAfterMs[body.asked] ?? graceMs)
  await setTimer(tx, { id, type: 'timer.run_end_open', body, dueAt })
}

async function remember(
  tx: Db,
  pipelineId: string,
  sent: ReadonlySet<string>,
  ends: readonly RunEnd[],
): Promise<ReadonlySet<string>> {
  if (ends.length === 0) return sent
  const keys = ends.map(runEndKey)
  await claimNotices(tx, pipelineId, keys)
  return new Set([...sent, ...keys])
}
