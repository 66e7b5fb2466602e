/**
 * A service in two pools behind the simulated load balancer: an instance in each, which counts its requests for
 * Prometheus, and visitors who come at a steady rate and land where the balancer sends them.
 */
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { seededRandom } from '../github/seeded-random.ts'
import { createMeasuredInstance, type MeasuredAnswer, type MeasuredInstance } from '../prometheus/measured-service.ts'

/** How a version behaves, in multiples of the usual. */
export interface VersionBehaviour {
  /** Of the usual share of errors. */
  readonly errors: number
  /** Of the usual latency. */
  readonly latency: number
}

export interface ServedService {
  /** By pool. */
  readonly instances: Readonly<Record<string, MeasuredInstance>>
  /** Where probes ask, with `$pool` for the pool. */
  readonly healthUrl: string
  /** The version that a pool runs: a commit; null for the one of the beginning. */
  versionIn(pool: string): string | null
  /** How versions behave that are deployed from now on. */
  setNext(behaviour: Partial<VersionBehaviour>): void
  /** Replaces what runs in a pool, as a deployment does: its counters begin at 0, and a few requests try it out. */
  deploy(pool: string, version: string): Promise<void>
  /** What `/health` of a pool answers from now on. */
  setHealth(pool: string, status: number): void
  close(): Promise<void>
}

export interface ServedServiceOptions {
  readonly pools: readonly string[]
  /** To which pool a visitor's request goes; null when nobody answers. */
  readonly route: () => string | null
  readonly requestsPerSecond: number
  /** The usual share of requests that fail, 0 to 1. Default 5 %. */
  readonly errorShare?: number
  readonly seed?: number
}

const usual: VersionBehaviour = { errors: 1, latency: 1 }
/** Half of the usual requests take longer, in seconds. */
const medianSeconds = 0.05
/** Standard deviation of the latency's logarithm: the 95th percentile is a bit more than twice the median. */
const spread = 0.45
const buckets = [0.02, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.17, 0.22, 0.3, 0.4, 0.6, 1]
const visitEveryMs = 20
const trials = 5

export async function startServedService(options: ServedServiceOptions): Promise<ServedService> {
  const { pools, route, requestsPerSecond, errorShare = 0.05, seed = 1 } = options
  const random = seededRandom(seed)
  const versions = new Map<string, string>()
  let next = usual

  const answerOf =
    ({ errors, latency }: VersionBehaviour): MeasuredInstance['answer'] =>
    () =>
      answerLike({ errorShare: Math.min(1, errorShare * errors), medianSeconds: medianSeconds * latency }, random.next)
  const made = await Promise.all(
    pools.map(async (pool) => [pool, await createMeasuredInstance({ buckets, answer: answerOf(usual) })] as const),
  )
  const instances: Readonly<Record<string, MeasuredInstance>> = Object.fromEntries(made)
  const instanceIn = (pool: string): MeasuredInstance => {
    const instance = instances[pool]
    if (instance === undefined) throw new Error(`There is no pool ${pool}.`)
    return instance
  }
  await Promise.all(Object.values(instances).map((instance) => instance.start()))

  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const visit = (pool: string) =>
    new Promise<void>((resolve) => {
      const [host, port] = instanceIn(pool).address.split(':')
      const sent = request({ agent, host, port, path: '/' }, (response) => {
        response.resume().once('close', resolve)
      })
      // While an instance is being replaced nobody answers there.
      sent.once('error', () => resolve())
      sent.end()
    })
  let owed = 0
  const visits = setInterval(() => {
    owed += (requestsPerSecond * visitEveryMs) / 1000
    for (; owed >= 1; owed -= 1) {
      const pool = route()
      if (pool !== null) void visit(pool)
    }
  }, visitEveryMs)

  const front = createServer((asked, response) => {
    const pool = pools.find((one) => asked.url === `/${one}/health`)
    response.writeHead(pool === undefined ? 404 : instanceIn(pool).healthStatus).end('ok\n')
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  const { port: frontPort } = front.address() as AddressInfo

  return {
    instances,
    healthUrl: `http://127.0.0.1:${frontPort}/$pool/health`,
    versionIn: (pool) => versions.get(pool) ?? null,
    setNext(behaviour) {
      next = { ...usual, ...behaviour }
    },
    async deploy(pool, version) {
      const instance = instanceIn(pool)
      await instance.stop()
      instance.answer = answerOf(next)
      instance.healthStatus = 200
      await instance.start()
      versions.set(pool, version)
      for (let trial = 0; trial < trials; trial += 1) await visit(pool)
    },
    setHealth(pool, status) {
      instanceIn(pool).healthStatus = status
    },
    async close() {
      clearInterval(visits)
      agent.destroy()
      front.closeAllConnections()
      await new Promise((resolve) => front.close(resolve))
      await Promise.all(Object.values(instances).map((instance) => instance.stop()))
    },
  }
}

/** Latencies are lognormal, as those of services are; a failed request takes as long as any other. */
function answerLike(
  usually: { readonly errorShare: number; readonly medianSeconds: number },
  random: () => number,
): MeasuredAnswer {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return {
    status: random() < usually.errorShare ? 500 : 200,
    seconds: usually.medianSeconds * Math.exp(spread * normal),
  }
}
