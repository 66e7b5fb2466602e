/** What has ended can be rolled back for a while, and by nobody after that. */
import { describe, expect, test } from 'vitest'
import { bob, peopleSet } from '../fixtures.ts'
import { aRolloutContext, Played, press, split } from './fixtures.ts'

/** A rollout that was promoted and has ended well. */
function completed(context: Parameters<typeof aRolloutContext>[0] = {}): Played {
  const plan = { steps: [{ percent: 5, windowMs: 60_000 }] }
  const played = new Played(plan, context).toFirstStep()
  played.play({ type: 'promote', at: played.at, press: press(played.rollout) })
  played.read(split(5))
  played.set(split(100))
  expect(played.rollout.phase.name).toBe('completed')
  return played
}

describe('a rollout that has ended well', () => {
  test('is rolled back by a press: traffic first, the rest beside it, and a clock that asks again', () => {
    const played = completed({ isRollbackOpen: true })
    played.play({ type: 'roll_back', at: played.at, press: press(played.rollout), why: 'Orders fail' })
    expect(played.last.answer?.outcome).toBe('applied')
    expect(played.rollout.phase.name).toBe('rolling_back')
    expect(played.last.effects.map(({ type }) => type)).toEqual([
      'timer',
      'cancel_calls',
      'set_traffic',
      'roll_back_leg',
      'roll_back_leg',
    ])
    expect(played.effects('set_traffic')[0]?.percents).toEqual({ blue: 100, green: 0 })
    played.set(split(0))
    for (const leg of ['functions', 'frontend'] as const) {
      const { generation } = played.rollout
      played.play({ type: 'leg_ended', at: played.at, generation, leg, result: { ok: true } })
    }
    played.read(split(0), 'verify')
    expect(played.rollout.phase.name).toBe('rolled_back')
  })

  test('is not rolled back when something newer was released, or too late', () => {
    const played = completed({ isRollbackOpen: false })
    const before = played.rollout
    played.play({ type: 'roll_back', at: played.at, press: press(before), why: null })
    expect(played.last.audit?.reason).toBe('rollout_over')
    expect(played.rollout).toBe(before)
  })

  test('is not rolled back by somebody who may not deploy', () => {
    const policy = { ...aRolloutContext().policy, requesters: peopleSet({ groups: ['SLEADS'] }) }
    const played = completed({ policy, isRollbackOpen: true })
    played.play({ type: 'roll_back', at: played.at, press: press(played.rollout, bob), why: null })
    expect(played.last.audit?.reason).toBe('may_not_deploy')
    expect(played.rollout.phase.name).toBe('completed')
  })

  test.each(['hold', 'resume', 'advance', 'promote', 'adopt', 'restore'] as const)('takes no %s', (type) => {
    const played = completed({ isRollbackOpen: true })
    const event = { at: played.at, press: press(played.rollout), why: 'Wait' }
    played.play(type === 'hold' ? { type, ...event } : { type, at: event.at, press: event.press })
    expect(played.last.audit?.reason).toBe('rollout_over')
  })
})

test('one that was rolled back is not rolled back again', () => {
  const played = new Played({ hosts: { functions: false, frontend: false } }, { isRollbackOpen: true }).toFirstStep()
  played.play({ type: 'roll_back', at: played.at, press: press(played.rollout), why: null })
  played.set(split(0))
  played.read(split(0), 'verify')
  played.play({ type: 'roll_back', at: played.at, press: press(played.rollout), why: null })
  expect(played.last.audit?.reason).toBe('rollout_over')
})
