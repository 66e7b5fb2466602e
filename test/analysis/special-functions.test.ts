import { describe, expect, it } from 'vitest'
import { betaTail, logGamma, logPoisson, normalTails, poissonTail } from '../../src/analysis/special-functions.ts'

describe('special functions', () => {
  it('know the logarithm of the gamma function', () => {
    expect(logGamma(5)).toBeCloseTo(Math.log(24), 12)
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12)
    expect(logGamma(101)).toBeCloseTo(363.739375555563, 9)
  })

  it.each([
    // Uniform: what is above .3 is .7.
    [1, 1, 0.3, 0.7],
    // P(Beta(2, 3) > x) = P(Bin(4, x) < 2): .6⁴ + 4·.4·.6³ at x = .4.
    [2, 3, 0.4, 0.4752],
    // The arcsine law: half of it is above ½.
    [0.5, 0.5, 0.5, 0.5],
    [3, 4, 0, 1],
    [3, 4, 1, 0],
    [3, 4, -1, 1],
    // P(Bin(1000, .01) < 5).
    [5, 996, 0.01, 0.028686],
  ])('find P(Beta(%d, %d) > %d) = %d', (a, b, x, tail) => {
    expect(betaTail(a, b, x)).toBeCloseTo(tail, 5)
  })

  it('know the tails of the Poisson distribution', () => {
    expect(poissonTail(0, 2)).toBe(1)
    expect(poissonTail(3, 0)).toBe(0)
    expect(poissonTail(3, 2)).toBeCloseTo(1 - 5 * Math.exp(-2), 12)
    expect(poissonTail(1, 2)).toBeCloseTo(1 - Math.exp(-2), 12)
    expect(Math.exp(logPoisson(2, 2))).toBeCloseTo(2 * Math.exp(-2), 12)
    expect(poissonTail(10_000, 10_000)).toBeCloseTo(0.5, 2)
  })

  it('know the tails of the normal distribution', () => {
    expect(normalTails(0)).toBeCloseTo(1, 6)
    expect(normalTails(1.959964)).toBeCloseTo(0.05, 6)
    expect(normalTails(3.290527)).toBeCloseTo(0.001, 6)
  })
})
