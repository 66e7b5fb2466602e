/**
 * What a plan can see at a given traffic, before it begins: how much worse a canary must be for a step to find it, and how
 * likely a healthy one is to pass. Worked out exactly for one look at the end of each step's window, with errors that are
 * independent (or in bursts of the given dispersion). The judge looks all the time and remembers earlier steps, so that it
 * finds a little more than this says, never less on average. In one rollout of twenty chance looks like bursts to the judge;
 * then a healthy canary passes a little later than this says.
 */
import { type AnalysisPolicy, alphaOf, type MetricPolicy } from './analysis-policy.ts'
import { addWinnings, beginStep, logEvidence, logSumExp, stakeOf } from './evidence.ts'
import { ratioBets, riskOf } from './ratio-metric.ts'
import { logPoisson, poissonTail } from './special-functions.ts'

export interface PlannedStep {
  readonly percent: number
  readonly windowMs: number
}

/** The service as it is now, all of it. */
export interface UsualTraffic {
  readonly requestsPerSecond: number
  /** Share of them that goes wrong, 0 to 1. */
  readonly badShare: number
  /** By how much more than independent errors they scatter, at least 1. */
  readonly dispersion: number
}

export interface StepOutlook {
  readonly percent: number
  readonly windowMs: number
  /** What the canary gets after the warm-up, on average; errors as long as it is healthy. */
  readonly canaryRequests: number
  readonly canaryErrors: number
  /** Share of errors that the canary must have to be found in nine cases of ten; null if none is found so surely. */
  readonly smallestShare: number | null
  /** The same as a multiple of the usual; null as well where the usual is none. */
  readonly smallestRatio: number | null
  /** The probability that a healthy canary passes by the end of the window, and by the end of its extension. */
  readonly passes: number
  readonly passesExtended: number
}

export interface Outlook {
  readonly steps: readonly StepOutlook[]
  /** The probability that a healthy release ends in a hold somewhere, for a person to decide. */
  readonly holds: number
}

/** How sure to find it. */
const sure = 0.9
/** A window for which the probability is worked out: no step is longer. */
const longestWindowMs = 86_400_000

export function preflight(
  plan: readonly PlannedStep[],
  traffic: UsualTraffic,
  metric: MetricPolicy,
  policy: AnalysisPolicy,
): Outlook {
  const steps = plan.map(({ percent, windowMs }, index): StepOutlook => {
    const place = { index, steps: plan.length, percent }
    const counts = expectedCounts(percent, windowMs, traffic, policy)
    const smallestShare = smallestFound(place, counts, traffic, metric, policy)
    return {
      percent,
      windowMs,
      canaryRequests: counts.canaryTotal,
      canaryErrors: counts.canaryTotal * traffic.badShare,
      smallestShare,
      smallestRatio: smallestShare === null || traffic.badShare <= 0 ? null : smallestShare / traffic.badShare,
      passes: passProbability(percent, windowMs, traffic, policy),
      passesExtended: passProbability(percent, 2 * windowMs, traffic, policy),
    }
  })
  const passesAll = steps.reduce((product, step) => product * Math.max(step.passes, step.passesExtended), 1)
  return { steps, holds: 1 - passesAll }
}

/**
 * The shortest window, in whole minutes, in which a step of this share finds a canary that is so many times worse.
 *
 * @returns ms; null if a day is not enough
 */
export function windowToFind(
  ratio: number,
  place: { readonly index: number; readonly steps: number; readonly percent: number },
  traffic: UsualTraffic,
  metric: MetricPolicy,
  policy: AnalysisPolicy,
): number | null {
  const finds = (windowMs: number) =>
    findProbability(
      ratio * traffic.badShare,
      place,
      expectedCounts(place.percent, windowMs, traffic, policy),
      traffic,
      metric,
      policy,
    ) >= sure
  return firstMinute(finds)
}

/** The shortest window, in whole minutes, in which a healthy canary passes in nine cases of ten; null if a day is not enough. */
export function windowToPass(percent: number, traffic: UsualTraffic, policy: AnalysisPolicy): number | null {
  return firstMinute((windowMs) => passProbability(percent, windowMs, traffic, policy) >= sure)
}

/** Halves until it is a minute. */
function firstMinute(isEnough: (windowMs: number) => boolean): number | null {
  const minute = 60_000
  if (!isEnough(longestWindowMs)) return null
  let [low, high] = [0, longestWindowMs / minute]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (isEnough(middle * minute)) high = middle
    else low = middle
  }
  return high * minute
}

interface Expected {
  readonly canaryTotal: number
  readonly baselineTotal: number
}

function expectedCounts(
  percent: number,
  windowMs: number,
  { requestsPerSecond }: UsualTraffic,
  policy: AnalysisPolicy,
): Expected {
  const total = (requestsPerSecond * Math.max(0, windowMs - policy.warmUp.ms)) / 1000
  return { canaryTotal: (total * percent) / 100, baselineTotal: total * (1 - percent / 100) }
}

/**
 * The probability that a canary with this share of errors is found by this step alone, at the end of its window. Counts in
 * bursts behave like independent ones that are fewer by the dispersion, which have the same mean and variance.
 */
export function findProbability(
  badShare: number,
  { index, steps }: { readonly index: number; readonly steps: number },
  { canaryTotal, baselineTotal }: Expected,
  { badShare: usualShare, dispersion }: UsualTraffic,
  metric: MetricPolicy,
  policy: AnalysisPolicy,
): number {
  if (canaryTotal <= 0 || baselineTotal <= 0) return 0
  const enough = -Math.log(alphaOf(policy, metric))
  const isFound = (canaryBad: number, baselineBad: number): boolean => {
    if (canaryBad * dispersion < policy.minimumErrors) return false
    const [canaryRate, baselineRate] = [
      (canaryBad * dispersion) / canaryTotal,
      (baselineBad * dispersion) / baselineTotal,
    ]
    if (canaryRate <= metric.factor * baselineRate || canaryRate - baselineRate <= metric.minimumEffect) return false
    const split = { suspectTotal: canaryTotal, referenceTotal: baselineTotal, tolerated: 1, dispersion: 1 }
    const counts = { ...split, bad: canaryBad, allBad: canaryBad + baselineBad }
    const own = logEvidence(addWinnings(beginStep([], 0, ratioBets), ratioBets, counts), ratioBets, 1)
    return logSumExp([Math.log(stakeOf(index, steps)) + own, Math.log(keptStake(index, steps))]) >= enough
  }
  const canaryMean = (canaryTotal * badShare) / dispersion
  return meanOver((baselineTotal * usualShare) / dispersion, (baselineBad) => {
    const least = firstTrue((canaryBad) => isFound(canaryBad, baselineBad), Math.ceil(canaryTotal / dispersion))
    return least === null ? 0 : poissonTail(least, canaryMean)
  })
}

/** What later steps have not staked yet. */
function keptStake(index: number, steps: number): number {
  let kept = 1e-9
  for (let later = index + 1; later < steps; later += 1) kept += stakeOf(later, steps)
  return kept
}

function passProbability(percent: number, windowMs: number, traffic: UsualTraffic, policy: AnalysisPolicy): number {
  const { canaryTotal, baselineTotal } = expectedCounts(percent, windowMs, traffic, policy)
  if (canaryTotal <= 0 || baselineTotal <= 0) return 0
  const mean = (total: number) => (total * traffic.badShare) / traffic.dispersion
  const isTooMany = (bad: number, otherBad: number) => {
    const risk = riskOf({ bad, total: canaryTotal, otherBad, otherTotal: baselineTotal }, policy, percent, 1)
    return risk === null || risk.value > risk.allowed
  }
  return meanOver(mean(baselineTotal), (otherBad) => {
    const tooMany = firstTrue((bad) => isTooMany(bad, otherBad), Math.ceil(canaryTotal))
    return tooMany === null ? 1 : 1 - poissonTail(tooMany, mean(canaryTotal))
  })
}

function smallestFound(
  place: { readonly index: number; readonly steps: number },
  counts: Expected,
  traffic: UsualTraffic,
  metric: MetricPolicy,
  policy: AnalysisPolicy,
): number | null {
  const finds = (share: number) => findProbability(share, place, counts, traffic, metric, policy)
  if (finds(1) < sure) return null
  let [low, high] = [Math.max(traffic.badShare, 1e-7), 1]
  // To a hundredth of itself: nobody reads more.
  while (high / low > 1.01) {
    const middle = Math.sqrt(low * high)
    if (finds(middle) >= sure) high = middle
    else low = middle
  }
  return high
}

/** The first whole number from 0 on for which a condition that stays true once it is so holds; null if none up to `limit`. */
function firstTrue(isTrue: (value: number) => boolean, limit: number): number | null {
  if (isTrue(0)) return 0
  let high = 1
  while (high < limit && !isTrue(high)) high *= 2
  if (!isTrue(high)) return null
  let low = high / 2
  if (high === 1) return 1
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (isTrue(middle)) high = middle
    else low = middle
  }
  return high
}

/** The mean of a function of a Poisson variable; of a large one at about two hundred points between which it is smooth. */
function meanOver(mean: number, valueAt: (count: number) => number): number {
  if (mean <= 0) return valueAt(0)
  const spread = 6 * Math.sqrt(mean) + 6
  const first = Math.max(0, Math.floor(mean - spread))
  const last = Math.ceil(mean + spread)
  const stride = Math.max(1, Math.ceil((last - first) / 200))
  let sum = 0
  let weights = 0
  for (let count = first; count <= last; count += stride) {
    const weight = Math.exp(logPoisson(count, mean))
    sum += weight * valueAt(count)
    weights += weight
  }
  return sum / weights
}
