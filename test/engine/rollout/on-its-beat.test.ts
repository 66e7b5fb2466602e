import fc from 'fast-check'
import { expect, it } from 'vitest'
import { onItsBeat } from '../../../src/engine/rollout/on-its-beat.ts'

const startMs = 1_700_000_000_000

it('comes half an interval later at least, less than one and a half, and from then on once an interval', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 0, max: 10_000_000 }),
      fc.integer({ min: 1, max: 900_000 }),
      (releaseId, passedMs, intervalMs) => {
        const from = startMs + passedMs
        const first = onItsBeat(releaseId, from, from + intervalMs)
        expect(first - from).toBeGreaterThanOrEqual(intervalMs / 2)
        expect(first - from).toBeLessThan(1.5 * intervalMs + 1)
        expect(onItsBeat(releaseId, first, first + intervalMs)).toBe(first + intervalMs)
        // A check that was late by a little does not move those after it.
        const late = first + Math.floor(intervalMs / 3)
        expect(onItsBeat(releaseId, late, late + intervalMs)).toBe(first + intervalMs)
      },
    ),
  )
})

it('spreads what is due at once over the interval', () => {
  const seconds = Array.from({ length: 1000 }, (_, number) => {
    return Math.floor((onItsBeat(`release ${number}`, startMs, startMs + 60_000) - startMs) / 1000)
  })
  const counts = [...Map.groupBy(seconds, (second) => second).values()].map(({ length }) => length)
  expect(counts.length).toBe(60)
  expect(Math.max(...counts)).toBeLessThan(40)
})
