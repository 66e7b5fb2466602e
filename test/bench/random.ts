/** Random numbers for simulations: seeded, so that each run of a benchmark sees the very same releases. */
import { logGamma } from '../../src/analysis/special-functions.ts'

export interface Random {
  /** At least 0 and below 1. */
  uniform(): number
  normal(): number
  poisson(mean: number): number
  /** How many of `count` come true. */
  binomial(count: number, probability: number): number
  /** At least 1. */
  geometric(mean: number): number
}

/** sfc32, a small generator that passes the usual tests. Streams of different numbers do not overlap in practice. */
export function createRandom(seed: number, stream: number): Random {
  let a = seed | 0
  let b = stream | 0
  let c = 0x9e3779b9 | 0
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return sum >>> 0
  }
  for (let round = 0; round < 16; round += 1) next()
  const uniform = () => next() / 2 ** 32
  /** Never 0: for logarithms. */
  const positive = () => (next() + 1) / (2 ** 32 + 1)

  function poisson(mean: number): number {
    if (mean <= 0) return 0
    if (mean < 12) {
      // Knuth: how many uniform factors until the product is below e^-mean.
      const border = Math.exp(-mean)
      let count = 0
      for (let product = positive(); product > border; product *= positive()) count += 1
      return count
    }
    // Hörmann's PTRS: transformed rejection with a squeeze.
    const slope = 0.931 + 2.53 * Math.sqrt(mean)
    const shift = -0.059 + 0.02483 * slope
    const inverse = 1.1239 + 1.1328 / (slope - 3.4)
    const squeeze = 0.9277 - 3.6224 / (slope - 2)
    for (;;) {
      const u = uniform() - 0.5
      const v = positive()
      const distance = 0.5 - Math.abs(u)
      const count = Math.floor(((2 * shift) / distance + slope) * u + mean + 0.43)
      if (distance >= 0.07 && v <= squeeze) return count
      if (count < 0 || (distance < 0.013 && v > distance)) continue
      const accepted = Math.log((v * inverse) / (shift / distance ** 2 + slope))
      if (accepted <= count * Math.log(mean) - mean - logGamma(count + 1)) return count
    }
  }

  function binomial(count: number, probability: number): number {
    if (count <= 0 || probability <= 0) return 0
    if (probability >= 1) return count
    if (probability > 0.5) return count - binomial(count, 1 - probability)
    if (count * probability < 12) {
      // From one success to the next the distance is geometric.
      const step = Math.log1p(-probability)
      let successes = 0
      let place = Math.floor(Math.log(positive()) / step) + 1
      while (place <= count) {
        successes += 1
        place += Math.floor(Math.log(positive()) / step) + 1
      }
      return successes
    }
    // Hörmann's BTRS.
    const deviation = Math.sqrt(count * probability * (1 - probability))
    const slope = 1.15 + 2.53 * deviation
    const shift = -0.0873 + 0.0248 * slope + 0.01 * probability
    const centre = count * probability + 0.5
    const alpha = (2.83 + 5.1 / slope) * deviation
    const squeeze = 0.92 - 4.2 / slope
    const mode = Math.floor((count + 1) * probability)
    const odds = Math.log(probability / (1 - probability))
    for (;;) {
      const u = uniform() - 0.5
      const v = positive()
      const distance = 0.5 - Math.abs(u)
      const drawn = Math.floor(((2 * shift) / distance + slope) * u + centre)
      if (distance >= 0.07 && v <= squeeze) return drawn
      if (drawn < 0 || drawn > count) continue
      const accepted = Math.log((v * alpha) / (shift / distance ** 2 + slope))
      const target =
        logGamma(mode + 1) +
        logGamma(count - mode + 1) -
        logGamma(drawn + 1) -
        logGamma(count - drawn + 1) +
        (drawn - mode) * odds
      if (accepted <= target) return drawn
    }
  }

  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(positive())) * Math.cos(2 * Math.PI * uniform()),
    poisson,
    binomial,
    geometric: (mean) => (mean <= 1 ? 1 : Math.floor(Math.log(positive()) / Math.log1p(-1 / mean)) + 1),
  }
}
