import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { backoffMs, createOutboxWorker } from '../../src/engine/outbox-worker.ts'
import type { EffectOutcome } from '../../src/engine/perform.ts'
import { addEffect, type LaneKind, type OutboxEffect, outboxDepth, reviveEffects } from '../../src/store/outbox.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { fakeClock, flush } from './fake-clock.ts'

const startMs = 1_700_000_000_000
const done: EffectOutcome = { type: 'done' }
const retry = { type: 'retry', reason: 'busy', countsAsAttempt: true, mayHaveHappened: false } as const

function worker(perform: (effect: OutboxEffect) => EffectOutcome | Promise<EffectOutcome>, lanes: LaneKind = 'usual') {
  const { store, raw } = temporaryStore()
  const clock = fakeClock(startMs)
  const made: { readonly id: string; readonly at: number; readonly startedAt: number | null }[] = []
  const dead: string[] = []
  let events = 0
  const outbox = createOutboxWorker({
    lanes,
    store,
    clock,
    log: pino({ level: 'silent' }),
    random: () => 0.5,
    async perform(effect) {
      const { id, startedAt } = effect
      made.push({ id, at: clock.now() - startMs, startedAt })
      return await perform(effect)
    },
    asksOnly: ({ type }) => type === 'ask',
    onEvent: () => {
      events += 1
    },
    onDead: ({ id }) => dead.push(id),
  })
  onTestFinished(() => Promise.race([outbox.stop(), flush()]))
  return {
    store,
    raw,
    clock,
    made,
    dead,
    outbox,
    events: () => events,
    run: (ms: number) => clock.advance(ms, flush),
    async add(...effects: readonly (readonly [id: string, lane: string])[]) {
      await store.transaction(async (tx) => {
        for (const [id, lane] of effects) await addEffect(tx, { id, lane, type: 't', body: {}, at: clock.now() })
      })
      outbox.wake()
      await flush()
    },
  }
}

describe('backoff', () => {
  it('doubles from about a second to five minutes, never less than half of that', () => {
    for (let attempts = 1; attempts < 100; attempts++) {
      const ceiling = Math.min(300_000, 1000 * 2 ** (attempts - 1))
      expect(backoffMs(attempts, 0)).toBe(Math.round(ceiling / 2))
      expect(backoffMs(attempts, 0.999999)).toBeLessThanOrEqual(ceiling)
    }
  })
})

describe('the outbox worker', () => {
  it('makes the calls of a lane one after the other, and those of different lanes at once', async () => {
    const open = new Map<string, () => void>()
    const { add, made } = worker(({ id }) => new Promise((resolve) => open.set(id, () => resolve(done))))
    await add(['a1', 'a'], ['a2', 'a'], ['b1', 'b'], ['c1', 'c'])
    expect(made.map(({ id }) => id)).toEqual(['a1', 'b1', 'c1'])
    open.get('b1')?.()
    await flush()
    expect(made.map(({ id }) => id)).toEqual(['a1', 'b1', 'c1'])
    open.get('a1')?.()
    await flush()
    expect(made.map(({ id }) => id)).toEqual(['a1', 'b1', 'c1', 'a2'])
  })

  it('never has more than twelve calls under way', async () => {
    const { add, made } = worker(() => new Promise(() => {}))
    await add(...Array.from({ length: 30 }, (_, n) => [`e${n}`, `lane${n}`] as const))
    expect(made).toHaveLength(12)
  })

  it('makes no urgent call wait for others that hang, and nothing else wait for what watches rollouts', async () => {
    const lanes = [
      ...Array.from({ length: 60 }, (_, n) => `urgent:leg:${n}`),
      ...Array.from({ length: 60 }, (_, n) => `observe:${n}`),
      ...Array.from({ length: 60 }, (_, n) => `card:${n}`),
    ]
    const begun: Record<string, number> = {}
    for (const kind of ['urgent', 'watching', 'usual'] as const) {
      const { add, made } = worker(() => new Promise(() => {}), kind)
      await add(...lanes.map((lane) => [lane, lane] as const))
      begun[kind] = made.length
      const own = { urgent: 'urgent:', watching: 'observe:', usual: 'card:' }[kind]
      expect(made.filter(({ id }) => !id.startsWith(own))).toEqual([])
    }
    expect(begun).toEqual({ urgent: 60, watching: 24, usual: 12 })
  })

  it('keeps the order of a lane while its first effect is tried again', async () => {
    let failures = 2
    const { add, made, run } = worker(({ id }) => (id === 'a1' && failures-- > 0 ? retry : done))
    await add(['a1', 'a'], ['a2', 'a'])
    await run(10_000)
    expect(made.map(({ id }) => id)).toEqual(['a1', 'a1', 'a1', 'a2'])
    expect(made.map(({ at }) => at)).toEqual([0, 750, 2250, 2250])
  })

  it('gives an effect up after twelve attempts, tells so, and lets the lane go on', async () => {
    const { add, made, dead, run, store } = worker(({ id }) => (id === 'a1' ? retry : done))
    await add(['a1', 'a'], ['a2', 'a'])
    await run(3_600_000)
    expect(made.filter(({ id }) => id === 'a1')).toHaveLength(12)
    expect(made.at(-1)).toMatchObject({ id: 'a2' })
    expect(dead).toEqual(['a1'])
    expect(await outboxDepth(store.db)).toMatchObject({ queued: 0, dead: 1 })
  })

  it('waits as often as need be when waiting is nobody’s fault', async () => {
    let waits = 40
    const { add, made, run, dead } = worker(() =>
      waits-- > 0 ? { ...retry, countsAsAttempt: false, afterMs: 1000 } : done,
    )
    await add(['a1', 'a'])
    await run(60_000)
    expect(made).toHaveLength(41)
    expect(dead).toEqual([])
  })

  it('tells an attempt when an earlier one may have taken effect, and that of the earliest', async () => {
    const outcomes: EffectOutcome[] = [
      { ...retry, mayHaveHappened: true, afterMs: 300_000 },
      { ...retry, mayHaveHappened: true, afterMs: 300_000 },
      { ...retry, afterMs: 1000 },
      done,
    ]
    const { add, made, run } = worker(() => outcomes.shift() ?? done)
    await add(['a1', 'a'])
    await run(700_000)
    expect(made.map(({ startedAt }) => startedAt)).toEqual([null, startMs, startMs, null])
  })

  it('takes a fault in a call for an attempt that may have taken effect', async () => {
    let isFaulty = true
    const { add, made, run } = worker(() => {
      if (!isFaulty) return done
      isFaulty = false
      throw new Error('a fault')
    })
    await add(['a1', 'a'])
    await run(5000)
    expect(made).toMatchObject([{ startedAt: null }, { startedAt: startMs }])
  })

  it('puts the result into the inbox in the same breath as it marks the effect done', async () => {
    const event = { id: 'effect:a1', type: 'slack.person_found', body: { login: 'mona', slackUser: null } } as const
    const { add, raw, events } = worker(() => ({ type: 'done', event }))
    await add(['a1', 'a'])
    expect(raw.prepare('SELECT id, type FROM inbox').all()).toEqual([{ id: 'effect:a1', type: 'slack.person_found' }])
    expect(events()).toBe(1)
  })

  it('does not repeat a call in a tight loop while what came of it cannot be written down', async () => {
    const { add, raw, made, run } = worker(() => done)
    raw.exec(
      "CREATE TRIGGER full BEFORE UPDATE ON outbox WHEN NEW.state = 'done' BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    )
    await add(['a1', 'a'], ['b1', 'b'])
    await run(5000)
    expect(made.filter(({ id }) => id === 'a1').length).toBeLessThanOrEqual(6)
    raw.exec('DROP TRIGGER full')
    await run(2000)
    expect(raw.prepare('SELECT DISTINCT state FROM outbox').all()).toEqual([{ state: 'done' }])
  })

  it('makes within a minute what another process has queued', async () => {
    const { store, run, made, outbox, clock } = worker(() => done)
    outbox.wake()
    await flush()
    await store.transaction((tx) => addEffect(tx, { id: 'a1', lane: 'a', type: 't', body: {}, at: clock.now() }))
    await run(60_000)
    expect(made).toHaveLength(1)
  })

  it('makes revived effects before those that came after them', async () => {
    let isDown = true
    const { add, store, made, outbox, clock, run } = worker(() => (isDown ? { type: 'dead', reason: 'no' } : done))
    await add(['a1', 'a'])
    isDown = false
    await store.transaction((tx) => reviveEffects(tx, ['a1'], clock.now()))
    outbox.wake()
    await run(1)
    expect(made.map(({ id }) => id)).toEqual(['a1', 'a1'])
  })

  it('never misses a call to wake, whenever it comes', async () => {
    for (let ticks = 0; ticks < 120; ticks++) {
      const { outbox, made, raw } = worker(() => done)
      outbox.wake()
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
      raw.exec(
        `INSERT INTO outbox (id, lane, type, body, state, not_before, created_at) VALUES ('a1', 'a', 't', '{}', 'queued', 0, 0)`,
      )
      outbox.wake()
      await flush()
      expect([ticks, made.length]).toEqual([ticks, 1])
    }
  })

  it('makes what waits when the clock was set back by an hour', async () => {
    const outcomes: EffectOutcome[] = [{ ...retry, afterMs: 5000 }]
    const { add, clock, run, made } = worker(() => outcomes.shift() ?? done)
    await add(['a1', 'a'])
    clock.set(-3_600_000)
    await run(70_000)
    expect(made).toHaveLength(2)
  })

  it('makes at its start what would wait longer than any backoff, and nothing else before its time', async () => {
    const { store, outbox, clock, run, made } = worker(() => done)
    await store.transaction(async (tx) => {
      for (const [id, inMs] of [
        ['hours', 10 * 3_600_000],
        ['minutes', 4 * 60_000],
      ] as const) {
        await addEffect(tx, { id, lane: id, type: 't', body: {}, at: clock.now() + inMs })
      }
    })
    outbox.wake()
    await flush()
    expect(made.map(({ id }) => id)).toEqual(['hours'])
    await run(4 * 60_000)
    expect(made.map(({ id }) => id)).toEqual(['hours', 'minutes'])
  })

  it('begins nothing after it was stopped, and waits for what is under way', async () => {
    let finish = (): void => {}
    const { add, outbox, made, store } = worker(
      () =>
        new Promise((resolve) => {
          finish = () => resolve(done)
        }),
    )
    await add(['a1', 'a'], ['a2', 'a'])
    const stopped = outbox.stop()
    finish()
    await stopped
    await flush()
    expect(made).toHaveLength(1)
    expect(await outboxDepth(store.db)).toMatchObject({ queued: 1 })
  })
})
