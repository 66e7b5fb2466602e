import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judge } from '../../src/analysis/judge.ts'
import { newAnalysisState, observe } from '../../src/analysis/observe.ts'
import type { MetricSample } from '../../src/analysis/samples.ts'
import type { StepWindow } from '../../src/analysis/step-window.ts'
import { chartBlock } from '../../src/cards/chart-block.ts'
import { chartSvg } from '../../src/cards/chart-svg.ts'
import { type ChartedCheck, chartFor, chartWords, metricToChart } from '../../src/cards/verdict-chart.ts'
import { errorsOnly, firstStep, minute, ratio } from '../analysis/checks.ts'
import { anyMetricVerdict } from './arbitrary-verdict.ts'
import { expectSafe } from './expect-safe.ts'

/** Checks a minute, judged one after the other. */
function played(samples: readonly MetricSample[], step: StepWindow = firstStep, policy = errorsOnly): ChartedCheck[] {
  let state = newAnalysisState
  return samples.map((sample, index) => {
    const from = step.startedAt + index * minute
    const observation = { from, to: from + minute, samples: { errors: sample } }
    state = observe(state, observation, step, policy)
    return { step, observation, verdict: judge(state, policy, observation.to) }
  })
}

const bad = ratio(1000, 10, 20_000, 20)

describe('the chart of a verdict', () => {
  it('shows both arms as they were judged, and the threshold as so many times the baseline', () => {
    const chart = chartFor(played([ratio(1000, 1, 20_000, 20), bad]), 'errors')
    expect(chart).toEqual({
      title: 'errors in the step so far',
      unit: 'percent',
      threshold: '2 × baseline',
      points: [
        { atMs: minute, canary: 0.1, baseline: 0.1, threshold: 0.2 },
        { atMs: 2 * minute, canary: expect.closeTo(0.55), baseline: 0.1, threshold: 0.2 },
      ],
    })
    expect(chart === null ? '' : chartWords(chart)).toBe(
      'errors in the step so far: at the last of 2 checks the canary has 0.55 %, the baseline 0.10 %, threshold 0.20 % (2 × baseline).',
    )
  })

  it('holds the step of the last check alone', () => {
    const next = { ...firstStep, index: 1, percent: 10, startedAt: 20 * minute }
    expect(chartFor([...played([bad, bad, bad]), ...played([bad, bad], next)], 'errors')?.points).toHaveLength(2)
  })

  it('draws the threshold below the baseline where less is worse', () => {
    const orders = { ...errorsOnly, metrics: errorsOnly.metrics.map((one) => ({ ...one, worse: 'lower' }) as const) }
    const few = ratio(1000, 20, 1000, 80)
    const chart = chartFor(played([few, few], firstStep, orders), 'errors')
    expect(chart?.threshold).toBe('baseline ÷ 2')
    expect(chart?.points.at(-1)).toMatchObject({ canary: 2, baseline: 8, threshold: 4 })
  })

  it('counts a new kind of error check by check', () => {
    const policy = {
      ...errorsOnly,
      metrics: errorsOnly.metrics.map((one) => ({ ...one, type: 'kinds' }) as const),
    }
    const sample = (count: number): MetricSample => ({
      type: 'kinds',
      canary: { total: 100, kinds: { 'TypeError: x': count } },
      baseline: { total: 1900, kinds: {} },
    })
    const chart = chartFor(played([sample(2), sample(0), sample(3)], firstStep, policy), 'errors')
    expect(chart).toMatchObject({ title: 'New, by check: TypeError: x', unit: 'count', threshold: null })
    expect(chart?.points.map(({ canary, baseline }) => [canary, baseline])).toEqual([
      [2, 0],
      [0, 0],
      [3, 0],
    ])
  })

  it('is none of a single check, or of a metric without numbers', () => {
    expect(chartFor([], 'errors')).toBeNull()
    expect(chartFor(played([bad]), 'errors')).toBeNull()
    expect(chartFor(played([ratio(null, null, 5, 0), ratio(null, null, 5, 0)]), 'errors')).toBeNull()
    expect(chartFor(played([bad, bad]), 'latency')).toBeNull()
  })

  it('is of the metric that failed, else of the one that is nearest to it, and never of a shadow', () => {
    const [verdict] = played([bad, bad]).map(({ verdict }) => verdict)
    const [metric] = verdict?.metrics ?? []
    if (verdict === undefined || metric === undefined) throw new Error('no verdict')
    const near = {
      ...metric,
      metric: 'near',
      verdict: 'inconclusive',
      evidence: { ...metric.evidence, progress: 0.9 },
    } as const
    const failed = {
      ...near,
      metric: 'failed',
      verdict: 'fail',
      evidence: { ...metric.evidence, progress: 0.5 },
    } as const
    const shadow = { ...failed, metric: 'shadow', isShadow: true }
    expect(metricToChart({ ...verdict, metrics: [near, failed, shadow] })).toBe('failed')
    expect(metricToChart({ ...verdict, metrics: [shadow, near] })).toBe('near')
    expect(metricToChart({ ...verdict, metrics: [shadow] })).toBeNull()
  })

  it('fits into Slack’s block and into a picture, whatever the verdicts', () => {
    const checks = fc.array(
      fc.record({
        verdict: anyMetricVerdict,
        minutes: fc.integer({ min: -5, max: 2000 }),
      }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(checks, anyMetricVerdict, (all, { metric }) => {
        const charted = all.map(({ verdict, minutes }): ChartedCheck => {
          const to = firstStep.startedAt + minutes * 7001
          const whole = { verdict: verdict.verdict, at: to, step: null, metrics: [{ ...verdict, metric }] }
          return { step: firstStep, observation: { from: to - 1, to, samples: {} }, verdict: whole }
        })
        const chart = chartFor(charted, metric)
        if (chart === null) return
        const image = { type: 'image', slack_file: { id: 'F0123456789' }, alt_text: chartWords(chart) } as const
        expectSafe({ text: 'Chart', blocks: [chartBlock(chart), image] })
        expect(chartSvg(chart)).not.toMatch(/NaN|Infinity|undefined|null/)
      }),
      { numRuns: 500 },
    )
  })
})
