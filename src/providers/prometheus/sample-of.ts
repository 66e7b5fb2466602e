import type { MetricSample } from '../../analysis/samples.ts'
import type { MetricQuery } from '../../engine/metrics-source.ts'
import type { Arm } from './arm-selectors.ts'
import { areEqual, bucketCounts, differ } from './bucket-counts.ts'
import { counterIncrease } from './counter-increase.ts'
import type { Series, SeriesResult } from './read-series.ts'

/** What was read for a selector of one arm. */
export type ReadArm = (selector: string, arm: Arm) => SeriesResult

/**
 * Makes one metric's sample out of what was read.
 *
 * @param startsAtZero - whether a series without earlier samples is known to have begun in the interval
 */
export function sampleOf(query: MetricQuery, read: ReadArm, startsAtZero: boolean): MetricSample {
  try {
    switch (query.type) {
      case 'ratio':
        return { type: 'ratio', canary: ratio(query, 'canary'), baseline: ratio(query, 'baseline') }
      case 'latency':
        return latency(query.buckets)
      case 'kinds':
        return { type: 'kinds', canary: kinds(query, 'canary'), baseline: kinds(query, 'baseline') }
      default:
        return query satisfies never
    }
  } catch (error) {
    if (error instanceof Unmeasured) return { type: 'error', detail: error.message }
    throw error
  }

  function seriesOf(selector: string, arm: Arm): readonly Series[] {
    const result = read(selector, arm)
    if (!result.ok) throw new Unmeasured(result.detail)
    return result.series
  }

  function ratio(ratioQuery: Extract<MetricQuery, { type: 'ratio' }>, arm: Arm) {
    const total = sumOf(seriesOf(ratioQuery.total, arm))
    const bad = sumOf(seriesOf(ratioQuery.bad, arm))
    if (total !== null && bad !== null && bad > total) {
      throw new Unmeasured(
        `The ${arm} has counted a part of ${bad} in ${total}: ${ratioQuery.total} has to count all that ${ratioQuery.bad} counts.`,
      )
    }
    return { total, bad }
  }

  function latency(selector: string): MetricSample {
    const canary = bucketCounts(seriesOf(selector, 'canary'), startsAtZero)
    const baseline = bucketCounts(seriesOf(selector, 'baseline'), startsAtZero)
    if (!canary.ok) throw new Unmeasured(`${selector}, canary: ${canary.detail}`)
    if (!baseline.ok) throw new Unmeasured(`${selector}, baseline: ${baseline.detail}`)
    if (canary.bounds !== null && baseline.bounds !== null && !areEqual(canary.bounds, baseline.bounds)) {
      throw new Unmeasured(`${selector}: ${differ(canary.bounds, baseline.bounds)}`)
    }
    return {
      type: 'latency',
      bounds: canary.bounds ?? baseline.bounds ?? [Number.POSITIVE_INFINITY],
      canary: { counts: canary.counts },
      baseline: { counts: baseline.counts },
    }
  }

  function kinds(kindsQuery: Extract<MetricQuery, { type: 'kinds' }>, arm: Arm) {
    const total = sumOf(seriesOf(kindsQuery.total, arm))
    const counts = new Map<string, number>()
    for (const series of seriesOf(kindsQuery.errors, arm)) {
      const grown = growthOf(series) ?? 0
      const kind = series.labels[kindsQuery.label] ?? ''
      if (grown > 0) counts.set(kind, (counts.get(kind) ?? 0) + grown)
    }
    return { total, kinds: Object.fromEntries(counts) }
  }

  function sumOf(all: readonly Series[]): number | null {
    const grown = all.map(growthOf).filter((one) => one !== null)
    return grown.length === 0 ? null : grown.reduce((sum, one) => sum + one, 0)
  }

  function growthOf({ before, samples }: Series): number | null {
    const readings = samples.map(([at, value]) => ({ at, values: [value] }))
    return counterIncrease(before === null ? null : [before], readings, startsAtZero)?.[0] ?? null
  }
}

/** Leads out of the depth of one metric; goes no further than `sampleOf`. */
class Unmeasured extends Error {}
