/** What has to be known before a release changes anything: what is live, to put it back, and which pool is idle. */
import type { Release } from '../../release/release.ts'
import { rolesIn, splitWords } from '../../release/rollout/traffic-split.ts'
import { listed } from '../../release/text-with-people.ts'
import { packBundle, saveSnapshot, snapshotOf } from '../../store/snapshots.ts'
import type { EnvironmentServices } from '../environment-services.ts'
import type { PerformContext } from '../perform-context.ts'
import { switchedOffIn } from '../rollout/switched-off.ts'
import type { ServiceFailure } from '../service-failure.ts'
import { takeSnapshotOf } from '../take-snapshot.ts'

export type Prepared =
  /** `pool`: the one that gets the new version; null where traffic is not shifted. */
  | { readonly type: 'ready'; readonly pool: string | null }
  /** A service could not say: nothing is started, and it is tried again. Milliseconds. */
  | { readonly type: 'later'; readonly afterMs: number; readonly detail: string }
  | { readonly type: 'failed'; readonly reason: 'snapshot_failed' | 'traffic_obstacle'; readonly detail: string }

/** After so long a service that could not be reached is asked again, in ms. */
const againMs = 15_000

/**
 * Takes the snapshot that a rollback needs, and reads which pool serves. Nothing is changed by it.
 *
 * @param mayHaveBegun - the workflow may be at work already: what is live now is not what was live before
 */
export async function prepareStart(
  release: Pick<Release, 'id' | 'repository' | 'environment' | 'strategy' | 'sha'>,
  mayHaveBegun: boolean,
  context: Pick<PerformContext, 'store' | 'clock' | 'environmentOf' | 'servicesOf'>,
): Promise<Prepared> {
  const environment = context.environmentOf(release.repository, release.environment)
  const services = environment === null ? null : await context.servicesOf(release)
  if (environment === null || services === null) return { type: 'ready', pool: null }
  // A rolling release has no pools that stay: which deployment is the old one is in the snapshot.
  const isShifted = environment.traffic?.type === 'cloudflare' && release.strategy !== 'direct'
  const [taken, pool] = await Promise.all([
    keepSnapshot(release, mayHaveBegun, services, context),
    isShifted
      ? idlePool(services, await switchedOffIn(context.store.db, release))
      : ({ type: 'ready', pool: null } as const),
  ])
  return taken.type === 'ready' ? pool : taken
}

async function keepSnapshot(
  release: Parameters<typeof prepareStart>[0],
  mayHaveBegun: boolean,
  services: EnvironmentServices,
  { store, clock }: Pick<PerformContext, 'store' | 'clock'>,
): Promise<Prepared> {
  const ready: Prepared = { type: 'ready', pool: null }
  const { functions, frontend } = services
  if (functions === null && frontend === null) return ready
  if (mayHaveBegun && (await snapshotOf(store.db, release.id)) !== null) return ready
  const taken = await takeSnapshotOf(services, store.db, clock.now())
  if (!taken.ok) return notRead(taken.failure, 'snapshot_failed', 'What is live now could not be read.')
  const { snapshot, bundles, fetched } = taken.value
  // Compressed before the transaction, which nothing waits for then.
  const packed = fetched.map(({ key, bytes }) => packBundle(key, bytes))
  const { id: releaseId, repository, environment } = release
  await store.transaction((tx) => saveSnapshot(tx, { releaseId, repository, environment, snapshot, bundles, packed }))
  return ready
}

/** @param switchedOff - see `switchedOffIn`; it is switched on again once it has the new version */
async function idlePool({ router }: EnvironmentServices, switchedOff: string | null): Promise<Prepared> {
  if (router === null) {
    return { type: 'failed', reason: 'traffic_obstacle', detail: 'CLOUDFLARE_API_TOKEN is not set.' }
  }
  const read = await router.read()
  if (!read.ok) return notRead(read.failure, 'traffic_obstacle', 'How the traffic is split could not be read.')
  const { obstacles } = read.value
  if (obstacles.length > 0) return { type: 'failed', reason: 'traffic_obstacle', detail: listed(obstacles) }
  const roles = rolesIn(read.value, switchedOff)
  if (roles !== null) return { type: 'ready', pool: roles.canary }
  const detail = `One of two pools has to have all of the traffic before a release: it is ${splitWords(read.value)}.`
  return { type: 'failed', reason: 'traffic_obstacle', detail }
}

function notRead(
  failure: ServiceFailure,
  reason: Extract<Prepared, { readonly type: 'failed' }>['reason'],
  what: string,
): Prepared {
  switch (failure.type) {
    case 'rate_limited':
      return { type: 'later', afterMs: failure.retryAfterMs, detail: `${what} The service wants a pause.` }
    case 'unavailable':
      return { type: 'later', afterMs: againMs, detail: `${what} ${failure.detail}` }
    default:
      return { type: 'failed', reason, detail: `${what} ${failure.detail}` }
  }
}
