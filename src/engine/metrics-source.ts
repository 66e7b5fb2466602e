import type { MetricSample } from '../analysis/samples.ts'
import type { MetricSelectors } from '../policy/metrics-policy.ts'
import type { ServiceResult } from './service-failure.ts'

/**
 * How one metric is asked for: by plain selectors of raw counters. The source reads samples and takes their differences
 * itself, series by series, because what `increase` in a query gives is an estimate.
 */
export type MetricQuery = MetricSelectors

/** What the load balancer's pools are called in a release. */
export interface PoolNames {
  readonly canary: string
  readonly baseline: string
}

export interface MetricsSource {
  /** How long after the fact every sample is there, ms. */
  readonly lagMs: number
  /**
   * Measures both arms over one interval. Never rejects: a metric that could not be measured is a sample of type `error`.
   * Repeated, it gives the same again; intervals that tile give counts that tile, whatever was unreachable meanwhile.
   *
   * @param interval - UTC milliseconds, after `from` and up to and including `to`, which is at least `lagMs` ago
   *   (`intervalDue` makes such intervals)
   * @param pools - needed where the arms are told apart by the pool's name
   */
  measure(
    metrics: Readonly<Record<string, MetricQuery>>,
    interval: { readonly from: number; readonly to: number },
    pools?: PoolNames,
  ): Promise<Readonly<Record<string, MetricSample>>>
  /** Whether it answers at all, and how far its clock is ahead of ours, in ms. */
  ping(): Promise<ServiceResult<{ readonly skewMs: number }>>
}
