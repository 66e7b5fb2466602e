import { createServer } from 'node:net'
import { startWorld } from '../../sandbox/start-world.ts'
import { deliveryEventId } from '../../src/engine/catch-up.ts'
import { longestAsideMs } from '../../src/engine/step-aside.ts'
import { inboxDepth, knownEvents } from '../../src/store/inbox.ts'
import { openStore } from '../../src/store/open-store.ts'
import { startApp, storeFileOf } from './app.ts'
import { defineBenchmark } from './benchmark.ts'
import { type Child, startChild, untilAnswers } from './child.ts'
import { deliveredRepositories, makeDeliveries, type SignedDelivery } from './deliveries.ts'
import { type Fired, fire } from './fire.ts'
import { median, quantile, round } from './statistics.ts'

/** A burst: what GitHub sends when a large matrix starts. Fewer leave less to write together: with 32 the shares are smaller. */
const connections = 128
const rounds = 7
const warmUp = 1000
const aRound = 6000
/** So many in one go at the end, long enough that handling no longer steps aside. */
const aFlood = 40_000
/** When it surely no longer does, in ms from the start of the flood. */
const takingTurnsAfterMs = longestAsideMs + 500

interface Contestant {
  readonly url: string
  readonly child: Child
  readonly rounds: { readonly fired: Fired; readonly cpuMs: number }[]
}

/** Deliveries accepted a second, against servers that keep nothing. */
export const webhooks = defineBenchmark({
  name: 'webhooks',
  title: 'Webhooks accepted',
  what: `Signed deliveries are sent over ${connections} kept-open connections, each waiting for its answer, to three servers
that run at the same time in a process each and are loaded in turns: Sluice (what \`npm start\` runs, answering when the delivery is
committed to the inbox in the SQLite file and that is synced to disk), the bare \`createNodeMiddleware\` of \`@octokit/webhooks\` in
\`node:http\` with an empty handler, and Probot's server with an empty handler and its request log off. The deliveries are GitHub's
examples (of twenty 17 \`workflow_job\`, 2 \`workflow_run\`, 1 \`check_run\`) with ids, commits and GUIDs of their own, signed
beforehand; all three servers get the same bytes. After a warm-up of ${warmUp} there are ${rounds} rounds of ${aRound} each, and the figures are
medians of the rounds; so are the shares, each of which compares what was measured within a few seconds, because whatever
else the machine does changes from round to round.

Sluice's engine lets deliveries that pour in go first for up to ${longestAsideMs / 1000} s, which is longer than a round: in a round it accepts, draws
the cards of earlier rounds, and leaves most of what came in for the time after. Between rounds it handles that, so
that it does not burden the others' rounds. What it accepts when deliveries do not cease is measured at the end: ${aFlood.toLocaleString('en')} in
one go, of which those count that were answered after ${takingTurnsAfterMs / 1000} s, when handling and accepting take turns. Then every accepted
delivery is looked for in the inbox. The sender is in the process that also runs the simulated Slack, and writes requests that are laid out beforehand straight to its sockets: it shares the cores with the servers, so what it takes is measured too.`,
  measures: {
    accepted_per_second: { label: 'Sluice: deliveries accepted a second', unit: '/s' },
    p50_ms: { label: 'Sluice: time to the answer, median', unit: 'ms', decimals: 1 },
    p99_ms: { label: 'Sluice: time to the answer, 99th percentile', unit: 'ms', decimals: 1 },
    bare_per_second: { label: 'bare middleware: deliveries answered a second', unit: '/s' },
    bare_p50_ms: { label: 'bare middleware: median', unit: 'ms', decimals: 1 },
    bare_p99_ms: { label: 'bare middleware: 99th percentile', unit: 'ms', decimals: 1 },
    probot_per_second: { label: 'Probot: deliveries answered a second', unit: '/s' },
    probot_p50_ms: { label: 'Probot: median', unit: 'ms', decimals: 1 },
    probot_p99_ms: { label: 'Probot: 99th percentile', unit: 'ms', decimals: 1 },
    of_bare: { label: "Sluice's rate as a share of the bare middleware's", unit: '', decimals: 2 },
    of_probot: { label: "Sluice's rate as a share of Probot's", unit: '', decimals: 2 },
    sustained_per_second: { label: 'Sluice: accepted a second while it handles as well', unit: '/s' },
    handled_per_second: { label: 'Sluice: events handled a second, once the sending was over', unit: '/s' },
    accepted: { label: 'Sluice: deliveries accepted in all', unit: '' },
    missing_in_inbox: { label: 'of these not in the inbox', unit: '' },
    failed: { label: 'deliveries that any server did not accept', unit: '' },
    cpu_ms: {
      label: 'Sluice: CPU time a delivery, with what the engine does meanwhile and right after',
      unit: 'ms',
      decimals: 2,
    },
    bare_cpu_ms: { label: 'bare middleware: CPU time a delivery', unit: 'ms', decimals: 2 },
    probot_cpu_ms: { label: 'Probot: CPU time a delivery', unit: 'ms', decimals: 2 },
    sender_cpu_percent: { label: 'CPU of the sender at the fastest server, of one core', unit: '%' },
  },
  targets: {
    of_bare: { is: 'at least', limit: 0.5 },
    of_probot: { is: 'at least', limit: 1 },
    missing_in_inbox: { is: 'exactly', limit: 0 },
    failed: { is: 'exactly', limit: 0 },
  },
  timeoutMs: 400_000,
  async run(log) {
    const world = await startWorld({
      repositories: Object.fromEntries(deliveredRepositories.map((name) => [name, ['#deploys']])),
      repositorySettings: { branches: ['**'] },
      slack: { latencyMs: () => 100 },
      startsSluice: false,
    })
    const secret = world.env.GITHUB_WEBHOOK_SECRET ?? ''
    const started: Child[] = []
    const contend = async (script: string, ready: string): Promise<Contestant> => {
      const port = await freePort()
      const child = startChild({ script, env: { PORT: String(port), WEBHOOK_SECRET: secret, NODE_ENV: 'production' } })
      started.push(child)
      await untilAnswers(child, `http://127.0.0.1:${port}${ready}`)
      return { url: `http://127.0.0.1:${port}/github/webhooks`, child, rounds: [] }
    }
    try {
      const app = await startApp(world)
      started.push(app)
      const sluice: Contestant = { url: `${world.sluiceUrl}/github/webhooks`, child: app, rounds: [] }
      const bare = await contend('test/bench/servers/bare.ts', '/readyz')
      const probot = await contend('test/bench/servers/probot.ts', '/ping')
      const store = openStore({ file: storeFileOf(world), readonly: true })
      const sent: SignedDelivery[] = []
      const drainRates: number[] = []
      let failed = 0

      for (let round = 0; round <= rounds; round++) {
        const count = round === 0 ? warmUp : aRound
        const deliveries = makeDeliveries({ first: sent.length, count, secret })
        for (const contestant of [sluice, bare, probot]) {
          const cpuBefore = await contestant.child.cpuMs()
          const fired = await fire({ url: contestant.url, deliveries, connections })
          const cpuMs = ((await contestant.child.cpuMs()) - cpuBefore) / count
          failed += fired.failed
          if (round > 0) contestant.rounds.push({ fired, cpuMs })
          if (contestant === sluice) drainRates.push(await drain())
        }
        sent.push(...deliveries)
        const rates = [sluice, bare, probot].map(({ rounds: done }) => Math.round(done.at(-1)?.fired.rate ?? 0))
        if (round > 0) log(`round ${round}: Sluice ${rates[0]}/s, bare middleware ${rates[1]}/s, Probot ${rates[2]}/s`)
      }

      async function drain(): Promise<number> {
        const begunAt = performance.now()
        const { count } = await inboxDepth(store.db)
        while ((await inboxDepth(store.db)).count > 0) await new Promise((resolve) => setTimeout(resolve, 20))
        return count / ((performance.now() - begunAt) / 1000)
      }

      const flood = makeDeliveries({ first: sent.length, count: aFlood, secret })
      const flooded = await fire({ url: sluice.url, deliveries: flood, connections })
      failed += flooded.failed
      sent.push(...flood)
      log(`flood: ${Math.round(flooded.rate)}/s over all`)

      const ids = sent.map(({ guid }) => deliveryEventId(guid))
      const known = await knownEvents(store.db, ids)
      await store.close()
      const rate = (contestant: Contestant) => median(contestant.rounds.map(({ fired }) => fired.rate))
      const latency = (contestant: Contestant, share: number) =>
        round(median(contestant.rounds.map(({ fired }) => quantile(fired.latenciesMs, share))), 2)
      const share = (other: Contestant) =>
        round(median(sluice.rounds.map(({ fired }, index) => fired.rate / (other.rounds[index]?.fired.rate ?? 0))), 3)
      const cpu = (contestant: Contestant) => round(median(contestant.rounds.map(({ cpuMs }) => cpuMs)), 3)
      return {
        accepted_per_second: Math.round(rate(sluice)),
        p50_ms: latency(sluice, 0.5),
        p99_ms: latency(sluice, 0.99),
        bare_per_second: Math.round(rate(bare)),
        bare_p50_ms: latency(bare, 0.5),
        bare_p99_ms: latency(bare, 0.99),
        probot_per_second: Math.round(rate(probot)),
        probot_p50_ms: latency(probot, 0.5),
        probot_p99_ms: latency(probot, 0.99),
        of_bare: share(bare),
        of_probot: share(probot),
        sustained_per_second: Math.round(rateAfter(flooded, takingTurnsAfterMs)),
        handled_per_second: Math.round(median(drainRates.slice(1))),
        accepted: ids.length,
        missing_in_inbox: ids.length - known.size,
        failed,
        cpu_ms: cpu(sluice),
        bare_cpu_ms: cpu(bare),
        probot_cpu_ms: cpu(probot),
        sender_cpu_percent: Math.round(
          Math.max(...[sluice, bare, probot].map((one) => median(one.rounds.map(({ fired }) => fired.ownCpuPercent)))),
        ),
      }
    } finally {
      await Promise.all(started.map((child) => child.stop()))
      await world.close()
    }
  },
})

/** Answers a second from a moment on; NaN when it was all over by then. */
function rateAfter({ acceptedAtMs }: Fired, fromMs: number): number {
  const after = acceptedAtMs.filter((at) => at >= fromMs)
  return after.length < 2 ? Number.NaN : (after.length / ((after.at(-1) ?? 0) - fromMs)) * 1000
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}
