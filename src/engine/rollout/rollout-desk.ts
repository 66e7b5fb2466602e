/** What a command about a rollout needs to know: which rollouts it can mean, and what is so where there is none. */

import { escapeMrkdwn } from '../../cards/escape.ts'
import { releaseLabel } from '../../cards/gate-headline.ts'
import { noRolloutView, type QuietPlace } from '../../cards/no-rollout-view.ts'
import type { Rendered } from '../../cards/rendered.ts'
import { wholeLook } from '../../cards/rollout-looks.ts'
import type { EnvironmentConfig } from '../../config/config.ts'
import type { Place } from '../../store/releases.ts'
import type { SeenRollout } from '../gate/acts.ts'
import { cardContextOf } from '../gate/release-view.ts'
import type { PerformContext } from '../perform-context.ts'
import { quietPlace } from './quiet-place.ts'
import { asItIsNow, lastToRollBack, openRolloutOf, type Steerable } from './steerable.ts'

/** Where a rollout is looked for. */
export interface RolloutQuery {
  /** Those of the channel, or the one that was named; empty for all. */
  readonly repositories: readonly string[]
  /** Null for any. */
  readonly environment: string | null
  /** Whether what has just ended counts as well, because it can be rolled back. */
  readonly isForRollback: boolean
}

/** A rollout that can be meant, as it is now. */
export interface MeantRollout extends Place {
  readonly releaseId: string
  readonly seen: SeenRollout
  /** `omnihub 1a2b3c4 to production (canary): Held at 5 %`, mrkdwn. */
  readonly label: string
}

export interface RolloutDesk {
  /** One an environment at most. */
  rollouts(query: RolloutQuery): Promise<readonly MeantRollout[]>
  /** The answer where there is none. */
  noRollout(query: RolloutQuery): Promise<Rendered>
}

export function createRolloutDesk(context: PerformContext): RolloutDesk {
  const { store, config, clock } = context

  function placesOf({ repositories, environment }: RolloutQuery): readonly (Place & { config: EnvironmentConfig })[] {
    return config.repositories
      .filter(({ repo }) => repositories.length === 0 || repositories.includes(repo))
      .flatMap(({ repo, environments }) => environments.map((one) => ({ repo, one })))
      .filter(({ one }) => environment === null || one.name === environment)
      .map(({ repo, one }) => ({ repository: repo, environment: one.name, config: one }))
  }

  return {
    async rollouts(query) {
      const found: MeantRollout[] = []
      for (const { config: environment, ...place } of placesOf(query)) {
        const open = await openRolloutOf(store.db, place)
        const last =
          open !== null || !query.isForRollback ? open : await lastToRollBack(store.db, place, environment, clock.now())
        if (last !== null)
          found.push({ ...place, releaseId: last.release.id, seen: asItIsNow(last), label: labelOf(last) })
      }
      return found
    },
    async noRollout(query) {
      const places: QuietPlace[] = []
      for (const { config: environment, ...place } of placesOf(query)) {
        places.push(await quietPlace(place, environment, query.isForRollback, context))
      }
      return noRolloutView(places, await cardContextOf([], context, 'classic'))
    },
  }
}

function labelOf({ release, rollout }: Steerable): string {
  return escapeMrkdwn(`${releaseLabel(release)}: ${wholeLook(release, rollout).word}`)
}
