import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/analysis/analysis-policy.ts'
import { countAbove, quantileOf, slowBound } from '../../src/analysis/histogram.ts'
import type { MetricSample, Observation } from '../../src/analysis/samples.ts'
import { firstStep, minute, watch } from './checks.ts'

const bounds = [0.1, 0.2, 0.4, 0.8]

describe('histograms', () => {
  it('have percentiles that are interpolated on the scale of logarithms', () => {
    // 50 of 100 lie below .1, 40 from there to .2, 10 from there to .4: the 95th is halfway through the last.
    expect(quantileOf(bounds, [50, 40, 10, 0, 0], 0.95)).toBeCloseTo(0.2 * Math.SQRT2, 12)
    expect(quantileOf(bounds, [50, 40, 10, 0, 0], 0.9)).toBeCloseTo(0.2, 12)
  })

  it('have a straight line in the lowest bucket', () => {
    expect(quantileOf(bounds, [100, 0, 0, 0, 0], 0.95)).toBeCloseTo(0.095, 12)
  })

  it('have none of nothing, and the greatest bound for what lies above it', () => {
    expect(quantileOf(bounds, [0, 0, 0, 0, 0], 0.95)).toBeNull()
    expect(quantileOf(bounds, [0, 0, 0, 0, 9], 0.95)).toBe(0.8)
    expect(quantileOf([], [], 0.95)).toBeNull()
  })

  it.each([
    [[50, 40, 10, 0, 0], 1, 10],
    [[50, 40, 7, 3, 0], 1, 10],
    [[50, 30, 10, 6, 4], 2, 10],
    [[50, 30, 10, 5, 5], 3, 5],
    [[100, 0, 0, 0, 0], 0, 0],
    [[0, 0, 0, 0, 0], 0, 0],
  ])('%j are slow above the bound %d: %d of them', (counts, bound, above) => {
    expect(slowBound(bounds, counts, 0.05)).toBe(bound)
    expect(countAbove(counts, bound)).toBe(above)
  })
})

const policy = { ...defaultPolicy, metrics: defaultPolicy.metrics.filter(({ type }) => type === 'latency') }

function latency(canary: readonly number[] | null, baseline: readonly number[] | null): MetricSample {
  return {
    type: 'latency',
    bounds: [...bounds, Number.POSITIVE_INFINITY],
    canary: { counts: canary },
    baseline: { counts: baseline },
  }
}

function checks(count: number, sampleAt: (at: number) => MetricSample): readonly Observation[] {
  return Array.from({ length: count }, (_, at) => ({
    from: at * minute,
    to: (at + 1) * minute,
    samples: { latency: sampleAt(at) },
  }))
}

const usual = [500, 400, 90, 10, 0].map((count) => count * 10)
const latencyOf = (watched: ReturnType<typeof watch>) => watched.verdict.metrics[0]

describe('the verdict on latency', () => {
  it('is fail where many requests are slow and the percentile is higher minute by minute', () => {
    const watched = watch(
      checks(10, (at) => latency([200, 150, 90, 50 + (at % 3), 10], usual)),
      policy,
    )
    expect(latencyOf(watched)).toMatchObject({ verdict: 'fail', reason: 'harm_shown' })
    expect(latencyOf(watched)?.ratio).toBeGreaterThan(1.5)
    expect(latencyOf(watched)?.p95?.baseline).toBeLessThan(0.4)
  })

  it.each([
    [10, 'fail'],
    [4, 'inconclusive'],
  ] as const)('of a window too short for minutes is by as many pieces: after %i it is %s', (count, verdict) => {
    const second = 1000
    const pieces = Array.from({ length: count }, (_, at) => ({
      from: at * second,
      to: (at + 1) * second,
      samples: { latency: latency([200, 150, 90, 50 + (at % 3), 10], usual) },
    }))
    const step = { ...firstStep, windowMs: 10 * second, intervalMs: second }
    const watched = watch(pieces, { ...policy, warmUp: { ms: 0, factor: 1 } }, step)
    expect(latencyOf(watched)?.verdict).toBe(verdict)
  })

  it('is not fail for one terrible minute', () => {
    const watched = watch(
      checks(15, (at) => (at === 5 ? latency([0, 0, 0, 100, 400], usual) : latency([250, 200, 45, 5, 0], usual))),
      policy,
    )
    expect(latencyOf(watched)?.verdict).not.toBe('fail')
  })

  it('is pass for a canary that is as fast', () => {
    const watched = watch(
      checks(15, () => latency([250, 200, 45, 5, 0], usual)),
      policy,
    )
    expect(latencyOf(watched)).toMatchObject({ verdict: 'pass', reason: 'harm_excluded' })
    expect(latencyOf(watched)?.ratio).toBeCloseTo(1, 9)
    expect(watched.decision.outcome.type).toBe('advance')
  })

  it('is inconclusive in the warm-up, and never fail there', () => {
    expect(
      latencyOf(
        watch(
          checks(3, () => latency([0, 0, 0, 0, 500], usual)),
          policy,
        ),
      ),
    ).toMatchObject({
      verdict: 'inconclusive',
      reason: 'warming_up',
    })
  })

  it.each([
    ['an arm has no series', latency(null, usual)],
    ['a count is not a number', latency([Number.NaN, 0, 0, 0, 0], usual)],
    ['there are not as many counts as buckets', latency([1, 2], usual)],
  ])('is no_data where %s', (_, sample) => {
    expect(
      latencyOf(
        watch(
          checks(5, () => sample),
          policy,
        ),
      ),
    ).toMatchObject({ verdict: 'no_data', reason: 'no_series' })
  })

  it('begins anew when the service changes its buckets', () => {
    const other: MetricSample = {
      type: 'latency',
      bounds: [0.3, 3],
      canary: { counts: [450, 50, 0] },
      baseline: { counts: [9500, 500, 0] },
    }
    const watched = watch(
      checks(10, (at) => (at < 5 ? latency([250, 200, 45, 5, 0], usual) : other)),
      policy,
    )
    expect(latencyOf(watched)?.verdict).not.toBe('error')
    expect(Number.isFinite(latencyOf(watched)?.ratio)).toBe(true)
  })
})
