import { describe, expect, it } from 'vitest'
import { createSlackBudget } from '../../src/engine/slack-budget.ts'

function budget(limits?: Parameters<typeof createSlackBudget>[1]) {
  const clock = { at: 1_000_000, now: () => clock.at }
  return { clock, budget: createSlackBudget(clock, limits) }
}

const few = {
  postsPerChannel: { burst: 2, perSecond: 1 },
  updatesPerChannel: { burst: 3, perSecond: 1 },
  updatesPerWorkspace: { burst: 4, perSecond: 2 },
}

describe('the Slack budget', () => {
  it('allows a burst, then says how long the next call has to wait, and takes nothing for saying so', () => {
    const { budget: b, clock } = budget(few)
    expect([b.take('post', 'C1').ok, b.take('post', 'C1').ok]).toEqual([true, true])
    expect(b.take('post', 'C1')).toEqual({ ok: false, waitMs: 1000 })
    expect(b.waitMs('post', 'C1')).toBe(1000)
    clock.at += 1000
    expect(b.take('post', 'C1').ok).toBe(true)
    expect(b.take('post', 'C1').ok).toBe(false)
  })

  it('refills to the burst and no further', () => {
    const { budget: b, clock } = budget(few)
    b.take('post', 'C1')
    clock.at += 3_600_000
    expect([1, 2, 3].map(() => b.take('post', 'C1').ok)).toEqual([true, true, false])
  })

  it('counts posts by channel, and updates by channel and over all', () => {
    const { budget: b } = budget(few)
    for (const _ of [1, 2]) b.take('post', 'C1')
    expect(b.waitMs('post', 'C2')).toBe(0)
    expect([1, 2, 3, 4].map(() => b.take('update', 'C1').ok)).toEqual([true, true, true, false])
    expect([1, 2].map(() => b.take('update', 'C2').ok)).toEqual([true, false])
  })

  it('knows a channel by its name and its id alike, once it was told', () => {
    const { budget: b } = budget(few)
    b.take('post', '#deploys')
    b.sameChannel('#deploys', 'C1')
    b.take('post', 'C1')
    expect(b.waitMs('post', 'C1')).toBe(1000)
    expect(b.waitMs('post', '#deploys')).toBe(1000)
  })

  it('keeps quiet for as long as Slack asks, in the channel for posts, everywhere for updates', () => {
    const { budget: b, clock } = budget(few)
    b.penalize('post', 'C1', 30_000)
    b.penalize('update', 'C1', 20_000)
    expect([b.waitMs('post', 'C1'), b.waitMs('post', 'C2'), b.waitMs('update', 'C9')]).toEqual([30_000, 0, 20_000])
    b.penalize('post', 'C1', 1000)
    expect(b.waitMs('post', 'C1')).toBe(30_000)
    clock.at += 30_000
    expect(b.take('post', 'C1').ok).toBe(true)
  })

  it('gives nothing away and waits no longer when the clock is set back', () => {
    const { budget: b, clock } = budget(few)
    b.take('post', 'C1')
    b.take('post', 'C1')
    b.penalize('update', 'C1', 5000)
    clock.at -= 3_600_000
    expect(b.waitMs('post', 'C1')).toBe(1000)
    expect(b.waitMs('update', 'C1')).toBe(5000)
    clock.at += 5000
    expect([b.take('post', 'C1').ok, b.take('update', 'C1').ok]).toEqual([true, true])
  })
})
