import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/analysis/analysis-policy.ts'
import { newAnalysisState, rememberBaseline } from '../../src/analysis/observe.ts'
import type { MetricSample, Observation } from '../../src/analysis/samples.ts'
import { firstStep, minute, watch } from './checks.ts'

const policy = {
  ...defaultPolicy,
  metrics: defaultPolicy.metrics.filter(({ type }) => type === 'kinds'),
  warmUp: { ms: 0, factor: 1 },
}

type Kinds = Readonly<Record<string, number>>

function kinds(canary: Kinds, baseline: Kinds, canaryTotal: number | null = 100): MetricSample {
  return { type: 'kinds', canary: { total: canaryTotal, kinds: canary }, baseline: { total: 900, kinds: baseline } }
}

function checks(samples: readonly MetricSample[]): readonly Observation[] {
  return samples.map((sample, at) => ({ from: at * minute, to: (at + 1) * minute, samples: { error_kinds: sample } }))
}

const kindsOf = (watched: ReturnType<typeof watch>) => watched.verdict.metrics[0]

describe('the verdict on kinds of errors', () => {
  it('has the exact p of what only the canary shows, corrected for the number of kinds', () => {
    const metric = kindsOf(watch(checks([kinds({ a: 1, b: 2 }, { old: 1 }), kinds({ a: 1 }, {})]), policy))
    // A tenth of the requests: .1² each. Three kinds: Holm multiplies the first by 3, the second by 2, and keeps the order.
    expect(metric?.newKinds.map(({ kind, count, minutes }) => [kind, count, minutes])).toEqual([
      ['a', 2, 2],
      ['b', 2, 1],
    ])
    expect(metric?.newKinds.map(({ p }) => p.toFixed(9))).toEqual(['0.010000000', '0.010000000'])
    expect(metric?.newKinds.map(({ correctedP }) => correctedP.toFixed(9))).toEqual(['0.030000000', '0.030000000'])
  })

  it('is fail for a kind that comes again and again', () => {
    const watched = watch(checks([kinds({ a: 2 }, {}), kinds({ a: 1 }, {})]), policy)
    expect(kindsOf(watched)).toMatchObject({ verdict: 'fail', reason: 'harm_shown', canary: { bad: 3 } })
    expect(kindsOf(watched)?.evidence.value).toBeCloseTo(1000, 6)
  })

  it('only warns of one odd stack trace', () => {
    const quiet = Array.from({ length: 14 }, () => kinds({}, {}))
    const watched = watch(checks([kinds({ a: 1 }, {}), ...quiet]), policy, { ...firstStep, percent: 10 })
    expect(kindsOf(watched)?.verdict).toBe('pass')
    expect(watched.decision.warnings).toEqual([{ reason: 'new_kind', metric: 'error_kinds', kind: 'a', count: 1 }])
    expect(watched.decision.outcome.type).toBe('advance')
  })

  it('does not take one bad moment for many', () => {
    expect(kindsOf(watch(checks([kinds({ a: 40 }, {}), kinds({}, {})]), policy))?.verdict).toBe('pass')
  })

  it('forgets a suspicion once the baseline shows the same', () => {
    const metric = kindsOf(watch(checks([kinds({ a: 2 }, {}), kinds({}, { a: 1 }), kinds({ a: 9 }, {})]), policy))
    expect(metric).toMatchObject({ verdict: 'pass', newKinds: [] })
  })

  it('knows the kinds of the hour before', () => {
    const before = rememberBaseline(newAnalysisState, checks([kinds({}, { a: 1 })]), policy)
    const watched = watch(checks([kinds({ a: 2 }, {}), kinds({ a: 2 }, {})]), policy, firstStep, before)
    expect(kindsOf(watched)).toMatchObject({ verdict: 'pass', newKinds: [] })
  })

  it('counts what is seen with the share of its time', () => {
    const half: MetricSample = {
      type: 'kinds',
      canary: { total: 500, kinds: { a: 1 } },
      baseline: { total: 500, kinds: {} },
    }
    const metric = kindsOf(watch(checks([kinds({ a: 1 }, {}), half]), policy))
    expect(metric?.newKinds[0]?.p).toBeCloseTo(0.1 * 0.5, 12)
  })

  it('takes names as they are', () => {
    const odd = Object.fromEntries([
      ['__proto__', 3],
      ['constructor', 3],
    ]) as Kinds
    const metric = kindsOf(watch(checks([kinds(odd, {}), kinds(odd, {})]), policy))
    expect(metric?.newKinds.map(({ kind }) => kind)).toEqual(['__proto__', 'constructor'])
  })

  it('keeps its memory small when every error has a name of its own', () => {
    const many = (at: number): Kinds =>
      Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`error ${at}-${index}`, 1]))
    const watched = watch(checks(Array.from({ length: 20 }, (_, at) => kinds(many(at), many(-at - 1)))), policy)
    expect(JSON.stringify(watched.state).length).toBeLessThan(50_000)
    expect(kindsOf(watched)).toMatchObject({ verdict: 'inconclusive', reason: 'too_many_kinds' })
  })

  it('is no_data where requests are not known', () => {
    expect(kindsOf(watch(checks([kinds({ a: 5 }, {}, null)]), policy))?.verdict).toBe('no_data')
  })
})
