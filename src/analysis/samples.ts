/** What was measured of both arms in the same interval. Counts are raw counters' differences, not rates. */

/** `null` where the source has no such series. */
export interface RatioCounts {
  /** Requests (or whatever is counted) in the interval, at least 0. */
  readonly total: number | null
  /** Those that went wrong. Null beside a known total means none: a counter of errors begins with the first one. */
  readonly bad: number | null
}

/** A histogram's increase in the interval. */
export interface LatencyCounts {
  /** By bucket, not cumulative, in the order of the bounds; null where there is no such series. */
  readonly counts: readonly number[] | null
}

export type MetricSample =
  | { readonly type: 'ratio'; readonly canary: RatioCounts; readonly baseline: RatioCounts }
  | {
      readonly type: 'latency'
      /** Upper bounds of the buckets in seconds, rising; the last one is Infinity. */
      readonly bounds: readonly number[]
      readonly canary: LatencyCounts
      readonly baseline: LatencyCounts
    }
  | {
      /** Kinds of errors by name, with how often each was seen. */
      readonly type: 'kinds'
      readonly canary: { readonly total: number | null; readonly kinds: Readonly<Record<string, number>> }
      readonly baseline: { readonly total: number | null; readonly kinds: Readonly<Record<string, number>> }
    }
  /** The source answered with an error, or not at all. */
  | { readonly type: 'error'; readonly detail: string }

/** Everything that one check of a rollout brought. */
export interface Observation {
  /** The interval, UTC milliseconds; `from` is where the one before ended. */
  readonly from: number
  readonly to: number
  /** By the metric's name. */
  readonly samples: Readonly<Record<string, MetricSample>>
}
