import type { MetricSample } from '../../analysis/samples.ts'
import type { MetricQuery, MetricsSource, PoolNames } from '../../engine/metrics-source.ts'
import type { ArmsPolicy } from '../../policy/metrics-policy.ts'
import { type Arm, armSelector } from './arm-selectors.ts'
import { inParallel } from './in-parallel.ts'
import { type PrometheusAuth, type PrometheusCall, prometheusClient } from './prometheus-client.ts'
import { readSeries, type SeriesResult } from './read-series.ts'
import { sampleOf } from './sample-of.ts'

export interface PrometheusMetricsSourceOptions {
  /** Without a slash at the end. */
  readonly url: string
  readonly auth: PrometheusAuth | null
  readonly arms: ArmsPolicy
  /** How long after the fact every sample is there, ms. */
  readonly lagMs: number
  /** UTC milliseconds. */
  readonly now?: () => number
  /** Longest time for one call, ms; a whole measurement takes at most twice as long. */
  readonly timeoutMs?: number
  /**
   * How long a series may be silent and still be known for the same, ms: outages of scraping, or of Prometheus, up to
   * this length are counted over. After a longer one a counter is taken for a new one where others were seen meanwhile.
   */
  readonly lookbackMs?: number
  /** A selector that has more series in one arm is refused. */
  readonly maxSeries?: number
  /** Selectors that are read side by side, with two queries each. */
  readonly concurrency?: number
  readonly onCall?: (call: PrometheusCall) => void
  /** What the server said besides its answer, once for each text and measurement. */
  readonly onRemark?: (remark: string) => void
}

/** Enough for some thousand series of a minute; a process must not run out of memory for a selector that is too wide. */
const maxBytes = 32 * 1_048_576

const arms = ['canary', 'baseline'] as const

/**
 * Prometheus, and what speaks its HTTP API, as a source of counts. A series that was not there before the interval
 * counts from 0, as a new instance's and a first error's do, if anything else of the same measurement was there: then
 * somebody was watching. If nothing was, Prometheus itself is new or back from a long outage, and it counts from its first
 * sample on.
 */
export function prometheusMetricsSource(options: PrometheusMetricsSourceOptions): MetricsSource {
  const { url, auth, lagMs, now = Date.now, timeoutMs = 5000, onCall, onRemark } = options
  const { lookbackMs = 3_600_000, maxSeries = 10_000, concurrency = 4 } = options
  const client = prometheusClient({ url, auth, timeoutMs, maxBytes, onCall })

  async function measure(
    metrics: Readonly<Record<string, MetricQuery>>,
    { from, to }: { readonly from: number; readonly to: number },
    pools: PoolNames | null,
  ): Promise<Readonly<Record<string, MetricSample>>> {
    const fault = intervalFault(from, to, now() - lagMs)
    if (fault !== null) return mapValues(metrics, () => ({ type: 'error', detail: fault }))

    const wanted = new Set<string>()
    for (const query of Object.values(metrics)) {
      for (const written of selectorsOf(query)) {
        for (const arm of arms) {
          const made = armSelector(written, options.arms, arm, pools)
          if (made.ok) wanted.add(made.selector)
        }
      }
    }
    const deadline = AbortSignal.timeout(2 * timeoutMs)
    const read = new Map<string, SeriesResult>()
    await inParallel([...wanted], concurrency, async (selector) => {
      read.set(selector, await readSeries(client, { selector, from, to, lagMs, lookbackMs, maxSeries }, deadline))
    })
    for (const remark of new Set([...read.values()].flatMap((one) => (one.ok ? one.remarks : [])))) onRemark?.(remark)

    const wasWatched = [...read.values()].some((one) => one.ok && one.series.some(({ before }) => before !== null))
    const readArm = (written: string, arm: Arm): SeriesResult => {
      const made = armSelector(written, options.arms, arm, pools)
      return made.ok ? (read.get(made.selector) ?? { ok: false, detail: `${made.selector} was not read.` }) : made
    }
    return mapValues(metrics, (query) => sampleOf(query, readArm, wasWatched))
  }

  return {
    lagMs,
    measure: (metrics, interval, pools) => measure(metrics, interval, pools ?? null),
    async ping() {
      const sentAt = now()
      const answer = await client.query('time()', null, 1, AbortSignal.timeout(timeoutMs))
      if (!answer.ok) return answer
      const { data } = answer.value
      if (data.resultType !== 'scalar') {
        const detail = `Prometheus query: time() came as ${data.resultType}.`
        return { ok: false, failure: { type: 'unavailable', detail, mayHaveHappened: true } }
      }
      // It was read somewhere between the question and the answer.
      return { ok: true, value: { skewMs: Math.round(data.result[1] * 1000 - (sentAt + now()) / 2) } }
    },
  }
}

function intervalFault(from: number, to: number, complete: number): string | null {
  if (!(to > from)) return 'The interval is empty.'
  return to > complete ? 'The interval ends too late: not all of its samples are there yet.' : null
}

function selectorsOf(query: MetricQuery): readonly string[] {
  switch (query.type) {
    case 'ratio':
      return [query.total, query.bad]
    case 'latency':
      return [query.buckets]
    case 'kinds':
      return [query.total, query.errors]
    default:
      return query satisfies never
  }
}

function mapValues<In, Out>(values: Readonly<Record<string, In>>, make: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, make(value)]))
}
