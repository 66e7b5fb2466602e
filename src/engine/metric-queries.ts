import type { MetricsPolicy } from '../policy/metrics-policy.ts'
import type { MetricQuery } from './metrics-source.ts'

/** What to ask the metrics source for, by the metric's name. How each one is judged is in the policy, by the same name. */
export function metricQueriesOf({ metrics }: MetricsPolicy): Readonly<Record<string, MetricQuery>> {
  return Object.fromEntries(metrics.map(({ name, selectors }) => [name, selectors]))
}
