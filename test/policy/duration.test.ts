import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from '../../src/policy/duration.ts'

describe('parseDuration', () => {
  it.each<[string, number | null]>([
    ['90s', 90_000],
    ['15m', 900_000],
    [' 4H ', 14_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['1h 30m', 5_400_000],
    ['1h30m', 5_400_000],
    ['0m', 0],
    ['15', null],
    ['m', null],
    ['15min', null],
    ['-1h', null],
    ['1.5h', null],
    ['', null],
    ['999999999w', null],
  ])('reads %j as %j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })
})

describe('formatDuration', () => {
  it('is what parseDuration reads', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000)
      }),
    )
  })

  it('is as short as it can be', () => {
    expect([0, 90_000, 5_400_000, 604_800_000].map(formatDuration)).toEqual(['0s', '1m 30s', '1h 30m', '7d'])
  })
})
