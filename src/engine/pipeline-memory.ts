import type { PipelineState } from '../pipeline/fold.ts'
import { applyFacts, emptyPipelineState } from '../pipeline/fold.ts'
import type { Pipeline, StageDefinition } from '../pipeline/pipeline.ts'
import { viewPipeline } from '../pipeline/view-pipeline.ts'
import type { Db } from '../store/open-store.ts'
import { factsOf, findPipeline, type PipelineRow, sentNotices } from '../store/pipelines.ts'

/** A pipeline as the engine works with it. Immutable: a change makes a new one. */
export interface LoadedPipeline {
  readonly row: PipelineRow
  readonly state: PipelineState
  readonly view: Pipeline
  readonly sentNotices: ReadonlySet<string>
}

/**
 * Keeps the pipelines that events come for in memory, the least recently used one goes first. What is in here was
 * committed: the engine puts a changed pipeline in after its transaction, never before.
 */
export interface PipelineMemory {
  find(
    db: Db,
    commit: { readonly repository: string; readonly sha: string },
    stages: readonly StageDefinition[],
  ): Promise<LoadedPipeline | null>
  keep(pipeline: LoadedPipeline): void
  /** Forgets all: old pipelines were deleted from the store, and a change must not bring one back in part. */
  clear(): void
}

export function createPipelineMemory(limit = 80): PipelineMemory {
  const loaded = new Map<string, LoadedPipeline>()
  const keyOf = (commit: { readonly repository: string; readonly sha: string }) => `${commit.repository} ${commit.sha}`

  function keep(pipeline: LoadedPipeline): void {
    const key = keyOf(pipeline.row)
    const known = loaded.get(key)
    loaded.delete(key)
    // While one reads a pipeline from the store, bit by bit, another may have changed it: the newer one stays.
    const isNewer =
      known === undefined || known.row.id !== pipeline.row.id || known.row.revision <= pipeline.row.revision
    loaded.set(key, isNewer ? pipeline : known)
    if (loaded.size > limit) {
      const [oldest] = loaded.keys()
      if (oldest !== undefined) loaded.delete(oldest)
    }
  }

  return {
    async find(db, commit, stages) {
      const known = loaded.get(keyOf(commit))
      if (known !== undefined) {
        keep(known)
        return known
      }
      const row = await findPipeline(db, commit)
      if (row === null) return null
      const { state } = applyFacts(emptyPipelineState(row.repository, row.sha), await factsOf(db, row.id))
      const pipeline = {
        row,
        state,
        view: viewPipeline(state, stages),
        sentNotices: await sentNotices(db, row.id),
      }
      keep(pipeline)
      return loaded.get(keyOf(commit)) ?? pipeline
    },
    keep,
    clear: () => loaded.clear(),
  }
}
