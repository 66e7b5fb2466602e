import { setTimeout as sleep } from 'node:timers/promises'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { type App, startApp, storeFileOf } from './app.ts'
import { defineBenchmark } from './benchmark.ts'
import { type PressedRollback, pressRollback } from './rollback-press.ts'
import { addRollout, type Background, type OpenRollout, readBackground } from './rollout-store.ts'
import {
  deployTo,
  type EnvironmentSpec,
  type Place,
  type RolloutBenchWorld,
  startRolloutBenchWorld,
} from './rollout-world.ts'
import { median, quantile, round } from './statistics.ts'

/** A call to Cloudflare, Supabase, Vercel or Slack takes so long, in ms. */
const latencyMs = [100, 300] as const
/** Rollbacks of each kind, each in an environment of its own, and how many people press at a time. */
const usually = 200
const troubled = 30
const besides = 45
const people = 3
/** With Cloudflare failing it takes long, and most of that is waiting. */
const failingAtOnce = 6
/** Slack takes one message a second in a channel, and each repository has its own. */
const repositoriesOfEach = 40
const others = 200
const othersRepositories = 10
/** Other rollouts are looked at so often; those that are rolled back wait for that unwatched. */
const everySeconds = 10
const unwatched = '10m'
/** After a start all rollouts are looked at once, ms. */
const firstRoundMs = 15_000

/** How fast traffic comes back. */
export const rollback = defineBenchmark({
  name: 'rollback',
  title: 'Rollback',
  what: `From the signed HTTP request of a press on "Roll back" to the moment when Sluice has read back that all traffic is on the old
version and has written that down; the balancer is looked at then, too. Each call to Cloudflare, Supabase, Vercel and Slack
takes ${latencyMs.join(' to ')} ms, evenly drawn. Four of them come one after the other: who pressed, whether they are in the group that may
deploy, the weights, and the reading of the balancer, both pools and their health, all five at once. Edge functions and the
frontend are put back at the same time. ${people} people press, one rollback after the other, each in an environment of its own. Sluice's own part is the time in which none of these calls was under way, by the services' own logs.

Then the same with Supabase and Vercel answering nothing but 503, with half of the calls to Cloudflare failing (500, nothing
done), and with ${others} other rollouts that are watched every ${everySeconds} s, with all default metrics from a server that speaks Prometheus'
API. These are at the same Cloudflare, without its limit of 1200 calls in five minutes, which would not let ${others} be watched.`,
  measures: {
    p50_ms: { label: 'press to verified traffic, median', unit: 'ms' },
    p99_ms: { label: 'press to verified traffic, p99', unit: 'ms' },
    max_ms: { label: 'press to verified traffic, slowest', unit: 'ms' },
    own_p50_ms: { label: "Sluice's own part, median", unit: 'ms', decimals: 1 },
    own_p99_ms: { label: "Sluice's own part, p99", unit: 'ms', decimals: 1 },
    rollbacks: { label: 'of so many rollbacks', unit: '' },
    hosts_down_p50_ms: { label: 'Supabase and Vercel down, median', unit: 'ms' },
    hosts_down_max_ms: { label: 'Supabase and Vercel down, slowest', unit: 'ms' },
    hosts_down_ratio: { label: 'its median as a multiple of the usual', unit: '', decimals: 2 },
    half_failing_p50_ms: { label: 'half of the calls to Cloudflare failing, median', unit: 'ms' },
    half_failing_p95_ms: { label: 'half of the calls to Cloudflare failing, p95', unit: 'ms' },
    half_failing_max_ms: { label: 'half of the calls to Cloudflare failing, slowest', unit: 'ms' },
    troubled: { label: 'of so many rollbacks, for each of these two', unit: '' },
    besides_p50_ms: { label: `${others} other rollouts going on, median`, unit: 'ms' },
    besides_p99_ms: { label: `${others} other rollouts going on, p99`, unit: 'ms' },
    besides_own_p50_ms: {
      label: `${others} other rollouts going on, Sluice's own part, median`,
      unit: 'ms',
      decimals: 1,
    },
    besides_own_p99_ms: { label: `${others} other rollouts going on, Sluice's own part, p99`, unit: 'ms', decimals: 1 },
    besides_ratio: { label: 'the median as a multiple of the usual', unit: '', decimals: 2 },
    besides_rollbacks: { label: 'of so many rollbacks', unit: '' },
    others_checked: { label: 'checks of the others meanwhile, in a second', unit: '', decimals: 1 },
  },
  targets: {
    p50_ms: { is: 'at most', limit: 1500 },
    p99_ms: { is: 'at most', limit: 5000 },
    own_p50_ms: { is: 'at most', limit: 50 },
    rollbacks: { is: 'at least', limit: usually },
    hosts_down_p50_ms: { is: 'at most', limit: 1500 },
    hosts_down_max_ms: { is: 'at most', limit: 5000 },
    hosts_down_ratio: { is: 'at most', limit: 1.1 },
    half_failing_p95_ms: { is: 'at most', limit: 15_000 },
    besides_p50_ms: { is: 'at most', limit: 1500 },
    besides_p99_ms: { is: 'at most', limit: 5000 },
    // One and a half times what it may usually be.
    besides_own_p50_ms: { is: 'at most', limit: 75 },
    besides_ratio: { is: 'at most', limit: 1.5 },
    // Nearly all that are due.
    others_checked: { is: 'at least', limit: (others / everySeconds) * 0.9 },
  },
  timeoutMs: 240_000,
  async run(log) {
    const bench = await startRolloutBenchWorld(environments())
    const store = openStore({ file: storeFileOf(bench.world) })
    const apps: App[] = []
    const stop = async () => void (await Promise.all(apps.splice(0).map((app) => app.stop())))
    const start = async () => void apps.push(await startApp(bench.world, { ...bench.env, LOG_LEVEL: 'error' }))
    try {
      addPeople(bench)
      const presses = { bench, store, background: await readBackground(bench) }
      const ready = {
        usual: await openAll(presses, 'usual'),
        down: await openAll(presses, 'down'),
        failing: await openAll(presses, 'failing'),
        amid: await openAll(presses, 'amid'),
      }
      setLatency(bench, latencyMs)
      await start()
      await sleep(firstRoundMs)
      const usual = await rollBackAll(presses, ready.usual, people)
      log(`usually ${round(median(usual.map(({ ms }) => ms)), 0)} ms`)
      setOutage(bench, true)
      const down = await rollBackAll(presses, ready.down, people)
      setOutage(bench, false)
      log(`with Supabase and Vercel down ${round(median(down.map(({ ms }) => ms)), 0)} ms`)
      bench.cloudflare.faults.failShare(0.5, { kind: 'internal_error' })
      const failing = await rollBackAll(presses, ready.failing, failingAtOnce)
      bench.cloudflare.faults.failShare(0, null)
      log(`with Cloudflare failing ${round(median(failing.map(({ ms }) => ms)), 0)} ms`)
      setLatency(bench, [0, 0])
      await openAll(presses, 'other')
      setLatency(bench, latencyMs)
      await stop()
      await start()
      await sleep(firstRoundMs)
      const before = { at: performance.now(), count: await checkCount(store) }
      const amid = await rollBackAll(presses, ready.amid, people)
      const checked = (await checkCount(store)) - before.count
      const seconds = (performance.now() - before.at) / 1000
      return {
        ...measuresOf(usual, down, failing, amid),
        others_checked: round(checked / seconds, 1),
      }
    } finally {
      await stop()
      await store.close()
      await bench.close()
    }
  },
})

function measuresOf(
  usual: readonly PressedRollback[],
  down: readonly PressedRollback[],
  failing: readonly PressedRollback[],
  amid: readonly PressedRollback[],
) {
  const ms = (all: readonly PressedRollback[]) => all.map((one) => one.ms)
  const own = (all: readonly PressedRollback[]) => all.map(({ ownMs }) => ownMs)
  const usualMs = median(ms(usual))
  return {
    p50_ms: round(usualMs, 0),
    p99_ms: round(quantile(ms(usual), 0.99), 0),
    max_ms: round(Math.max(...ms(usual)), 0),
    own_p50_ms: round(median(own(usual)), 1),
    own_p99_ms: round(quantile(own(usual), 0.99), 1),
    rollbacks: usual.length,
    hosts_down_p50_ms: round(median(ms(down)), 0),
    hosts_down_max_ms: round(Math.max(...ms(down)), 0),
    hosts_down_ratio: round(median(ms(down)) / usualMs, 3),
    half_failing_p50_ms: round(median(ms(failing)), 0),
    half_failing_p95_ms: round(quantile(ms(failing), 0.95), 0),
    half_failing_max_ms: round(Math.max(...ms(failing)), 0),
    troubled: Math.min(down.length, failing.length),
    besides_p50_ms: round(median(ms(amid)), 0),
    besides_p99_ms: round(quantile(ms(amid), 0.99), 0),
    besides_own_p50_ms: round(median(own(amid)), 1),
    besides_own_p99_ms: round(quantile(own(amid), 0.99), 1),
    besides_ratio: round(median(ms(amid)) / usualMs, 3),
    besides_rollbacks: amid.length,
  }
}

/** What a place is for. */
type Use = 'usual' | 'down' | 'failing' | 'amid' | 'other'

const userOf = (person: number) => `U0LEAD0000${person}`
const groupOf = (person: number) => `S0LEADS000${person}`
const atOnceOf = (use: Use) => (use === 'failing' ? failingAtOnce : people)

function environments(): readonly EnvironmentSpec[] {
  const pressed = (use: Use, count: number): readonly EnvironmentSpec[] =>
    Array.from({ length: count }, (_, number) => ({
      name: `${use}-${number}`,
      repository: `omnihub/${use}-${number % repositoriesOfEach}`,
      interval: unwatched,
      hasHosts: use !== 'failing',
      group: groupOf(number % atOnceOf(use)),
    }))
  const watched = Array.from({ length: others }, (_, number) => ({
    name: `other-${number}`,
    repository: `omnihub/app-${number % othersRepositories}`,
    interval: `${everySeconds}s`,
    hasHosts: false,
  }))
  return [
    ...pressed('usual', usually),
    ...pressed('down', troubled),
    ...pressed('failing', troubled),
    ...pressed('amid', besides),
    ...watched,
  ]
}

function addPeople({ world: { slack } }: RolloutBenchWorld): void {
  for (let number = 0; number < failingAtOnce; number += 1) {
    const id = userOf(number)
    slack.addUser({ id, name: `lead${number}`, realName: `Lead ${number}`, email: `lead${number}@omnihub.dev` })
    slack.addUserGroup({ handle: `leads-${number}`, id: groupOf(number), users: [id] })
  }
}

function setLatency(
  { world, cloudflare, places }: RolloutBenchWorld,
  [from, to]: readonly [from: number, to: number],
): void {
  world.slack.setLatency(() => from + Math.random() * (to - from))
  cloudflare.faults.setLatency([from, to])
  for (const { hosts } of places) {
    hosts?.supabase.setLatency([from, to])
    hosts?.vercel.setLatency([from, to])
  }
}

function setOutage({ places }: RolloutBenchWorld, isOut: boolean): void {
  for (const { hosts } of places) {
    hosts?.supabase.outage(isOut)
    hosts?.vercel.outage(isOut)
  }
}

interface Presses {
  readonly bench: RolloutBenchWorld
  readonly store: Store
  readonly background: Background
}

/** A rollout that is there to be rolled back. */
interface Ready {
  readonly place: Place
  readonly open: OpenRollout
}

let releases = 0

async function openAll({ bench, store, background }: Presses, use: Use): Promise<readonly Ready[]> {
  const ready: Ready[] = []
  for (const place of bench.places.filter(({ name }) => name.startsWith(`${use}-`))) {
    releases += 1
    if (place.hosts !== null) deployTo(place.hosts, `of release ${releases}`)
    const about = { place, number: releases, nextCheckAt: Date.now(), background }
    ready.push({ place, open: await addRollout(store, bench, about) })
  }
  return ready
}

async function rollBackAll(
  { bench, store }: Presses,
  all: readonly Ready[],
  atOnce: number,
): Promise<readonly PressedRollback[]> {
  const work = async (person: number) => {
    const pressed: PressedRollback[] = []
    for (const ready of all.filter((_, index) => index % atOnce === person)) {
      pressed.push(await pressRollback(bench, store.db, { ...ready, user: userOf(person) }))
    }
    return pressed
  }
  return (await Promise.all(Array.from({ length: atOnce }, (_, person) => work(person)))).flat()
}

async function checkCount({ db }: Store): Promise<number> {
  const { count } = await db
    .selectFrom('checks')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}
