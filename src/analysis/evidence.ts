/**
 * Evidence that may be looked at after every check: e-processes. Each is a bet against "the canary is no worse"; while that
 * is true its expected value is at most 1, so by Ville's inequality the chance that it ever reaches 1/α is at most α, for
 * any number of looks, longer windows and shares that change. (Howard, Ramdas, McAuliffe, Sekhon 2021; Ramdas et al. 2023)
 */

/** A bet on one size of harm: how many times worse, and how much of the stake is on it. The weights add up to 1. */
export interface Bet {
  readonly ratio: number
  readonly weight: number
}

/**
 * Sums of the logarithms of what each bet has won, one row for each step that has begun: the row counts from there on. So
 * harm that only shows under more load is not held back by what was won or lost before. Null for steps not begun.
 */
export type Winnings = readonly (readonly number[] | null)[]

/** What of the stake is kept for the first step; the other steps share the rest. */
const firstStake = 0.7

/** Share of the whole stake that is for bets from this step on. Over all steps of the plan they add up to 1. */
export function stakeOf(step: number, steps: number): number {
  if (steps <= 1) return step === 0 ? 1 : 0
  if (step >= steps) return 0
  return step === 0 ? firstStake : (1 - firstStake) / (steps - 1)
}

export function hasBegun(winnings: Winnings, step: number): boolean {
  return winnings[step] !== undefined && winnings[step] !== null
}

/** Begins the bets of a step; those of a step that has begun go on. */
export function beginStep(winnings: Winnings, step: number, bets: readonly Bet[]): Winnings {
  if (hasBegun(winnings, step)) return winnings
  const length = Math.max(winnings.length, step + 1)
  return Array.from({ length }, (_, index) => (index === step ? bets.map(() => 0) : (winnings[index] ?? null)))
}

/** What of the harm's sizes a check spoke for: `bad` of `allBad` errors were in the suspect arm. */
export interface Split {
  /** Errors in the suspect arm, at most `allBad`. */
  readonly bad: number
  /** Errors in both arms. */
  readonly allBad: number
  readonly suspectTotal: number
  readonly referenceTotal: number
  /** Such a ratio of the arms' error rates is harmless, at least 1. */
  readonly tolerated: number
  /** By how much more than independent errors would the counts scatter, at least 1. */
  readonly dispersion: number
}

/**
 * Adds what one check won: given how many errors there were in all, how they fell on the arms. With the ratio θ of the rates
 * each of them falls on the suspect with probability r(θ) = θ·n₁/(θ·n₁ + n₂), so bets win
 * k·ln(r(θ)/r(θ₀)) + (m − k)·ln((1 − r(θ))/(1 − r(θ₀))), divided by the dispersion. Defined for an error-free baseline
 * too, and not touched by anything that raises the errors of both arms.
 */
export function addWinnings(winnings: Winnings, bets: readonly Bet[], split: Split): Winnings {
  const { bad, allBad, suspectTotal, referenceTotal, tolerated, dispersion } = split
  if (allBad <= 0 || suspectTotal <= 0 || referenceTotal <= 0) return winnings
  const elsewhere = allBad - bad
  const won = bets.map(({ ratio }) => {
    // A bet on less than what is tolerated cannot be made: its odds would be better than fair.
    if (ratio <= tolerated) return 0
    const more = Math.log((tolerated * suspectTotal + referenceTotal) / (ratio * suspectTotal + referenceTotal))
    return (bad * (Math.log(ratio / tolerated) + more) + elsewhere * more) / dispersion
  })
  return winnings.map((row) => row?.map((sum, index) => sum + (won[index] ?? 0)) ?? null)
}

/** ln of the e-value: all bets of all steps together. A step that has not begun holds its stake. */
export function logEvidence(winnings: Winnings, bets: readonly Bet[], steps: number): number {
  const terms: number[] = []
  for (let step = 0; step < Math.max(steps, winnings.length); step += 1) {
    const stake = stakeOf(step, steps)
    if (stake === 0) continue
    const row = winnings[step]
    if (row === undefined || row === null) terms.push(Math.log(stake))
    else for (const [index, { weight }] of bets.entries()) terms.push(Math.log(stake * weight) + (row[index] ?? 0))
  }
  return logSumExp(terms)
}

/** ln Σ exp(term); -Infinity of none. */
export function logSumExp(terms: readonly number[]): number {
  let greatest = Number.NEGATIVE_INFINITY
  for (const term of terms) if (term > greatest) greatest = term
  if (greatest === Number.NEGATIVE_INFINITY) return greatest
  let sum = 0
  for (const term of terms) sum += Math.exp(term - greatest)
  return greatest + Math.log(sum)
}
