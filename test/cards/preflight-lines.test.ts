import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/analysis/analysis-policy.ts'
import { foresightOf, leadingMetric } from '../../src/analysis/foresight.ts'
import { usualTraffic } from '../../src/analysis/usual-traffic.ts'
import { preflightLines } from '../../src/cards/preflight-lines.ts'
import { notification } from '../../src/cards/spans.ts'
import { check, minute, minutes, ratio, sourceError } from '../analysis/checks.ts'

const steps = [
  { percent: 5, windowMs: 15 * minute },
  { percent: 10, windowMs: 15 * minute },
  { percent: 25, windowMs: 15 * minute },
  { percent: 50, windowMs: 30 * minute },
  { percent: 100, windowMs: 0 },
]

function said(requestsPerSecond: number, badShare = 0.001, plan = steps): readonly string[] {
  const metric = leadingMetric(defaultPolicy)
  if (metric === null) throw new Error('no errors in the default policy')
  return preflightLines(foresightOf(plan, { requestsPerSecond, badShare, dispersion: 1 }, metric, defaultPolicy)).map(
    notification,
  )
}

describe('what a plan can see', () => {
  it('is one line where it is enough', () => {
    expect(said(50)).toEqual(['🔭 5 % for 15 min at 50 requests/s finds ×7.2 the errors and more; ×3 from 50 % on.'])
    expect(said(500)).toEqual(['🔭 5 % for 15 min at 500 requests/s finds ×2.5 the errors and more.'])
  })

  it('is a share of errors where there are none as a rule', () => {
    expect(said(500, 0)).toEqual(['🔭 5 % for 15 min at 500 requests/s finds 0.030 % errors and more.'])
  })

  it('comes with what would do where it is little', () => {
    expect(said(10)).toEqual([
      '🔭 5 % for 15 min at 10 requests/s finds ×22 the errors and more; ×3 is not found by any step alone.',
      '⚠️ About 65 % of healthy releases would end in a hold here. Windows 3 times as long would do.',
    ])
  })

  it('does not promise what nothing brings', () => {
    const [line, advice] = said(0.05)
    expect(line).toMatch(/^🔭 5 % for 15 min at 3\.0 requests\/min finds/)
    expect(advice).toBe(
      '⚠️ Nearly every healthy release would end in a hold here. No step or window makes up for so little traffic: somebody will have to decide.',
    )
  })

  it('is nothing where nothing is known or nothing is watched', () => {
    expect(preflightLines(null)).toEqual([])
    expect(said(50, 0.001, [{ percent: 100, windowMs: 0 }])).toEqual([])
  })
})

describe('usual traffic', () => {
  it('is that of both arms, whichever was measured', () => {
    const traffic = usualTraffic(minutes(60, ratio(null, null, 3000, 3)), 'errors')
    expect(traffic).toEqual({ requestsPerSecond: 50, badShare: 0.001, dispersion: 1 })
    expect(usualTraffic(minutes(60, ratio(300, 3, 2700, 0)), 'errors')).toEqual(traffic)
  })

  it('leaves out minutes that were not measured, and is null where none was', () => {
    expect(usualTraffic([check(0, sourceError), check(1, ratio(0, 0, 600, 6))], 'errors')).toMatchObject({
      requestsPerSecond: 10,
      badShare: 0.01,
    })
    expect(usualTraffic([check(0, sourceError)], 'errors')).toBeNull()
    expect(usualTraffic(minutes(5, ratio(0, 0, 0, 0)), 'errors')).toBeNull()
    expect(usualTraffic([], 'errors')).toBeNull()
  })
})
