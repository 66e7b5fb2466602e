import { describe, expect, it } from 'vitest'
import type { StepOutcome } from '../../../src/analysis/decide-step.ts'
import { isWorthALine } from '../../../src/engine/rollout/worth-a-line.ts'
import { Played } from '../../release/rollout/fixtures.ts'

const observing = { ...new Played().toFirstStep().rollout, verdict: 'inconclusive' } as const
const hold = { reason: 'undecided', by: null, detail: null, since: 0, endsByItself: false } as const
const held = { ...observing, phase: { name: 'held', hold, from: observing.phase } } as unknown as typeof observing
const waits: StepOutcome = { type: 'continue', reason: 'window_open', remainingMs: 1000 }
const holds: StepOutcome = { type: 'hold', reason: 'undecided', endsByItself: false, isPaging: false, since: null }
const told = (before: typeof observing, outcome: StepOutcome, after = before) =>
  isWorthALine(before, after, { decision: { outcome, warnings: [] } })

describe('a line in the thread', () => {
  it('is a verdict that is another one than before, and what decides something', () => {
    expect(told(observing, waits)).toBe(false)
    expect(told(observing, waits, { ...observing, verdict: 'pass' } as unknown as typeof observing)).toBe(true)
    expect(told(observing, { type: 'extend', reason: 'undecided', byMs: 1000 })).toBe(true)
  })

  it('is a hold when it begins, and not at each check that finds it still held', () => {
    expect(told(observing, holds, held)).toBe(true)
    expect(told(held, holds)).toBe(false)
  })
})
