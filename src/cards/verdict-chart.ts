/** What a chart under a verdict shows: both arms of one metric as they were judged, check by check, and the threshold. */
import type { Observation } from '../analysis/samples.ts'
import type { StepWindow } from '../analysis/step-window.ts'
import type { MetricVerdict, Verdict } from '../analysis/verdict.ts'
import { countOf, latencyOf, percentOf, settingOf } from './figures.ts'
import { name } from './spans.ts'
import { isInverse } from './verdict-line.ts'

export interface ChartPoint {
  /** Since the step began, in ms. */
  readonly atMs: number
  readonly canary: number
  readonly baseline: number
  /** Null where there is none: a new kind of error is new at any rate. */
  readonly threshold: number | null
}

export interface VerdictChart {
  /** Plain text, harmless. */
  readonly title: string
  /** Of all numbers in it: percent of requests, milliseconds, or a count. */
  readonly unit: 'percent' | 'ms' | 'count'
  /** `2 × baseline`; null where there is none. */
  readonly threshold: string | null
  /** In the order of time; at least two. */
  readonly points: readonly ChartPoint[]
}

/** What a chart needs to know of a check. */
export interface ChartedCheck {
  readonly step: StepWindow
  readonly observation: Observation
  readonly verdict: Verdict
}

/** The metric that a verdict is about: one that failed, else the one that is nearest to it. Null where none acts. */
export function metricToChart({ metrics }: Verdict): string | null {
  const acting = metrics.filter(({ isShadow }) => !isShadow)
  const failed = acting.find(({ verdict }) => verdict === 'fail')
  const [nearest] = acting.toSorted((a, b) => b.evidence.progress - a.evidence.progress)
  return (failed ?? nearest)?.metric ?? null
}

/**
 * The chart of one metric over the step of the last check.
 *
 * @param checks - the oldest first
 * @returns null where fewer than two checks of the step have numbers of both arms
 */
export function chartFor(checks: readonly ChartedCheck[], metric: string): VerdictChart | null {
  const last = checks.at(-1)
  if (last === undefined) return null
  const ofStep = checks.filter(({ step }) => step.index === last.step.index && step.startedAt === last.step.startedAt)
  const judged = ofStep.flatMap((check) => {
    const verdict = check.verdict.metrics.find((one) => one.metric === metric)
    return verdict === undefined ? [] : [{ verdict, check, atMs: check.observation.to - check.step.startedAt }]
  })
  const newest = judged.at(-1)?.verdict
  if (newest === undefined) return null
  const isLessWorse = judged.some(({ verdict }) => isInverse(verdict))
  const kind = newest.newKinds[0]?.kind ?? null
  const points = judged.flatMap(({ verdict, check, atMs }) => {
    const values = kind !== null ? kindCounts(check.observation, metric, kind) : valuesOf(verdict)
    if (values === null || !(atMs >= 0) || !values.every((value) => value >= 0 && value < 1e9)) return []
    const [canary, baseline] = values
    const times = isLessWorse ? 1 / newest.factor : newest.factor
    const threshold = kind === null && newest.type !== 'kinds' ? baseline * times : null
    return [{ atMs, canary, baseline, threshold: Number.isFinite(threshold ?? 0) ? threshold : null }]
  })
  if (points.length < 2) return null
  const factor = settingOf(newest.factor)
  return {
    title: titleOf(newest, kind),
    unit: newest.type === 'ratio' ? 'percent' : newest.type === 'latency' ? 'ms' : 'count',
    threshold: newest.type === 'kinds' ? null : isLessWorse ? `baseline ÷ ${factor}` : `${factor} × baseline`,
    points,
  }
}

function titleOf({ metric, type }: MetricVerdict, kind: string | null): string {
  if (type === 'latency') return `${name(metric, 30)}, p95 in the step so far`
  if (type === 'kinds') return kind === null ? name(metric, 50) : `New, by check: ${name(kind, 30)}`
  return `${name(metric, 30)} in the step so far`
}

function valuesOf({ type, canary, baseline, p95 }: MetricVerdict): readonly [number, number] | null {
  if (type === 'latency') return p95 === null ? null : [p95.canary * 1000, p95.baseline * 1000]
  if (type === 'kinds' || canary.rate === null || baseline.rate === null) return null
  return [canary.rate * 100, baseline.rate * 100]
}

function kindCounts({ samples }: Observation, metric: string, kind: string): readonly [number, number] | null {
  const sample = samples[metric]
  if (sample?.type !== 'kinds') return null
  return [sample.canary.kinds[kind] ?? 0, sample.baseline.kinds[kind] ?? 0]
}

/** A number of the chart with its unit. */
export function valueText(value: number, unit: VerdictChart['unit']): string {
  switch (unit) {
    case 'percent':
      return percentOf(value / 100)
    case 'ms':
      return latencyOf(value / 1000)
    case 'count':
      return countOf(value)
    default:
      return unit satisfies never
  }
}

/** The chart for whoever cannot see it. */
export function chartWords({ title, unit, threshold, points }: VerdictChart): string {
  const last = points.at(-1)
  if (last === undefined) return title
  const at = (value: number) => valueText(value, unit)
  const limit = last.threshold === null || threshold === null ? '' : `, threshold ${at(last.threshold)} (${threshold})`
  return `${title}: at the last of ${points.length} checks the canary has ${at(last.canary)}, the baseline ${at(last.baseline)}${limit}.`
}

/** Time in a step: `4:00`, `75:30`. */
export function clockText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
