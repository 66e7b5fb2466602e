import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { intervalDue, judgedMetricsOf, type MetricsPolicy } from '../../src/policy/metrics-policy.ts'

describe('intervalDue', () => {
  it('ends when every sample is there, and begins where the last one ended', () => {
    expect(intervalDue(1000, 61_000, { lagMs: 30_000 })).toEqual({ from: 1000, to: 31_000 })
  })

  it('is none while there is nothing new', () => {
    expect(intervalDue(1000, 31_000, { lagMs: 30_000 })).toBeNull()
    expect(intervalDue(1000, 500, { lagMs: 30_000 })).toBeNull()
  })

  it('is none while it would be shorter than asked, and then all of it', () => {
    const least = { lagMs: 30_000, leastMs: 60_000 }
    expect(intervalDue(1000, 90_999, least)).toBeNull()
    expect(intervalDue(1000, 91_000, least)).toEqual({ from: 1000, to: 61_000 })
  })

  it('leaves no gap and no overlap, whenever it is asked, also by a clock that was set back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 })), (times) => {
        let measuredTo = 0
        for (const now of times) {
          const interval = intervalDue(measuredTo, now, { lagMs: 5000 })
          if (interval === null) continue
          expect(interval.from).toBe(measuredTo)
          expect(interval.to).toBeGreaterThan(interval.from)
          expect(interval.to).toBeLessThanOrEqual(now - 5000)
          measuredTo = interval.to
        }
      }),
    )
  })
})

describe('judgedMetricsOf', () => {
  it('leaves out how a metric is asked for, and says of which type it is', () => {
    const judged = { name: 'a', worse: 'lower', factor: 2, minimumEffect: 0.01, weight: 3, isShadow: true } as const
    const policy: MetricsPolicy = {
      source: { type: 'prometheus', url: 'http://p:9090' },
      arms: { type: 'pool', label: 'pool' },
      metrics: [{ ...judged, selectors: { type: 'ratio', total: 'b_total', bad: 'c_total' } }],
      alpha: 0.02,
      warmUpMs: 0,
      intervalMs: 1000,
      lagMs: 1000,
    }
    expect(judgedMetricsOf(policy)).toEqual([{ ...judged, type: 'ratio' }])
  })
})
