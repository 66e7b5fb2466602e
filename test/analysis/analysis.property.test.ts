import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/analysis/analysis-policy.ts'
import { decideStep } from '../../src/analysis/decide-step.ts'
import { judge } from '../../src/analysis/judge.ts'
import { type AnalysisState, newAnalysisState, observe } from '../../src/analysis/observe.ts'
import type { MetricSample, Observation } from '../../src/analysis/samples.ts'
import type { StepWindow } from '../../src/analysis/step-window.ts'
import { play, policyFor, sluiceJudge } from '../bench/analysis-rollout.ts'
import { healthy } from '../bench/analysis-traffic.ts'
import { check, errorsOnly, firstStep, minute, ratio, watch } from './checks.ts'

const number = fc.oneof(
  fc.nat({ max: 100_000 }),
  fc.nat({ max: 3 }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 1e15),
)
const maybe = fc.option(number, { nil: null })
const counts = fc.record({ total: maybe, bad: maybe })
const kinds = fc.record({
  total: maybe,
  kinds: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', ''), number),
})
const buckets = fc.record({ counts: fc.option(fc.array(number, { minLength: 2, maxLength: 4 }), { nil: null }) })
const bounds = fc.constantFrom([0.1, 0.5, Number.POSITIVE_INFINITY], [0.1, 0.2, 0.4, Number.POSITIVE_INFINITY], [])

/** Whatever a source may say, sense or not. */
const anySample: fc.Arbitrary<MetricSample> = fc.oneof(
  fc.record({ type: fc.constant('ratio' as const), canary: counts, baseline: counts }),
  fc.record({ type: fc.constant('kinds' as const), canary: kinds, baseline: kinds }),
  fc.record({ type: fc.constant('latency' as const), bounds, canary: buckets, baseline: buckets }),
  fc.record({ type: fc.constant('error' as const), detail: fc.string() }),
)

interface Moment {
  readonly observation: Observation
  readonly step: StepWindow
}

const history: fc.Arbitrary<readonly Moment[]> = fc
  .array(
    fc.record({
      samples: fc.dictionary(fc.constantFrom('errors', 'latency', 'error_kinds', 'other'), anySample),
      ms: fc.constantFrom(10_000, minute, 7 * minute),
      advances: fc.nat({ max: 5 }),
      isHeld: fc.boolean(),
    }),
    { maxLength: 25 },
  )
  .map((checks) => {
    let [from, index, startedAt] = [0, 0, 0]
    return checks.map(({ samples, ms, advances, isHeld }) => {
      if (advances === 0) [index, startedAt] = [index + 1, from]
      const observation = { from, to: from + ms, samples }
      from += ms
      const percent = [5, 10, 25, 50][index] ?? 99
      return { observation, step: { ...firstStep, index, percent, startedAt, isHeld } }
    })
  })

const fold = (moments: readonly Moment[], policy = defaultPolicy): AnalysisState =>
  moments.reduce((state, { observation, step }) => observe(state, observation, step, policy), newAnalysisState)

/** Every number in plain data is finite. */
function expectFinite(value: unknown): void {
  if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) expectFinite(part)
}

describe('whatever a source says', () => {
  it('never makes a number that is none, and everything survives JSON', () => {
    fc.assert(
      fc.property(history, (moments) => {
        const state = fold(moments)
        const verdict = judge(state, defaultPolicy, 0)
        const step = moments.at(-1)?.step ?? firstStep
        const decision = decideStep(state, verdict, step, defaultPolicy, 0)
        for (const data of [state, verdict, decision]) {
          expectFinite(data)
          expect(JSON.parse(JSON.stringify(data))).toEqual(data)
        }
      }),
    )
  })

  it('goes on from a stored state as if it had never been stored', () => {
    fc.assert(
      fc.property(history, fc.nat({ max: 25 }), (moments, at) => {
        const stored: AnalysisState = JSON.parse(JSON.stringify(fold(moments.slice(0, at))))
        const rest = moments.slice(at)
        const resumed = rest.reduce(
          (state, { observation, step }) => observe(state, observation, step, defaultPolicy),
          stored,
        )
        expect(resumed).toEqual(fold(moments))
      }),
    )
  })

  it('changes nothing when it says it twice', () => {
    fc.assert(
      fc.property(history, (moments) => {
        expect(fold(moments.flatMap((moment) => [moment, moment]))).toEqual(fold(moments))
      }),
    )
  })

  it('never lets a rollout advance unless every metric that acts passes', () => {
    fc.assert(
      fc.property(history, (moments) => {
        const state = fold(moments)
        const step = { ...(moments.at(-1)?.step ?? firstStep), windowMs: 0 }
        const verdict = judge(state, defaultPolicy, 0)
        const { outcome } = decideStep(state, verdict, step, defaultPolicy, 0)
        if (outcome.type === 'advance') expect(verdict.metrics.every((metric) => metric.verdict === 'pass')).toBe(true)
        if (outcome.type === 'fail') expect(verdict.metrics.some((metric) => metric.verdict === 'fail')).toBe(true)
      }),
    )
  })

  it('means the same in whatever order metrics are configured', () => {
    fc.assert(
      fc.property(history, fc.shuffledSubarray([...defaultPolicy.metrics], { minLength: 3 }), (moments, metrics) => {
        const policy = { ...defaultPolicy, metrics }
        expect(fold(moments, policy)).toEqual(fold(moments))
        const byName = (names: readonly { readonly metric: string }[]) =>
          names.toSorted((a, b) => (a.metric < b.metric ? -1 : 1))
        const [one, other] = [judge(fold(moments, policy), policy, 0), judge(fold(moments), defaultPolicy, 0)]
        expect(one.verdict).toBe(other.verdict)
        expect(byName(one.metrics)).toEqual(byName(other.metrics))
      }),
    )
  })
})

describe('more errors of the canary', () => {
  const pair = fc.record({
    canaryTotal: fc.integer({ min: 50, max: 5000 }),
    baselineTotal: fc.integer({ min: 50, max: 50_000 }),
    canaryBad: fc.nat({ max: 20 }),
    baselineBad: fc.nat({ max: 20 }),
  })

  it('never look like less harm', () => {
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 15 }), fc.nat({ max: 14 }), (pairs, where) => {
        const checksWith = (more: number) =>
          pairs.map(({ canaryTotal, canaryBad, baselineTotal, baselineBad }, at) =>
            check(
              at,
              ratio(canaryTotal, canaryBad + (at === where % pairs.length ? more : 0), baselineTotal, baselineBad),
            ),
          )
        const [before] = watch(checksWith(0)).verdict.metrics
        const [after] = watch(checksWith(1)).verdict.metrics
        expect(after?.evidence.value).toBeGreaterThanOrEqual(before?.evidence.value ?? 0)
        expect(after?.risk?.value).toBeGreaterThanOrEqual((before?.risk?.value ?? 0) - 1e-12)
        if (before?.verdict === 'fail') expect(after?.verdict).toBe('fail')
      }),
    )
  })
})

describe('healthy rollouts', () => {
  const streams = Array.from({ length: 500 }, (_, stream) => stream)
  const share = (rate: number, other: Partial<typeof healthy> = {}) => {
    const create = sluiceJudge(policyFor(['errors']))
    const scenario = { ...healthy, requestsPerSecond: rate, ...other }
    return streams.filter((stream) => play(scenario, create, 7, stream).end === 'rolled_back').length / streams.length
  }

  it.each([10, 50, 500])('are hardly ever rolled back at %d requests/s', (rate) => {
    // The budget is 2 %; the bound leaves room for the chance of 500 rollouts.
    expect(share(rate)).toBeLessThanOrEqual(0.02)
  })

  it('are hardly ever rolled back when errors come in bursts', () => {
    expect(share(50, { burstSize: 4 })).toBeLessThanOrEqual(0.05)
  })

  it('see the same verdicts each time they are played', () => {
    const create = sluiceJudge(errorsOnly)
    expect(play(healthy, create, 7, 3)).toEqual(play(healthy, create, 7, 3))
  })
})
