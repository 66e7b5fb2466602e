import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startWorld } from '../../sandbox/start-world.ts'
import { startApp, storeFileOf } from './app.ts'
import { defineBenchmark } from './benchmark.ts'
import { fillStore } from './startup-store.ts'
import { median, round } from './statistics.ts'

const repository = 'omnihub/app'
const channel = '#deploys'
const warmStarts = 7

/** How long it takes from the start of the process until it takes traffic, with a year of work in the store. */
export const startup = defineBenchmark({
  name: 'startup',
  title: 'Start-up',
  what: `A store is filled with a year of work: 1 000 000 deliveries that were handled (the raw payloads of the last 30 days,
compressed; older ones are pruned), 10 000 pipelines with their facts, history, notices and cards, 20 of them still open, and the
effects of the last 30 days. Then what \`npm start\` runs is started as a process, \`/readyz\` is asked until it answers 200, and the
process is stopped again. The time is from right before the process is spawned to that answer. The first start finds
nothing compiled (an empty folder for Node's compile cache); the ${warmStarts} after it find what the one before compiled, as
each start but the first does on a machine. The file has just been written, so the page cache is warm, also for the first one.
The check of the whole file (\`PRAGMA quick_check\`) begins in the background meanwhile, as in production.`,
  measures: {
    median_ms: { label: 'from start to ready, median', unit: 'ms' },
    max_ms: { label: 'from start to ready, slowest', unit: 'ms' },
    first_ms: { label: 'the first start, nothing compiled', unit: 'ms' },
    starts: { label: 'starts after the first', unit: '' },
    deliveries: { label: 'deliveries in the store', unit: '' },
    payloads: { label: 'of these with their raw payload', unit: '' },
    pipelines: { label: 'pipelines in the store', unit: '' },
    store_mb: { label: "size of the store's file", unit: 'MB' },
  },
  targets: {
    median_ms: { is: 'at most', limit: 1500 },
    max_ms: { is: 'at most', limit: 1500 },
    deliveries: { is: 'at least', limit: 1_000_000 },
    pipelines: { is: 'at least', limit: 10_000 },
  },
  timeoutMs: 180_000,
  async run(log) {
    const world = await startWorld({ repositories: { [repository]: [channel] }, startsSluice: false })
    try {
      log('filling the store')
      const filledAt = performance.now()
      const filled = fillStore({ file: storeFileOf(world), repository, channel, now: Date.now() })
      const megabytes = Math.round(filled.bytes / 1e6)
      log(`${filled.deliveries} deliveries, ${megabytes} MB, in ${Math.round((performance.now() - filledAt) / 1000)} s`)

      // Where Node keeps what it compiled, unless told otherwise: empty for the first start, and nobody else's.
      const temporaryFolder = join(world.folder, 'tmp')
      await mkdir(temporaryFolder)
      const times: number[] = []
      for (let start = 0; start <= warmStarts; start += 1) {
        const app = await startApp(world, { TMPDIR: temporaryFolder })
        await app.stop()
        times.push(app.readyAfterMs)
        log(`${start === 0 ? 'first start' : `start ${start}`}: ${round(app.readyAfterMs, 0)} ms`)
      }
      const [first = Number.NaN, ...warm] = times
      return {
        median_ms: round(median(warm), 0),
        max_ms: round(Math.max(...warm), 0),
        first_ms: round(first, 0),
        starts: warm.length,
        deliveries: filled.deliveries,
        payloads: filled.payloads,
        pipelines: filled.pipelines,
        store_mb: megabytes,
      }
    } finally {
      await world.close()
    }
  },
})
