/**
 * What the environments of a rollout benchmark are watched by: the two queries that Sluice makes of a Prometheus, answered
 * from counters that rise steadily, and a page for health checks. A real Prometheus would take more of the machine than
 * what is measured.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { listen, type RunningServer } from '../../sandbox/github/listen.ts'

/** Requests in a second, of both arms together; the canary gets its share of the first step. */
const requestsPerSecond = 50
export const canaryShare = 0.1
const errorShare = 0.001
const scrapeEveryMs = 5_000
const instances = ['a', 'b'] as const
/** Upper bounds in seconds, and the share of the requests that is below. */
const buckets: readonly (readonly [bound: string, share: number])[] = [
  ...[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10].map((bound, index, { length }) => {
    return [String(bound), 1 - 0.5 ** (((index + 1) * 12) / length)] as const
  }),
  ['+Inf', 1],
]

interface Counter {
  readonly labels: Readonly<Record<string, string>>
  readonly perSecond: number
}

/** `${url}` is the Prometheus, `${url}/health` and what is below it the page. */
export async function startCounters(): Promise<RunningServer> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (url.pathname.startsWith('/health')) {
      response.writeHead(200).end('ok\n')
      return
    }
    parametersOf(request, url)
      .then((parameters) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ status: 'success', data: answer(parameters) }))
      })
      .catch((error: unknown) => {
        console.error('The counters failed to answer a query:', error)
        response.destroy()
      })
  })
  return await listen(server)
}

async function parametersOf(request: IncomingMessage, url: URL): Promise<URLSearchParams> {
  return request.method === 'POST' ? new URLSearchParams(await text(request)) : url.searchParams
}

/** `last_over_time(SELECTOR[…])` and `SELECTOR[…]`, at a time. */
function answer(parameters: URLSearchParams): unknown {
  const query = parameters.get('query') ?? ''
  const at = Number(parameters.get('time')) * 1000
  const counters = countersOf(query)
  if (query.startsWith('last_over_time')) {
    const value = (counter: Counter) => sampleAt(counter, at - (at % scrapeEveryMs), at)
    return { resultType: 'vector', result: counters.map((one) => ({ metric: one.labels, value: value(one) })) }
  }
  const rangeMs = Number(/\[(\d+)ms\]$/.exec(query)?.[1])
  const values = (counter: Counter) => {
    const samples = []
    for (let time = at - (at % scrapeEveryMs); time > at - rangeMs; time -= scrapeEveryMs) {
      samples.unshift(sampleAt(counter, time, time))
    }
    return samples
  }
  return { resultType: 'matrix', result: counters.map((one) => ({ metric: one.labels, values: values(one) })) }
}

function sampleAt({ perSecond }: Counter, at: number, stampedAt: number): readonly [number, string] {
  return [stampedAt / 1000, String(Math.floor((at % 1e9) * (perSecond / 1000)))]
}

function countersOf(query: string): readonly Counter[] {
  const isCanary = query.includes('version="canary"')
  const perSecond = (requestsPerSecond * (isCanary ? canaryShare : 1 - canaryShare)) / instances.length
  const statuses = [
    ['200', 1 - errorShare],
    ['503', errorShare],
  ] as const
  return instances.flatMap((instance): readonly Counter[] => {
    const own = { instance, version: isCanary ? 'canary' : 'baseline' }
    if (query.includes('_bucket')) {
      return buckets.map(([le, share]) => ({ labels: { ...own, le }, perSecond: perSecond * share }))
    }
    return statuses
      .filter(([status]) => !query.includes('5..') || status.startsWith('5'))
      .map(([status, share]) => ({ labels: { ...own, status }, perSecond: perSecond * share }))
  })
}
