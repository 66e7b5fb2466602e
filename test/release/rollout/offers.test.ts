import { describe, expect, test } from 'vitest'
import { decideRollout } from '../../../src/release/rollout/decide-rollout.ts'
import { offersOf } from '../../../src/release/rollout/offers.ts'
import type { RolloutEvent } from '../../../src/release/rollout/rollout-decision.ts'
import { minute } from '../fixtures.ts'
import { Played, press, split } from './fixtures.ts'

const step = (percent: number, more: object = {}) => ({ percent, windowMs: 3 * minute, ...more })
const check = { type: 'http', url: 'https://idle' } as const

function drifted(reading = split(40)): Played {
  const played = new Played().toFirstStep()
  played.check('good', { traffic: { ok: true, reading } })
  return played
}

/** Rolled back but for the functions, whose host refuses it for good. */
function notPutBack(): Played {
  const played = new Played().toFirstStep()
  played.play({ type: 'roll_back', at: played.at, press: press(played.rollout), why: null })
  played.set(split(0))
  const ended = { type: 'leg_ended', at: played.at, generation: played.rollout.generation } as const
  played.play({ ...ended, leg: 'frontend', result: { ok: true } })
  played.play({ ...ended, leg: 'functions', result: { ok: false, detail: 'Not found.', isFinal: true } })
  return played
}

const made: Readonly<Record<string, () => Played>> = {
  'the balancer is looked at': () => new Played(),
  'migrated without a backup': () => new Played({ migrations: { count: 1, isSafeToRollBack: true, why: null } }),
  'a weight is being set': () => {
    const played = new Played()
    played.read(split(0), 'preflight')
    return played
  },
  'checks run before a step': () => {
    const played = new Played({ steps: [step(5, { before: [check] })] })
    played.read(split(0), 'preflight')
    return played
  },
  'the first step is watched': () => new Played().toFirstStep(),
  'the only step is watched': () => new Played({ steps: [step(100)] }).toFirstStep(),
  'the last but one is watched': () => new Played({ steps: [step(50), step(100)] }).toFirstStep(),
  'a step ahead asks for a person': () =>
    new Played({ steps: [step(5), step(50, { needsApproval: true })] }).toFirstStep(),
  'a step waits for a person': () => {
    const played = new Played({ steps: [step(5, { needsApproval: true }), step(50)] })
    played.read(split(0), 'preflight')
    return played
  },
  'a person holds it': () => {
    const played = new Played().toFirstStep()
    played.play({ type: 'hold', at: played.at, press: press(played.rollout), why: 'Wait' })
    return played
  },
  'a person holds it on the way': () => {
    const played = new Played()
    played.read(split(0), 'preflight')
    played.play({ type: 'hold', at: played.at, press: press(played.rollout), why: 'Wait' })
    return played
  },
  'it is held until the metrics are back': () => {
    const played = new Played().toFirstStep()
    for (let looks = 0; looks < 4; looks += 1) played.check('away')
    return played
  },
  'somebody else changed the split': () => drifted(),
  'somebody else took the new version out': () => drifted(split(0)),
  'it is being rolled back': () => {
    const played = new Played().toFirstStep()
    played.rollBack()
    return played
  },
  'a part of a rollback cannot be done': () => notPutBack(),
  'it is over': () => new Played({ steps: [{ percent: 100, windowMs: 0 }] }).toFirstStep(),
}

const acts = [
  'hold',
  'resume',
  'advance',
  'promote',
  'extend',
  'adopt',
  'restore',
  'approve_step',
  'done_by_hand',
  'roll_back',
] as const

function isTaken({ rollout, context, at }: Played, type: (typeof acts)[number]): boolean {
  const event = { type, at, press: press(rollout), why: 'Because', ms: minute } as RolloutEvent
  return decideRollout(rollout, event, context).answer?.outcome === 'applied'
}

describe.each(Object.entries(made))('while %s', (_, make) => {
  const played = make()
  const offers = offersOf(played.rollout, played.context.backup)

  test('all that is offered would be taken', () => {
    expect(offers.filter((act) => !isTaken(played, act))).toEqual([])
  })

  test('all that would be taken is offered, but for what makes no sense then', () => {
    const hidden = acts.filter((act) => isTaken(played, act) && !offers.includes(act))
    // To promote may be no more than to advance, and with a split of somebody else's there is no window to speak of.
    const isPointless = (act: string) =>
      (act === 'promote' && offers.includes('advance')) || (act === 'extend' && offers.includes('restore'))
    expect(hidden.filter((act) => !isPointless(act))).toEqual([])
  })
})

test('what is offered while it is watched, held and left to a person', () => {
  const offered = (name: string) => {
    const played = made[name]?.()
    return played === undefined ? null : offersOf(played.rollout, played.context.backup)
  }
  expect(offered('the first step is watched')).toEqual(['hold', 'advance', 'promote', 'extend', 'roll_back'])
  expect(offered('the last but one is watched')).toEqual(['hold', 'advance', 'extend', 'roll_back'])
  expect(offered('a step ahead asks for a person')).toEqual(['hold', 'advance', 'extend', 'roll_back'])
  expect(offered('a step waits for a person')).toEqual(['approve_step', 'roll_back'])
  expect(offered('a person holds it')).toEqual(['resume', 'advance', 'promote', 'extend', 'roll_back'])
  expect(offered('somebody else changed the split')).toEqual(['adopt', 'restore', 'roll_back'])
  expect(offered('somebody else took the new version out')).toEqual(['restore', 'roll_back'])
  expect(offered('it is over')).toEqual([])
})

test('what nobody but a person can put back is ended by a person, once traffic was read', () => {
  const played = notPutBack()
  expect(offersOf(played.rollout, null)).toEqual(['done_by_hand', 'roll_back'])
  played.play({ type: 'done_by_hand', at: played.at, press: press(played.rollout) })
  expect(played.rollout.rollback?.legs.functions).toMatchObject({ state: 'done', detail: 'By hand, says ada.' })
  expect(played.rollout.phase.name).toBe('rollback_incomplete')
  played.read(split(0), 'verify')
  expect(played.rollout.phase.name).toBe('rolled_back')
})

test('traffic is never taken for back because somebody says so', () => {
  const played = new Played({ hosts: { functions: false, frontend: false } }).toFirstStep()
  played.play({ type: 'roll_back', at: played.at, press: press(played.rollout), why: null })
  for (let tries = 0; tries < 12; tries += 1) {
    const { generation } = played.rollout
    const result = { ok: false, detail: 'away', mayHaveHappened: false } as const
    played.play({ type: 'weights_set', at: played.at, generation, result })
  }
  expect(played.rollout.phase.name).toBe('rollback_incomplete')
  played.play({ type: 'done_by_hand', at: played.at, press: press(played.rollout) })
  expect(played.last.audit?.reason).toBe('nothing_by_hand')
})
