import { describe, expect, it } from 'vitest'
import { addMinute, type Dispersion, noDispersion, scatterOf } from '../../src/analysis/dispersion.ts'

const requests = (count: number) => Array.from({ length: count }, () => 1000)

describe('scatterOf', () => {
  it('is the variance by the mean where errors come in bursts', () => {
    // 57 minutes: half of them with none, half with 8; the mean is 4 but for the minutes left out of it.
    const errors = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? 0 : 8))
    // Without the worst 3: 27·8/57 = 3.789; (30·3.789² + 30·4.211²)/3.789/59
    expect(scatterOf(errors, requests(60))).toBeCloseTo((30 * 3.7895 ** 2 + 30 * 4.2105 ** 2) / 3.7895 / 59, 3)
  })

  it('is 1 for what independent errors do as well', () => {
    expect(
      scatterOf(
        Array.from({ length: 60 }, (_, index) => 2 + (index % 3)),
        requests(60),
      ),
    ).toBe(1)
  })

  it('is 1 where there is too little to tell', () => {
    expect(scatterOf([0, 0, 0, 40], requests(4))).toBe(1)
    expect(
      scatterOf(
        requests(60).map(() => 0),
        requests(60),
      ),
    ).toBe(1)
    expect(scatterOf([], [])).toBe(1)
  })

  it('compares each minute with what its requests let expect', () => {
    const totals = Array.from({ length: 60 }, (_, index) => (index < 30 ? 1000 : 4000))
    expect(
      scatterOf(
        totals.map((total) => total / 250),
        totals,
      ),
    ).toBe(1)
  })

  it('is little moved by an outage of three minutes', () => {
    const errors = requests(60).map((_, index) => (index >= 30 && index < 33 ? 300 : 2 + (index % 3)))
    expect(scatterOf(errors, requests(60))).toBeLessThan(4)
  })
})

describe('addMinute', () => {
  const add = (checks: readonly (readonly [number, number])[]): Dispersion =>
    checks.reduce((dispersion, [ms, errors]) => addMinute(dispersion, ms, errors, 1000), noDispersion)

  it('puts short checks together to minutes', () => {
    const dispersion = add(Array.from({ length: 13 }, () => [10_000, 1] as const))
    expect(dispersion.errors).toEqual([6, 6])
    expect(dispersion.totals).toEqual([6000, 6000])
    expect(dispersion.open).toEqual({ ms: 10_000, errors: 1, total: 1000 })
  })

  it('takes a long interval for one minute of its average', () => {
    expect(add([[300_000, 50]]).errors).toEqual([10])
  })

  it('keeps an hour', () => {
    const dispersion = add(Array.from({ length: 100 }, (_, index) => [60_000, index] as const))
    expect(dispersion.errors).toHaveLength(60)
    expect(dispersion.errors[0]).toBe(40)
  })
})
