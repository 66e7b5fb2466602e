/**
 * How others decide, as their documentation says, over the same plan and the same traffic. What is compared is the same
 * for all of them: the share of errors of the canary and that of the baseline.
 */
import type { Observation } from '../../src/analysis/samples.ts'
import type { StepWindow } from '../../src/analysis/step-window.ts'
import type { RolloutJudge, Wish } from './analysis-rollout.ts'

interface Counts {
  readonly canary: number
  readonly canaryBad: number
  readonly baseline: number
  readonly baselineBad: number
}

const factor = 2

/** "Error rate above twice the baseline's over the last five minutes": rolled back the first time it is so. */
export function naive(): RolloutJudge {
  const recent: Counts[] = []
  return (observation, step) => {
    recent.push(countsOf(observation))
    const fiveMinutes = recent.slice(-Math.ceil(300_000 / step.intervalMs)).reduce(add)
    return isAbove(fiveMinutes) ? 'rollback' : byClock(observation, step)
  }
}

/**
 * Argo Rollouts, background analysis: a metric is measured at each interval, and the run fails when more measurements than
 * `failureLimit` have failed. Here the measurement is the ratio to the baseline over its interval.
 */
export function argo(failureLimit: number): () => RolloutJudge {
  return () => {
    let failed = 0
    return (observation, step) => {
      if (isAbove(countsOf(observation))) failed += 1
      return failed > failureLimit ? 'rollback' : byClock(observation, step)
    }
  }
}

/** Argo Rollouts, the example of its documentation: a success rate of at least 95 %, each five minutes, `failureLimit: 3`. */
export function argoExample(): RolloutJudge {
  const recent: Counts[] = []
  let failed = 0
  return (observation, step) => {
    recent.push(countsOf(observation))
    if (recent.length * step.intervalMs >= 300_000) {
      const sum = recent.splice(0).reduce(add)
      if (sum.canaryBad > 0.05 * sum.canary) failed += 1
    }
    return failed > 3 ? 'rollback' : byClock(observation, step)
  }
}

/**
 * Flagger: a check that fails stops the advance for its interval and is counted; once as many as `threshold` have failed
 * the release is rolled back.
 */
export function flagger(threshold: number, isFailed: (counts: Counts) => boolean): () => RolloutJudge {
  return () => {
    let failed = 0
    let good = { step: -1, checks: 0 }
    return (observation, step) => {
      if (good.step !== step.index) good = { step: step.index, checks: 0 }
      if (isFailed(countsOf(observation))) failed += 1
      else good.checks += 1
      if (failed >= threshold) return 'rollback'
      return good.checks * step.intervalMs >= step.windowMs ? 'advance' : 'continue'
    }
  }
}

/** The success rate below 99 % of Flagger's examples. */
export function isBelow99({ canary, canaryBad }: Counts): boolean {
  return canaryBad > 0.01 * canary
}

/**
 * Kayenta: at the end of each window the canary's values of each minute are compared with the baseline's by the
 * Mann-Whitney test. It fails when the 98 % interval of the shift lies above a quarter of its estimate.
 */
export function kayenta(): RolloutJudge {
  let minutes: Counts[] = []
  let stepStartedAt = 0
  return (observation, step) => {
    if (step.startedAt !== stepStartedAt) minutes = []
    stepStartedAt = step.startedAt
    minutes.push(countsOf(observation))
    const wish = byClock(observation, step)
    if (wish !== 'advance') return wish
    const rates = (total: 'canary' | 'baseline', bad: 'canaryBad' | 'baselineBad') =>
      minutes.filter((counts) => counts[total] > 0).map((counts) => counts[bad] / counts[total])
    return isHigh(rates('canary', 'canaryBad'), rates('baseline', 'baselineBad')) ? 'rollback' : 'advance'
  }
}

/** The quantile of the normal distribution for 98 %, two-sided. */
const z98 = 2.3263478740408408

function isHigh(canary: readonly number[], baseline: readonly number[]): boolean {
  if (canary.length === 0 || baseline.length === 0) return false
  // The statistic falls as the shift grows: the interval's lower end is where it meets the quantile.
  if (statistic(canary, baseline, 0) <= z98) return false
  let low = Math.min(...canary) - Math.max(...baseline)
  let high = Math.max(...canary) - Math.min(...baseline)
  for (let round = 0; round < 40; round += 1) {
    const middle = (low + high) / 2
    if (statistic(canary, baseline, middle) > 0) low = middle
    else high = middle
  }
  return statistic(canary, baseline, 0.25 * Math.abs(low)) > z98
}

/** The rank sum of the canary's values less a shift, standardised, with corrections for ties and for continuity. */
function statistic(canary: readonly number[], baseline: readonly number[], shift: number): number {
  const [m, n] = [canary.length, baseline.length]
  const all = [...canary.map((value) => ({ value: value - shift, isCanary: true }))]
  for (const value of baseline) all.push({ value, isCanary: false })
  all.sort((a, b) => a.value - b.value)
  let rankSum = 0
  let ties = 0
  for (let first = 0; first < all.length; ) {
    let last = first
    while (last + 1 < all.length && all[last + 1]?.value === all[first]?.value) last += 1
    const rank = (first + last) / 2 + 1
    for (let index = first; index <= last; index += 1) if (all[index]?.isCanary) rankSum += rank
    const size = last - first + 1
    ties += size ** 3 - size
    first = last + 1
  }
  const difference = rankSum - (m * (m + 1)) / 2 - (m * n) / 2
  const variance = ((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1)))
  if (variance <= 0) return 0
  return (difference - Math.sign(difference) * 0.5) / Math.sqrt(variance)
}

/** None of them extends a window. */
function byClock({ to }: Observation, step: StepWindow): Wish {
  return to >= step.startedAt + step.windowMs ? 'advance' : 'continue'
}

/** Whether the canary's share of errors is more than twice the baseline's; of none, any error is. */
export function isAbove({ canary, canaryBad, baseline, baselineBad }: Counts): boolean {
  return canaryBad * baseline > factor * baselineBad * canary
}

function add(a: Counts, b: Counts): Counts {
  return {
    canary: a.canary + b.canary,
    canaryBad: a.canaryBad + b.canaryBad,
    baseline: a.baseline + b.baseline,
    baselineBad: a.baselineBad + b.baselineBad,
  }
}

function countsOf({ samples }: Observation): Counts {
  const errors = samples.errors
  if (errors?.type !== 'ratio') return { canary: 0, canaryBad: 0, baseline: 0, baselineBad: 0 }
  const { canary, baseline } = errors
  return {
    canary: canary.total ?? 0,
    canaryBad: canary.bad ?? 0,
    baseline: baseline.total ?? 0,
    baselineBad: baseline.bad ?? 0,
  }
}
