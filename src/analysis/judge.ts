import type { AnalysisPolicy, MetricPolicy } from './analysis-policy.ts'
import { judgeKinds } from './kinds-metric.ts'
import { judgeLatency } from './latency-metric.ts'
import { type AnalysisState, stateOf } from './observe.ts'
import { judgeRatio } from './ratio-metric.ts'
import type { JudgedStep } from './step-window.ts'
import { type MetricVerdict, type Verdict, wholeVerdict } from './verdict.ts'

/**
 * Says what the checks so far come to. Pure; asking again, or never, changes nothing in how likely a false alarm is.
 *
 * @param at - UTC milliseconds, for the record only
 */
export function judge(state: AnalysisState, policy: AnalysisPolicy, at: number): Verdict {
  const { step } = state
  const judged: JudgedStep = step ?? { percent: 0, steps: 1, isWarmUp: true }
  const metrics = policy.metrics.map((metric) => judgeMetric(state, metric, policy, judged))
  return {
    verdict: step === null ? 'no_data' : wholeVerdict(metrics),
    at,
    step: step === null ? null : { index: step.index, percent: step.percent },
    metrics,
  }
}

function judgeMetric(
  state: AnalysisState,
  metric: MetricPolicy,
  policy: AnalysisPolicy,
  step: JudgedStep,
): MetricVerdict {
  const known = stateOf(state, metric)
  switch (known.type) {
    case 'ratio':
      return judgeRatio(known, metric, policy, step)
    case 'latency':
      return judgeLatency(known, metric, policy, step)
    case 'kinds':
      return judgeKinds(known, metric, policy, step)
    default:
      return known satisfies never
  }
}
