/**
 * How much counters grew, from raw samples. `increase()` extrapolates to the edges of its range, so that what it says of
 * two intervals does not add up to what it says of both; these differences do, which a property test holds them to.
 */

/** Counters that are read and reset together: one counter, or all buckets of a histogram. */
export interface Reading {
  /** UTC milliseconds. */
  readonly at: number
  /** Always as many, in the same order. */
  readonly values: readonly number[]
}

/**
 * The growth after the start of an interval up to its end.
 *
 * A value that falls says that the process has started anew: counters begin at 0 then, so the new value counts in full.
 * Where one of several counters falls, all of them have begun anew. What was counted between the last reading and the
 * restart nobody has seen; and a restart whose counters have passed their old values by the next reading cannot be told
 * from growth. Prometheus' own functions share both limits.
 *
 * @param before - the last values at or before the start; null where there is none
 * @param readings - those of the interval, oldest first
 * @param startsAtZero - without `before`: whether the counter is known to have begun within the interval, and thus at 0.
 *   Otherwise its past is unknown and it counts from its first reading on
 * @returns the growth of each counter, at least 0; null without a reading
 */
export function counterIncrease(
  before: readonly number[] | null,
  readings: readonly Reading[],
  startsAtZero: boolean,
): readonly number[] | null {
  const first = readings[0]
  if (first === undefined) return null
  const growth = first.values.map(() => 0)
  let previous = before ?? (startsAtZero ? growth.map(() => 0) : first.values)
  for (const { values } of readings) {
    const last = previous
    const hasReset = values.some((value, index) => value < (last[index] ?? 0))
    for (const [index, value] of values.entries()) {
      growth[index] = (growth[index] ?? 0) + (hasReset ? value : value - (last[index] ?? 0))
    }
    previous = values
  }
  return growth
}
