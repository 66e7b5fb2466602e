import type { Config, EnvironmentConfig } from '../config/config.ts'
import { environmentLookup } from '../engine/engine-context.ts'
import type { Place } from '../store/releases.ts'
import { UsageError } from './usage-error.ts'
import { readConfig } from './with-store.ts'

/** An environment that was named on the command line, as it is configured. */
export interface NamedPlace {
  readonly config: Config
  readonly place: Place
  readonly environment: EnvironmentConfig
}

/**
 * @param named - an environment's name or alias
 * @param options.repo - `owner/name`; need not be said where only one repository has the environment
 * @throws UsageError when it is none or several
 */
export async function placeOf(
  { config: file, repo }: { readonly config: string; readonly repo?: string },
  named: string,
): Promise<NamedPlace> {
  const config = await readConfig(file)
  const environmentOf = environmentLookup(config)
  const places = config.repositories
    .filter((one) => repo === undefined || one.repo.toLowerCase() === repo.toLowerCase())
    .flatMap((one) => {
      const environment = environmentOf(one.repo, named)
      return environment === null
        ? []
        : [{ config, place: { repository: one.repo, environment: environment.name }, environment }]
    })
  const [only, another] = places
  const where = repo === undefined ? '' : ` of ${repo}`
  if (only === undefined) throw new UsageError(`there is no environment ${named}${where} in ${file}`)
  if (another !== undefined) {
    const names = places.map(({ place }) => place.repository).join(', ')
    throw new UsageError(`several repositories have an environment ${named}: say --repo with one of ${names}`)
  }
  return only
}
