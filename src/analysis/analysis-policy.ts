/** What a rollout is judged by. Everything has a default; a policy is part of the configuration and is never changed by the judge. */

/** What is compared: shares of requests, latencies, or errors by kind. */
export type MetricType = 'ratio' | 'latency' | 'kinds'

export interface MetricPolicy {
  readonly name: string
  readonly type: MetricType
  /** Which way harm lies: more errors are worse, fewer finished orders are worse. Only ratios can be `lower`. */
  readonly worse: 'higher' | 'lower'
  /** Harm only counts when the worse arm is more than so many times the other, above 1. Not used by `kinds`. */
  readonly factor: number
  /** Harm only counts when the arms differ by more than this: a share (0 to 1) for ratios, seconds for latencies. */
  readonly minimumEffect: number
  /** How much of the false-alarm budget is this metric's, relative to the others. Above 0. */
  readonly weight: number
  /** Judged and shown, but it moves nothing and costs no budget. */
  readonly isShadow: boolean
}

export interface AnalysisPolicy {
  readonly metrics: readonly MetricPolicy[]
  /** Share of healthy releases that may be rolled back by mistake, over the whole rollout and all metrics, above 0 and below 1. */
  readonly alpha: number
  /** The first minutes of each step. A cold start is nobody's fault unless it is worse than that. */
  readonly warmUp: {
    /** In ms. */
    readonly ms: number
    /** So many times the baseline's errors are put down to the cold start, at least 1. */
    readonly factor: number
  }
  /** Fails whatever the baseline does, during the warm-up as well: at least so many errors and at least such a share. */
  readonly guard: { readonly share: number; readonly errors: number }
  /** No metric fails on fewer errors (slow requests, occurrences) than that in its step. */
  readonly minimumErrors: number
  /**
   * `pass` says: with at most `risk` probability the canary raises the errors of the whole service by more than `excess`
   * times the usual, or with at most that probability by more than `share` of its requests. The second is for services
   * that have hardly any errors, where nothing can be a multiple.
   */
  readonly harmless: { readonly excess: number; readonly share: number; readonly risk: number }
  /** Checks in a row. */
  readonly traffic: { readonly silentChecks: number; readonly unevenChecks: number }
  readonly source: {
    /** Failed checks in a row after which the rollout is held. */
    readonly errorsToHold: number
    /** Good checks in a row after which it goes on by itself. */
    readonly answersToResume: number
    /** How long it may be away before somebody is paged, in ms. */
    readonly pageAfterMs: number
  }
}

const usual = { worse: 'higher', isShadow: false } as const

/** Errors, 95th percentile of the latency, and new kinds of errors: the triggers that a rollout has unless told otherwise. */
const defaultMetrics: readonly MetricPolicy[] = [
  { ...usual, name: 'errors', type: 'ratio', factor: 2, minimumEffect: 0.0001, weight: 3 },
  { ...usual, name: 'latency', type: 'latency', factor: 1.5, minimumEffect: 0.01, weight: 1 },
  { ...usual, name: 'error_kinds', type: 'kinds', factor: 2, minimumEffect: 0, weight: 1 },
]

export const defaultPolicy: AnalysisPolicy = {
  metrics: defaultMetrics,
  alpha: 0.02,
  warmUp: { ms: 180_000, factor: 5 },
  guard: { share: 0.2, errors: 10 },
  minimumErrors: 3,
  harmless: { excess: 0.5, share: 0.0002, risk: 0.05 },
  traffic: { silentChecks: 2, unevenChecks: 3 },
  source: { errorsToHold: 3, answersToResume: 3, pageAfterMs: 600_000 },
}

/**
 * The part of the false-alarm budget that one metric may use. Metrics that act share the policy's `alpha` by their weights;
 * a shadow metric is shown with what it would have, were it one of them.
 */
export function alphaOf(policy: AnalysisPolicy, metric: MetricPolicy): number {
  let sum = metric.isShadow ? metric.weight : 0
  for (const { isShadow, weight } of policy.metrics) if (!isShadow) sum += weight
  return (policy.alpha * metric.weight) / sum
}
