import type { WayBack } from '../../cards/way-back-buttons.ts'
import { rollbackWords } from '../../release/rollout/say-rollout.ts'
import { lastEnded, type Place, type ReleaseRecord } from '../../store/releases.ts'
import type { PerformContext } from '../perform-context.ts'
import { lastToRollBack } from './steerable.ts'

/** By release: how an environment gets back from it, or to it. Those that are live, or never were, have no way. */
export async function waysBack(
  releases: readonly ReleaseRecord[],
  context: Pick<PerformContext, 'store' | 'clock' | 'environmentOf'>,
): Promise<ReadonlyMap<string, WayBack>> {
  const places = new Map(
    releases.map(({ repository, environment }) => [`${repository} ${environment}`, { repository, environment }]),
  )
  const ways = new Map<string, WayBack>()
  for (const place of places.values()) {
    const here = releases.filter((one) => one.repository === place.repository && one.environment === place.environment)
    for (const [id, way] of await waysIn(place, here, context)) ways.set(id, way)
  }
  return ways
}

async function waysIn(
  place: Place,
  releases: readonly ReleaseRecord[],
  { store, clock, environmentOf }: Pick<PerformContext, 'store' | 'clock' | 'environmentOf'>,
): Promise<ReadonlyMap<string, WayBack>> {
  const environment = environmentOf(place.repository, place.environment)
  if (environment === null) return new Map()
  const ways = new Map<string, WayBack>()
  const live = await lastEnded(store.db, place, 'completed')
  for (const { id, state, sha } of releases) {
    if (state.name === 'completed' && sha !== live?.sha) ways.set(id, { type: 'release_again' })
  }
  const last = await lastToRollBack(store.db, place, environment, clock.now())
  if (last === null) return ways
  const { release, rollout } = last
  const glance = { rollout, rollbackWords: rollbackWords(rollout, release.backup) }
  return ways.set(release.id, { type: 'roll_back', glance })
}
