import { describe, expect, it } from 'vitest'
import { addToDrift, beginDrift, logDriftEvidence } from '../../src/analysis/drift-evidence.ts'
import { addWinnings, beginStep, logEvidence, logSumExp, stakeOf } from '../../src/analysis/evidence.ts'

const fourTimes = [{ ratio: 4, weight: 1 }]
const split = { suspectTotal: 50, referenceTotal: 950, tolerated: 1, dispersion: 1 }

describe('evidence on errors', () => {
  it('is what is computed by hand: 3 of 4 errors on 5 % of the requests', () => {
    // r(1) = .05, r(4) = 200/1150 = .173913: 3·ln(3.47826) + ln(.826087/.95) = 3.73960 − .13976
    const winnings = addWinnings(beginStep([], 0, fourTimes), fourTimes, { ...split, bad: 3, allBad: 4 })
    expect(winnings[0]?.[0]).toBeCloseTo(3.59984, 4)
    expect(Math.exp(logEvidence(winnings, fourTimes, 1))).toBeCloseTo(36.592, 2)
  })

  it('is divided by the dispersion', () => {
    const won = (dispersion: number) =>
      addWinnings(beginStep([], 0, fourTimes), fourTimes, { ...split, dispersion, bad: 3, allBad: 4 })[0]?.[0] ?? 0
    expect(won(2)).toBeCloseTo(won(1) / 2, 12)
  })

  it('is against what is tolerated in a warm-up, and bets on less are not made', () => {
    const bets = [
      { ratio: 4, weight: 0.5 },
      { ratio: 20, weight: 0.5 },
    ]
    const [row] = addWinnings(beginStep([], 0, bets), bets, { ...split, tolerated: 5, bad: 3, allBad: 4 })
    // r(5) = 250/1200, r(20) = 1000/1950: 3·ln(2.461538) + ln(.487179/.791667)
    expect(row?.[0]).toBe(0)
    expect(row?.[1]).toBeCloseTo(3 * Math.log(2.461538) + Math.log(0.487179 / 0.791667), 5)
  })

  it('is none without errors, or with one arm alone', () => {
    const begun = beginStep([], 0, fourTimes)
    expect(addWinnings(begun, fourTimes, { ...split, bad: 0, allBad: 0 })).toBe(begun)
    expect(addWinnings(begun, fourTimes, { ...split, referenceTotal: 0, bad: 9, allBad: 9 })).toBe(begun)
    expect(addWinnings(begun, fourTimes, { ...split, suspectTotal: 0, bad: 0, allBad: 9 })).toBe(begun)
  })

  it('is expected to stay at 1 while the canary is as good as the baseline', () => {
    // All ways in which 3 errors fall on the arms, each with its probability.
    let expected = 0
    for (let bad = 0; bad <= 3; bad += 1) {
      const ways = [1, 3, 3, 1][bad] ?? 0
      const winnings = addWinnings(beginStep([], 0, fourTimes), fourTimes, { ...split, bad, allBad: 3 })
      expected += ways * 0.05 ** bad * 0.95 ** (3 - bad) * Math.exp(winnings[0]?.[0] ?? 0)
    }
    expect(expected).toBeCloseTo(1, 12)
  })

  it('keeps the stakes of steps that have not begun, and all stakes make 1', () => {
    for (const steps of [1, 2, 4, 7]) {
      const stakes = Array.from({ length: steps }, (_, step) => stakeOf(step, steps))
      expect(stakes.reduce((sum, stake) => sum + stake, 0)).toBeCloseTo(1, 12)
    }
    expect(stakeOf(4, 4)).toBe(0)
    expect(logEvidence([], fourTimes, 4)).toBeCloseTo(0, 12)
    expect(logEvidence(beginStep([], 0, fourTimes), fourTimes, 4)).toBeCloseTo(0, 12)
  })

  it('counts from each step on: what was lost before holds nothing back', () => {
    const lost = addWinnings(beginStep([], 0, fourTimes), fourTimes, { ...split, bad: 0, allBad: 400 })
    const next = addWinnings(beginStep(lost, 1, fourTimes), fourTimes, { ...split, bad: 3, allBad: 4 })
    expect(next[1]?.[0]).toBeCloseTo(3.59984, 4)
    expect(next[0]?.[0]).toBeLessThan(-50)
  })

  it('adds up logarithms without overflow', () => {
    expect(logSumExp([1000, 1000])).toBeCloseTo(1000 + Math.log(2), 9)
    expect(logSumExp([])).toBe(Number.NEGATIVE_INFINITY)
  })
})

describe('evidence on minutes', () => {
  const drift = (values: readonly number[]) => values.reduce(addToDrift, beginDrift([], 0))

  it('is what is computed by hand for five minutes', () => {
    // Mean .5, variance .02/4; t²/ν = 5·.25/.005/4 = 62.5; 1 + 5·9 = 46; −½·ln 46 + 2.5·(ln 63.5 − ln(1 + 62.5/46))
    expect(logDriftEvidence(drift([0.4, 0.5, 0.6, 0.5, 0.5]), 0, 1)).toBeCloseTo(6.318, 3)
  })

  it('is none before the fifth minute, nor for a canary that is quicker', () => {
    expect(logDriftEvidence(drift([0.4, 0.5, 0.6, 0.5]), 0, 1)).toBe(0)
    expect(logDriftEvidence(drift([-0.4, -0.5, -0.6, -0.5, -0.5]), 0, 1)).toBe(0)
  })

  it('does not take five equal minutes for certainty', () => {
    expect(logDriftEvidence(drift([0.1, 0.1, 0.1, 0.1, 0.1]), 0.0953, 1)).toBeLessThan(1)
  })
})
