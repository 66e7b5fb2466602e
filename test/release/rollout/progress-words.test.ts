import { describe, expect, test } from 'vitest'
import { progressOf, windowEndsAt } from '../../../src/release/rollout/say-rollout.ts'
import { moment } from '../../../src/release/text-with-people.ts'
import { minute, t0 } from '../fixtures.ts'
import { Played, press, split } from './fixtures.ts'

const until = (minutes: number) => moment(t0 + minutes * minute)

describe('where a rollout is and what comes next', () => {
  test('on its way: the share, until when it is watched, and the next step', () => {
    const played = new Played()
    const said = () => progressOf(played.rollout)
    expect(said()).toBe('Nothing is shifted yet: the load balancer is being looked at, then 5 %.')
    played.read(split(0), 'preflight')
    expect(said()).toBe('On the way from 0 % to 5 %, which counts once it is read back.')
    played.read(split(0))
    played.set(split(5))
    expect(said()).toBe(`At 5 %, watched until ${until(3)}, then 25 %.`)
    played.check('good')
    expect(said()).toBe(`At 5 %, watched until ${until(3)}, then 25 %.`)
  })

  test('the end of a window moves with what is added to it, and with time in which nobody could watch', () => {
    const played = new Played().toFirstStep()
    const added = { type: 'extend', at: played.at, press: press(played.rollout), ms: 10 * minute } as const
    played.play(added)
    expect(windowEndsAt(played.rollout)).toBe(t0 + 13 * minute)
    played.check('good')
    played.check('away')
    expect(windowEndsAt(played.rollout)).toBe(t0 + 14 * minute)
  })

  test('the last step has nothing after it', () => {
    const played = new Played({ steps: [{ percent: 100, windowMs: 3 * minute }] })
    played.toFirstStep()
    expect(progressOf(played.rollout)).toBe(`At 100 %, watched until ${until(3)}, then it is complete.`)
  })

  test('a step that sets no weight watches on, after the checks before it', () => {
    const check = { type: 'http', url: 'https://smoke.example' } as const
    const steps = [
      { percent: 5, windowMs: 3 * minute },
      { percent: 5, windowMs: 3 * minute, isAnalysisOnly: true },
      { percent: 100, windowMs: 0, before: [check] },
    ]
    const played = new Played({ steps }).toFirstStep()
    expect(progressOf(played.rollout)).toMatch(/, then 5 % for longer\.$/)
    for (let minutes = 0; minutes < 6; minutes++) played.check('good')
    expect(progressOf(played.rollout)).toBe('At 5 %: checks before 100 % are running.')
  })

  test('held: by whom, why, and what ends it', () => {
    const played = new Played().toFirstStep()
    const hold = (why: string) => played.play({ type: 'hold', at: played.at, press: press(played.rollout), why })
    hold('errors look odd')
    expect(progressOf(played.rollout)).toMatch(
      /^Held at 5 % by .*: errors look odd\. It goes on when somebody resumes it\./,
    )
    expect(progressOf(played.rollout)).toContain(`It has to be decided by ${until(60)}.`)
    expect(windowEndsAt(played.rollout)).toBeNull()
    played.check('good', { traffic: { ok: true, reading: split(40) } })
    expect(progressOf(played.rollout)).toContain('Somebody has to adopt the split as it is, restore it, or roll back.')
  })

  test('held for want of answers it goes on by itself; for a step that asks for a person, when that is approved', () => {
    const away = new Played().toFirstStep()
    for (let minutes = 0; minutes < 5; minutes++) away.check('away')
    expect(progressOf(away.rollout)).toMatch(/It goes on by itself once that is over\.$/)
    const asking = new Played({ steps: [{ percent: 5, windowMs: minute, needsApproval: true }] })
    asking.read(split(0), 'preflight')
    expect(progressOf(asking.rollout)).toContain('It goes on when the step is approved.')
  })

  test('rolled back: since when, and that it is over', () => {
    const played = new Played().toFirstStep()
    played.rollBack()
    expect(progressOf(played.rollout)).toBe(`It is being rolled back since ${until(0)}.`)
  })
})
