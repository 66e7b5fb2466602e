import { describe, expect, it } from 'vitest'
import { type AnalysisPolicy, defaultPolicy, type MetricPolicy } from '../../src/analysis/analysis-policy.ts'
import { findProbability, preflight, windowToFind, windowToPass } from '../../src/analysis/preflight.ts'
import { plan, play, policyFor, sluiceJudge } from '../bench/analysis-rollout.ts'
import { healthy } from '../bench/analysis-traffic.ts'

const policy: AnalysisPolicy = policyFor(['errors'])
const [metric] = policy.metrics
const errors: MetricPolicy = metric ?? fail()
const usual = { requestsPerSecond: 50, badShare: 0.001, dispersion: 1 }

function fail(): never {
  throw new Error('no metric')
}

describe('preflight', () => {
  it('says what each step gets and sees', () => {
    const { steps } = preflight(plan, usual, errors, policy)
    // 12 of 15 minutes are judged: 5 % of 50 requests/s are 1800 requests and 1.8 errors.
    expect(steps[0]).toMatchObject({ percent: 5, canaryRequests: 1800 })
    expect(steps[0]?.canaryErrors).toBeCloseTo(1.8, 9)
    const ratios = steps.map(({ smallestRatio }) => smallestRatio ?? 0)
    expect(ratios[0]).toBeGreaterThan(5)
    expect(ratios[0]).toBeLessThan(9)
    expect(ratios[3]).toBeLessThan(3)
  })

  it('says before the start that there is too little traffic', () => {
    expect(preflight(plan, { ...usual, requestsPerSecond: 5 }, errors, policy).holds).toBeGreaterThan(0.5)
    expect(preflight(plan, { ...usual, requestsPerSecond: 500 }, errors, policy).holds).toBeLessThan(0.01)
  })

  it('sees harm beside an error-free baseline, though not as a multiple of it', () => {
    const [step] = preflight(plan, { ...usual, badShare: 0 }, errors, policy).steps
    expect(step?.smallestRatio).toBeNull()
    expect(step?.smallestShare).toBeGreaterThan(0)
    expect(step?.smallestShare).toBeLessThan(0.01)
  })

  it('sees less the more errors come in bursts', () => {
    const [alone] = preflight(plan, usual, errors, policy).steps
    const [bursts] = preflight(plan, { ...usual, dispersion: 7 }, errors, policy).steps
    expect(bursts?.smallestRatio).toBeGreaterThan(2 * (alone?.smallestRatio ?? 0))
  })

  it('sees nothing without traffic, or in a window that is all warm-up', () => {
    expect(preflight(plan, { ...usual, requestsPerSecond: 0 }, errors, policy)).toMatchObject({ holds: 1 })
    const [step] = preflight([{ percent: 5, windowMs: 120_000 }], usual, errors, policy).steps
    expect(step).toMatchObject({ smallestShare: null, passes: 0 })
  })

  it('finds the window that would be long enough', () => {
    const place = { index: 0, steps: 4, percent: 5 }
    const threeTimes = windowToFind(3, place, usual, errors, policy)
    const fiveTimes = windowToFind(5, place, usual, errors, policy)
    expect(fiveTimes).toBeGreaterThan(15 * 60_000)
    expect(threeTimes).toBeGreaterThan(fiveTimes ?? 0)
    expect(windowToFind(5, place, { ...usual, requestsPerSecond: 0 }, errors, policy)).toBeNull()
    const quiet = { ...usual, requestsPerSecond: 5 }
    expect(windowToPass(5, quiet, policy)).toBeGreaterThan(3 * (windowToPass(5, usual, policy) ?? 0))
  })

  it.each([
    [50, 5],
    [50, 10],
    [500, 3],
  ])('agrees with rollouts at %d requests/s and %d × the errors', (requestsPerSecond, errorRatio) => {
    const scenario = { ...healthy, requestsPerSecond, errorRatio }
    const create = sluiceJudge(policy)
    const streams = Array.from({ length: 400 }, (_, stream) => stream)
    const found = streams.filter((stream) => {
      const { end, step } = play(scenario, create, 11, stream)
      return end === 'rolled_back' && step === 0
    }).length
    const total = requestsPerSecond * 12 * 60
    const counts = { canaryTotal: total * 0.05, baselineTotal: total * 0.95 }
    const traffic = { ...usual, requestsPerSecond }
    const expected = findProbability(0.001 * errorRatio, { index: 0, steps: 4 }, counts, traffic, errors, policy)
    // One look at the end finds a little less than a look each minute.
    expect(found / streams.length).toBeGreaterThan(expected - 0.06)
    expect(found / streams.length).toBeLessThan(expected + 0.2)
  })

  it('is of the default policy as well', () => {
    const [first] = defaultPolicy.metrics
    expect(preflight(plan, usual, first ?? fail(), defaultPolicy).steps).toHaveLength(4)
  })
})
