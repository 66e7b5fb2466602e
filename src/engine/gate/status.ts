import type { Rendered } from '../../cards/rendered.ts'
import { type EnvironmentStatus, statusView } from '../../cards/status-view.ts'
import { freezeAt } from '../../policy/freeze.ts'
import type { GatePolicy } from '../../policy/gate-policy.ts'
import { lastEnded, openReleases, type Place } from '../../store/releases.ts'
import { cardAddress } from './card-address.ts'
import { gateContextOf, queueOf } from './gate-context.ts'
import { cardContextOf, glancesOf, titleOf, type ViewContext } from './release-view.ts'

/** What is live in each environment, what is open, and what stands in the way. */
export async function statusOf(
  query: { readonly repository: string | null; readonly environment: string | null },
  context: ViewContext,
): Promise<Rendered> {
  const { config, clock } = context
  const at = clock.now()
  const repositories = config.repositories.filter(({ repo }) => query.repository === null || repo === query.repository)
  const places = repositories.flatMap(({ repo, environments }) =>
    environments
      .filter(({ name }) => query.environment === null || name === query.environment)
      .map(({ gate }) => ({ repository: repo, policy: gate })),
  )
  const statuses = await Promise.all(places.map((place) => environmentStatus(place, at, context)))
  return statusView(statuses, at, await cardContextOf([], context, 'classic'))
}

async function environmentStatus(
  { repository, policy }: { readonly repository: string; readonly policy: GatePolicy },
  at: number,
  context: ViewContext,
): Promise<EnvironmentStatus> {
  const { store } = context
  const place = { repository, environment: policy.environment }
  const rules = await gateContextOf(store.db, place, policy, { releaseId: '', at })
  const open = await openReleases(store.db, place)
  const queue = queueOf(open)
  const others = open.filter((release) => !queue.includes(release))
  const { owedReview } = rules
  return {
    ...place,
    url: policy.url,
    live: await liveIn(place, context),
    open: await glancesOf([...others, ...queue], context),
    lock: rules.lock,
    freeze: freezeAt([...policy.freezes, ...rules.freezes], at),
    hasDeclaredFreeze: rules.freezes.length > 0,
    owedReview:
      owedReview === null ? null : { by: owedReview.by, url: await cardAddress(owedReview.releaseId, context) },
  }
}

/** What was released there last, as far as Sluice knows. */
export async function liveIn(place: Place, context: ViewContext): Promise<EnvironmentStatus['live']> {
  const live = await lastEnded(context.store.db, place, 'completed')
  if (live?.state.name !== 'completed') return null
  return {
    sha: live.sha,
    title: await titleOf(live, context),
    at: live.state.at,
    by: live.requester,
    cardUrl: await cardAddress(live.id, context),
  }
}
