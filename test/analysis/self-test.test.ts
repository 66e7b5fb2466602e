import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../sandbox/github/seeded-random.ts'
import { type AnalysisPolicy, defaultPolicy } from '../../src/analysis/analysis-policy.ts'
import type { MetricSample, Observation } from '../../src/analysis/samples.ts'
import { pairOfMinutes, selfTest } from '../../src/analysis/self-test.ts'
import { errorsOnly, minute, ratio, sourceError } from './checks.ts'

const day = 24 * 60

function poisson(mean: number, random: () => number): number {
  let count = 0
  for (let product = random(); product > Math.exp(-mean); product *= random()) count += 1
  return count
}

/** A day of minutes; each half has a thousand requests in one. */
function aDay(errorsOf: (random: () => number) => readonly [number, number], seed = 1): readonly Observation[] {
  const random = seededRandom(seed).next
  return Array.from({ length: day }, (_, index) => {
    const [first, second] = errorsOf(random)
    const samples = { errors: ratio(1000, first, 1000, second) }
    return { from: index * minute, to: (index + 1) * minute, samples }
  })
}

function tested(minutes: readonly Observation[], policy: AnalysisPolicy = errorsOnly) {
  return selfTest(minutes, policy, { rolloutMinutes: 75, resamples: 200, random: seededRandom(7).next })
}

describe('the stable pool against itself', () => {
  it('gives few false alarms where errors are independent, and says that they are', () => {
    const result = tested(aDay((random) => [poisson(2, random), poisson(2, random)]))
    expect(result.rollouts).toEqual({ consecutive: 38, resampled: 200, minutes: 75 })
    expect(result.rolledBack.resampled).toBeLessThanOrEqual(4)
    const [errors] = result.metrics
    expect(errors).toMatchObject({ minutes: day, total: day * 2000, alpha: 0.02 })
    expect(errors?.dispersion?.median).toBeCloseTo(1)
    expect(errors?.noise).toBeCloseTo(1, 0)
    expect(errors?.ratio).toBeCloseTo(1, 1)
  })

  it('shows bursts, which fall on one half at a time', () => {
    const burst = (random: () => number) => poisson(0.4, random) * 5
    const [errors] = tested(aDay((random) => [burst(random), burst(random)])).metrics
    expect(errors?.dispersion?.median).toBeGreaterThan(3)
    expect(errors?.noise).toBeGreaterThan(3)
  })

  it('raises alarm where one half is always worse, whichever is called the canary', () => {
    const result = tested(aDay((random) => [poisson(10, random), poisson(1, random)]))
    expect(result.metrics[0]?.ratio).toBeGreaterThan(8)
    // One of two: the better half as the canary is no alarm.
    expect(result.rolledBack.consecutive).toBe(19)
    expect(result.rolledBack.resampled).toBe(100)
  })

  it('counts shadow metrics by themselves and not among the rollouts that were rolled back', () => {
    const shadow = { ...errorsOnly, metrics: errorsOnly.metrics.map((metric) => ({ ...metric, isShadow: true })) }
    const result = tested(
      aDay((random) => [poisson(10, random), poisson(1, random)]),
      shadow,
    )
    expect(result.metrics[0]?.resampled).toBe(100)
    expect(result.rolledBack).toEqual({ consecutive: 0, resampled: 0 })
  })

  it('has numbers for latencies and kinds too, and none for what was not measured', () => {
    const bounds = [0.1, 0.2, 0.4, Number.POSITIVE_INFINITY]
    const samples: Readonly<Record<string, MetricSample>> = {
      errors: sourceError,
      latency: {
        type: 'latency',
        bounds,
        canary: { counts: [90, 5, 5, 0] },
        baseline: { counts: [90, 10, 0, 0] },
      },
      error_kinds: {
        type: 'kinds',
        canary: { total: 100, kinds: { timeout: 1, reset: 2 } },
        baseline: { total: 100, kinds: { timeout: 1 } },
      },
    }
    const minutes = Array.from({ length: 300 }, (_, index) => ({
      from: index * minute,
      to: (index + 1) * minute,
      samples,
    }))
    const [errors, latency, kinds] = tested(minutes, { ...defaultPolicy, warmUp: { ms: 0, factor: 1 } }).metrics
    expect(errors).toMatchObject({ minutes: 0, dispersion: null, ratio: null, noise: null, resampled: 0 })
    expect(latency?.ratio).toBeCloseTo(latency?.noise === null ? 0 : 1 + (latency?.noise ?? 0), 5)
    expect(latency?.ratio).toBeGreaterThan(1.2)
    expect(kinds).toMatchObject({ minutes: 300, bad: 1200, noise: 1 })
    expect(kinds?.resampled).toBe(100)
  })

  it('is the same each time, and nothing of nothing', () => {
    const minutes = aDay((random) => [poisson(1, random), poisson(1, random)])
    expect(tested(minutes)).toEqual(tested(minutes))
    expect(tested([])).toMatchObject({ rolledBack: { consecutive: 0, resampled: 0 }, metrics: [{ minutes: 0 }] })
  })

  it('takes the first minute of two as the canary where there is one instance', () => {
    const [first, second] = [ratio(null, null, 10, 1), ratio(null, null, 20, 2)]
    const pair = pairOfMinutes(
      { from: 0, to: minute, samples: { errors: first } },
      { from: minute, to: 2 * minute, samples: { errors: second } },
    )
    expect(pair).toEqual({ from: 0, to: 2 * minute, samples: { errors: ratio(10, 1, 20, 2) } })
  })
})
