/** What an environment measures while a release rolls out, and how it is judged. Made by `src/config`. */
import type { LabelMatcher } from './metric-selector.ts'

/**
 * What tells canary and baseline apart.
 * - `label`: two values of one label, `version="canary"` and `version="baseline"`.
 * - `pool`: a label that holds the name of the load balancer's pool; which pool is the canary differs from release to
 *   release.
 * - `matchers`: anything else.
 */
export type ArmsPolicy =
  | { readonly type: 'label'; readonly label: string; readonly canary: string; readonly baseline: string }
  | { readonly type: 'pool'; readonly label: string }
  | {
      readonly type: 'matchers'
      readonly canary: readonly LabelMatcher[]
      readonly baseline: readonly LabelMatcher[]
    }

/**
 * The counters of one comparison, as PromQL selectors (see metric-selector.ts). A value in one may hold `$arm`, which
 * stands for the arm's value of the label; a selector without it gets what tells the arms apart as a further matcher.
 */
export type MetricSelectors =
  /** A share: `bad` counts a part of what `total` counts, the good part where `worse` is `lower`. */
  | { readonly type: 'ratio'; readonly total: string; readonly bad: string }
  /** A classic histogram: cumulative buckets with the label `le`, in seconds. */
  | { readonly type: 'latency'; readonly buckets: string }
  /** Errors by kind, which a label names. */
  | { readonly type: 'kinds'; readonly total: string; readonly errors: string; readonly label: string }

/** One named comparison of canary and baseline. */
export interface MetricPolicy {
  /** Unique in the environment: `errors`, `latency`, `new errors`, or what the configuration calls it. */
  readonly name: string
  readonly selectors: MetricSelectors
  /** Which way harm lies. `lower` only for shares of what went well. */
  readonly worse: 'higher' | 'lower'
  /**
   * The canary fails when it is more than so many times worse; more than 1. For `kinds` it says nothing: any kind that
   * the baseline does not have is new.
   */
  readonly factor: number
  /** The difference that it has to make at least besides: a share (0 to 1) for `ratio`, seconds for `latency`. */
  readonly minimumEffect: number
  /** How much of `alpha` is this metric's, relative to the others; above 0. */
  readonly weight: number
  /** Judged and shown, and nothing follows from it. */
  readonly isShadow: boolean
}

/** Durations are milliseconds. */
export interface MetricsPolicy {
  /** A Prometheus, or what speaks its HTTP API; without a slash at the end. */
  readonly source: { readonly type: 'prometheus'; readonly url: string }
  readonly arms: ArmsPolicy
  /** At least one. */
  readonly metrics: readonly MetricPolicy[]
  /** The chance that a healthy release is rolled back, over the whole rollout and all metrics that act. */
  readonly alpha: number
  /** Left out of the comparison at the beginning of each step. */
  readonly warmUpMs: number
  /** Between two checks. */
  readonly intervalMs: number
  /**
   * How long after the fact every sample is there: the scrape interval and what it takes to store it. Intervals end so
   * long ago, see `intervalDue`.
   */
  readonly lagMs: number
}

/**
 * Sluice's own look at each arm: it still rolls back when the metrics source is away. An address may hold `$pool`, which
 * stands for the pool that the arm is in during this release (see pool-address.ts). Durations are milliseconds.
 */
export interface HealthPolicy {
  readonly canary: string
  /** Null: only the canary is looked at. */
  readonly baseline: string | null
  /** HTTP statuses that are good; null for any from 200 to 299. */
  readonly statuses: readonly number[] | null
  /** A text that the body has to hold; null for any body. */
  readonly body: string | null
  readonly timeoutMs: number
  readonly intervalMs: number
  /** So many bad answers in a row mean that the arm is not healthy; at least 1. */
  readonly failures: number
}

/** How each metric is judged, without how it is asked for: what the judge's policy is made of. */
export function judgedMetricsOf({
  metrics,
}: MetricsPolicy): readonly (Omit<MetricPolicy, 'selectors'> & { readonly type: MetricSelectors['type'] })[] {
  return metrics.map(({ selectors, ...judged }) => ({ ...judged, type: selectors.type }))
}

/**
 * The next interval to measure: from where the last one ended to the newest moment of which every sample is there. So
 * intervals tile, and nothing is counted twice or lost.
 *
 * @param measuredTo - where the last interval ended; at first, when the measuring began. UTC milliseconds, as is `now`
 * @param leastMs - shorter ones wait: in less than a scrape there is nothing, which is not the same as no data
 * @returns null while there is nothing new to measure
 */
export function intervalDue(
  measuredTo: number,
  now: number,
  { lagMs, leastMs = 0 }: Pick<MetricsPolicy, 'lagMs'> & { readonly leastMs?: number },
): { readonly from: number; readonly to: number } | null {
  const to = now - lagMs
  return to > measuredTo && to - measuredTo >= leastMs ? { from: measuredTo, to } : null
}
