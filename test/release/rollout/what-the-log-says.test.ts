/** A line of the audit log says all that its decision came to. */
import { describe, expect, test } from 'vitest'
import { minute } from '../fixtures.ts'
import { Played, press, split } from './fixtures.ts'

const held = 'Held: The next step needs somebody’s approval.'

describe('the line of a decision', () => {
  test('names the hold that began with it', () => {
    const played = new Played({ steps: [{ percent: 5, windowMs: minute, needsApproval: true }] })
    played.read(split(0), 'preflight')
    expect(played.last.audit).toMatchObject({ action: 'roles', text: expect.stringContaining(held) })
  })

  test('names the hold that a press led to', () => {
    const played = new Played({
      steps: [
        { percent: 5, windowMs: minute },
        { percent: 25, windowMs: minute, needsApproval: true },
      ],
    }).toFirstStep()
    played.play({ type: 'advance', at: played.at, press: press(played.rollout) })
    expect(played.last.audit).toMatchObject({ action: 'advance', reason: null, text: `On to 25 %. ${held}` })
  })

  test('says which weight was found in force on the way to something else', () => {
    const played = new Played()
    played.read(split(0), 'preflight')
    played.read(split(0))
    const { generation } = played.rollout
    const result = { ok: false, detail: 'No answer in time', mayHaveHappened: true } as const
    played.play({ type: 'weights_set', at: played.at, generation, result })
    played.play({ type: 'hold', at: played.at, press: press(played.rollout), why: 'Wait' })
    played.play({ type: 'promote', at: played.at, press: press(played.rollout) })
    played.read(split(5, { green: 'unhealthy' }))
    expect(played.last.audit).toMatchObject({ action: 'roll_back', text: expect.stringMatching(/^5 % read back\. /) })
  })

  test('is that of the end where there was nothing to put back', () => {
    const played = new Played({ hosts: { functions: false, frontend: false } })
    played.rollBack()
    expect(played.rollout.phase.name).toBe('rolled_back')
    expect(played.last.audit).toMatchObject({ action: 'rolled_back', reason: null, text: 'Looks wrong' })
  })

  test('is that of the end where a press completes it', () => {
    const played = new Played({ strategy: 'blue-green', steps: [{ percent: 100, windowMs: minute }] }).toFirstStep()
    played.play({ type: 'advance', at: played.at, press: press(played.rollout) })
    expect(played.last.audit).toMatchObject({ action: 'complete', text: 'The rollout is complete.' })
  })
})
