/** Rollouts as they are in the middle of their first step, written by the rules and the functions that Sluice itself uses. */
import { z } from 'zod'
import type { Observation } from '../../src/analysis/samples.ts'
import { rolloutValue } from '../../src/cards/button-values.ts'
import { rolloutActions } from '../../src/cards/gate-actions.ts'
import type { EnvironmentConfig } from '../../src/config/config.ts'
import { environmentLookup } from '../../src/engine/engine-context.ts'
import { metricQueriesOf } from '../../src/engine/metric-queries.ts'
import { rolloutPlanOf } from '../../src/engine/rollout/open-rollout-of.ts'
import { rolloutContextOf } from '../../src/engine/rollout/rollout-context.ts'
import { type TakenSnapshot, takeSnapshot } from '../../src/engine/take-snapshot.ts'
import { makeServices } from '../../src/environment-services.ts'
import type { Release } from '../../src/release/release.ts'
import { decideRollout } from '../../src/release/rollout/decide-rollout.ts'
import { openRollout } from '../../src/release/rollout/open-rollout.ts'
import type { Rollout } from '../../src/release/rollout/rollout.ts'
import type { RolloutEvent } from '../../src/release/rollout/rollout-decision.ts'
import type { TrafficReading } from '../../src/release/traffic.ts'
import { addCard, recordShown } from '../../src/store/cards.ts'
import type { Store } from '../../src/store/open-store.ts'
import { saveRelease } from '../../src/store/releases.ts'
import { saveBaseline, saveRollout } from '../../src/store/rollouts.ts'
import { packBundle, saveSnapshot } from '../../src/store/snapshots.ts'
import { setTimer } from '../../src/store/timers.ts'
import { canaryShare } from './counters.ts'
import { releaseOf } from './gate-store.ts'
import type { Place, RolloutBenchWorld } from './rollout-world.ts'

const hour = 3_600_000
/** What happened less long ago is not looked at. */
const lagMs = 10_000
const canaryPercent = canaryShare * 100
const steps = [
  { percent: canaryPercent, windowMs: hour },
  { percent: 50, windowMs: hour },
  { percent: 100, windowMs: 0 },
] as const

/** The step began so long ago, and has been checked every minute since, ms. */
const watchedMs = 15 * 60_000
const minute = 60_000

/** What every rollout of a benchmark has in common: the past. */
export interface Background {
  /** What was live before, by environment. */
  readonly taken: ReadonlyMap<Place, TakenSnapshot>
  /** When the step began, UTC milliseconds. */
  readonly openedAt: number
  /** The baseline's hour before that, minute by minute. */
  readonly baseline: readonly Observation[]
  /** The checks since. */
  readonly checks: readonly Observation[]
}

/** Reads it from the services. */
export async function readBackground(bench: RolloutBenchWorld): Promise<Background> {
  const { config, secrets, places } = bench
  const [place] = places
  if (place === undefined) throw new Error('There is no environment.')
  const environment = environmentOf(config, place)
  const services = await makeServices(environment, { config, secrets, now: Date.now })
  const queries = environment.metrics === null ? {} : metricQueriesOf(environment.metrics)
  const measure = async (begin: number, end: number) => {
    const minutes: Observation[] = []
    for (let from = begin; from < end; from += minute) {
      const piece = { from, to: from + minute }
      const pools = { baseline: 'blue', canary: 'green' }
      minutes.push({ ...piece, samples: (await services.metrics?.measure(queries, piece, pools)) ?? {} })
    }
    return minutes
  }
  const now = Date.now() - lagMs
  const openedAt = now - watchedMs
  const [baseline, checks] = [await measure(openedAt - hour, openedAt), await measure(openedAt, now)]
  const taken = new Map<Place, TakenSnapshot>()
  for (const one of places) if (one.hosts !== null) taken.set(one, await whatIsLive(bench, one))
  return { taken, openedAt, baseline, checks }
}

async function whatIsLive({ config, secrets }: RolloutBenchWorld, place: Place): Promise<TakenSnapshot> {
  const { functions, frontend } = await makeServices(environmentOf(config, place), { config, secrets, now: Date.now })
  const taken = await takeSnapshot({
    functions: functions?.host ?? null,
    project: functions?.project ?? '',
    frontend,
    areKept: async () => new Set(),
    now: Date.now(),
  })
  if (!taken.ok) throw new Error(`What is live cannot be read: ${JSON.stringify(taken.failure)}`)
  return taken.value
}

export interface OpenRollout {
  readonly rollout: Rollout
  /** Of its card. */
  readonly ts: string
}

/**
 * Opens a rollout that has got its first share of the traffic, also at the balancer, and posts its card.
 *
 * @param options.number - of the release, unique in the store
 * @param options.nextCheckAt - UTC milliseconds
 */
export async function addRollout(
  store: Store,
  { config, world }: Pick<RolloutBenchWorld, 'config' | 'world'>,
  options: {
    readonly place: Place
    readonly number: number
    readonly nextCheckAt: number
    readonly background: Background
  },
): Promise<OpenRollout> {
  const { place, number, nextCheckAt, background } = options
  const environment = environmentOf(config, place)
  const at = Date.now()
  const release = rollingRelease(place, number, at)
  const taken = background.taken.get(place) ?? null
  place.balancer.setPercents({ blue: 100 - canaryPercent, green: canaryPercent })
  const rollout = observing(release, environment, { ...background, snapshot: taken?.snapshot ?? null })
  const ts = await postCard(world, place, rollout)
  await store.transaction(async (tx) => {
    await saveRelease(tx, release, at, true)
    await saveRollout(tx, release.repository, rollout, at)
    await saveBaseline(tx, release.id, background.baseline)
    const { repository, name, channel } = place
    if (taken !== null) {
      await saveSnapshot(tx, {
        releaseId: release.id,
        repository,
        environment: name,
        snapshot: taken.snapshot,
        bundles: taken.bundles,
        packed: taken.fetched.map(({ key, bytes }) => packBundle(key, bytes)),
      })
    }
    const card = `card${release.id}`
    await addCard(tx, { id: card, of: { releaseId: release.id }, channel, revision: 1, at })
    await recordShown(tx, card, { revision: 1, digest: release.id, at, place: { channelId: place.channelId, ts } })
    const body = { releaseId: release.id, timer: 'tick' }
    await setTimer(tx, { id: `rollout:tick:${release.id}`, type: 'timer.rollout', body, dueAt: nextCheckAt })
  })
  return { rollout, ts }
}

/** A card with the one button that a benchmark presses; the next time that Sluice draws it, it is a whole one. */
async function postCard({ slack }: RolloutBenchWorld['world'], place: Place, rollout: Rollout): Promise<string> {
  const { releaseId, generation, stepIndex: step } = rollout
  const button = {
    type: 'button',
    action_id: rolloutActions.rollBack,
    text: { type: 'plain_text', text: 'Roll back' },
    value: rolloutValue({ releaseId, generation, step }),
  }
  const response = await fetch(`${slack.apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      channel: place.channelId,
      text: `${place.name} is rolling out`,
      blocks: [{ type: 'actions', elements: [button] }],
    }),
  })
  return posted.parse(await response.json()).ts
}

const posted = z.object({ ok: z.literal(true), ts: z.string() })

function rollingRelease({ repository, name, sha }: Place, number: number, at: number): Release {
  const release = releaseOf(number, { repository, environments: [name], shas: [sha] })
  const plan = { ...release.plan, steps: [...steps] }
  const id = `01FRB${release.id.slice(5)}`
  return { ...release, id, plan, requestedAt: at - hour, deploymentId: null, state: { name: 'rolling_out', since: at } }
}

/** By the rules, event by event. */
function observing(
  release: Release,
  environment: EnvironmentConfig,
  past: Omit<Background, 'taken'> & { readonly snapshot: TakenSnapshot['snapshot'] | null },
): Rollout {
  const { snapshot, openedAt: at, baseline, checks } = past
  const rules = rolloutContextOf(release, environment, { byHand: {}, isRollbackOpen: false, authors: [] })
  let { rollout } = openRollout(rolloutPlanOf(release, environment, snapshot, null), rules, at)
  const play = (event: (generation: number) => RolloutEvent) => {
    rollout = decideRollout(rollout, event(rollout.generation), rules).rollout
  }
  const read = (percent: number) => ({ ok: true, reading: readingOf(percent) }) as const
  play((generation) => ({ type: 'traffic_read', at, purpose: 'preflight', generation, result: read(0), baseline }))
  play((generation) => ({ type: 'traffic_read', at, purpose: 'before_write', generation, result: read(0) }))
  play((generation) => ({ type: 'weights_set', at, generation, result: read(canaryPercent) }))
  const traffic = read(canaryPercent)
  const probes = { canary: { ok: true }, baseline: { ok: true } } as const
  for (const observation of checks) {
    const { watch } = rollout
    const heard = { at: observation.to + lagMs, watch, observation, traffic, probes, lastChange: null }
    play(() => ({ type: 'observed', ...heard }))
  }
  if (rollout.phase.name !== 'observing') throw new Error(`A rollout has come to ${rollout.phase.name} only.`)
  return rollout
}

function readingOf(percent: number): TrafficReading {
  const pool = (name: string, share: number) => {
    return { pool: name, percent: share, isEnabled: true, health: 'healthy' } as const
  }
  return { pools: [pool('blue', 100 - percent), pool('green', percent)], obstacles: [], hasSessionAffinity: false }
}

function environmentOf(config: RolloutBenchWorld['config'], { repository, name }: Place): EnvironmentConfig {
  const environment = environmentLookup(config)(repository, name)
  if (environment === null) throw new Error(`${repository} has no environment ${name}.`)
  return environment
}
