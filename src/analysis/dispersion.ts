/**
 * How much more the baseline's errors scatter from minute to minute than independent ones would. Errors that come in bursts
 * are one piece of bad luck each and not many, so evidence is divided by it. Measured over the last hour, and only from
 * the past: what a check brings is judged by what was known before it.
 */

const minuteMs = 60_000
const minutesKept = 60
/** Fewer minutes tell nothing. */
const minutesNeeded = 10
/** Of 60 minutes these are left out of the mean: an outage of three minutes is no burst. */
const leftOutShare = 0.05
/** What one minute can add at most, in units of what independent errors would. */
const greatestPart = 50

export interface Dispersion {
  /** Errors and requests of whole minutes, the oldest first. */
  readonly errors: readonly number[]
  readonly totals: readonly number[]
  /** The minute that is not full yet. */
  readonly open: { readonly ms: number; readonly errors: number; readonly total: number }
  /** Variance by mean, at least 1; 1 where the difference may be chance. */
  readonly value: number
}

const nothingOpen = { ms: 0, errors: 0, total: 0 }

export const noDispersion: Dispersion = { errors: [], totals: [], open: nothingOpen, value: 1 }

/** Adds what the baseline had in an interval. One that is longer than a minute counts as one piece. */
export function addMinute(dispersion: Dispersion, ms: number, errors: number, total: number): Dispersion {
  const { open } = dispersion
  const sum = { ms: open.ms + ms, errors: open.errors + errors, total: open.total + total }
  if (sum.ms < minuteMs * 0.98) return { ...dispersion, open: sum }
  // Each is compared with what its own requests let expect, so that a longer one scatters, by that, as one minute does.
  const kept = (values: readonly number[], value: number) => [...values.slice(1 - minutesKept), value]
  const next = { errors: kept(dispersion.errors, sum.errors), totals: kept(dispersion.totals, sum.total) }
  return { ...next, open: nothingOpen, value: scatterOf(next.errors, next.totals) }
}

/**
 * Variance by mean of the errors, each minute compared with what its requests let expect.
 *
 * @returns at least 1; 1 as well where there is too little to tell or where independent errors would scatter as much
 *   one time in twenty
 */
export function scatterOf(errors: readonly number[], totals: readonly number[]): number {
  const count = errors.length
  if (count < minutesNeeded) return 1
  const rate = usualRate(errors, totals)
  if (rate <= 0) return 1
  let sum = 0
  let used = 0
  for (let index = 0; index < count; index += 1) {
    const expected = rate * (totals[index] ?? 0)
    if (expected <= 0) continue
    used += 1
    sum += Math.min(greatestPart, ((errors[index] ?? 0) - expected) ** 2 / expected)
  }
  if (used < minutesNeeded) return 1
  const scatter = sum / (used - 1)
  return scatter > 1 + 1.645 * Math.sqrt(2 / (used - 1)) ? scatter : 1
}

/** Errors by request without the worst few minutes. */
function usualRate(errors: readonly number[], totals: readonly number[]): number {
  const byRate = errors.map((_, index) => index)
  const rateAt = (index: number) => (errors[index] ?? 0) / Math.max(1, totals[index] ?? 0)
  byRate.sort((a, b) => rateAt(a) - rateAt(b))
  const usual = byRate.slice(0, byRate.length - Math.floor(byRate.length * leftOutShare))
  let bad = 0
  let all = 0
  for (const index of usual) {
    bad += errors[index] ?? 0
    all += totals[index] ?? 0
  }
  if (bad > 0) return bad / all
  // Nearly all minutes are free of errors: then the rest is all that is known.
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return sum(errors) / Math.max(1, sum(totals))
}
