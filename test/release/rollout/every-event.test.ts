import { describe, expect, test } from 'vitest'
import { decideRollout } from '../../../src/release/rollout/decide-rollout.ts'
import type { Rollout } from '../../../src/release/rollout/rollout.ts'
import type { RolloutEvent } from '../../../src/release/rollout/rollout-decision.ts'
import { hour, minute, t0 } from '../fixtures.ts'
import { aRolloutContext, measured, Played, press, split } from './fixtures.ts'

const check = { type: 'http', url: 'https://idle' } as const
const withChecks = { steps: [{ percent: 5, windowMs: minute, before: [check], after: [check] }] }

function atChecks(): Played {
  const played = new Played(withChecks)
  played.read(split(0), 'preflight')
  return played
}

function rollingBack(): Played {
  const played = new Played().toFirstStep()
  played.rollBack()
  return played
}

/** A rollout in each phase, made the way it comes about. */
const made: Readonly<Record<Rollout['phase']['name'], () => Played>> = {
  preflight: () => new Played(),
  before_check: atChecks,
  setting: () => {
    const played = new Played()
    played.read(split(0), 'preflight')
    return played
  },
  observing: () => new Played().toFirstStep(),
  after_check: () => {
    const played = atChecks()
    played.play({ type: 'check_ended', at: t0, step: 0, when: 'before', index: 0, result: 'passed', detail: null })
    played.read(split(0))
    played.set(split(5))
    played.check('good')
    return played
  },
  held: () => {
    const played = new Played().toFirstStep()
    played.play({ type: 'hold', at: t0, press: press(played.rollout), why: 'Wait' })
    return played
  },
  rolling_back: rollingBack,
  rollback_incomplete: () => {
    const played = rollingBack()
    const { generation } = played.rollout
    const result = { ok: false, detail: 'Gone', isFinal: true } as const
    played.play({ type: 'leg_ended', at: t0, generation, leg: 'functions', result })
    return played
  },
  completed: () => {
    const played = new Played({ steps: [{ percent: 100, windowMs: 0 }] })
    return played.toFirstStep()
  },
  rolled_back: () => {
    const played = rollingBack()
    played.set(split(0))
    played.legs()
    played.read(split(0), 'verify')
    return played
  },
}

const phases = [
  'preflight',
  'before_check',
  'setting',
  'observing',
  'after_check',
  'held',
  'rolling_back',
  'rollback_incomplete',
  'completed',
  'rolled_back',
] as const

/** Each event at its most effective. */
function events(rollout: Rollout): readonly RolloutEvent[] {
  const at = t0 + 2 * hour
  const { generation, watch, confirmed } = rollout
  const ok = { ok: true, reading: split(confirmed) } as const
  const by = { at, press: press(rollout) }
  return [
    { type: 'traffic_read', at, generation, purpose: 'preflight', result: ok },
    { type: 'traffic_read', at, generation, purpose: 'before_write', result: ok },
    { type: 'traffic_read', at, generation, purpose: 'verify', result: ok },
    { type: 'weights_set', at, generation, result: { ok: true, reading: split(5) } },
    {
      type: 'observed',
      at,
      watch,
      observation: confirmed > 0 ? measured('bad', confirmed, at - minute, at) : null,
      traffic: ok,
      probes: { canary: null, baseline: null },
      lastChange: null,
    },
    { type: 'check_ended', at, step: 0, when: 'before', index: 0, result: 'passed', detail: null },
    { type: 'check_ended', at, step: 0, when: 'after', index: 0, result: 'passed', detail: null },
    { type: 'timer', at, timer: 'tick' },
    { type: 'timer', at, timer: 'hold_reminder' },
    { type: 'timer', at, timer: 'hold_limit' },
    { type: 'leg_ended', at, generation, leg: 'frontend', result: { ok: true } },
    { type: 'hold', why: 'Wait', ...by },
    { type: 'resume', ...by },
    { type: 'advance', ...by },
    { type: 'promote', ...by },
    { type: 'roll_back', why: null, ...by },
    { type: 'extend', ms: minute, ...by },
    { type: 'adopt', ...by },
    { type: 'restore', ...by },
    { type: 'approve_step', ...by },
    { type: 'done_by_hand', ...by },
  ]
}

const names = [
  'preflight read',
  'read before a write',
  'read to verify',
  'weights set',
  'observed',
  'check before',
  'check after',
  'tick',
  'hold_reminder',
  'hold_limit',
  'leg_ended',
  'hold',
  'resume',
  'advance',
  'promote',
  'roll_back',
  'extend',
  'adopt',
  'restore',
  'approve_step',
  'done_by_hand',
] as const

/** The phase after it, or why it is refused, or `-`: in the order of `phases` without the two ends. */
const table: Readonly<Record<(typeof names)[number], string>> = {
  'preflight read': 'setting - - - - - - -',
  'read before a write': '- - - - - - - -',
  'read to verify': '- - - - - - - -',
  'weights set': '- - - - - - - -',
  observed: '- - - rolling_back rolling_back rolling_back - -',
  'check before': '- setting - - - - - -',
  'check after': '- - - - setting - - -',
  tick: '- held - held held - - -',
  hold_reminder: '- - - - - - - -',
  hold_limit: '- - - - - rolling_back - -',
  leg_ended: '- - - - - - - -',
  hold: 'held held held held held already_held rolling_back rolling_back',
  resume: 'not_held not_held not_held not_held not_held observing rolling_back rolling_back',
  advance: 'not_begun already_moving already_moving setting setting setting rolling_back rolling_back',
  promote: 'not_begun already_moving already_moving setting setting setting rolling_back rolling_back',
  roll_back: 'rolling_back rolling_back rolling_back rolling_back rolling_back rolling_back - -',
  extend: 'no_window no_window no_window - no_window - rolling_back rolling_back',
  adopt: `${'nothing_changed '.repeat(6)}rolling_back rolling_back`,
  restore: `${'nothing_changed '.repeat(6)}rolling_back rolling_back`,
  approve_step: `${'no_approval_asked '.repeat(6)}rolling_back rolling_back`,
  done_by_hand: `${'nothing_by_hand '.repeat(7)}-`,
}

const cells = phases.flatMap((phase, column) =>
  names.map((name, row) => ({ phase, name, row, outcome: table[name].split(' ')[column] ?? '' })),
)

describe('every event has an outcome in every phase', () => {
  test.each(cells)('$name while $phase', ({ phase, row, outcome }) => {
    const before = made[phase]().rollout
    expect(before.phase.name).toBe(phase)
    const frozen = structuredClone(before)
    const event = events(before)[row]
    if (event === undefined) throw new Error('no such event')
    const { rollout, effects, audit, answer } = decideRollout(before, event, aRolloutContext())
    expect(before).toEqual(frozen)
    expect(answer !== null).toBe('press' in event)
    if (phase === 'completed' || phase === 'rolled_back') {
      expect(rollout).toBe(before)
      expect(effects).toEqual([])
      expect(audit?.reason ?? null).toBe('press' in event ? 'rollout_over' : null)
      return
    }
    const isRefused = answer !== null && answer.outcome !== 'applied'
    const moved = rollout.phase.name === before.phase.name ? '-' : rollout.phase.name
    expect(isRefused ? audit?.reason : moved).toBe(outcome)
  })
})
