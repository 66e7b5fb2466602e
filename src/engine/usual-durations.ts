import type { Pipeline } from '../pipeline/pipeline.ts'
import { usualDurationMs } from '../store/history.ts'
import type { Store } from '../store/open-store.ts'
import type { Clock } from './clock.ts'

/** Knows how long the stages of a repository usually take on a branch. */
export interface UsualDurations {
  /** Stage name to milliseconds, for the stages that have passed before: on this branch, else on the default one. */
  of(view: Pipeline): Promise<ReadonlyMap<string, number>>
}

/** A median of twenty runs does not move in a minute, and a card that changes with each run of others would be noise. */
const keptMs = 60_000
const maxEntries = 500

export function createUsualDurations(
  store: Store,
  clock: Clock,
  defaultBranchOf: (repository: string, view: Pipeline) => Promise<string>,
): UsualDurations {
  const known = new Map<string, { readonly at: number; readonly durations: ReadonlyMap<string, number> }>()

  async function read(repository: string, branches: readonly string[], names: readonly string[]) {
    const durations = new Map<string, number>()
    for (const name of names) {
      for (const branch of branches) {
        const usual = await usualDurationMs(store.db, { repository, branch, name })
        if (usual === null) continue
        durations.set(name, usual)
        break
      }
    }
    return durations
  }

  return {
    async of(view) {
      const now = clock.now()
      const key = `${view.repository} ${view.branch ?? ''}`
      const kept = known.get(key)
      if (kept !== undefined && now - kept.at < keptMs) return kept.durations
      const defaultBranch = await defaultBranchOf(view.repository, view)
      const branches = [...new Set([view.branch ?? defaultBranch, defaultBranch])]
      const names = view.stages.map((stage) => stage.name)
      const durations = await read(view.repository, branches, names)
      if (known.size >= maxEntries) known.clear()
      known.set(key, { at: now, durations })
      return durations
    },
  }
}
