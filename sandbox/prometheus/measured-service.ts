import { createServer, type Server } from 'node:http'
import { Counter, Histogram, Registry } from 'prom-client'
import { freePort } from '../free-port.ts'

/** What an instance answers to one request; `seconds` is what it says that it took, and nobody waits for it. */
export interface MeasuredAnswer {
  readonly status: number
  readonly seconds: number
}

/** What an instance really did, over all its restarts. */
export interface TrueCounts {
  readonly total: number
  readonly byStatus: Readonly<Record<string, number>>
  /** Answers by the bucket that they fall into, not cumulative; the last one is above every bound. */
  readonly byBucket: readonly number[]
}

export interface MeasuredInstance {
  /** `127.0.0.1:port`, the same for ever. */
  readonly address: string
  /** What the next requests get. */
  answer: (path: string) => MeasuredAnswer
  /** What `/health` answers. */
  healthStatus: number
  counts(): TrueCounts
  /** When a scrape of it has been answered, the next time. */
  scraped(): Promise<void>
  /** Listens; with counters that begin at 0, as a process that was started does. */
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * One instance of a service that counts its requests as most do, `http_requests_total{status}` and
 * `http_request_duration_seconds`, and that also knows the truth. It is a server of its own: a request to any path is
 * counted, `/metrics` is for Prometheus, `/health` for probes.
 *
 * @param options.buckets - upper bounds in seconds, rising, without infinity
 */
export async function createMeasuredInstance(
  options: { readonly buckets?: readonly number[]; readonly answer?: (path: string) => MeasuredAnswer } = {},
): Promise<MeasuredInstance> {
  const { buckets = [0.1, 0.3, 0.5, 1, 3] } = options
  const byStatus = new Map<string, number>()
  const byBucket = [...buckets, Number.POSITIVE_INFINITY].map(() => 0)
  let scrapers: (() => void)[] = []
  let server: Server | null = null
  // A port that is ours from now on, also while nothing listens there.
  const port = await freePort()

  const instance: MeasuredInstance = {
    address: `127.0.0.1:${port}`,
    answer: options.answer ?? (() => ({ status: 200, seconds: 0.05 })),
    healthStatus: 200,
    counts() {
      const total = [...byStatus.values()].reduce((sum, count) => sum + count, 0)
      return { total, byStatus: Object.fromEntries(byStatus), byBucket: [...byBucket] }
    },
    scraped: () => new Promise((resolve) => scrapers.push(resolve)),
    async start() {
      if (server === null) server = await listen(port)
    },
    async stop() {
      const stopped = server
      server = null
      if (stopped === null) return
      stopped.closeAllConnections()
      await new Promise((resolve) => stopped.close(resolve))
    },
  }
  return instance

  function listen(on: number): Promise<Server> {
    const registry = new Registry()
    const requests = new Counter({
      name: 'http_requests_total',
      help: 'Requests.',
      labelNames: ['status'],
      registers: [registry],
    })
    const durations = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Durations.',
      buckets: [...buckets],
      registers: [registry],
    })
    const started = createServer(async (request, response) => {
      if (request.url === '/health') {
        response.writeHead(instance.healthStatus).end('ok\n')
        return
      }
      if (request.url === '/metrics') {
        const text = await registry.metrics()
        response.on('finish', () => {
          const waiting = scrapers
          scrapers = []
          for (const resolve of waiting) resolve()
        })
        response.writeHead(200, { 'content-type': registry.contentType }).end(text)
        return
      }
      const { status, seconds } = instance.answer(request.url ?? '/')
      requests.inc({ status })
      durations.observe(seconds)
      byStatus.set(String(status), (byStatus.get(String(status)) ?? 0) + 1)
      const bucket = buckets.findIndex((bound) => seconds <= bound)
      const place = bucket < 0 ? buckets.length : bucket
      byBucket[place] = (byBucket[place] ?? 0) + 1
      response.writeHead(status).end(`${status}\n`)
    })
    return new Promise((resolve, reject) => {
      started.once('error', reject)
      started.listen(on, '127.0.0.1', () => resolve(started))
    })
  }
}
