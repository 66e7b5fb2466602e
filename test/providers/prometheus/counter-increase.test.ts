import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterIncrease, type Reading } from '../../../src/providers/prometheus/counter-increase.ts'

const readings = (...values: number[]): readonly Reading[] => values.map((value, at) => ({ at, values: [value] }))

describe('counterIncrease', () => {
  it.each<[string, number | null, number[], boolean, number | null]>([
    ['counts from the value before', 10, [12, 15], false, 5],
    ['counts nothing where nothing grew', 10, [10, 10], false, 0],
    ['counts a value after a restart in full', 10, [12, 3, 4], false, 2 + 3 + 1],
    ['counts every one of several restarts', 10, [1, 0, 5, 2], false, 1 + 0 + 5 + 2],
    ['counts a restart that comes right at the start', 10, [4], false, 4],
    ['counts a new series from 0', null, [7, 9], true, 9],
    ['counts a series whose past is unknown from its first value on', null, [7, 9], false, 2],
    ['knows nothing without a reading, though there was one before', 10, [], true, null],
  ])('%s', (_, before, values, startsAtZero, expected) => {
    const grown = counterIncrease(before === null ? null : [before], readings(...values), startsAtZero)
    expect(grown).toEqual(expected === null ? null : [expected])
  })

  it('takes counters that belong together for restarted together, also one that has passed its old value', () => {
    const histogram = [{ at: 1, values: [6, 9] }]
    expect(counterIncrease([5, 100], histogram, false)).toEqual([6, 9])
  })

  it('gives for intervals that tile what it gives for the whole, however they are cut and the counters restart', () => {
    const steps = fc.array(
      fc.record({ growth: fc.nat(1000), other: fc.nat(1000), restarts: fc.boolean(), cut: fc.boolean() }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(steps, fc.option(fc.tuple(fc.nat(1000), fc.nat(1000))), fc.boolean(), (all, before, isNew) => {
        let now = before ?? [0, 0]
        const history = all.map(({ growth, other, restarts }, at): Reading => {
          now = restarts ? [growth, other] : [(now[0] ?? 0) + growth, (now[1] ?? 0) + other]
          return { at, values: now }
        })
        const whole = counterIncrease(before, history, isNew)

        const tiles: Reading[][] = [[]]
        for (const [index, reading] of history.entries()) {
          if (all[index]?.cut === true) tiles.push([])
          tiles.at(-1)?.push(reading)
        }
        let last: readonly number[] | null = before
        const sum = [0, 0]
        for (const tile of tiles) {
          const grown = counterIncrease(last, tile, isNew)
          for (const [index, value] of (grown ?? []).entries()) sum[index] = (sum[index] ?? 0) + value
          last = tile.at(-1)?.values ?? last
        }
        expect(sum).toEqual(whole ?? [0, 0])
      }),
    )
  })

  it('never falls below 0, and gives what was really counted where no restart hides behind growth', () => {
    const step = fc.record({ growth: fc.nat(1000), restarts: fc.boolean() })
    fc.assert(
      fc.property(fc.nat(1000), fc.array(step, { minLength: 1, maxLength: 60 }), (before, all) => {
        let now = before
        let truth = 0
        const values = all.map(({ growth, restarts }) => {
          const isSeen = restarts && growth < now
          now = isSeen ? growth : now + growth
          truth += growth
          return now
        })
        expect(counterIncrease([before], readings(...values), false)).toEqual([truth])
      }),
    )
  })
})
