import { describe, expect, it } from 'vitest'
import { alphaOf, defaultPolicy } from '../../src/analysis/analysis-policy.ts'
import { newAnalysisState, rememberBaseline } from '../../src/analysis/observe.ts'
import { check, errorsOnly, firstStep, minute, minutes, ratio, sourceError, watch } from './checks.ts'

const errorsOf = (watched: ReturnType<typeof watch>) => watched.verdict.metrics[0]

describe('the verdict on errors', () => {
  it('is fail where evidence, size and number of errors all say so', () => {
    const watched = watch(minutes(3, ratio(150, 4, 2850, 3)))
    expect(errorsOf(watched)).toMatchObject({
      verdict: 'fail',
      reason: 'harm_shown',
      canary: { total: 450, bad: 12 },
      baseline: { total: 8550, bad: 9 },
      errorsMissing: 0,
      detail: null,
    })
    expect(errorsOf(watched)?.ratio).toBeCloseTo(12 / 450 / (9 / 8550), 9)
    expect(errorsOf(watched)?.evidence.needed).toBe(50)
    expect(watched.decision.outcome).toEqual({ type: 'fail', reason: 'metric_failed', metrics: ['errors'] })
  })

  it('is never fail on two errors, however unlikely they are', () => {
    const watched = watch([check(0, ratio(20, 2, 1_000_000, 0))])
    expect(errorsOf(watched)?.evidence.value).toBeGreaterThan(50)
    expect(errorsOf(watched)).toMatchObject({ verdict: 'inconclusive', errorsMissing: 1 })
  })

  it('needs no division by an error-free baseline', () => {
    const watched = watch([check(0, ratio(1000, 4, 1_000_000, 0))])
    expect(errorsOf(watched)).toMatchObject({ verdict: 'fail', ratio: null })
    expect(errorsOf(watched)?.ratioRange?.every(Number.isFinite)).toBe(true)
  })

  it('is not fail for a difference that is certain and small', () => {
    const watched = watch(minutes(15, ratio(150_000, 270, 2_850_000, 2850)))
    expect(errorsOf(watched)?.evidence.value).toBeGreaterThan(1e6)
    expect(errorsOf(watched)?.verdict).not.toBe('fail')
  })

  it('is not fail below the least effect', () => {
    expect(errorsOf(watch(minutes(15, ratio(1_000_000, 30, 19_000_000, 57))))?.verdict).toBe('pass')
  })

  it('is pass once harm is excluded, and the rollout advances when the window is over', () => {
    const sample = ratio(1500, 1, 28_500, 28)
    expect(errorsOf(watch(minutes(2, sample)))).toMatchObject({ verdict: 'pass', reason: 'harm_excluded' })
    expect(watch(minutes(14, sample)).decision.outcome).toEqual({
      type: 'continue',
      reason: 'window_open',
      remainingMs: minute,
    })
    expect(watch(minutes(15, sample)).decision.outcome).toEqual({ type: 'advance', reason: 'all_passed' })
  })

  it('passes by the posterior that is computed by hand', () => {
    // No errors in 100 and none in 1900: Beta(½, ½) above 11·100/(1100 + 1900), which is 1 − 2/π·asin(√.36667)
    const relativeOnly = { ...errorsOnly, harmless: { ...errorsOnly.harmless, share: 0 } }
    const risk = errorsOf(watch([check(0, ratio(100, 0, 1900, 0))], relativeOnly))?.risk
    expect(risk?.ratio).toBeCloseTo(11, 12)
    expect(risk?.value).toBeCloseTo(1 - (2 / Math.PI) * Math.asin(Math.sqrt(1100 / 3000)), 6)
    expect(risk?.allowed).toBe(0.05)
  })

  it('passes a canary without errors beside a baseline without errors', () => {
    // Up to .02 % of all requests are harmless: .4 % of the canary's at 5 %. None in 480 excludes that, none in 470 does not.
    expect(errorsOf(watch([check(0, ratio(470, 0, 9000, 0))]))?.verdict).toBe('inconclusive')
    expect(errorsOf(watch([check(0, ratio(485, 0, 9000, 0))]))?.verdict).toBe('pass')
  })

  it('takes missing errors beside known requests for none', () => {
    expect(errorsOf(watch(minutes(2, ratio(1500, null, 28_500, 28))))).toMatchObject({
      verdict: 'pass',
      canary: { total: 3000, bad: 0 },
    })
  })

  it.each([
    ['is missing', ratio(null, 3, 2850, 3)],
    ['is not a number', ratio(Number.NaN, 3, 2850, 3)],
    ['has errors that are not a number', ratio(150, Number.NaN, 2850, 3)],
    ['is infinite', ratio(150, 3, Number.POSITIVE_INFINITY, 3)],
    ['is negative', ratio(150, 3, -1, 3)],
  ])('is no_data where the series %s', (_, sample) => {
    const watched = watch(minutes(2, sample))
    expect(errorsOf(watched)).toMatchObject({ verdict: 'no_data', reason: 'no_series', canary: { total: 0, bad: 0 } })
  })

  it('is error where the source says so, and for a sample of another type', () => {
    expect(errorsOf(watch(minutes(1, sourceError)))).toMatchObject({ verdict: 'error', detail: 'timed out' })
    expect(
      errorsOf(
        watch([check(0, { type: 'kinds', canary: { total: 1, kinds: {} }, baseline: { total: 1, kinds: {} } })]),
      ),
    ).toMatchObject({
      verdict: 'error',
      reason: 'source_error',
    })
  })

  it('divides evidence by how the errors of the last hour scattered', () => {
    const burst = (at: number) => check(at - 60, ratio(0, 0, 3000, at % 6 === 0 ? 18 : 0))
    const history = Array.from({ length: 60 }, (_, at) => burst(at))
    const before = rememberBaseline(newAnalysisState, history, errorsOnly)
    const checks = minutes(3, ratio(150, 4, 2850, 3))
    const watched = watch(checks, errorsOnly, firstStep, before)
    expect(errorsOf(watched)?.dispersion).toBeGreaterThan(5)
    expect(errorsOf(watched)?.verdict).not.toBe('fail')
    expect(errorsOf(watch(checks))?.dispersion).toBe(1)
  })

  it('finds what there is less of where less is worse', () => {
    const [metric] = errorsOnly.metrics
    if (metric === undefined) throw new Error('no metric')
    const policy = { ...errorsOnly, metrics: [{ ...metric, worse: 'lower' as const }] }
    const orders = (perCanary: number) => minutes(15, ratio(1500, perCanary, 28_500, 570))
    expect(errorsOf(watch(orders(30), policy))?.verdict).toBe('pass')
    expect(errorsOf(watch(orders(10), policy))).toMatchObject({ verdict: 'fail', reason: 'harm_shown' })
    expect(errorsOf(watch(orders(300), policy))?.verdict).toBe('pass')
  })
})

describe('the absolute guard', () => {
  it('fails at once, in the warm-up as well', () => {
    const watched = watch([check(0, ratio(50, 10, 950, 400))], defaultPolicy)
    expect(errorsOf(watched)).toMatchObject({ verdict: 'fail', reason: 'absolute_guard' })
  })

  it.each([
    [49, 9],
    [51, 10],
  ])('is not broken by %d requests with %d errors', (total, bad) => {
    expect(errorsOf(watch([check(0, ratio(total, bad, 950, 400))], defaultPolicy))?.verdict).not.toBe('fail')
  })
})

describe('the warm-up', () => {
  const policy = { ...errorsOnly, warmUp: defaultPolicy.warmUp }

  it('puts five times the errors down to a cold start', () => {
    const cold = minutes(3, ratio(1500, 8, 28_500, 28))
    const watched = watch(cold, policy)
    expect(errorsOf(watched)).toMatchObject({ verdict: 'inconclusive', reason: 'warming_up', risk: null })
    const warm = minutes(12, ratio(1500, 1, 28_500, 28), 3)
    expect(watch([...cold, ...warm], policy).decision.outcome.type).toBe('advance')
    expect(errorsOf(watch([...cold, ...warm], policy))?.canary).toMatchObject({ total: 18_000, bad: 12 })
  })

  it('does not put fifty times the errors down to it', () => {
    expect(errorsOf(watch([check(0, ratio(1500, 75, 28_500, 28))], policy))).toMatchObject({
      verdict: 'fail',
      reason: 'harm_shown',
    })
  })
})

describe('the budget', () => {
  it('is shared by the weights of the metrics that act', () => {
    const alphas = defaultPolicy.metrics.map((metric) => alphaOf(defaultPolicy, metric))
    expect(alphas.map((alpha) => Math.round(alpha * 1000))).toEqual([12, 4, 4])
    expect(alphas.reduce((sum, alpha) => sum + alpha, 0)).toBeCloseTo(defaultPolicy.alpha, 12)
  })

  it('is not touched by a shadow metric, which moves nothing', () => {
    const metrics = defaultPolicy.metrics.map((metric) => ({ ...metric, isShadow: metric.name === 'errors' }))
    const policy = { ...defaultPolicy, metrics, warmUp: errorsOnly.warmUp }
    const acting = metrics.filter(({ isShadow }) => !isShadow)
    expect(acting.reduce((sum, metric) => sum + alphaOf(policy, metric), 0)).toBeCloseTo(0.02, 12)
    const { verdict, decision } = watch(minutes(3, ratio(150, 4, 2850, 3)), policy)
    expect(verdict.metrics[0]?.verdict).toBe('fail')
    expect(verdict.verdict).toBe('no_data')
    expect(decision.warnings).toContainEqual({ reason: 'shadow_failed', metric: 'errors' })
  })
})
