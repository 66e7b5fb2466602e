import { describe, expect, test } from 'vitest'
import { offersOf } from '../../../src/release/rollout/offers.ts'
import type { Rollout } from '../../../src/release/rollout/rollout.ts'
import { bob, minute, peopleSet } from '../fixtures.ts'
import { aRolloutContext, Played, press, split } from './fixtures.ts'

function held({ phase }: Rollout): string | null {
  return phase.name === 'held' ? (phase.hold.reason ?? 'person') : null
}

describe('presses', () => {
  test('one on an old card is told what is so now; holding and rolling back are taken from it', () => {
    const played = new Played()
    const old = press(played.rollout)
    played.toFirstStep()
    played.play({ type: 'advance', at: played.at, press: old })
    expect(played.last.audit?.reason).toBe('stale_button')
    expect(played.last.answer?.text).toContain('Already at 5 %')
    played.play({ type: 'hold', at: played.at, press: old, why: 'Wait' })
    expect(held(played.rollout)).toBe('person')
    played.play({ type: 'roll_back', at: played.at, press: old, why: null })
    expect(played.rollout.phase.name).toBe('rolling_back')
  })

  test('who may not deploy is refused, also a rollback', () => {
    const policy = { ...aRolloutContext().policy, requesters: peopleSet({ groups: ['SLEADS'] }) }
    const played = new Played({}, { policy }).toFirstStep()
    played.play({ type: 'roll_back', at: played.at, press: press(played.rollout, bob), why: null })
    expect(played.last.audit?.reason).toBe('may_not_deploy')
  })

  test('an extension counts, and is limited', () => {
    const played = new Played().toFirstStep()
    played.play({ type: 'extend', at: played.at, press: press(played.rollout), ms: 5 * minute })
    expect(played.rollout.window?.extensionMs).toBe(5 * minute)
    played.play({ type: 'extend', at: played.at, press: press(played.rollout), ms: -1 })
    expect(played.last.audit?.reason).toBe('bad_extension')
  })

  test('promoting goes to 100 % at once, and not past a step that needs an approval', () => {
    const played = new Played().toFirstStep()
    played.play({ type: 'promote', at: played.at, press: press(played.rollout) })
    played.read(split(5))
    expect(played.effects('set_traffic')[0]?.percents).toEqual({ blue: 0, green: 100 })
    const asking = new Played({
      steps: [
        { percent: 5, windowMs: minute },
        { percent: 50, windowMs: minute, needsApproval: true },
      ],
    }).toFirstStep()
    asking.play({ type: 'promote', at: asking.at, press: press(asking.rollout) })
    expect(asking.last.audit?.reason).toBe('step_needs_approval')
  })
})

describe('a hold that nobody ends', () => {
  test('reminds after thirty minutes and, at up to 25 %, rolls back after sixty', () => {
    const played = new Played().toFirstStep()
    played.play({ type: 'hold', at: played.at, press: press(played.rollout), why: 'Wait' })
    played.timer('hold_reminder', 29)
    expect(played.effects('remind_holder')).toHaveLength(0)
    played.timer('hold_reminder', 1)
    expect(played.effects('remind_holder')).toHaveLength(1)
    played.timer('hold_limit', 30)
    expect(played.rollout.rollback?.reason).toBe('hold_ran_out')
  })

  test('pages above 25 %, and for want of metrics never rolls back', () => {
    const high = new Played({ steps: [{ percent: 50, windowMs: minute }] }).toFirstStep()
    high.play({ type: 'hold', at: high.at, press: press(high.rollout), why: 'Wait' })
    high.timer('hold_limit', 60)
    expect(held(high.rollout)).toBe('person')
    expect(high.effects('page')).toHaveLength(1)
    const away = new Played().toFirstStep()
    for (let check = 0; check < 3; check++) away.check('away')
    away.timer('hold_limit', 60)
    expect(held(away.rollout)).toBe('metrics_source_away')
    expect(away.effects('page')).toHaveLength(1)
  })
})

describe('the rollback', () => {
  test('is over when all legs are done and the traffic was read once more; the environment is locked', () => {
    const played = new Played().toFirstStep()
    played.rollBack()
    played.at += 1000
    played.set(split(0))
    expect(played.rollout.stopwatch.trafficAt).toBe(played.at)
    played.legs()
    expect(played.rollout.phase.name).toBe('rolling_back')
    expect(played.effects('read_traffic')[0]?.purpose).toBe('verify')
    played.read(split(0), 'verify')
    expect(played.rollout.phase.name).toBe('rolled_back')
    expect(played.effects('lock_environment')[0]?.why).toContain('Looks wrong')
  })

  test('a weight of before has no say any more', () => {
    const played = new Played()
    played.read(split(0), 'preflight')
    played.read(split(0))
    const { generation } = played.rollout
    played.rollBack()
    const before = played.rollout
    const result = { ok: true, reading: split(5) } as const
    played.play({ type: 'weights_set', at: played.at, generation, result })
    expect(played.rollout).toBe(before)
    expect(played.effects('set_traffic')).toHaveLength(0)
  })

  test('with session affinity the new pool is switched off as well', () => {
    const played = new Played()
    played.read(split(0, { affinity: true }), 'preflight')
    played.rollBack()
    expect(played.effects('set_traffic')[0]?.disabled).toEqual(['green'])
    played.set(split(0))
    expect(played.rollout.rollback?.legs.traffic.state).toBe('pending')
    played.set(split(0, { off: ['green'] }))
    expect(played.rollout.rollback?.legs.traffic.state).toBe('done')
  })

  test('traffic that changes again after it was back is set again', () => {
    const played = new Played().toFirstStep()
    played.rollBack()
    played.set(split(0))
    played.legs()
    played.read(split(5), 'verify')
    expect(played.effects('set_traffic')[0]?.percents).toEqual({ blue: 100, green: 0 })
    expect(played.rollout.phase.name).toBe('rolling_back')
  })

  test('traffic that cannot be set is asked for again quickly, told of after ten times, and asked for again soon ever after', () => {
    const played = new Played().toFirstStep()
    played.rollBack()
    const pauses: number[] = []
    const failOnce = () => {
      const { generation } = played.rollout
      const result = { ok: false, detail: '500', mayHaveHappened: false } as const
      played.play({ type: 'weights_set', at: played.at, generation, result })
      pauses.push(...played.effects('set_traffic').map(({ afterMs }) => afterMs))
    }
    for (let times = 1; times < 10; times += 1) failOnce()
    expect(pauses).toEqual([100, 200, 400, 800, 1000, 1000, 1000, 1000, 1000])
    expect(played.rollout.phase.name).toBe('rolling_back')
    failOnce()
    expect(played.rollout.phase.name).toBe('rollback_incomplete')
    expect(played.effects('page')).toHaveLength(1)
    failOnce()
    expect(played.effects('page')).toHaveLength(0)
    expect(pauses.slice(9)).toEqual([10_000, 10_000])
  })

  test('a leg that cannot be done pages once, says what to do by hand, and is tried on', () => {
    const played = new Played().toFirstStep()
    played.rollBack()
    played.set(split(0))
    const failed = { ok: false, detail: 'No such bundle', isFinal: true } as const
    const ended = (result: typeof failed | { ok: true }, leg: 'functions' | 'frontend') =>
      played.play({ type: 'leg_ended', at: played.at, generation: played.rollout.generation, leg, result })
    ended(failed, 'functions')
    expect(played.rollout.phase).toMatchObject({
      name: 'rollback_incomplete',
      manualSteps: { functions: [{ command: 'deploy' }] },
    })
    expect(played.effects('page')).toHaveLength(1)
    expect(played.effects('roll_back_leg')).toHaveLength(1)
    ended(failed, 'functions')
    expect(played.effects('page')).toHaveLength(0)
    played.timer('tick', 5)
    expect(played.effects('roll_back_leg').map(({ leg }) => leg)).toEqual(['functions', 'frontend'])
    ended({ ok: true }, 'functions')
    ended({ ok: true }, 'frontend')
    played.read(split(0), 'verify')
    expect(played.rollout.phase.name).toBe('rolled_back')
  })

  test('before anything was shifted it puts back functions and frontend only', () => {
    const played = new Played()
    played.rollBack()
    expect(played.effects('set_traffic')).toHaveLength(0)
    played.legs()
    expect(played.rollout.phase.name).toBe('rolled_back')
  })
})

test('a split that somebody set past a step that needs approval is not taken over', () => {
  const steps = [
    { percent: 5, windowMs: minute },
    { percent: 25, windowMs: minute, needsApproval: true },
  ]
  const played = new Played({ steps }).toFirstStep()
  played.check('good', { traffic: { ok: true, reading: split(60) } })
  played.play({ type: 'adopt', at: played.at, press: press(played.rollout) })
  expect(played.last.audit?.reason).toBe('step_needs_approval')
  expect(offersOf(played.rollout, null)).not.toContain('adopt')
  played.check('good', { traffic: { ok: true, reading: split(12) } })
  played.play({ type: 'adopt', at: played.at, press: press(played.rollout) })
  expect(played.rollout).toMatchObject({ confirmed: 12, stepIndex: 0 })
})
