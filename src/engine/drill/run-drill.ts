/**
 * A fire drill: a whole rollback of what is live in an environment, by the very rules and calls of a real one, and then
 * the way back. The environment is locked from before the first call until everything is known to be as it was. Should the
 * process die in between, the lock stays, and its reason says what was live before.
 */
import { drillNotice } from '../../cards/drill-notice.ts'
import type { Config, EnvironmentConfig } from '../../config/config.ts'
import type { Identity } from '../../policy/identity.ts'
import { type DrillReport, drillPools, drillReport, drillWords, whyNoDrill } from '../../release/rollout/drill.ts'
import type { RolePools, Rollout } from '../../release/rollout/rollout.ts'
import { isInForce, splitFor, splitWords } from '../../release/rollout/traffic-split.ts'
import { plainWords } from '../../release/text-with-people.ts'
import type { TrafficReading } from '../../release/traffic.ts'
import { appendAudit } from '../../store/audit.ts'
import { lockOf, removeLock, setLock } from '../../store/environments.ts'
import type { Db, Store } from '../../store/open-store.ts'
import { addEffect } from '../../store/outbox.ts'
import { lastEnded, openReleases, type Place } from '../../store/releases.ts'
import { openRollouts } from '../../store/rollouts.ts'
import { bundlesOf, deleteSnapshot, packBundle, saveSnapshot, snapshotOf } from '../../store/snapshots.ts'
import type { Clock } from '../clock.ts'
import type { EnvironmentServices, ServicesOf } from '../environment-services.ts'
import { wakeQueue } from '../gate/apply-decision.ts'
import { auditEntry } from '../gate/audit-entry.ts'
import { environmentObject } from '../gate/environment-object.ts'
import { touchOpenCards } from '../gate/touch-cards.ts'
import { sluiceItself } from '../rollout/apply-rollout.ts'
import { rollBackAlone } from '../rollout/roll-back-alone.ts'
import { type KeptState, readSplit } from '../rollout/rollback-calls.ts'
import { type TakenSnapshot, takeSnapshotOf } from '../take-snapshot.ts'

export interface DrillDeps {
  readonly store: Store
  readonly config: Config
  readonly servicesOf: ServicesOf
  readonly clock: Clock
}

export interface DrillOptions {
  readonly place: Place
  readonly environment: EnvironmentConfig
  /** Unique. */
  readonly id: string
  /** Null: Sluice itself, by its calendar. */
  readonly by: Identity | null
  /** Is told of each step, on the way there and on the way back. */
  readonly onChange?: (rollout: Rollout, way: 'there' | 'back') => void
}

export type DrillOutcome =
  | { readonly type: 'refused'; readonly why: string }
  | { readonly type: 'done'; readonly report: DrillReport }

/** How everything is before the drill. */
interface Before {
  readonly services: EnvironmentServices
  readonly reading: TrafficReading | null
  /** Null where the traffic is not split. */
  readonly pools: RolePools | null
  readonly taken: TakenSnapshot
}

type Looked = { readonly ok: true; readonly before: Before } | { readonly ok: false; readonly why: string }

/** Channels of the repository are told of it, also of a drill of the calendar that was not possible. */
export async function runDrill(options: DrillOptions, deps: DrillDeps): Promise<DrillOutcome> {
  const outcome = await drill(options, deps)
  if (outcome.type === 'refused' && options.by === null) {
    const text = `it did not take place. ${outcome.why}`
    await deps.store.transaction((tx) => tell(tx, options, { isGood: false, text }, deps))
  }
  return outcome
}

async function drill(options: DrillOptions, deps: DrillDeps): Promise<DrillOutcome> {
  // Before anything is asked of a service; it counts once more when the drill begins.
  const why = await obstacle(deps.store.db, options, deps.clock.now())
  if (why !== null) return { type: 'refused', why }
  const looked = await look(options, deps)
  if (!looked.ok) return { type: 'refused', why: looked.why }
  const { before } = looked
  const began = await begin(before, options, deps)
  if (began !== null) return { type: 'refused', why: began }
  const report = await thereAndBack(before, options, deps)
  await end(report, options, deps)
  return { type: 'done', report }
}

async function obstacle(db: Db, { place, environment }: DrillOptions, at: number): Promise<string | null> {
  const lock = await lockOf(db, place, at)
  const why = whyNoDrill({
    environment: environment.name,
    drill: environment.rollout.drill,
    lock: lock === null ? null : { by: lock.holder, why: lock.why, expiresAt: lock.expiresAt },
    releases: await openReleases(db, place),
    rollouts: await openRollouts(db, place),
  })
  return why === null ? null : plainWords(why)
}

async function look({ place, environment }: DrillOptions, { store, servicesOf, clock }: DrillDeps): Promise<Looked> {
  const services = await servicesOf(place)
  const { functions, frontend, name } = environment
  // A rolling release has no pools that stay: what a drill can move there is the frontend.
  const traffic = environment.traffic?.type === 'cloudflare' ? environment.traffic : null
  if (services === null || (traffic === null && functions === null && frontend === null)) {
    return { ok: false, why: `There is nothing in ${name} that Sluice could roll back.` }
  }
  const missing = [
    traffic !== null && services.router === null ? 'CLOUDFLARE_API_TOKEN' : null,
    functions !== null && services.functions === null ? 'SUPABASE_ACCESS_TOKEN' : null,
    frontend !== null && services.frontend === null ? 'VERCEL_TOKEN' : null,
  ].find((variable) => variable !== null)
  if (missing !== undefined) return { ok: false, why: `${missing} is not set.` }
  const [read, taken] = await Promise.all([
    traffic === null ? null : readSplit(services),
    takeSnapshotOf(services, store.db, clock.now()),
  ])
  if (read?.ok === false) return { ok: false, why: `How the traffic is split could not be read. ${read.detail}` }
  if (!taken.ok) {
    const { failure } = taken
    const detail = failure.type === 'rate_limited' ? 'The service wants a pause.' : failure.detail
    return { ok: false, why: `What is live could not be read. ${detail}` }
  }
  const pools = read === null ? null : drillPools(read.reading)
  if (pools?.ok === false) return { ok: false, why: plainWords(pools.why) }
  return {
    ok: true,
    before: { services, reading: read?.reading ?? null, pools: pools?.pools ?? null, taken: taken.value },
  }
}

/** @returns why not, when something has come in between */
async function begin(before: Before, options: DrillOptions, { store, clock }: DrillDeps): Promise<string | null> {
  const { place, id, by } = options
  const { snapshot, bundles, fetched } = before.taken
  const packed = fetched.map(({ key, bytes }) => packBundle(key, bytes))
  return await store.transaction(async (tx) => {
    const at = clock.now()
    const why = await obstacle(tx, options, at)
    if (why !== null) return why
    const text = beforeWords(before)
    await setLock(tx, place, {
      holder: sluiceItself,
      why: `Fire drill. ${text}`,
      channelId: null,
      since: at,
      expiresAt: null,
    })
    // Kept until it is over: the code of functions that their host may forget.
    await saveSnapshot(tx, { releaseId: snapshotId(id), ...place, snapshot, bundles, packed })
    const line = {
      actor: by ?? 'sluice',
      client: by === null ? 'sluice' : 'cli',
      action: 'drill_begin',
      reason: null,
    } as const
    await appendAudit(tx, auditEntry({ ...line, text }, { object: environmentObject(place), sha: null }, at))
    await touchOpenCards(tx, place, at)
    return null
  })
}

const snapshotId = (id: string): string => `drill:${id}`

function beforeWords({ reading, taken: { snapshot } }: Before): string {
  const parts = [
    ...(reading === null ? [] : [splitWords(reading)]),
    ...(snapshot.frontend === null ? [] : [`frontend ${snapshot.frontend.id}`]),
    ...(snapshot.functions === null
      ? []
      : [
          `functions ${snapshot.functions.functions.map(({ slug, version }) => `${slug} v${version}`).join(', ') || 'none'}`,
        ]),
  ]
  return `Before it: ${parts.join('; ')}.`
}

async function thereAndBack(before: Before, options: DrillOptions, deps: DrillDeps): Promise<DrillReport> {
  const { place, environment, id, by, onChange } = options
  const { store, config, clock } = deps
  const { services, pools, reading } = before
  const own: KeptState = await keptOf(store.db, snapshotId(id))
  const common = { environment, config, clock, by: by ?? sluiceItself, why: 'Fire drill' } as const
  const hasSessionAffinity = reading?.hasSessionAffinity ?? false
  const away = await rollBackAlone(
    { ...common, services, pools, hasSessionAffinity, kept: (await lastKept(store.db, place, own)) ?? own },
    (rollout) => onChange?.(rollout, 'there'),
  )
  const back = await rollBackAlone(
    {
      ...common,
      services: withPromotion(services),
      pools: pools === null ? null : { baseline: pools.canary, canary: pools.baseline },
      // Both pools were on before, and are on again.
      hasSessionAffinity: false,
      kept: own,
    },
    (rollout) => onChange?.(rollout, 'back'),
  )
  return drillReport({ ...place, away, back, difference: await differenceTo(before) })
}

async function keptOf(db: Db, id: string): Promise<KeptState> {
  return { snapshot: await snapshotOf(db, id), bundles: (await bundlesOf(db, id)).kept }
}

/** What was live before the last release, where it has the same parts as what is live now. */
async function lastKept(db: Db, place: Place, own: KeptState): Promise<KeptState | null> {
  const last = await lastEnded(db, place, 'completed')
  const kept = last === null ? null : await keptOf(db, last.id)
  if (kept?.snapshot == null) return null
  return {
    ...kept,
    snapshot: {
      ...kept.snapshot,
      functions: own.snapshot?.functions == null ? null : (kept.snapshot.functions ?? own.snapshot.functions),
      frontend: own.snapshot?.frontend == null ? null : (kept.snapshot.frontend ?? own.snapshot.frontend),
    },
    bundles: kept.snapshot.functions === null ? own.bundles : kept.bundles,
  }
}

/** Promoted is what was rolled back: Vercel gives new builds the domains again only then. */
function withPromotion(services: EnvironmentServices): EnvironmentServices {
  const { frontend } = services
  return frontend === null ? services : { ...services, frontend: { ...frontend, rollBack: frontend.promote } }
}

/** What is not as it was, besides what the way back has read itself; null when nothing is. */
async function differenceTo({ services, reading, pools, taken }: Before): Promise<string | null> {
  const [split, live] = await Promise.all([
    reading === null ? null : readSplit(services),
    taken.snapshot.frontend === null ? null : (services.frontend?.live() ?? null),
  ])
  if (split?.ok === false) return `How the traffic is split could not be read: ${split.detail}`
  if (split !== null && pools !== null && !isInForce(split.reading, splitFor(pools, 100))) {
    return `The traffic is ${splitWords(split.reading)}`
  }
  if (live?.ok === false) return 'Which frontend is live could not be read'
  const wanted = taken.snapshot.frontend?.id
  const found = live?.value?.id ?? 'none'
  return wanted === undefined || found === wanted ? null : `The frontend is ${found} instead of ${wanted}`
}

async function end(report: DrillReport, options: DrillOptions, deps: DrillDeps): Promise<void> {
  const { place, by, id } = options
  const { store, clock } = deps
  const text = drillWords(report)
  const isGood = report.isRolledBack && report.isPutBack
  await store.transaction(async (tx) => {
    const at = clock.now()
    const line = {
      actor: by ?? 'sluice',
      client: by === null ? 'sluice' : 'cli',
      action: 'drill_end',
      reason: isGood ? null : 'leg_failed',
      text,
    } as const
    await appendAudit(tx, auditEntry(line, { object: environmentObject(place), sha: null }, at))
    const lock = await lockOf(tx, place, at)
    const isOurs = lock !== null && lock.holder.name === sluiceItself.name && lock.why.startsWith('Fire drill.')
    if (isOurs && report.isPutBack) {
      await removeLock(tx, place)
      await deleteSnapshot(tx, snapshotId(id))
      await wakeQueue(tx, place, { cause: `drill:${id}`, at })
    }
    await touchOpenCards(tx, place, at)
    const locked = report.isPutBack ? '' : ` ${place.environment} stays locked until somebody has looked.`
    await tell(tx, options, { isGood, text: `${text}${locked}` }, deps)
  })
}

async function tell(
  tx: Db,
  { place, id }: DrillOptions,
  { isGood, text }: { readonly isGood: boolean; readonly text: string },
  { config, clock }: DrillDeps,
): Promise<void> {
  const repository = config.repositories.find(({ repo }) => repo.toLowerCase() === place.repository.toLowerCase())
  const message = drillNotice({ environment: place.environment, isGood, text: plainWords(text) })
  for (const channel of repository?.channels ?? []) {
    const effect = { id: `drill:${id}:${channel}`, lane: `drill:${channel}`, type: 'post_in_channel' }
    await addEffect(tx, { ...effect, body: { channel, message }, at: clock.now() })
  }
}
