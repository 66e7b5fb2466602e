import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AnalysisPolicy, defaultPolicy } from '../../src/analysis/analysis-policy.ts'
import type { MetricSample } from '../../src/analysis/samples.ts'
import type { MetricVerdict } from '../../src/analysis/verdict.ts'
import { evidenceFigures, latencyOf, percentOf, timesOf } from '../../src/cards/figures.ts'
import { notification, sections } from '../../src/cards/spans.ts'
import { verdictLine, verdictText } from '../../src/cards/verdict-line.ts'
import { errorsOnly, firstStep, minute, minutes, ratio, sourceError, watch } from '../analysis/checks.ts'
import { anyMetricVerdict } from './arbitrary-verdict.ts'
import { expectSafe } from './expect-safe.ts'

/** What the judge says of the first metric after so many minutes of the same. */
function judged(sample: MetricSample, count = 15, policy: AnalysisPolicy = errorsOnly): string {
  const [metric] = watch(minutes(count, sample), policy).verdict.metrics
  return metric === undefined ? '' : verdictText(metric)
}

/** One metric alone, under the name that `minutes` gives its samples. */
function alone(type: MetricVerdict['type'], warmUpMs = 0): AnalysisPolicy {
  const metrics = defaultPolicy.metrics.filter((metric) => metric.type === type)
  return {
    ...defaultPolicy,
    metrics: metrics.map((metric) => ({ ...metric, name: 'errors' })),
    warmUp: { ms: warmUpMs, factor: 5 },
  }
}

const healthy = ratio(150, 0, 2850, 3)
const harmful = ratio(1150, 7, 20_000, 20)

const bounds = [0.1, 0.2, 0.4, 0.8, Number.POSITIVE_INFINITY]
const slow: MetricSample = {
  type: 'latency',
  bounds,
  canary: { counts: [50, 30, 10, 10, 0] },
  baseline: { counts: [900, 80, 20, 0, 0] },
}

function kinds(canary: Readonly<Record<string, number>>): MetricSample {
  return {
    type: 'kinds',
    canary: { total: 100, kinds: canary },
    baseline: { total: 1900, kinds: { timeout: 1 } },
  }
}

describe('one line for each verdict', () => {
  it.each([
    [
      'harm that is shown',
      judged(harmful, 1),
      'errors 0.61 % vs 0.10 %, ratio 6.1 [2.8–15], 7 of 1,150 requests, evidence 134 of 50: FAIL',
    ],
    [
      'so many errors that nothing is compared',
      judged(ratio(20, 12, 0, 0), 1),
      'errors: 20 requests of the canary, 0 of the baseline, evidence 1.0 of 50: FAIL, so many errors in this step or its last check that nothing is compared',
    ],
    [
      'harm that is excluded',
      judged(ratio(1500, 1, 28_500, 28)),
      'errors 0.067 % vs 0.098 %, ratio 0.68 [0.42–1.2], 15 of 22,500 requests, evidence 0.3 of 50: pass',
    ],
    [
      'neither',
      judged(healthy, 1),
      'errors 0 % vs 0.11 %, ratio 0 [0–53], 0 of 150 requests, evidence 0.5 of 50: undecided, risk 8.4 % (5 % may pass)',
    ],
    [
      'a series that is missing',
      judged(ratio(null, null, 100, 0)),
      'errors: no data, the last check found no series of requests',
    ],
    [
      'a canary without requests',
      judged(ratio(0, 0, 100, 1), 5),
      'errors: 0 requests of the canary, 500 of the baseline, evidence 1.0 of 50: no data, no requests to compare',
    ],
    ['a source that fails', judged(sourceError), 'errors: not measured, timed out'],
    [
      'the first minutes of a step',
      judged(healthy, 2, { ...errorsOnly, warmUp: { ms: 3 * minute, factor: 5 } }),
      'errors 0 % vs 0.11 %, ratio 0 [0–26], 0 of 300 requests, evidence 0.6 of 50: warming up',
    ],
    [
      'a latency',
      judged(slow, 12, alone('latency')),
      'errors p95 566 ms vs 154 ms, ratio 3.7, slow 50.0 % vs 10.0 %, 600 of 1,200 requests, evidence >99,999 of 50: FAIL',
    ],
    [
      'a latency while it warms up',
      judged(slow, 2, alone('latency', 3 * minute)),
      'errors p95 566 ms vs 154 ms, ratio 3.7, 200 requests, evidence 0.8 of 50: warming up',
    ],
    [
      'a new kind of error',
      judged(kinds({ 'TypeError: x': 2 }), 3, alone('kinds')),
      'errors: new TypeError: x 6 × in 3 minutes and 300 requests, never in 5,700 of the baseline, evidence >99,999 of 50: FAIL',
    ],
    [
      'no new kind of error',
      judged(kinds({ timeout: 2 }), 3, alone('kinds')),
      'errors: nothing new in 300 requests, evidence 1.0 of 50: pass',
    ],
  ])('says %s', (_, line, expected) => {
    expect(line).toBe(expected)
  })

  it('says of a shadow metric that it moves nothing', () => {
    const shadow = { ...errorsOnly, metrics: errorsOnly.metrics.map((metric) => ({ ...metric, isShadow: true })) }
    expect(judged(harmful, 3, shadow)).toMatch(/: FAIL \(shadow: moves nothing\)$/)
  })

  it('says which way round a ratio is where less is worse', () => {
    const orders = {
      ...errorsOnly,
      metrics: errorsOnly.metrics.map((metric) => ({ ...metric, worse: 'lower' }) as const),
    }
    expect(judged(ratio(1000, 20, 1000, 80), 3, orders)).toContain(
      '2.0 % vs 8.0 %, ratio 4.0 [3.0–5.3] (baseline by canary)',
    )
  })

  it('says what is missing where evidence is enough and the metric has not failed', () => {
    const [metric] = watch(minutes(3, harmful)).verdict.metrics
    if (metric === undefined) throw new Error('no verdict')
    const undecided = { ...metric, verdict: 'inconclusive', reason: 'undecided' } as const
    expect(verdictText({ ...undecided, errorsMissing: 1 })).toMatch(/: undecided, 1 more error needed to fail$/)
    expect(verdictText({ ...undecided, ratio: 1.8 })).toMatch(/: undecided, no more than 2 × the baseline$/)
  })
})

/** Without what comes from outside, in which everything may stand. */
function ownWords(metric: MetricVerdict): MetricVerdict {
  const newKinds = metric.newKinds.map((kind) => ({ ...kind, kind: 'timeout' }))
  return { ...metric, metric: 'errors', newKinds, detail: metric.detail === null ? null : 'timed out' }
}

describe('what is true of every line', () => {
  it('holds no number that is none, is short, and is safe, whatever the verdict', () => {
    fc.assert(
      fc.property(anyMetricVerdict, (metric) => {
        const line = verdictLine(metric)
        expect(verdictText(ownWords(metric))).not.toMatch(/NaN|Infinity|undefined|null|\de[+-]?\d|\n/)
        expect(verdictText(metric).length).toBeLessThan(700)
        expectSafe({ text: notification(line), blocks: sections([line]) })
      }),
      { numRuns: 2000 },
    )
  })

  it('holds for every verdict of the judge on any checks', () => {
    const count = fc.option(fc.nat({ max: 5000 }))
    fc.assert(
      fc.property(fc.array(fc.tuple(count, count, count, count), { maxLength: 20 }), (samples) => {
        const checks = samples.map((sample, index) => ({
          from: index * minute,
          to: (index + 1) * minute,
          samples: { errors: ratio(...sample) },
        }))
        for (const metric of watch(checks, errorsOnly, firstStep).verdict.metrics)
          expect(verdictText(metric)).not.toMatch(/NaN|Infinity|undefined|null|unknown/)
      }),
    )
  })

  it('never shows evidence as enough that is not, nor the other way round', () => {
    const number = fc.double({ min: 0, max: 90_000, noNaN: true })
    fc.assert(
      fc.property(number, fc.double({ min: 2, max: 5000, noNaN: true }), (value, needed) => {
        const figures = evidenceFigures(value, needed)
        if (figures.startsWith('nearly')) return expect(value).toBeLessThan(needed)
        const [shown = Number.NaN, enough = Number.NaN] = figures
          .split(' of ')
          .map((figure) => Number(figure.replaceAll(',', '')))
        expect(shown >= enough).toBe(value >= needed)
      }),
    )
  })
})

describe('figures', () => {
  it.each([
    [percentOf(0), '0 %'],
    [percentOf(0.0031), '0.31 %'],
    [percentOf(0.123), '12.3 %'],
    [percentOf(0.9999), '>99.9 %'],
    [percentOf(1), '100 %'],
    [percentOf(1e-9), '<0.0001 %'],
    [timesOf(3.14), '3.1'],
    [timesOf(1234), '1,234'],
    [latencyOf(0.0084), '8.4 ms'],
    [latencyOf(0.21), '210 ms'],
    [latencyOf(1.25), '1.25 s'],
    [evidenceFigures(49.9, 50), '49 of 50'],
    [evidenceFigures(83.2, 83.34), '83.2 of 83.3'],
  ])('says %s', (said, expected) => {
    expect(said).toBe(expected)
  })
})
