import type { MetricType } from './analysis-policy.ts'
import type { MetricSample } from './samples.ts'

/** Whether the last check brought counts of a metric. */
export type LastSample =
  | { readonly type: 'counts' }
  | { readonly type: 'none' }
  | { readonly type: 'error'; readonly detail: string }

/** What to remember of a sample that brought no counts. A sample of another type is a fault of the source. */
export function lastOf(sample: MetricSample | undefined, type: MetricType): LastSample {
  if (sample === undefined || sample.type === type) return { type: 'none' }
  return { type: 'error', detail: sample.type === 'error' ? sample.detail : `a sample of type ${sample.type}` }
}

/** NaN and what is below 0 are no counts, and are never turned into one. */
export function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}
