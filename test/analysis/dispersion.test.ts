import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../sandbox/github/seeded-random.ts'
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

  it('takes a long interval for one piece, whose errors scatter as those of shorter ones do', () => {
    expect(addMinute(noDispersion, 300_000, 50, 5000)).toMatchObject({ errors: [50], totals: [5000] })
    // A burst of four in every other minute, by chance: whichever way the time is cut, it scatters as much.
    const random = seededRandom(7)
    const bursts = Array.from({ length: 240 }, () => random.next() < 0.5)
    const scatterBy = (minutes: number) => {
      let known: Dispersion = noDispersion
      for (let piece = 0; piece < 240 / minutes; piece += 1) {
        let errors = 0
        for (let minute = 0; minute < minutes; minute += 1) errors += bursts[piece * minutes + minute] ? 4 : 0
        known = addMinute(known, minutes * 60_000, errors, minutes * 1000)
      }
      return known.value
    }
    expect(scatterBy(1)).toBeGreaterThan(1.5)
    expect(scatterBy(4) / scatterBy(1)).toBeGreaterThan(0.6)
  })

  it('keeps an hour', () => {
    const dispersion = add(Array.from({ length: 100 }, (_, index) => [60_000, index] as const))
    expect(dispersion.errors).toHaveLength(60)
    expect(dispersion.errors[0]).toBe(40)
  })
})
