/** The calls of a rollout. None is repeated here by itself: the rules know what became of it, and ask again. */
import type { Observation } from '../../analysis/samples.ts'
import type { EnvironmentConfig } from '../../config/config.ts'
import { intervalDue } from '../../policy/metrics-policy.ts'
import { addressIn } from '../../policy/pool-address.ts'
import type { Release } from '../../release/release.ts'
import { isOver, isRollingBack, type Rollout } from '../../release/rollout/rollout.ts'
import type { Probe, Reading } from '../../release/rollout/rollout-decision.ts'
import { isInForce, rolesIn, splitFor } from '../../release/rollout/traffic-split.ts'
import type { TrafficChange } from '../../release/traffic.ts'
import type { Db } from '../../store/open-store.ts'
import type { OutboxEffect } from '../../store/outbox.ts'
import { releaseRecord } from '../../store/releases.ts'
import { rolloutOf } from '../../store/rollouts.ts'
import { bundlesOf, snapshotOf } from '../../store/snapshots.ts'
import type { EffectBodies } from '../effects.ts'
import type { EnvironmentServices, ReleaseToRoute } from '../environment-services.ts'
import type { EventBodies } from '../events.ts'
import { metricQueriesOf } from '../metric-queries.ts'
import type { EffectOutcome } from '../perform.ts'
import type { PerformContext } from '../perform-context.ts'
import { pastMinutes } from './past-minutes.ts'
import { readSplit, rollBackPart, setSplit } from './rollback-calls.ts'
import { intervalOf, tickOf } from './rollout-context.ts'

const done: EffectOutcome = { type: 'done' }

/** What they need: less than other effects, so that a rollback can be carried out where there is no chat platform. */
export type RolloutCallContext = Pick<PerformContext, 'store' | 'clock' | 'environmentOf' | 'servicesOf'>

type What = EventBodies['rollout.happened']['what']

function happened(effect: OutboxEffect, releaseId: string, what: What): EffectOutcome {
  return { type: 'done', event: { id: `effect:${effect.id}`, type: 'rollout.happened', body: { releaseId, what } } }
}

interface Target {
  readonly rollout: Rollout
  readonly repository: string
  readonly environment: EnvironmentConfig
  readonly services: EnvironmentServices
}

async function targetOf(releaseId: string, context: RolloutCallContext): Promise<Target | null> {
  const { db } = context.store
  const rollout = await rolloutOf(db, releaseId)
  const release = rollout === null ? null : await releaseRecord(db, releaseId)
  if (rollout === null || release === null) return null
  const environment = context.environmentOf(release.repository, release.environment)
  if (environment === null) return null
  const { repository } = release
  const place = { repository, environment: release.environment }
  const services = await context.servicesOf({ ...place, release: await releaseToRoute(db, release, environment) })
  return services === null ? null : { rollout, repository, environment, services }
}

/** Null where a router is the environment's, and serves every release. */
export async function releaseToRoute(
  db: Db,
  { id, sha }: Pick<Release, 'id' | 'sha'>,
  { traffic }: EnvironmentConfig,
): Promise<ReleaseToRoute | null> {
  if (traffic?.type !== 'vercel') return null
  return { id, sha, liveBefore: (await snapshotOf(db, id))?.frontend?.id ?? null }
}

const notWanted = 'It is not wanted any more.'

export async function readTraffic(
  effect: OutboxEffect,
  { releaseId, purpose, generation }: EffectBodies['read_traffic'],
  context: RolloutCallContext,
): Promise<EffectOutcome> {
  const target = await targetOf(releaseId, context)
  if (target === null || isOver(target.rollout)) return done
  const read = await readSplit(target.services)
  const result = purpose === 'preflight' ? notReversed(read, target.environment) : read
  const what = { type: 'traffic_read', purpose, generation, result } as const
  const pools =
    purpose === 'preflight' && result.ok ? rolesIn(result.reading, target.rollout.switchedOff ?? null) : null
  if (pools === null) return happened(effect, releaseId, what)
  return happened(effect, releaseId, { ...what, baseline: await baselineBefore(target, pools, context.clock.now()) })
}

/**
 * Which of two pools serves is read, as a rule. Pools that are called by their roles cannot have changed places: when
 * `canary` has all of the traffic, the workflow has given it away already.
 */
function notReversed(read: Reading, { traffic }: EnvironmentConfig): Reading {
  if (traffic?.type !== 'vercel' || !read.ok || rolesIn(read.reading)?.baseline !== 'canary') return read
  const what =
    'The new deployment serves everybody already, so that nothing is left to shift. Let the workflow deploy it with --skip-domain.'
  return { ok: true, reading: { ...read.reading, obstacles: [...read.reading.obstacles, what] } }
}

/** What the baseline's last hour was like, minute by minute; empty where nothing measures it. */
async function baselineBefore(
  { environment, services }: Target,
  pools: NonNullable<Rollout['pools']>,
  now: number,
): Promise<readonly Observation[]> {
  const { metrics } = environment
  const source = services.metrics
  if (metrics === null || source === null) return []
  return await pastMinutes(source, metricQueriesOf(metrics), pools, now)
}

/** Sets the split, unless it is not wanted any more: what was asked for before a rollback never lands after it. */
export async function setTraffic(
  effect: OutboxEffect,
  { releaseId, generation, percents, disabled }: EffectBodies['set_traffic'],
  context: RolloutCallContext,
): Promise<EffectOutcome> {
  const target = await targetOf(releaseId, context)
  if (target === null || isOver(target.rollout)) return done
  const isRepeated = effect.startedAt !== null
  const set = (result: Extract<What, { readonly type: 'weights_set' }>['result']) =>
    happened(effect, releaseId, { type: 'weights_set', generation, result, isRepeated })
  if (isWanted(target.rollout, generation)) return set(await setSplit(target.services, { percents, disabled }))
  // One that was cut off may be on its way all the same.
  return isRepeated ? set({ ok: false, detail: notWanted, mayHaveHappened: true }) : done
}

function isWanted(rollout: Rollout, generation: number): boolean {
  if (isRollingBack(rollout)) return generation >= (rollout.rollback?.generation ?? 0)
  return rollout.wanted?.generation === generation
}

/** One check: what was measured, how the traffic is split, whether both arms answer; all at once. */
export async function observe(
  effect: OutboxEffect,
  { releaseId }: EffectBodies['observe'],
  context: RolloutCallContext,
): Promise<EffectOutcome> {
  const target = await targetOf(releaseId, context)
  if (target === null || isOver(target.rollout) || isRollingBack(target.rollout)) return done
  const { rollout, services } = target
  const [observation, traffic, probes] = await Promise.all([
    measure(target, context.clock.now()),
    readSplit(services),
    probeArms(target),
  ])
  const lastChange = await whoChangedIt(rollout, traffic, services)
  return happened(effect, releaseId, {
    type: 'observed',
    watch: rollout.watch,
    observation,
    traffic,
    probes,
    lastChange,
  })
}

/** Looks come more often than measurements: one is made when it is due, give or take half a look. */
function dueOf(environment: EnvironmentConfig): { readonly lagMs: number; readonly leastMs: number } {
  const { metrics } = environment
  if (metrics === null) return { lagMs: 0, leastMs: 0 }
  return { lagMs: metrics.lagMs, leastMs: intervalOf(environment) - tickOf(environment) / 2 }
}

async function measure({ rollout, environment, services }: Target, now: number): Promise<Observation | null> {
  const { metrics } = environment
  const { analysis, window, pools } = rollout
  const since = analysis.lastTo ?? window?.openedAt ?? null
  if (since === null || pools === null || window === null) return null
  // Where nothing is measured the window's time has to pass all the same.
  const interval = intervalDue(since, now, dueOf(environment))
  if (interval === null || metrics === null) return interval === null ? null : { ...interval, samples: {} }
  const queries = metricQueriesOf(metrics)
  if (services.metrics !== null) {
    return { ...interval, samples: await services.metrics.measure(queries, interval, pools) }
  }
  const missing = { type: 'error', detail: 'There is no source of metrics.' } as const
  return { ...interval, samples: Object.fromEntries(Object.keys(queries).map((name) => [name, missing])) }
}

async function probeArms({
  rollout: { pools },
  environment: { health },
  services: { probe },
}: Target): Promise<{ readonly canary: Probe | null; readonly baseline: Probe | null }> {
  if (health === null) return { canary: null, baseline: null }
  const look = async (arm: 'canary' | 'baseline'): Promise<Probe | null> => {
    const address = health[arm]
    const url = address === null ? null : addressIn(address, pools?.[arm] ?? null)
    if (url === null) return null
    const result = await probe.probe({ ...health, url })
    return result.ok ? { ok: true } : { ok: false, detail: result.detail }
  }
  const [canary, baseline] = await Promise.all([look('canary'), look('baseline')])
  return { canary, baseline }
}

/** Asked only when somebody else has a hand in it. */
async function whoChangedIt(
  { pools, confirmed, wanted }: Rollout,
  traffic: Reading,
  { router }: EnvironmentServices,
): Promise<TrafficChange | null> {
  if (router === null || !traffic.ok || pools === null || wanted !== null) return null
  if (isInForce(traffic.reading, splitFor(pools, confirmed))) return null
  const change = await router.lastChange()
  return change.ok ? change.value : null
}

/** One part of a rollback that is not the traffic. */
export async function rollBackLeg(
  effect: OutboxEffect,
  { releaseId, leg, generation }: EffectBodies['roll_back_leg'],
  context: RolloutCallContext,
): Promise<EffectOutcome> {
  const target = await targetOf(releaseId, context)
  if (target === null || !isRollingBack(target.rollout)) return done
  const { db } = context.store
  const [snapshot, { kept }] = [await snapshotOf(db, releaseId), await bundlesOf(db, releaseId)]
  const result = await rollBackPart(leg, { snapshot, bundles: kept }, target.services, context.clock)
  return happened(effect, releaseId, { type: 'leg_ended', generation, leg, result })
}
