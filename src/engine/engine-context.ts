import type { Config, RepositoryConfig } from '../config/config.ts'
import type { Clock } from './clock.ts'
import type { PipelineMemory } from './pipeline-memory.ts'

/** What handling an event needs besides the store. */
export interface EngineContext {
  readonly config: Config
  readonly clock: Clock
  readonly memory: PipelineMemory
  readonly repositoryOf: (name: string) => RepositoryConfig | null
  /** A new ULID. */
  readonly newId: () => string
}

/** Finds a repository's configuration by its name, whatever the case. */
export function repositoryLookup(config: Config): (name: string) => RepositoryConfig | null {
  const byName = new Map(config.repositories.map((repository) => [repository.repo.toLowerCase(), repository]))
  return (name) => byName.get(name.toLowerCase()) ?? null
}
