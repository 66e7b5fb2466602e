/** What an environment's canary can show, by its usual traffic: read beside the gate, which never waits for it. */
import { type Foresight, type foresightOf, leadingMetric } from '../../analysis/foresight.ts'
import { usualTraffic } from '../../analysis/usual-traffic.ts'
import type { EnvironmentConfig } from '../../config/config.ts'
import { digestOf } from '../../policy/canonical-json.ts'
import type { Db } from '../../store/open-store.ts'
import { addEffect, hasUnbegun, type OutboxEffect } from '../../store/outbox.ts'
import type { Place } from '../../store/releases.ts'
import { readSetting, type SettingKey, writeSetting } from '../../store/settings.ts'
import type { EffectBodies } from '../effects.ts'
import type { EngineContext } from '../engine-context.ts'
import type { EventBodies } from '../events.ts'
import { touchOpenCards } from '../gate/touch-cards.ts'
import type { Handled } from '../handled.ts'
import { inWorker } from '../in-worker.ts'
import { metricQueriesOf } from '../metric-queries.ts'
import type { EffectOutcome } from '../perform.ts'
import type { PerformContext } from '../perform-context.ts'
import { pastMinutes } from './past-minutes.ts'
import { analysisPolicyOf } from './rollout-context.ts'

/** So long it is not read again, ms. */
const freshMs = 5 * 60_000
/** Working it out takes up to some seconds where there is little traffic. */
const longestMs = 60_000

/** What is kept of it. */
interface KnownTraffic {
  /** When it was read, UTC milliseconds. */
  readonly at: number
  /** Of the steps and the metrics that it was worked out for. */
  readonly version: string
  readonly foresight: Foresight | null
}

const keyOf = ({ repository, environment }: Place): SettingKey => `usual_traffic:${repository}:${environment}`

/** Changes with whatever the foresight depends on besides the traffic. */
function versionOf({ gate, metrics }: EnvironmentConfig): string {
  return digestOf({ steps: gate.steps, metrics })
}

async function knownTraffic(db: Db, place: Place): Promise<KnownTraffic | null> {
  const text = await readSetting(db, keyOf(place))
  // Written by us.
  return text === null ? null : (JSON.parse(text) as KnownTraffic)
}

/** What is known for the plan as it is configured now; null when nothing is. */
export async function knownForesight(
  db: Db,
  place: Place,
  environment: EnvironmentConfig | null,
): Promise<Foresight | null> {
  if (environment === null || !isForeseeable(environment)) return null
  const known = await knownTraffic(db, place)
  return known?.version === versionOf(environment) ? known.foresight : null
}

function isForeseeable({ metrics, traffic }: EnvironmentConfig): boolean {
  return metrics !== null && traffic !== null
}

/** Has the usual traffic read for a release whose canary is to be approved. */
export async function wantUsualTraffic(
  tx: Db,
  release: Place & { readonly strategy: string },
  { cause, at }: { readonly cause: string; readonly at: number },
  { environmentOf }: Pick<EngineContext, 'environmentOf'>,
): Promise<void> {
  const { repository, environment: name, strategy } = release
  const environment = environmentOf(repository, name)
  if (strategy !== 'canary' || environment === null || !isForeseeable(environment)) return
  const lane = `usual_traffic:${repository}:${name}`
  if (await hasUnbegun(tx, lane)) return
  const body = { repository, environment: name }
  await addEffect(tx, { id: `usual_traffic:${cause}`, lane, type: 'read_usual_traffic', body, at })
}

export async function readUsualTraffic(
  effect: OutboxEffect,
  place: EffectBodies['read_usual_traffic'],
  { store, clock, environmentOf, servicesOf }: PerformContext,
): Promise<EffectOutcome> {
  const environment = environmentOf(place.repository, place.environment)
  if (environment === null || environment.metrics === null) return { type: 'done' }
  const version = versionOf(environment)
  const now = clock.now()
  const known = await knownTraffic(store.db, place)
  if (known !== null && known.version === version && now - known.at < freshMs) return { type: 'done' }
  const policy = analysisPolicyOf(environment.metrics)
  const metric = leadingMetric(policy)
  const source = (await servicesOf(place))?.metrics ?? null
  if (metric === null || source === null) return { type: 'done' }
  const query = metricQueriesOf(environment.metrics)[metric.name]
  if (query === undefined) return { type: 'done' }
  const [canary, baseline] = environment.traffic?.target.pools ?? []
  const pools = canary === undefined || baseline === undefined ? null : { canary, baseline }
  const minutes = await pastMinutes(source, { [metric.name]: query }, pools, now)
  const traffic = usualTraffic(minutes, metric.name)
  const steps = environment.gate.steps.map(({ percent, windowMs }) => ({ percent, windowMs }))
  const given: Parameters<typeof foresightOf> | null = traffic === null ? null : [steps, traffic, metric, policy]
  const script = new URL('./foresight-worker.ts', import.meta.url)
  const foresight = given === null ? null : await inWorker<Foresight>(script, { of: given }, longestMs)
  const body = { ...place, version, foresight }
  return { type: 'done', event: { id: `effect:${effect.id}`, type: 'rollout.usual_traffic_read', body } }
}

export async function handleUsualTrafficRead(
  tx: Db,
  { repository, environment, version, foresight }: EventBodies['rollout.usual_traffic_read'],
  { at }: { readonly at: number },
): Promise<Handled> {
  const place = { repository, environment }
  const known: KnownTraffic = { at, version, foresight }
  await writeSetting(tx, keyOf(place), JSON.stringify(known))
  if (foresight === null) return { outcome: 'accepted' }
  await touchOpenCards(tx, place, at)
  return { outcome: 'changed', changedCards: true }
}
