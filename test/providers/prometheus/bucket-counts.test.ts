import { describe, expect, it } from 'vitest'
import { bucketCounts } from '../../../src/providers/prometheus/bucket-counts.ts'
import type { Series } from '../../../src/providers/prometheus/read-series.ts'

/** The buckets of one instance: value before and values at 1, 2, … for each `le`. */
function histogram(
  instance: string,
  buckets: Readonly<Record<string, readonly [number | null, ...number[]]>>,
): Series[] {
  return Object.entries(buckets).map(([le, [before, ...values]]) => ({
    labels: { instance, le },
    before,
    samples: values.map((value, index) => [index + 1, value] as const),
  }))
}

describe('bucketCounts', () => {
  it('sums instances, and takes cumulative buckets apart', () => {
    const series = [
      ...histogram('a', { '0.1': [10, 12], '1': [20, 25], '+Inf': [30, 37] }),
      ...histogram('b', { '+Inf': [0, 4], '1.0': [0, 3], '0.10': [0, 1] }),
    ]
    expect(bucketCounts(series, true)).toEqual({
      ok: true,
      bounds: [0.1, 1, Number.POSITIVE_INFINITY],
      counts: [2 + 1, 3 + 2, 2 + 1],
    })
  })

  it('sees a restart by any of the buckets', () => {
    const series = histogram('a', { '0.1': [5, 6], '+Inf': [100, 9] })
    expect(bucketCounts(series, true)).toMatchObject({ counts: [6, 3] })
  })

  it('counts a histogram of a new instance from 0, and one whose past is unknown from its first sample on', () => {
    const series = histogram('a', { '0.1': [null, 5, 6], '+Inf': [null, 10, 12] })
    expect(bucketCounts(series, true)).toMatchObject({ counts: [6, 6] })
    expect(bucketCounts(series, false)).toMatchObject({ counts: [1, 1] })
  })

  it('does not know the counts of an arm without samples', () => {
    const ended = histogram('a', { '0.1': [5], '+Inf': [9] })
    expect(bucketCounts(ended, true)).toEqual({ ok: true, bounds: null, counts: null })
    expect(bucketCounts([], true)).toEqual({ ok: true, bounds: null, counts: null })
  })

  it('leaves out an instance that has ended, also when it had other buckets', () => {
    const series = [
      ...histogram('old', { '5': [5], '+Inf': [9] }),
      ...histogram('new', { '1': [0, 2], '+Inf': [0, 3] }),
    ]
    expect(bucketCounts(series, true)).toMatchObject({ bounds: [1, Number.POSITIVE_INFINITY], counts: [2, 1] })
  })

  it('takes an instance that came back with other buckets for a new process', () => {
    const series = histogram('a', { '5': [50], '1': [null, 2], '+Inf': [60, 70] })
    expect(bucketCounts(series, true)).toMatchObject({ bounds: [1, Number.POSITIVE_INFINITY], counts: [2, 68] })
  })

  it('never makes a bucket negative that was read a moment after a larger one', () => {
    const series = histogram('a', { '0.1': [0, 5], '1': [0, 4], '+Inf': [0, 6] })
    expect(bucketCounts(series, true)).toMatchObject({ counts: [5, 0, 1] })
  })

  it.each<[string, Series[], RegExp]>([
    [
      'instances with different buckets',
      [...histogram('a', { '0.1': [0, 1], '+Inf': [0, 1] }), ...histogram('b', { '0.2': [0, 1], '+Inf': [0, 1] })],
      /different buckets cannot be compared: \[0\.1, \+Inf\] and \[0\.2, \+Inf\]/,
    ],
    ['a histogram without an end', histogram('a', { '0.1': [0, 1], '1': [0, 1] }), /no bucket le="\+Inf"/],
    ['a bound that is there twice', histogram('a', { '1': [0, 1], '1.0': [0, 1], '+Inf': [0, 1] }), /bound 1 twice/],
    ['a metric that is none of buckets', [{ labels: {}, before: 0, samples: [[1, 1]] }], /Name the _bucket metric/],
    ['a bound that is no number', histogram('a', { much: [0, 1] }), /le="much"/],
    ['buckets that changed meanwhile', histogram('a', { '0.1': [0, 1], '+Inf': [0, 1, 2] }), /changed within/],
  ])('says what is wrong with %s', (_, series, detail) => {
    const result = bucketCounts(series, true)
    expect(result.ok ? '' : result.detail).toMatch(detail)
  })
})
