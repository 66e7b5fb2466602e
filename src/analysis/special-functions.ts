/** The few functions of statistics that the judge needs; accurate to about 1e-12 in relative terms. */

const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** ln Γ(x) for x > 0 (Lanczos' approximation, g = 7). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  let sum = 0.99999999999980993
  for (const [index, coefficient] of lanczos.entries()) sum += coefficient / (x + index)
  const t = x + 6.5
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

/**
 * The probability that a Beta(a, b) variable is above x.
 *
 * @param a - above 0
 * @param b - above 0
 * @param x - any number; below 0 gives 1, above 1 gives 0
 */
export function betaTail(a: number, b: number, x: number): number {
  if (x <= 0) return 1
  if (x >= 1) return 0
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  // The continued fraction converges fast on the side of the mean that x is on.
  return x < (a + 1) / (a + b + 2) ? 1 - (front * betaFraction(a, b, x)) / a : (front * betaFraction(b, a, 1 - x)) / b
}

/** Lentz' evaluation of the incomplete beta function's continued fraction (Numerical Recipes, 6.4). */
function betaFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300
  let c = 1
  let d = 1 - ((a + b) * x) / (a + 1)
  d = 1 / (Math.abs(d) < tiny ? tiny : d)
  let h = d
  for (let m = 1; m <= 10_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 + even * d
    c = 1 + even / c
    d = 1 / (Math.abs(d) < tiny ? tiny : d)
    if (Math.abs(c) < tiny) c = tiny
    h *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 + odd * d
    c = 1 + odd / c
    d = 1 / (Math.abs(d) < tiny ? tiny : d)
    if (Math.abs(c) < tiny) c = tiny
    const change = d * c
    h *= change
    if (Math.abs(change - 1) < 1e-13) return h
  }
  return h
}

/** ln of the probability that a Poisson variable of this mean (above 0) is exactly k. */
export function logPoisson(k: number, mean: number): number {
  return k * Math.log(mean) - mean - logGamma(k + 1)
}

/** The probability that a Poisson variable of this mean is at least k, both at least 0. */
export function poissonTail(k: number, mean: number): number {
  if (k <= 0) return 1
  if (mean <= 0) return 0
  // Summed from the nearer end, where the terms fall from the first on.
  if (k > mean) {
    let term = Math.exp(logPoisson(k, mean))
    let sum = term
    for (let i = k + 1; term > sum * 1e-16; i += 1) {
      term *= mean / i
      sum += term
    }
    return Math.min(1, sum)
  }
  let term = Math.exp(logPoisson(k - 1, mean))
  let sum = term
  for (let i = k - 1; i > 0 && term > sum * 1e-16; i -= 1) {
    term *= i / mean
    sum += term
  }
  return Math.max(0, 1 - sum)
}

/** The two-sided tail of the standard normal distribution: P(|Z| ≥ z), z at least 0 (Abramowitz and Stegun, 7.1.26). */
export function normalTails(z: number): number {
  const x = z / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return polynomial * Math.exp(-x * x)
}
