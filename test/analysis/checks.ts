/** Short ways to write what checks bring. */
import { type AnalysisPolicy, defaultPolicy } from '../../src/analysis/analysis-policy.ts'
import { decideStep, type StepDecision } from '../../src/analysis/decide-step.ts'
import { judge } from '../../src/analysis/judge.ts'
import { type AnalysisState, newAnalysisState, observe } from '../../src/analysis/observe.ts'
import type { MetricSample, Observation } from '../../src/analysis/samples.ts'
import type { StepWindow } from '../../src/analysis/step-window.ts'
import type { Verdict } from '../../src/analysis/verdict.ts'

export const minute = 60_000

export const firstStep: StepWindow = {
  index: 0,
  steps: 4,
  percent: 5,
  startedAt: 0,
  windowMs: 15 * minute,
  extensionMs: 0,
  intervalMs: minute,
  hasSessionAffinity: false,
  isHeld: false,
}

/** Errors alone, judged from the first minute on. */
export const errorsOnly: AnalysisPolicy = {
  ...defaultPolicy,
  metrics: defaultPolicy.metrics.filter(({ name }) => name === 'errors'),
  warmUp: { ms: 0, factor: 1 },
}

/** Totals and errors of both arms. */
export function ratio(
  canaryTotal: number | null,
  canaryBad: number | null,
  baselineTotal: number | null,
  baselineBad: number | null,
): MetricSample {
  return {
    type: 'ratio',
    canary: { total: canaryTotal, bad: canaryBad },
    baseline: { total: baselineTotal, bad: baselineBad },
  }
}

export const sourceError: MetricSample = { type: 'error', detail: 'timed out' }

/** The check of a minute, counted from 0. */
export function check(
  at: number,
  errors: MetricSample,
  others: Readonly<Record<string, MetricSample>> = {},
): Observation {
  return { from: at * minute, to: (at + 1) * minute, samples: { errors, ...others } }
}

export interface Watched {
  readonly state: AnalysisState
  readonly verdict: Verdict
  readonly decision: StepDecision
}

/** Folds checks, and asks after the last one. */
export function watch(
  checks: readonly Observation[],
  policy: AnalysisPolicy = errorsOnly,
  step: StepWindow = firstStep,
  before: AnalysisState = newAnalysisState,
): Watched {
  let state = before
  for (const observation of checks) state = observe(state, observation, step, policy)
  const at = state.lastTo ?? 0
  const verdict = judge(state, policy, at)
  return { state, verdict, decision: decideStep(state, verdict, step, policy, at) }
}

/** The same sample in each of so many minutes. */
export function minutes(count: number, sample: MetricSample, first = 0): readonly Observation[] {
  return Array.from({ length: count }, (_, index) => check(first + index, sample))
}
