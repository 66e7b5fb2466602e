import { setTimeout as sleep } from 'node:timers/promises'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { rolloutOf } from '../../src/store/rollouts.ts'
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
/** People who press, one rollback at a time each, and the environments that each of them takes turns in. */
const people = 2
const environmentsEach = 5
const usually = 200
const besides = 50
/** With a service that fails: each in an environment of its own, because the rest of its rollback goes on for long. */
const troubled = 40
const troubledAtOnce = 10
const others = 200
const othersRepositories = 10
/** Other rollouts are looked at so often. */
const everySeconds = 10

/** How fast traffic comes back. */
export const rollback = defineBenchmark({
  name: 'rollback',
  title: 'Rollback',
  what: `From the signed HTTP request of a press on "Roll back" to the moment when Sluice has read back that all traffic is on the old
version and has written that down; the balancer is looked at then, too. Each call to Cloudflare, Supabase, Vercel and Slack
takes ${latencyMs.join(' to ')} ms, evenly drawn. Four of them come one after the other: who pressed, whether they are in the group that may
deploy, the weights, and the reading of the balancer, both pools and their health, all five at once. Edge functions and the
frontend are put back at the same time. ${people} people press, each again and again, so that ${people} rollbacks go on at a time in environments
of their own. Sluice's own part is the time in which none of these calls was under way, by the services' own logs.

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
      await start()
      setLatency(bench)
      const usual = await rollBackInTurns(presses, placesOf(bench, 'turn'), usually)
      log(`usually ${round(median(usual.map(({ ms }) => ms)), 0)} ms`)
      setOutage(bench, true)
      const down = await rollBackEach(presses, placesOf(bench, 'down'))
      setOutage(bench, false)
      log(`with Supabase and Vercel down ${round(median(down.map(({ ms }) => ms)), 0)} ms`)
      bench.cloudflare.faults.failShare(0.5, { kind: 'internal_error' })
      const failing = await rollBackEach(presses, placesOf(bench, 'failing'))
      bench.cloudflare.faults.failShare(0, null)
      log(`with Cloudflare failing ${round(median(failing.map(({ ms }) => ms)), 0)} ms`)
      await Promise.all(placesOf(bench, 'other').map((place) => open(presses, place)))
      log(`${others} other rollouts are open`)
      await stop()
      await start()
      await sleep(everySeconds * 1200)
      const before = { at: performance.now(), count: await checkCount(store) }
      const amid = await rollBackInTurns(presses, placesOf(bench, 'turn'), besides)
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

/** What a place is for; its number is its person's in turns. */
type Use = 'turn' | 'down' | 'failing' | 'other'

const userOf = (person: number) => `U0LEAD0000${person}`
const groupOf = (person: number) => `S0LEADS000${person}`

function environments(): readonly EnvironmentSpec[] {
  const many = (use: Use, count: number, repositoryOf: (number: number) => string): readonly EnvironmentSpec[] =>
    Array.from({ length: count }, (_, number) => ({
      name: `${use}-${number}`,
      repository: repositoryOf(number),
      interval: `${everySeconds}s`,
      hasHosts: use === 'turn' || use === 'down',
      ...(use === 'other' ? {} : { group: groupOf(number % (use === 'turn' ? people : troubledAtOnce)) }),
    }))
  const byUse = (use: Use) => () => `omnihub/${use}`
  return [
    ...many('turn', people * environmentsEach, byUse('turn')),
    ...many('down', troubled, byUse('down')),
    ...many('failing', troubled, byUse('failing')),
    ...many('other', others, (number) => `omnihub/app-${number % othersRepositories}`),
  ]
}

function placesOf({ places }: RolloutBenchWorld, use: Use): readonly Place[] {
  return places.filter(({ name }) => name.startsWith(`${use}-`))
}

function addPeople({ world: { slack } }: RolloutBenchWorld): void {
  for (let number = 0; number < troubledAtOnce; number += 1) {
    const id = userOf(number)
    slack.addUser({ id, name: `lead${number}`, realName: `Lead ${number}`, email: `lead${number}@omnihub.dev` })
    slack.addUserGroup({ handle: `leads-${number}`, id: groupOf(number), users: [id] })
  }
}

function setLatency({ world, cloudflare, places }: RolloutBenchWorld): void {
  const [from, to] = latencyMs
  world.slack.setLatency(() => from + Math.random() * (to - from))
  cloudflare.faults.setLatency(latencyMs)
  for (const { hosts } of places) {
    hosts?.supabase.setLatency(latencyMs)
    hosts?.vercel.setLatency(latencyMs)
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

let releases = 0

/** A rollout that is there to be rolled back. */
async function open({ bench, store, background }: Presses, place: Place): Promise<OpenRollout> {
  releases += 1
  if (place.hosts !== null) deployTo(place.hosts, `of release ${releases}`)
  const nextCheckAt = Date.now() + everySeconds * 1000
  return await addRollout(store, bench, { place, number: releases, nextCheckAt, background })
}

interface Ready {
  readonly place: Place
  readonly rollout: OpenRollout
}

async function press({ bench, store }: Presses, { place, rollout }: Ready, person: number): Promise<PressedRollback> {
  return await pressRollback(bench, store.db, { place, open: rollout, user: userOf(person) })
}

/** Each person rolls back in one environment after the other, and again, once the one before is over there. */
async function rollBackInTurns(
  presses: Presses,
  places: readonly Place[],
  count: number,
): Promise<readonly PressedRollback[]> {
  const each = Math.ceil(count / people)
  const work = async (person: number) => {
    const pressed: PressedRollback[] = []
    const own = places.filter((_, index) => index % people === person)
    const begun = new Map<Place, OpenRollout>()
    const openNext = async (turn: number): Promise<Ready | null> => {
      const place = own[turn % own.length]
      if (turn === each || place === undefined) return null
      const before = begun.get(place)
      if (before !== undefined) await untilOver(presses, before)
      const rollout = await open(presses, place)
      begun.set(place, rollout)
      return { place, rollout }
    }
    let ready = await openNext(0)
    for (let turn = 1; ready !== null; turn += 1) {
      // The next one is made ready meanwhile.
      const [one, next] = await Promise.all([press(presses, ready, person), openNext(turn)])
      pressed.push(one)
      ready = next
    }
    for (const rollout of begun.values()) await untilOver(presses, rollout)
    return pressed
  }
  return (await Promise.all(Array.from({ length: people }, (_, person) => work(person)))).flat()
}

async function rollBackEach(presses: Presses, places: readonly Place[]): Promise<readonly PressedRollback[]> {
  const work = async (person: number) => {
    const pressed: PressedRollback[] = []
    for (const place of places.filter((_, index) => index % troubledAtOnce === person)) {
      pressed.push(await press(presses, { place, rollout: await open(presses, place) }, person))
    }
    return pressed
  }
  return (await Promise.all(Array.from({ length: troubledAtOnce }, (_, person) => work(person)))).flat()
}

async function untilOver({ store }: Presses, { rollout: { releaseId } }: OpenRollout): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const rollout = await rolloutOf(store.db, releaseId)
    if (rollout?.phase.name === 'rolled_back') return
    if (performance.now() > deadline) {
      throw new Error(`A rollback is not over: ${JSON.stringify(rollout?.rollback?.legs)}`)
    }
    await sleep(50)
  }
}

async function checkCount({ db }: Store): Promise<number> {
  const { count } = await db
    .selectFrom('checks')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}
