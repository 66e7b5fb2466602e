import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../src/store/open-store.ts'
import { openRollouts } from '../../src/store/rollouts.ts'
import { type App, startApp, storeFileOf } from './app.ts'
import { defineBenchmark } from './benchmark.ts'
import { checksIn } from './rollout-checks.ts'
import { addRollout, readBackground } from './rollout-store.ts'
import { type RolloutBenchWorld, startRolloutBenchWorld } from './rollout-world.ts'
import { median, quantile, round } from './statistics.ts'

const many = 1000
const few = 100
/** The same number of checks in a second for both. */
const manyEverySeconds = 60
const fewEverySeconds = (manyEverySeconds * few) / many
const repositoryCount = 10
/** A call to Cloudflare takes so long, in ms. */
const latencyMs = [100, 300] as const
const measuredMs = 60_000
const firstRoundMs = 90_000
/** So long after the start checks are spread over the interval. */
const settledAfterMs = 75_000

/** A Sluice that watches so many rollouts. */
interface Side {
  readonly bench: RolloutBenchWorld
  readonly app: App
  readonly count: number
  /** When it was ready, UTC milliseconds. */
  readonly readyAt: number
}

/** What it costs to watch many rollouts at once. */
export const rollouts = defineBenchmark({
  name: 'rollouts',
  title: 'Many rollouts at once',
  what: `Two Sluices run at the same time, in a process each: one watches ${many} rollouts every ${manyEverySeconds} s, the other ${few} every ${fewEverySeconds} s, so that both have
the same work to do and only what exists differs. Each rollout is in an environment of its own (${repositoryCount} repositories with a channel
each), in the middle of its first step, with all default metrics. A check is what it is in production: by HTTP, it asks the
simulated Cloudflare for the balancer, both pools and their health (five calls of ${latencyMs.join(' to ')} ms each), a server that speaks Prometheus'
API for six selectors with two queries each, and the health page of both arms; then it is judged, stored, and the card is
behind. That server and the page are a stand-in that answers from a formula: a real Prometheus would take more of the machine
than what is measured. Cards are redrawn as fast as Slack's limits allow, which are the same for both.

When a Sluice starts it does not know what became of its clock, so that all of its rollouts are looked at at once; a minute later
their checks are spread over the interval. Then, for ${measuredMs / 1000} s, CPU time of the process (all threads, user and system) is divided by the checks that were decided in that time. A
check is late by the time from the moment it was due to its decision, its calls included. Resident memory is VmRSS at the end.

Cloudflare's limit (1200 calls in five minutes from a token) is not simulated here: it would allow ${Math.floor((1200 * manyEverySeconds) / 300 / 5)} rollouts with a check every
${manyEverySeconds} s.`,
  measures: {
    resident_mb: { label: `resident memory with ${many} rollouts`, unit: 'MB' },
    peak_mb: { label: 'the most it ever was', unit: 'MB' },
    resident_few_mb: { label: `resident memory with ${few} rollouts`, unit: 'MB' },
    check_ms: { label: `CPU time per check with ${many} rollouts`, unit: 'ms', decimals: 2 },
    check_few_ms: { label: `CPU time per check with ${few} rollouts`, unit: 'ms', decimals: 2 },
    check_ratio: { label: 'the one as a multiple of the other', unit: '', decimals: 2 },
    late_p50_ms: { label: `checks of ${many} rollouts, from due to decided, median`, unit: 'ms' },
    late_p99_ms: { label: 'the same, p99', unit: 'ms' },
    late_max_ms: { label: 'the same, the latest', unit: 'ms' },
    first_round_s: { label: `after the start, until all ${many} were looked at`, unit: 's', decimals: 1 },
    checks: { label: `checks that were measured, with ${many} rollouts`, unit: '' },
    checks_few: { label: `checks that were measured, with ${few} rollouts`, unit: '' },
    open: { label: 'rollouts that are watched at the end', unit: '' },
  },
  targets: {
    resident_mb: { is: 'at most', limit: 300 },
    check_ratio: { is: 'at most', limit: 1.5 },
    late_p99_ms: { is: 'at most', limit: 3000 },
    checks: { is: 'at least', limit: many * 0.9 },
    open: { is: 'exactly', limit: many },
  },
  timeoutMs: 240_000,
  async run(log) {
    const benches: RolloutBenchWorld[] = []
    const apps: App[] = []
    const start = async (count: number, everySeconds: number): Promise<Side> => {
      const bench = await startFilledWorld(count, everySeconds)
      benches.push(bench)
      log(`${count} rollouts are in the store`)
      const app = await startApp(bench.world, {
        ...bench.env,
        LOG_LEVEL: 'error',
      })
      apps.push(app)
      return { bench, app, count, readyAt: Date.now() }
    }
    try {
      const sides = [await start(many, manyEverySeconds), await start(few, fewEverySeconds)] as const
      for (const side of sides) await untilAllSeen(side)
      log(`all were looked at ${round((Date.now() - sides[0].readyAt) / 1000, 1)} s after the start`)
      await sleep(Math.max(0, sides[1].readyAt + settledAfterMs - Date.now()))
      const before = await Promise.all(apps.map((app) => app.cpuMs()))
      const from = Date.now()
      await sleep(measuredMs)
      const after = await Promise.all(apps.map((app) => app.cpuMs()))
      const to = Date.now()
      const [memory, memoryFew] = [await sides[0].app.memory(), await sides[1].app.memory()]
      for (const app of apps) await app.stop()
      const [checks, checksFew] = [await checksOf(sides[0], from, to), await checksOf(sides[1], from, to)]
      const cpuOf = (index: 0 | 1) => (after[index] ?? Number.NaN) - (before[index] ?? Number.NaN)
      const [checkMs, checkFewMs] = [cpuOf(0) / checks.decided, cpuOf(1) / checksFew.decided]
      return {
        resident_mb: round(memory.residentBytes / 1e6, 0),
        peak_mb: round(memory.peakBytes / 1e6, 0),
        resident_few_mb: round(memoryFew.residentBytes / 1e6, 0),
        check_ms: round(checkMs, 3),
        check_few_ms: round(checkFewMs, 3),
        check_ratio: round(checkMs / checkFewMs, 3),
        late_p50_ms: round(median(checks.lateMs), 0),
        late_p99_ms: round(quantile(checks.lateMs, 0.99), 0),
        late_max_ms: Math.max(...checks.lateMs),
        first_round_s: round((checks.firstRoundAt - sides[0].readyAt) / 1000, 2),
        checks: checks.decided,
        checks_few: checksFew.decided,
        open: await watchedCount(sides[0]),
      }
    } finally {
      for (const app of apps) if (app.isRunning()) await app.stop()
      for (const bench of benches) await bench.close()
    }
  },
})

async function startFilledWorld(count: number, everySeconds: number): Promise<RolloutBenchWorld> {
  const bench = await startRolloutBenchWorld(
    Array.from({ length: count }, (_, index) => ({
      name: `service-${index + 1}`,
      repository: `omnihub/app-${(index % repositoryCount) + 1}`,
      interval: `${everySeconds}s`,
      hasHosts: false,
    })),
  )
  const background = await readBackground(bench)
  const store = openStore({ file: storeFileOf(bench.world) })
  for (const [number, place] of bench.places.entries()) {
    await addRollout(store, bench, { place, number, nextCheckAt: Date.now(), background })
  }
  await store.close()
  bench.cloudflare.faults.setLatency(latencyMs)
  return bench
}

async function untilAllSeen(side: Side): Promise<void> {
  const deadline = performance.now() + firstRoundMs
  for (;;) {
    const { seen } = await checksOf(side, Date.now(), Date.now())
    if (seen === side.count) return
    if (performance.now() > deadline) {
      throw new Error(`Of ${side.count} rollouts only ${seen} were looked at.\n${side.app.output()}`)
    }
    await sleep(500)
  }
}

async function checksOf({ bench }: Side, from: number, to: number) {
  const store = openStore({ file: storeFileOf(bench.world), readonly: true })
  try {
    return await checksIn(store.db, { from, to })
  } finally {
    await store.close()
  }
}

/** Rollouts that are what they were: in their first step, and not held. */
async function watchedCount({ bench }: Side): Promise<number> {
  const store = openStore({ file: storeFileOf(bench.world), readonly: true })
  try {
    return (await openRollouts(store.db, null)).filter(({ phase }) => phase.name === 'observing').length
  } finally {
    await store.close()
  }
}
