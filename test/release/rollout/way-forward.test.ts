import { describe, expect, test } from 'vitest'
import type { Rollout } from '../../../src/release/rollout/rollout.ts'
import { rollbackWords } from '../../../src/release/rollout/say-rollout.ts'
import { ada, minute, rita } from '../fixtures.ts'
import { Played, press, split } from './fixtures.ts'

function held({ phase }: Rollout): string | null {
  return phase.name === 'held' ? (phase.hold.reason ?? 'person') : null
}

describe('the way forward', () => {
  test('a good release goes up step by step to the end, each weight read before it is written and read back after', () => {
    const played = new Played().toFirstStep()
    const confirmed: number[] = [played.rollout.confirmed]
    for (const next of [25, 50, 100]) {
      for (let check = 0; check < 3; check++) played.check('good')
      expect(played.effects('read_traffic')).toHaveLength(1)
      expect(played.rollout.confirmed).toBe(confirmed.at(-1))
      played.read(split(played.rollout.confirmed))
      expect(played.effects('set_traffic')[0]?.percents).toEqual({ blue: 100 - next, green: next })
      played.set(split(next))
      confirmed.push(played.rollout.confirmed)
    }
    expect(confirmed).toEqual([5, 25, 50, 100])
    expect(played.rollout.phase.name).toBe('completed')
    expect(played.last.effects.map(({ type }) => type)).toContain('environment_free')
  })

  test('where nothing is measured each window passes with its time, and no verdict is kept', () => {
    const { context } = new Played()
    const played = new Played({}, { analysis: { ...context.analysis, metrics: [] } }).toFirstStep()
    for (const next of [25, 50, 100]) {
      for (let look = 0; look < 3; look++) {
        expect(played.rollout.phase.name).toBe('observing')
        played.check('silent')
        expect(played.effects('record_verdict')).toEqual([])
      }
      played.read(split(played.rollout.confirmed))
      played.set(split(next))
    }
    expect(played.rollout).toMatchObject({ phase: { name: 'completed' }, verdict: null })
  })

  test('looks that come more often than measurements neither shorten a window nor begin it anew', () => {
    const played = new Played({}, { tickMs: minute / 6 }).toFirstStep()
    expect(new Played({}, { tickMs: minute / 6 }).effects('timer')).toMatchObject([{ at: played.at + minute / 6 }])
    for (let measurement = 0; measurement < 3; measurement++) {
      for (let look = 0; look < 5; look++) played.check('good', { observation: null }, 0)
      expect(played.rollout.phase.name).toBe('observing')
      played.check('good')
    }
    expect(played.rollout.phase).toMatchObject({ name: 'setting', percent: 25 })
  })

  test('a weight that is not read back is not confirmed, and after some attempts a person has to look', () => {
    const played = new Played()
    played.read(split(0), 'preflight')
    for (let attempt = 0; attempt < 4; attempt++) {
      played.read(split(0))
      if (played.rollout.phase.name === 'setting') played.set(split(0))
    }
    expect(played.rollout.confirmed).toBe(0)
    expect(held(played.rollout)).toBe('weights_not_taken')
  })

  test('a call that was lost and had its effect is confirmed by the next look', () => {
    const played = new Played()
    played.read(split(0), 'preflight')
    played.read(split(0))
    const { generation } = played.rollout
    const result = { ok: false, detail: 'timed out', mayHaveHappened: true } as const
    played.play({ type: 'weights_set', at: played.at, generation, result })
    expect(played.rollout.confirmed).toBe(0)
    played.read(split(5))
    expect(played.rollout.confirmed).toBe(5)
    expect(played.rollout.phase.name).toBe('observing')
  })

  test('nothing is shifted while a pool is not healthy', () => {
    const played = new Played()
    for (let attempt = 0; attempt < 12; attempt++) played.read(split(0, { green: 'unknown' }), 'preflight')
    expect(held(played.rollout)).toBe('pools_not_ready')
    expect(played.rollout.pools).toBeNull()
  })

  test('undecided at the end, the window is extended once to twice its length, then a person has to decide', () => {
    const played = new Played().toFirstStep()
    for (let check = 0; check < 3; check++) played.check('unclear')
    expect(played.last.audit?.action).toBe('extend')
    expect(played.rollout.window?.extensionMs).toBe(3 * minute)
    for (let check = 0; check < 3; check++) played.check('unclear')
    expect(held(played.rollout)).toBe('undecided')
  })

  test('blue-green checks the idle pool at 0 %, switches once, and observes before it is complete', () => {
    const before = [{ type: 'http', url: 'https://idle' }] as const
    const played = new Played({ strategy: 'blue-green', steps: [{ percent: 100, windowMs: 2 * minute, before }] })
    played.read(split(0), 'preflight')
    expect(played.rollout.phase.name).toBe('before_check')
    const check = { type: 'check_ended', step: 0, when: 'before', index: 0, detail: null } as const
    played.play({ ...check, at: played.at, result: 'passed' })
    played.read(split(0))
    expect(played.effects('set_traffic')[0]).toMatchObject({ percents: { blue: 0, green: 100 }, disabled: [] })
    played.set(split(100))
    expect(played.rollout.phase.name).toBe('observing')
    played.check('good')
    played.check('good')
    expect(played.rollout.phase.name).toBe('completed')
  })

  test('a failed check rolls back, one that could not be carried out holds', () => {
    for (const [result, phase] of [
      ['failed', 'rolling_back'],
      ['unknown', 'held'],
    ] as const) {
      const before = [{ type: 'workflow', file: 'smoke.yml' }] as const
      const played = new Played({ steps: [{ percent: 5, windowMs: minute, before }] })
      played.read(split(0), 'preflight')
      played.play({ type: 'check_ended', at: played.at, step: 0, when: 'before', index: 0, result, detail: null })
      expect(played.rollout.phase.name).toBe(phase)
    }
  })

  test('a check is told with the address that was asked, which is that of the pool with the new version', () => {
    const before = [{ type: 'http', url: 'https://$pool.acme.example/health' }] as const
    const played = new Played({ steps: [{ percent: 5, windowMs: minute, before }] })
    played.read(split(0), 'preflight')
    const check = { type: 'check_ended', step: 0, when: 'before', index: 0, detail: 'HTTP 503' } as const
    played.play({ ...check, at: played.at, result: 'failed' })
    expect(played.rollout.rollback?.why).toBe('https://green.acme.example/health: HTTP 503')
  })

  test('a step that needs a person waits for one who may approve', () => {
    const played = new Played({ steps: [{ percent: 5, windowMs: minute, needsApproval: true }] })
    played.read(split(0), 'preflight')
    expect(held(played.rollout)).toBe('step_needs_approval')
    played.play({ type: 'approve_step', at: played.at, press: press(played.rollout, rita) })
    expect(played.last.answer?.outcome).toBe('refused')
    played.play({ type: 'resume', at: played.at, press: press(played.rollout) })
    expect(played.last.audit?.reason).toBe('step_needs_approval')
    played.play({ type: 'approve_step', at: played.at, press: press(played.rollout, ada) })
    expect(played.rollout.phase.name).toBe('setting')
  })
})

describe('what stops it', () => {
  test('a failing verdict rolls back in the middle of a window', () => {
    const played = new Played().toFirstStep()
    played.check('bad')
    expect(played.rollout.rollback?.reason).toBe('metric_failed')
    const types = played.last.effects.map(({ type }) => type)
    expect(types.slice(0, 5)).toEqual([
      'record_verdict',
      'cancel_calls',
      'set_traffic',
      'roll_back_leg',
      'roll_back_leg',
    ])
    expect(played.effects('set_traffic')[0]?.percents).toEqual({ blue: 100, green: 0 })
  })

  test('a hold stops the clock and not the watching', () => {
    const played = new Played().toFirstStep()
    played.play({ type: 'hold', at: played.at, press: press(played.rollout), why: 'Wait' })
    for (let check = 0; check < 5; check++) played.check('good')
    expect(held(played.rollout)).toBe('person')
    expect(played.rollout.analysis.step?.observedMs).toBe(0)
    played.check('bad')
    expect(played.rollout.phase.name).toBe('rolling_back')
  })

  test('two bad probes in a row roll back, also while the metrics are away; not if the old version is bad as well', () => {
    const bad = { ok: false, detail: 'HTTP 503' } as const
    const played = new Played().toFirstStep()
    played.check('away', { probes: { canary: bad, baseline: { ok: true } } })
    expect(played.rollout.phase.name).toBe('observing')
    played.check('away', { probes: { canary: bad, baseline: { ok: true } } })
    expect(played.rollout.rollback?.reason).toBe('canary_unhealthy')
    const both = new Played().toFirstStep()
    both.check('away', { probes: { canary: bad, baseline: bad } })
    both.check('away', { probes: { canary: bad, baseline: bad } })
    expect(held(both.rollout)).toBe('baseline_unhealthy')
    expect(both.effects('page')).toHaveLength(1)
  })

  test('a source that is away holds, pages after ten minutes once, and the rollout goes on when it is back', () => {
    const played = new Played().toFirstStep()
    for (let check = 0; check < 3; check++) played.check('away')
    expect(held(played.rollout)).toBe('metrics_source_away')
    let pages = 0
    for (let check = 0; check < 20; check++) {
      played.check('away')
      pages += played.effects('page').length
    }
    expect(pages).toBe(1)
    for (let check = 0; check < 3; check++) played.check('good')
    expect(played.rollout.phase.name).toBe('observing')
    expect(played.last.audit?.action).toBe('resume')
  })

  test('a canary without traffic holds', () => {
    const played = new Played().toFirstStep()
    played.check('silent')
    played.check('silent')
    expect(held(played.rollout)).toBe('no_canary_traffic')
  })

  test('after more than two missed checks the window begins anew', () => {
    const played = new Played().toFirstStep()
    played.check('good')
    played.check('good')
    played.check('good', {}, 10)
    expect(played.last.audit?.action).toBe('reopen_window')
    expect(played.rollout.phase.name).toBe('observing')
  })

  test('migrations without a backup do not go on', () => {
    const migrations = { count: 2, isSafeToRollBack: false, why: 'drops a column' }
    const played = new Played({ migrations })
    expect(held(played.rollout)).toBe('no_backup')
    expect(played.effects('read_traffic')).toHaveLength(0)
    played.play({ type: 'resume', at: played.at, press: press(played.rollout) })
    expect(played.last.audit?.reason).toBe('no_backup')
    expect(rollbackWords(played.rollout, 'backup-7')).toContain('restore the backup backup-7')
  })
})

describe('a split that somebody else has made', () => {
  const changed = () => {
    const played = new Played().toFirstStep()
    const lastChange = { by: 'eve@acme.dev', at: played.at }
    played.check('good', { traffic: { ok: true, reading: split(40) }, lastChange })
    expect(held(played.rollout)).toBe('traffic_changed')
    return played
  }

  test('rounding is none', () => {
    const played = new Played().toFirstStep()
    played.check('good', { traffic: { ok: true, reading: split(5.4) } })
    expect(played.rollout.phase.name).toBe('observing')
  })

  test('it cannot be passed over', () => {
    const played = changed()
    for (const type of ['resume', 'advance', 'promote'] as const) {
      played.play({ type, at: played.at, press: press(played.rollout) })
      expect(played.last.audit?.reason).toBe('traffic_changed')
    }
  })

  test('adopted, it is observed as the step that it has reached', () => {
    const played = changed()
    played.play({ type: 'adopt', at: played.at, press: press(played.rollout) })
    expect(played.rollout).toMatchObject({ confirmed: 40, stepIndex: 1, phase: { name: 'observing' } })
  })

  test('restored, what was confirmed is written and read back', () => {
    const played = changed()
    played.play({ type: 'restore', at: played.at, press: press(played.rollout) })
    expect(played.effects('set_traffic')[0]?.percents).toEqual({ blue: 95, green: 5 })
    played.set(split(5))
    expect(played.rollout).toMatchObject({ confirmed: 5, stepIndex: 0, phase: { name: 'observing' }, drift: null })
  })

  test('a rollback does not mind it', () => {
    const played = changed()
    played.rollBack()
    expect(played.effects('set_traffic')[0]?.percents).toEqual({ blue: 100, green: 0 })
  })

  test('found before a write, nothing is written', () => {
    const played = new Played().toFirstStep()
    played.play({ type: 'advance', at: played.at, press: press(played.rollout) })
    played.read(split(7))
    expect(held(played.rollout)).toBe('traffic_changed')
    expect(played.effects('set_traffic')).toHaveLength(0)
  })
})
