import type { MetricSample } from '../analysis/samples.ts'
import type { ServiceResult } from './service-failure.ts'

/**
 * How one metric is asked for. `$arm` in a query stands for what tells the arms apart, `$range` for the interval.
 * Queries answer with raw counters, summed over instances where the source can reset-correct (`increase` by the source
 * extrapolates; the source reads samples and takes their differences itself).
 */
export type MetricQuery =
  | { readonly type: 'ratio'; readonly total: string; readonly bad: string }
  /** Cumulative buckets with the label `le`, seconds. */
  | { readonly type: 'latency'; readonly buckets: string }
  /** Errors by kind: the label that names it. */
  | { readonly type: 'kinds'; readonly total: string; readonly errors: string; readonly label: string }

export interface MetricsSource {
  /**
   * Measures both arms over one interval. Never rejects: a metric that could not be measured is a sample of type `error`.
   *
   * @param interval - UTC milliseconds; `to` is not in the future
   */
  measure(
    metrics: Readonly<Record<string, MetricQuery>>,
    interval: { readonly from: number; readonly to: number },
  ): Promise<Readonly<Record<string, MetricSample>>>
  /** Whether it answers at all, and how far its clock is from ours, in ms. */
  ping(): Promise<ServiceResult<{ readonly skewMs: number }>>
}
