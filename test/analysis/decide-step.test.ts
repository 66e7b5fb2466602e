import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/analysis/analysis-policy.ts'
import { check, errorsOnly, firstStep, minute, minutes, ratio, sourceError, watch } from './checks.ts'

const good = ratio(1500, 1, 28_500, 28)
const outcome = (watched: ReturnType<typeof watch>) => watched.decision.outcome
const personHold = { type: 'hold', endsByItself: false, isPaging: false, since: null }

describe('a canary without traffic', () => {
  it('is held after two checks', () => {
    const silent = ratio(0, 0, 3000, 3)
    expect(outcome(watch([check(0, good), check(1, silent)])).type).toBe('continue')
    expect(outcome(watch([check(0, good), check(1, silent), check(2, silent)]))).toEqual({
      ...personHold,
      reason: 'no_canary_traffic',
    })
  })

  it('is not held while requests come again', () => {
    const silent = ratio(0, 0, 3000, 3)
    expect(outcome(watch([check(0, silent), check(1, good), check(2, silent)])).type).toBe('continue')
  })

  it('is no sign where hardly anybody asks for anything', () => {
    expect(outcome(watch(minutes(10, ratio(0, 0, 10, 0)))).type).toBe('continue')
    expect(watch(minutes(10, ratio(0, 0, 10, 0))).verdict.verdict).toBe('no_data')
  })

  it('is something else than a series that is missing', () => {
    expect(outcome(watch(minutes(10, ratio(null, null, 3000, 3)))).type).toBe('continue')
  })
})

describe('a share far from the weight', () => {
  const uneven = ratio(6000, 6, 24_000, 24)

  it('is held after three checks', () => {
    expect(outcome(watch(minutes(2, uneven))).type).toBe('continue')
    expect(outcome(watch(minutes(3, uneven)))).toEqual({ ...personHold, reason: 'uneven_traffic' })
  })

  it('is a warning with session affinity', () => {
    const { decision } = watch(minutes(3, uneven), errorsOnly, { ...firstStep, hasSessionAffinity: true })
    expect(decision.outcome.type).toBe('continue')
    expect(decision.warnings).toEqual([{ reason: 'uneven_traffic', share: 0.2, percent: 5 }])
  })

  it.each([
    ['chance', ratio(7, 0, 93, 0)],
    ['a little, with much traffic', ratio(52_000, 52, 948_000, 948)],
  ])('is no sign where it is %s', (_, sample) => {
    expect(outcome(watch(minutes(5, sample))).type).toBe('continue')
  })
})

describe('the window', () => {
  const few = ratio(10, 0, 190, 0)

  it('is extended once to twice its length, and then held', () => {
    expect(outcome(watch(minutes(15, few)))).toEqual({ type: 'extend', reason: 'undecided', byMs: 15 * minute })
    const extended = { ...firstStep, extensionMs: 15 * minute }
    expect(outcome(watch(minutes(29, few), errorsOnly, extended))).toEqual({
      type: 'continue',
      reason: 'window_open',
      remainingMs: minute,
    })
    expect(outcome(watch(minutes(30, ratio(1, 0, 19, 0)), errorsOnly, extended))).toEqual({
      ...personHold,
      reason: 'undecided',
    })
  })

  it('is extended by what is left where somebody has extended it before', () => {
    const step = { ...firstStep, extensionMs: 5 * minute }
    expect(outcome(watch(minutes(20, ratio(1, 0, 19, 0)), errorsOnly, step))).toMatchObject({ byMs: 10 * minute })
  })

  it('stands while held, and a failing verdict rolls back all the same', () => {
    const held = { ...firstStep, isHeld: true }
    const watched = watch(minutes(40, good), errorsOnly, held)
    expect(outcome(watched)).toEqual({ type: 'continue', reason: 'held', remainingMs: 15 * minute })
    expect(outcome(watch(minutes(5, ratio(1500, 40, 28_500, 28)), errorsOnly, held)).type).toBe('fail')
  })

  it('opens again after more than two missed checks, and what was seen stays', () => {
    const late = { ...check(17, good), from: 10 * minute }
    const watched = watch([...minutes(10, good), late])
    expect(watched.state.step?.observedMs).toBe(1.5 * minute)
    expect(watched.verdict.metrics[0]?.canary.total).toBe(16_500)
  })

  it('gives no credit for a gap of a check or two', () => {
    const late = { ...check(12, good), from: 10 * minute }
    expect(watch([...minutes(10, good), late]).state.step?.observedMs).toBe(11.5 * minute)
  })

  it('begins with its step: what came before is not watched time', () => {
    const next = { ...firstStep, index: 1, percent: 10, startedAt: 15.5 * minute }
    const { state } = watch(minutes(15, good))
    const after = watch(minutes(2, ratio(3000, 3, 27_000, 27), 15), errorsOnly, next, state)
    expect(after.state.step).toMatchObject({ index: 1, percent: 10, observedMs: 1.5 * minute })
    // A check that began in the step before is no better than a warm-up.
    expect(after.verdict.metrics[0]?.canary.total).toBe(3000)
  })

  it('of a step that has not been looked at is open', () => {
    const { state, verdict } = watch(minutes(15, good))
    const next = { ...firstStep, index: 1, percent: 10, startedAt: 15 * minute }
    const { decision } = watch([], errorsOnly, next, state)
    expect(verdict.verdict).toBe('pass')
    expect(decision.outcome).toMatchObject({ type: 'continue', remainingMs: 15 * minute })
  })

  it('never advances on no data', () => {
    const none = ratio(null, null, null, null)
    expect(outcome(watch(minutes(15, none))).type).toBe('extend')
    expect(outcome(watch(minutes(30, none), errorsOnly, { ...firstStep, extensionMs: 15 * minute }))).toMatchObject({
      reason: 'undecided',
    })
  })
})

describe('a step where no metric acts', () => {
  const shadowOnly = { ...errorsOnly, metrics: errorsOnly.metrics.map((metric) => ({ ...metric, isShadow: true })) }
  const unmeasured = { ...errorsOnly, metrics: [] }

  it.each([
    ['none is configured', unmeasured, good],
    ['all are in the shadow, however they look', shadowOnly, ratio(1000, 500, 19_000, 19)],
    ['all are in the shadow, without data', shadowOnly, ratio(null, null, null, null)],
  ])('goes on when its time is over, where %s', (_, policy, sample) => {
    expect(outcome(watch(minutes(14, sample), policy))).toMatchObject({ type: 'continue', reason: 'window_open' })
    expect(outcome(watch(minutes(15, sample), policy))).toEqual({ type: 'advance', reason: 'nothing_judged' })
    const held = { ...firstStep, isHeld: true }
    expect(outcome(watch(minutes(15, sample), policy, held))).toMatchObject({ type: 'continue', reason: 'held' })
  })
})

describe('a step of all the traffic', () => {
  const all = { ...firstStep, steps: 1, percent: 100 }

  it('goes on when it was watched by the guard alone', () => {
    expect(outcome(watch(minutes(14, ratio(1000, 1, 0, 0)), errorsOnly, all)).type).toBe('continue')
    for (const none of [0, null]) {
      const watched = watch(minutes(15, ratio(1000, 1, none, none)), errorsOnly, all)
      expect(outcome(watched)).toEqual({ type: 'advance', reason: 'guard_only' })
    }
  })

  it('fails by the guard without a baseline', () => {
    expect(outcome(watch(minutes(1, ratio(1000, 300, null, null)), errorsOnly, all)).type).toBe('fail')
  })

  it('does not go on without requests', () => {
    expect(outcome(watch(minutes(15, ratio(0, 0, 0, 0)), errorsOnly, all)).type).toBe('extend')
  })
})

describe('a source that does not answer', () => {
  it('is warned of once, and held for at the third time', () => {
    const two = watch([check(0, good), ...minutes(2, sourceError, 1)])
    expect(outcome(two).type).toBe('continue')
    expect(two.decision.warnings).toEqual([{ reason: 'source_failing', errors: 2, detail: 'timed out' }])
    expect(outcome(watch([check(0, good), ...minutes(3, sourceError, 1)]))).toEqual({
      type: 'hold',
      reason: 'metrics_source_away',
      endsByItself: true,
      isPaging: false,
      since: minute,
    })
  })

  it('pages after ten minutes', () => {
    expect(outcome(watch(minutes(9, sourceError)))).toMatchObject({ isPaging: false })
    expect(outcome(watch(minutes(10, sourceError)))).toMatchObject({ isPaging: true })
  })

  it('is trusted again after three good answers, and the clock has stood meanwhile', () => {
    const away = [...minutes(5, good), ...minutes(6, sourceError, 5)]
    expect(outcome(watch([...away, ...minutes(2, good, 11)]))).toMatchObject({ reason: 'metrics_source_away' })
    const back = watch([...away, ...minutes(3, good, 11)])
    expect(outcome(back)).toEqual({ type: 'continue', reason: 'window_open', remainingMs: 9 * minute })
  })

  it('neither advances nor rolls back, however long', () => {
    for (const checks of [1, 2, 3, 20, 100]) {
      expect(['continue', 'hold']).toContain(
        outcome(watch([...minutes(14, good), ...minutes(checks, sourceError, 14)])).type,
      )
    }
  })

  it('waits at the end of the window for an answer', () => {
    const step = { ...firstStep, windowMs: 5 * minute }
    expect(outcome(watch([...minutes(5, good), check(5, sourceError)], errorsOnly, step))).toEqual({
      type: 'continue',
      reason: 'source_failing',
      remainingMs: 0,
    })
  })

  it('matters for metrics that act', () => {
    const metrics = defaultPolicy.metrics
      .filter(({ type }) => type !== 'kinds')
      .map((metric) => ({ ...metric, isShadow: metric.type === 'latency' }))
    const checks = Array.from({ length: 5 }, (_, at) => check(at, good, { latency: sourceError }))
    const watched = watch(checks, { ...errorsOnly, metrics })
    expect(watched.verdict.verdict).toBe('pass')
    expect(outcome(watched).type).toBe('continue')
  })
})

describe('the whole verdict', () => {
  it('is no better than its weakest metric', () => {
    const policy = { ...defaultPolicy, warmUp: errorsOnly.warmUp }
    expect(watch(minutes(15, good), policy).verdict.verdict).toBe('no_data')
    const checks = Array.from({ length: 15 }, (_, at) => check(at, good, { latency: sourceError }))
    expect(watch(checks, policy).verdict.verdict).toBe('error')
  })

  it('is no_data before the first check', () => {
    expect(watch([]).verdict).toMatchObject({ verdict: 'no_data', step: null })
  })
})
