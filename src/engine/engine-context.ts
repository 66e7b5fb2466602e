import type { Config, EnvironmentConfig, RepositoryConfig } from '../config/config.ts'
import type { GatePolicy } from '../policy/gate-policy.ts'
import type { Clock } from './clock.ts'
import type { PipelineMemory } from './pipeline-memory.ts'

/** What handling an event needs besides the store. */
export interface EngineContext {
  readonly config: Config
  readonly clock: Clock
  readonly memory: PipelineMemory
  readonly repositoryOf: (name: string) => RepositoryConfig | null
  /** The gate of an environment, by its name or one of its aliases; null when there is no such environment. */
  readonly policyOf: (repository: string, environment: string) => GatePolicy | null
  /** All of an environment's configuration, found the same way. */
  readonly environmentOf: (repository: string, environment: string) => EnvironmentConfig | null
  /** A new ULID. */
  readonly newId: () => string
}

/** Finds an environment's gate by its name or an alias, whatever the case. */
export function policyLookup(config: Config): (repository: string, environment: string) => GatePolicy | null {
  const environmentOf = environmentLookup(config)
  return (repository, environment) => environmentOf(repository, environment)?.gate ?? null
}

/** Finds an environment by its name or an alias, whatever the case. */
export function environmentLookup(
  config: Config,
): (repository: string, environment: string) => EnvironmentConfig | null {
  const repositoryOf = repositoryLookup(config)
  return (repository, environment) => {
    const wanted = environment.toLowerCase()
    const found = repositoryOf(repository)?.environments.find(({ name, aliases }) =>
      [name, ...aliases].some((candidate) => candidate.toLowerCase() === wanted),
    )
    return found ?? null
  }
}

/** Finds a repository's configuration by its name, whatever the case. */
export function repositoryLookup(config: Config): (name: string) => RepositoryConfig | null {
  const byName = new Map(config.repositories.map((repository) => [repository.repo.toLowerCase(), repository]))
  return (name) => byName.get(name.toLowerCase()) ?? null
}
