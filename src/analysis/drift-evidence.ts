/**
 * Evidence from one number a minute: is their mean above a border? Requests of one minute are not independent (a slow
 * neighbour, a cold cache), minutes nearly are, and how much they scatter is learnt from them. The t-test's e-process with
 * a normal prior on the effect in units of the scatter (Gönen et al. 2005; Pérez-Ortiz, Lardy, de Heide, Grünwald 2024): it
 * is exact from the second minute on, which a plug-in estimate of the scatter is not.
 */
import { logSumExp, stakeOf } from './evidence.ts'

/** Number, mean and sum of squared deviations (Welford). */
export interface Moments {
  readonly count: number
  readonly mean: number
  readonly squares: number
}

/** From the beginning of each step on; null for steps not begun. */
export type Drift = readonly (Moments | null)[]

const noMoments: Moments = { count: 0, mean: 0, squares: 0 }

/** Minutes that are needed before they tell anything. */
const minutesNeeded = 5

/** Variance of the prior on the effect: shifts of a few times the scatter are what there is to find. */
const priorVariance = 9

/** No minutes are so equal: below this standard deviation (of a logarithm) equal buckets are mistaken for certainty. */
const leastScatter = 0.02

export function beginDrift(drift: Drift, step: number): Drift {
  if (drift[step] !== undefined && drift[step] !== null) return drift
  const length = Math.max(drift.length, step + 1)
  return Array.from({ length }, (_, index) => (index === step ? noMoments : (drift[index] ?? null)))
}

export function addToDrift(drift: Drift, value: number): Drift {
  return drift.map((moments) => {
    if (moments === null) return null
    const count = moments.count + 1
    const mean = moments.mean + (value - moments.mean) / count
    return { count, mean, squares: moments.squares + (value - moments.mean) * (value - mean) }
  })
}

/** ln of the e-value against "the mean is at most `border`". */
export function logDriftEvidence(drift: Drift, border: number, steps: number): number {
  const terms: number[] = []
  for (let step = 0; step < Math.max(steps, drift.length); step += 1) {
    const stake = stakeOf(step, steps)
    if (stake > 0) terms.push(Math.log(stake) + logFactor(drift[step] ?? noMoments, border))
  }
  return logSumExp(terms)
}

/** ln of the Bayes factor of one series; 0 while there is too little, or nothing that speaks of harm. */
function logFactor({ count, mean, squares }: Moments, border: number): number {
  if (count < minutesNeeded || mean <= border) return 0
  const freedom = count - 1
  const variance = Math.max(squares / freedom, leastScatter ** 2)
  const square = (count * (mean - border) ** 2) / variance / freedom
  const grown = 1 + count * priorVariance
  return -0.5 * Math.log(grown) + (count / 2) * (Math.log1p(square) - Math.log1p(square / grown))
}
