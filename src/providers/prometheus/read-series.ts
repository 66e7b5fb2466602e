import type { Labels } from './prometheus-answers.ts'
import type { Answered, PrometheusClient } from './prometheus-client.ts'

/** One series of one selector, as far as an interval is concerned. */
export interface Series {
  /** Without the metric's name. */
  readonly labels: Labels
  /** The last value at or before the interval's start, not older than `lookbackMs`; null where there is none. */
  readonly before: number | null
  /** After the start, up to and including the end, oldest first. */
  readonly samples: readonly (readonly [at: number, value: number])[]
}

export type SeriesResult =
  | { readonly ok: true; readonly series: readonly Series[]; readonly remarks: readonly string[] }
  | { readonly ok: false; readonly detail: string }

export interface SeriesRequest {
  /** PromQL, see `formatSelector`. */
  readonly selector: string
  /** UTC milliseconds. */
  readonly from: number
  readonly to: number
  /** How long after the fact every sample is there, ms. */
  readonly lagMs: number
  /** How far back the value at the start is looked for, ms. */
  readonly lookbackMs: number
  /** An answer with more is refused. */
  readonly maxSeries: number
}

/**
 * Reads the raw samples of an interval and the value that each series had at its start. These are two queries: the value
 * may be as old as a long outage, and so long a past of every series is too much to read each minute.
 */
export async function readSeries(
  client: PrometheusClient,
  request: SeriesRequest,
  signal: AbortSignal,
): Promise<SeriesResult> {
  const { selector, from, to, lagMs, lookbackMs, maxSeries } = request
  const limit = maxSeries + 1
  const [earlier, within] = await Promise.all([
    client.query(`last_over_time(${selector}[${lookbackMs}ms])`, from, limit, signal),
    client.query(`${selector}[${to - from}ms]`, to, limit, signal),
  ])
  if (!within.ok) return failure(detailOf(within.failure))
  if (!earlier.ok) return failure(detailOf(earlier.failure))
  if (isTooEarly(within.value.servedAt, to, lagMs)) return failure(`${selector}: ${clocksDiffer}`)
  const fault = faultOf(earlier.value, maxSeries) ?? faultOf(within.value, maxSeries)
  if (fault !== null) return failure(`${selector}: ${fault}`)

  const found = new Map<string, { labels: Labels; before: number | null; samples: [number, number][] }>()
  const { data: started } = earlier.value
  if (started.resultType !== 'vector')
    return failure(`${selector}: the value at the start came as ${started.resultType}.`)
  for (const { metric, value } of started.result) {
    const { key, labels } = identityOf(metric)
    if (found.has(key)) return failure(`${selector}: ${twice(labels)}`)
    found.set(key, { labels, before: value?.[1] ?? null, samples: [] })
  }
  const { data: measured } = within.value
  if (measured.resultType !== 'matrix') return failure(`${selector}: its samples came as ${measured.resultType}.`)
  for (const { metric, values = [] } of measured.result) {
    const { key, labels } = identityOf(metric)
    const series = found.get(key) ?? { labels, before: null, samples: [] }
    if (series.samples.length > 0) return failure(`${selector}: ${twice(labels)}`)
    // Prometheus 2 includes the start of a range, 3 does not: here it belongs to the interval before.
    series.samples.push(...values.filter(([at]) => at > from && at <= to))
    found.set(key, series)
  }
  const series = [...found.values()]
  const odd = series.find(({ before, samples }) => [before ?? 0, ...samples.map(([, value]) => value)].some(isNoCount))
  if (odd !== undefined) {
    return failure(
      `${selector}: the series ${textOf(odd.labels)} holds NaN, an infinity or less than 0, so it is no counter.`,
    )
  }
  return { ok: true, series, remarks: [...new Set([...earlier.value.remarks, ...within.value.remarks])] }
}

/**
 * A clock of ours that is ahead asks for samples that are yet to come, and they would be missing from both intervals.
 * Half of the lag may be used up by clocks; the server's is known to the second.
 */
function isTooEarly(servedAt: number | null, to: number, lagMs: number): boolean {
  return servedAt !== null && servedAt + 1000 - to < lagMs / 2
}

const clocksDiffer = "the interval has just ended by the server's clock. Set the clocks of Sluice and Prometheus right."

function failure(detail: string): SeriesResult {
  return { ok: false, detail }
}

function detailOf(failed: { readonly type: string; readonly detail?: string; readonly retryAfterMs?: number }): string {
  return (
    failed.detail ?? `Prometheus query: HTTP 429, it asks to wait ${Math.ceil((failed.retryAfterMs ?? 0) / 1000)} s.`
  )
}

/** Why an answer is not to be counted with, or null. */
function faultOf({ data, remarks }: Answered, maxSeries: number): string | null {
  if (data.resultType !== 'vector' && data.resultType !== 'matrix') return null
  const cut = remarks.find((remark) => /truncat|partial|limit|incomplete|too many/i.test(remark))
  if (data.result.length > maxSeries) {
    return `there are more than ${maxSeries} series. Narrow the selector down, or leave out a label with many values.`
  }
  if (cut !== undefined) return `the answer is not complete: ${cut}`
  const isNative =
    data.resultType === 'vector'
      ? data.result.some(({ histogram }) => histogram !== undefined)
      : data.result.some(({ histograms }) => histograms !== undefined)
  if (isNative) {
    return 'it is a native histogram. Have Prometheus keep the classic buckets too (always_scrape_classic_histograms) and name those.'
  }
  return null
}

function identityOf(metric: Labels): { readonly key: string; readonly labels: Labels } {
  // Functions may drop the name; a selector names one metric.
  const entries = Object.entries(metric).filter(([label]) => label !== '__name__')
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return { key: JSON.stringify(entries), labels: Object.fromEntries(entries) }
}

function isNoCount(value: number): boolean {
  return !Number.isFinite(value) || value < 0
}

function twice(labels: Labels): string {
  return `the series ${textOf(labels)} came twice in one answer. Is the selector over several metrics, or is there a proxy that does not deduplicate?`
}

function textOf(labels: Labels): string {
  const text = Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(', ')
  return `{${text.length > 160 ? `${text.slice(0, 160)}…` : text}}`
}
