/** What is over is looked after by nobody: so nothing ends while a call may still have its effect. */
import { describe, expect, test } from 'vitest'
import { Played, press, split } from './fixtures.ts'

const lost = { ok: false, detail: 'No answer in time', mayHaveHappened: true } as const

/** Its first weight was asked for, and the answer never came. */
function unsure(hosts = { functions: false, frontend: false }): Played {
  const played = new Played({ hosts, steps: [{ percent: 5, windowMs: 60_000 }] })
  played.read(split(0), 'preflight')
  played.read(split(0))
  const { generation } = played.rollout
  played.play({ type: 'weights_set', at: played.at, generation, result: lost })
  return played
}

describe('a call of which nobody knows whether it will have its effect', () => {
  test('is waited for before a rollback is over, and not before traffic is back', () => {
    const played = unsure()
    played.rollBack()
    expect(played.effects('set_traffic')[0]?.afterMs).toBe(0)
    played.set(split(0))
    expect(played.rollout.stopwatch.trafficAt).toBe(played.at)
    expect(played.effects('read_traffic')).toMatchObject([{ purpose: 'verify', afterMs: 30_000 }])
    played.at += 10_000
    played.read(split(0), 'verify')
    expect(played.rollout.phase.name).toBe('rolling_back')
    expect(played.effects('read_traffic')).toMatchObject([{ purpose: 'verify', afterMs: 20_000 }])
    played.at += 20_000
    played.read(split(5), 'verify')
    expect(played.effects('set_traffic')[0]?.percents).toEqual({ blue: 100, green: 0 })
    played.set(split(0))
    played.read(split(0), 'verify')
    expect(played.rollout.phase.name).toBe('rolled_back')
  })

  test('is one that was cut off by a crash as well, also when it is not wanted any more', () => {
    const played = new Played({ hosts: { functions: false, frontend: false } }).toFirstStep()
    const { generation } = played.rollout
    played.rollBack()
    played.play({ type: 'weights_set', at: played.at, generation: generation - 1, isRepeated: true, result: lost })
    expect(played.rollout.phase.name).toBe('rolling_back')
    played.set(split(0))
    expect(played.effects('read_traffic')[0]?.afterMs).toBe(30_000)
  })

  test('is waited for before a rollout is complete', () => {
    const played = unsure()
    played.read(split(0))
    played.set(split(5))
    played.play({ type: 'promote', at: played.at, press: press(played.rollout) })
    played.read(split(5))
    played.set(split(100))
    expect(played.rollout.phase.name).toBe('setting')
    expect(played.effects('read_traffic')[0]?.afterMs).toBe(30_000)
    played.at += 30_000
    played.read(split(100))
    expect(played.rollout.phase.name).toBe('completed')
  })

  test('does not hold up an end when every call was answered', () => {
    const played = new Played({ hosts: { functions: false, frontend: false } }).toFirstStep()
    played.rollBack()
    played.set(split(0))
    expect(played.effects('read_traffic')[0]?.afterMs).toBe(0)
    played.read(split(0), 'verify')
    expect(played.rollout.phase.name).toBe('rolled_back')
  })
})

test('traffic that is back is looked after while the rest of a rollback takes its time', () => {
  const played = new Played().toFirstStep()
  played.rollBack()
  played.set(split(0))
  played.timer('tick', 1)
  expect(played.effects('read_traffic')).toMatchObject([{ purpose: 'verify' }])
  played.read(split(0), 'verify')
  expect(played.rollout.phase.name).toBe('rolling_back')
  played.timer('tick', 1)
  played.read(split(25), 'verify')
  expect(played.rollout.rollback?.legs.traffic.state).toBe('pending')
  expect(played.effects('set_traffic')[0]?.percents).toEqual({ blue: 100, green: 0 })
})
