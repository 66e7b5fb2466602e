import { counterIncrease, type Reading } from './counter-increase.ts'
import type { Series } from './read-series.ts'

export type BucketCounts =
  | {
      readonly ok: true
      /** Upper bounds, rising, the last one Infinity; null where no series has a sample. */
      readonly bounds: readonly number[] | null
      /** In each bucket alone; null where no series has a sample. */
      readonly counts: readonly number[] | null
    }
  | { readonly ok: false; readonly detail: string }

/** The buckets of one histogram: one series for each value of `le`. */
interface Histogram {
  readonly bounds: Map<number, Series>
}

/**
 * How much the histograms of an arm grew together, bucket by bucket.
 *
 * @param startsAtZero - whether a histogram without earlier samples is known to have begun in the interval
 */
export function bucketCounts(series: readonly Series[], startsAtZero: boolean): BucketCounts {
  const histograms = new Map<string, Histogram>()
  for (const one of series) {
    // A series that has ended adds nothing, and its bounds may be those of a version that is gone.
    if (one.samples.length === 0) continue
    const { le, ...labels } = one.labels
    const bound = boundOf(le)
    if (bound === null) return fail(`a series has the label le=${JSON.stringify(le ?? '')}. Name the _bucket metric.`)
    const key = JSON.stringify(labels)
    const histogram = histograms.get(key) ?? { bounds: new Map() }
    if (histogram.bounds.has(bound)) return fail(`a histogram has the bound ${bound} twice.`)
    histogram.bounds.set(bound, one)
    histograms.set(key, histogram)
  }
  let bounds: readonly number[] | null = null
  let sum: readonly number[] | null = null
  for (const { bounds: byBound } of histograms.values()) {
    const own = [...byBound.keys()].sort((a, b) => a - b)
    if (own.at(-1) !== Number.POSITIVE_INFINITY) return fail('a histogram has no bucket le="+Inf".')
    bounds ??= own
    if (!areEqual(bounds, own)) return fail(differ(bounds, own))
    const buckets = own.flatMap((bound) => byBound.get(bound) ?? [])
    const readings = readTogether(buckets)
    if (readings === null)
      return fail('the buckets of a histogram changed within the interval; from the next one on they count.')
    const growth = counterIncrease(valuesBefore(buckets), readings, startsAtZero)
    const total: readonly number[] = sum ?? own.map(() => 0)
    sum = total.map((value, index) => value + (growth?.[index] ?? 0))
  }
  return { ok: true, bounds, counts: sum === null ? null : notCumulative(sum) }
}

/** @returns what to tell when two arms, or two instances, cannot be compared */
export function differ(one: readonly number[], other: readonly number[]): string {
  return `histograms with different buckets cannot be compared: ${listed(one)} and ${listed(other)}. Give both versions the same.`
}

export function areEqual(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((bound, index) => bound === other[index])
}

function fail(detail: string): BucketCounts {
  return { ok: false, detail }
}

function listed(bounds: readonly number[]): string {
  return `[${bounds.map((bound) => (bound === Number.POSITIVE_INFINITY ? '+Inf' : bound)).join(', ')}]`.slice(0, 150)
}

function boundOf(le: string | undefined): number | null {
  if (le === undefined || le.trim() === '') return null
  const bound = /^\+?Inf$/i.test(le) ? Number.POSITIVE_INFINITY : Number(le)
  return Number.isNaN(bound) ? null : bound
}

/** All buckets at each moment; null where one of them is missing at some moment that another has. */
function readTogether(buckets: readonly Series[]): readonly Reading[] | null {
  const moments = buckets[0]?.samples ?? []
  if (buckets.some(({ samples }) => samples.length !== moments.length)) return null
  const readings = moments.map(([at], index) => ({
    at,
    values: buckets.flatMap(({ samples }) => (samples[index]?.[0] === at ? [samples[index][1]] : [])),
  }))
  return readings.every(({ values }) => values.length === buckets.length) ? readings : null
}

/**
 * Buckets that only partly existed before are those of another version: the process has started anew, so all of them
 * began at 0.
 */
function valuesBefore(buckets: readonly Series[]): readonly number[] | null {
  const known = buckets.flatMap(({ before }) => (before === null ? [] : [before]))
  if (known.length === 0) return null
  return known.length === buckets.length ? known : buckets.map(() => 0)
}

/** A bucket that grew less than a smaller one was read a moment earlier; Prometheus too takes the larger of the two. */
function notCumulative(cumulative: readonly number[]): readonly number[] {
  let reached = 0
  return cumulative.map((value) => {
    const own = Math.max(0, value - reached)
    reached = Math.max(reached, value)
    return own
  })
}
