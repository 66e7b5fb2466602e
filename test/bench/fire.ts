import { performance } from 'node:perf_hooks'
import autocannon from 'autocannon'
import type { SignedDelivery } from './deliveries.ts'

export interface Fired {
  /** Answers with a 2xx a second. */
  readonly rate: number
  /** From the first byte sent to the last received, in ms. */
  readonly latenciesMs: readonly number[]
  /** When each answer with a 2xx had come, in ms from the start, in the order in which they came. */
  readonly acceptedAtMs: readonly number[]
  readonly failed: number
  /** CPU time of this process, which sends, as a share of the time it took, in percent of one core. */
  readonly ownCpuPercent: number
}

/** Sends each delivery once, over so many connections that are kept open, each waiting for its answer. */
export async function fire(options: {
  readonly url: string
  readonly deliveries: readonly SignedDelivery[]
  readonly connections: number
}): Promise<Fired> {
  const { deliveries, connections } = options
  const latenciesMs: number[] = []
  const acceptedAtMs: number[] = []
  let lastAnswerAt = Number.NaN
  let next = 0
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const run = autocannon({
    url: options.url,
    connections,
    amount: deliveries.length,
    timeout: 20,
    requests: [
      {
        setupRequest: (request) => {
          const delivery = deliveries[next]
          next += 1
          // Asked for once more than is sent, when a connection is done.
          if (delivery === undefined) return request
          return { ...request, method: 'POST', headers: { ...delivery.headers }, body: delivery.body }
        },
      },
    ],
  })
  run.on('response', (_client, status, _bytes, responseMs) => {
    lastAnswerAt = performance.now()
    latenciesMs.push(responseMs)
    if (status >= 200 && status < 300) acceptedAtMs.push(lastAnswerAt - startedAt)
  })
  const result = await run
  const tookMs = lastAnswerAt - startedAt
  const cpu = process.cpuUsage(cpuBefore)
  return {
    rate: (acceptedAtMs.length / tookMs) * 1000,
    latenciesMs,
    acceptedAtMs,
    failed: deliveries.length - acceptedAtMs.length + result.errors + result.timeouts,
    ownCpuPercent: ((cpu.user + cpu.system) / 1000 / tookMs) * 100,
  }
}
