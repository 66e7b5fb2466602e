import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTimerLoop } from '../../src/engine/timer-loop.ts'
import { setTimer } from '../../src/store/timers.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { fakeClock, flush } from './fake-clock.ts'

const startMs = 1_700_000_000_000
const hour = 3600_000

async function loop(untilHandled = async () => {}) {
  const { store, raw } = temporaryStore()
  const clock = fakeClock(startMs)
  const begin = () => {
    const timers = createTimerLoop({
      store,
      clock,
      log: pino({ level: 'silent' }),
      onEvent: () => {},
      untilHandled,
    })
    onTestFinished(() => timers.stop())
    return timers
  }
  const timers = begin()
  timers.wake()
  await flush()
  return {
    clock,
    timers,
    begin,
    run: (ms: number) => clock.advance(ms, flush),
    set: (id: string, inMs: number, type = 'timer.gate') =>
      store.transaction((tx) => setTimer(tx, { id, type, body: {}, dueAt: clock.now() + inMs })),
    /** Ids of the timers that became events. */
    fired: () =>
      raw
        .prepare<[], { id: string }>('SELECT id FROM inbox ORDER BY seq')
        .all()
        .map(({ id }) => id.replace(/^timer:|:\d+$/g, '')),
  }
}

describe('a timer', () => {
  it('becomes an event when it is due, once', async () => {
    const { timers, run, set, fired } = await loop()
    await set('gate:follow:A', 90_000)
    timers.wake()
    await run(89_000)
    expect(fired()).toEqual([])
    await run(3 * hour)
    expect(fired()).toEqual(['gate:follow:A'])
  })
})

describe('after a long stop, when many are due at once', () => {
  const many = Array.from({ length: 120 }, (_, number) => `rollout:tick:${number}`)

  it('they become events some at a time, the next ones when these were handled', async () => {
    let handled = Promise.withResolvers<void>()
    const { timers, run, set, fired } = await loop(() => handled.promise)
    for (const id of many) await set(id, 0, 'timer.rollout')
    timers.wake()
    await run(100)
    expect(fired()).toHaveLength(50)
    const { resolve } = handled
    handled = Promise.withResolvers<void>()
    resolve()
    await run(100)
    expect(fired()).toHaveLength(100)
    handled.resolve()
    await run(100)
    expect(fired().toSorted()).toEqual(many.toSorted())
  })

  it('nothing waits for long, however slowly they are handled', async () => {
    const { timers, run, set, fired } = await loop(() => new Promise(() => {}))
    for (const id of many) await set(id, 0, 'timer.rollout')
    timers.wake()
    await run(3_000)
    expect(fired()).toHaveLength(120)
  })
})

describe('when the clock was set back by ten hours', () => {
  it.each([
    ['gate:follow:A', 'timer.gate'],
    ['gate:try_start:A', 'timer.gate'],
    ['gate:refresh:A', 'timer.gate'],
    ['silent:P', 'timer.pipeline_silent'],
  ])('%s does not wait for ten hours', async (id, type) => {
    const { clock, timers, run, set, fired } = await loop()
    await set(id, 2 * 60_000, type)
    timers.wake()
    await run(1000)
    clock.set(-10 * hour)
    await run(3 * 60_000)
    expect(fired()).toEqual([id])
  })

  it.each(['gate:expire:A', 'gate:remind:A'])('%s stays at the time that people were told', async (id) => {
    const { clock, timers, run, set, fired } = await loop()
    await set(id, hour)
    timers.wake()
    await run(1000)
    clock.set(-10 * hour)
    await run(2 * hour)
    expect(fired()).toEqual([])
    await run(10 * hour)
    expect(fired()).toEqual([id])
  })
})

describe('after a start', () => {
  it('what a gate waits to look at is looked at once: nobody knows what became of the clock meanwhile', async () => {
    const { timers, begin, run, set, fired } = await loop()
    await set('gate:follow:A', 10 * hour)
    await set('gate:expire:A', 10 * hour)
    await set('silent:P', 10 * hour, 'timer.pipeline_silent')
    await timers.stop()
    begin().wake()
    await run(1000)
    expect(fired()).toEqual(['gate:follow:A'])
  })
})
