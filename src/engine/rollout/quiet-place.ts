/** Where nothing is rolling out: what is live, and what there is instead of a rollback by one press. */
import type { QuietPlace } from '../../cards/no-rollout-view.ts'
import type { EnvironmentConfig } from '../../config/config.ts'
import { moment } from '../../release/text-with-people.ts'
import type { Db } from '../../store/open-store.ts'
import { lastEnded, openReleases, type Place, type ReleaseRecord, recentReleases } from '../../store/releases.ts'
import type { ViewContext } from '../gate/release-view.ts'
import { liveIn } from '../gate/status.ts'

/** So many of the newest releases are looked through for earlier ones. */
const looksBack = 50

/** @param isForRollback - whether somebody wanted to roll back */
export async function quietPlace(
  place: Place,
  environment: EnvironmentConfig,
  isForRollback: boolean,
  context: ViewContext,
): Promise<QuietPlace> {
  const { db } = context.store
  const live = await liveIn(place, context)
  const quiet = { repository: place.repository, environment: place.environment, live }
  if (!isForRollback) return { ...quiet, whyNoRollback: null, earlier: [] }
  const earlier = await earlierReleases(db, place, live?.sha ?? null)
  const way = earlier.length === 0 ? '' : ' An earlier one is released again:'
  const why = await whyNoRollback(db, place, environment, context.clock.now())
  return { ...quiet, whyNoRollback: `${why}${way}`, earlier }
}

async function whyNoRollback(
  db: Db,
  place: Place,
  { rollout: { rollbackForMs } }: EnvironmentConfig,
  at: number,
): Promise<string> {
  const open = await openReleases(db, place)
  if (open.some(({ state }) => state.name === 'preparing')) {
    return 'A release is on its way there. It can be rolled back once its workflow has ended.'
  }
  const ends = await Promise.all(
    (['completed', 'failed', 'rolled_back'] as const).map((name) => lastEnded(db, place, name)),
  )
  const [last] = ends.flatMap((release) => (release === null ? [] : [release])).toSorted((a, b) => endOf(b) - endOf(a))
  if (last === undefined) return 'No release has been carried out there that could be rolled back.'
  if (last.state.name === 'rolled_back') return `The last release was rolled back already, at ${moment(endOf(last))}.`
  const until = endOf(last) + rollbackForMs
  if (at > until) return `The last release could be rolled back by one press until ${moment(until)}.`
  return 'The last release shifted no traffic, and what was live before it was not recorded.'
}

function endOf({ state }: ReleaseRecord): number {
  return 'at' in state ? state.at : 0
}

/** Completed ones, newest first, each commit once and without the one that is live. */
async function earlierReleases(db: Db, place: Place, liveSha: string | null): Promise<readonly ReleaseRecord[]> {
  const recent = await recentReleases(db, { ...place, limit: looksBack })
  const completed = recent.filter(({ state, sha }) => state.name === 'completed' && sha !== liveSha)
  return completed.filter(({ sha }, index) => completed.findIndex((other) => other.sha === sha) === index)
}
