import { decideNotices } from '../pipeline/decide-notices.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { inferredRunEnds, type RunEnd, runEndKey } from '../pipeline/run-ends.ts'
import type { Db } from '../store/open-store.ts'
import { claimNotices } from '../store/pipelines.ts'
import type { EngineContext } from './engine-context.ts'
import { announce } from './notices.ts'
import type { LoadedPipeline } from './pipeline-memory.ts'

/**
 * Sends what is due for a pipeline and was not sent before, but for what is only inferred from the end of a run that
 * nobody has made sure of.
 *
 * @param pipeline.sent - the keys of the notices sent so far, and of the ends of runs that were made sure of
 * @returns `sent` with the keys of what was sent now
 */
export async function sendNotices(
  tx: Db,
  pipeline: {
    readonly row: LoadedPipeline['row']
    readonly view: Pipeline
    readonly sent: ReadonlySet<string>
    readonly at: number
  },
  context: EngineContext,
): Promise<ReadonlySet<string>> {
  const { row, view, sent } = pipeline
  const due = decideNotices(view).filter(
    ({ key, inferredFrom }) => !sent.has(key) && inferredFrom.every((end) => sent.has(runEndKey(end))),
  )
  if (due.length === 0) return sent
  const keys = due.map((notice) => notice.key)
  const claimed = await claimNotices(tx, row.id, keys)
  for (const notice of due) {
    if (claimed.has(notice.key)) await announce(tx, { ...pipeline, notice }, context)
  }
  return new Set([...sent, ...claimed])
}

/** The ends of runs that have yet to be made sure of: how a job of theirs ended is inferred, or a notice waits for it. */
export function openRunEnds(view: Pipeline, sent: ReadonlySet<string>): readonly RunEnd[] {
  const awaited = decideNotices(view).flatMap(({ key, inferredFrom }) => (sent.has(key) ? [] : inferredFrom))
  const byKey = new Map([...inferredRunEnds(view), ...awaited].map((end) => [runEndKey(end), end]))
  return [...byKey].flatMap(([key, end]) => (sent.has(key) ? [] : end))
}
