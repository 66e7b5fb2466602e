import { setTimeout as sleep } from 'node:timers/promises'
import { startWorld, type World } from '../../sandbox/start-world.ts'
import { openStore } from '../../src/store/open-store.ts'
import { type App, startApp, storeFileOf } from './app.ts'
import { defineBenchmark } from './benchmark.ts'
import type { SignedDelivery } from './deliveries.ts'
import { fire } from './fire.ts'
import { createLoad, deliveriesToOpen, jobsAPipeline, type Load } from './memory-load.ts'
import { median, round } from './statistics.ts'

const many = 500
const few = 5
const repositoryCount = 25
const connections = 8
const aRound = 3000
const rounds = 3
/** Pipelines that are opened in one go. */
const openedAtOnce = 50
const handledTimeoutMs = 60_000

/** A Sluice with so many pipelines open. */
interface Side {
  readonly world: World
  readonly app: App
  readonly load: Load
  readonly pipelines: number
  readonly cpuMsPerEvent: number[]
}

/** What it costs to have many pipelines open at once. */
export const memory = defineBenchmark({
  name: 'memory',
  title: 'Memory, and the cost of many open pipelines',
  what: `Two Sluices run in a process each: in one ${many} pipelines are opened and stay so, in the other ${few}. Each pipeline has
${jobsAPipeline} jobs, all of them running; there are ${repositoryCount} repositories with a channel each, and every pipeline has its card
posted before anything is measured. Then each gets, in turns with the other, one round of ${aRound} deliveries to warm up and ${rounds}
that count: signed commit statuses by HTTP over ${connections} connections, spread over all open pipelines one after the other, each of
which changes its pipeline and its card and ends neither. A round ends when all of them are handled. Time per event is the CPU
time of the process (all threads, user and system) in the round, from taking the request to handling the event with
whatever goes on beside it, divided by the events; the figures are medians of the rounds. Cards are redrawn meanwhile as
fast as Slack's limits allow, which are the same for both. Resident memory is VmRSS after the last round.`,
  measures: {
    resident_mb: { label: `resident memory with ${many} pipelines open`, unit: 'MB' },
    peak_mb: { label: 'the most it ever was', unit: 'MB' },
    resident_few_mb: { label: `resident memory with ${few} pipelines open`, unit: 'MB' },
    event_ms: { label: `CPU time per event with ${many} pipelines open`, unit: 'ms', decimals: 3 },
    event_few_ms: { label: `CPU time per event with ${few} pipelines open`, unit: 'ms', decimals: 3 },
    event_ratio: { label: 'the one as a multiple of the other', unit: '', decimals: 2 },
    open_pipelines: { label: 'pipelines open at the end', unit: '' },
    events: { label: 'events that were measured, for each', unit: '' },
  },
  targets: {
    resident_mb: { is: 'at most', limit: 250 },
    event_ratio: { is: 'at most', limit: 1.5 },
    open_pipelines: { is: 'exactly', limit: many },
    events: { is: 'at least', limit: 3000 },
  },
  timeoutMs: 180_000,
  async run(log) {
    const worlds: World[] = []
    const apps: App[] = []
    const start = async (pipelines: number): Promise<Side> => {
      const { world, load } = await startLoadedWorld()
      worlds.push(world)
      const app = await startApp(world)
      apps.push(app)
      return { world, app, load, pipelines, cpuMsPerEvent: [] }
    }
    try {
      const sides = [await start(many), await start(few)] as const
      for (const side of sides) await open(side, log)
      for (let number = 0; number <= rounds; number += 1) {
        for (const side of sides) {
          const cpuMs = await measureRound(side)
          log(`${number === 0 ? 'warm-up' : `round ${number}`}, ${side.pipelines} open: ${round(cpuMs, 3)} ms an event`)
          if (number > 0) side.cpuMsPerEvent.push(cpuMs)
        }
      }
      const [big, small] = sides
      const [bigMemory, smallMemory] = [await big.app.memory(), await small.app.memory()]
      for (const app of apps) await app.stop()
      for (const side of sides) await expectCardsOnce(side)
      const [bigMs, smallMs] = [median(big.cpuMsPerEvent), median(small.cpuMsPerEvent)]
      return {
        resident_mb: round(bigMemory.residentBytes / 1e6, 0),
        peak_mb: round(bigMemory.peakBytes / 1e6, 0),
        resident_few_mb: round(smallMemory.residentBytes / 1e6, 0),
        event_ms: round(bigMs, 4),
        event_few_ms: round(smallMs, 4),
        event_ratio: round(bigMs / smallMs, 3),
        open_pipelines: await openPipelineCount(big.world),
        events: rounds * aRound,
      }
    } finally {
      for (const app of apps) if (app.isRunning()) await app.stop()
      for (const world of worlds) await world.close()
    }
  },
})

async function startLoadedWorld(): Promise<{ readonly world: World; readonly load: Load }> {
  const numbers = Array.from({ length: repositoryCount }, (_, index) => index + 1)
  const repositories = Object.fromEntries(numbers.map((number) => [`omnihub/app-${number}`, [`#deploys-${number}`]]))
  // Who the author is in Slack is known: nobody has to be looked for.
  const world = await startWorld({ repositories, startsSluice: false, config: 'people:\n  mona: U0MONA00001\n' })
  const secret = world.env.GITHUB_WEBHOOK_SECRET ?? ''
  return { world, load: createLoad(world, Object.keys(repositories), secret) }
}

async function open(side: Side, log: (line: string) => void): Promise<void> {
  for (let left = side.pipelines; left > 0; left -= openedAtOnce) {
    await send(side, side.load.open(Math.min(left, openedAtOnce)))
  }
  await until(async () => cardPosts(side.world) >= side.pipelines, 'the posting of the cards')
  log(`${side.pipelines} pipelines are open, ${side.pipelines * deliveriesToOpen} events`)
}

/** @returns CPU time per event, in ms */
async function measureRound(side: Side): Promise<number> {
  const deliveries = side.load.goOn(aRound)
  const before = await side.app.cpuMs()
  await send(side, deliveries)
  return ((await side.app.cpuMs()) - before) / deliveries.length
}

/** Sends deliveries and waits until each of them was handled. */
async function send({ world, app }: Side, deliveries: readonly SignedDelivery[]): Promise<void> {
  const before = await handled(world)
  const fired = await fire({ url: `${world.sluiceUrl}/github/webhooks`, deliveries, connections })
  if (fired.failed > 0) throw new Error(`${fired.failed} deliveries were not accepted:\n${app.output()}`)
  const isHandled = async () => (await handled(world)).all - before.all === deliveries.length
  await until(isHandled, `the handling of ${deliveries.length} deliveries`)
  const changed = (await handled(world)).changed - before.changed
  // A few overtake each other on their connections and are old news then.
  if (changed < deliveries.length * 0.98)
    throw new Error(`Of ${deliveries.length} deliveries ${changed} changed something.`)
}

/** How many events about pipelines were handled so far; an event is counted right after it has left the inbox. */
async function handled(world: World): Promise<{ readonly all: number; readonly changed: number }> {
  const text = await (await fetch(`${world.sluiceUrl}/metrics`)).text()
  const counts = [...text.matchAll(/^sluice_events_total\{type="github\.facts",outcome="(\w+)"\} (\d+)$/gm)]
  const sum = (lines: typeof counts) => lines.reduce((total, line) => total + Number(line[2]), 0)
  return { all: sum(counts), changed: sum(counts.filter(([, outcome]) => outcome === 'changed')) }
}

async function until(isTrue: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + handledTimeoutMs
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`${what} has not ended after ${handledTimeoutMs} ms.`)
    await sleep(50)
  }
}

function cardPosts(world: World): number {
  return world.slack.calls.filter(({ method, outcome }) => method === 'chat.postMessage' && outcome === 'ok').length
}

/** No card was posted twice, and no stage ended: what was measured is what was meant. */
async function expectCardsOnce({ world, pipelines }: Side): Promise<void> {
  const posts = cardPosts(world)
  if (posts !== pipelines) throw new Error(`${posts} messages were posted for ${pipelines} pipelines.`)
}

async function openPipelineCount(world: World): Promise<number> {
  const store = openStore({ file: storeFileOf(world), readonly: true })
  try {
    const rows = await store.db.selectFrom('pipelines').select('id').where('is_open', '=', 1).execute()
    return rows.length
  } finally {
    await store.close()
  }
}
