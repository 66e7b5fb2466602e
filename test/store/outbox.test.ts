import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/open-store.ts'
import {
  addEffect,
  laneHeads,
  listEffects,
  markDead,
  markDone,
  markForRetry,
  markStarted,
  nextEffectAt,
  outboxDepth,
  replaceUnbegun,
  reviveEffects,
  wakeLane,
} from '../../src/store/outbox.ts'
import { dueTimers, nextTimerAt, removeTimer, setTimer } from '../../src/store/timers.ts'
import { temporaryStore } from './temporary-store.ts'

const later = { notBefore: 500, error: 'busy', countsAsAttempt: true, mayHaveHappened: false }

async function add(store: Store, id: string, lane: string, at = 100): Promise<boolean> {
  return await store.transaction((tx) => addEffect(tx, { id, lane, type: 't', body: { id }, at }))
}

async function heads(store: Store, dueBy = 1000) {
  return await laneHeads(store.db, { lanes: 'usual', limit: 100, dueBy })
}

async function ids(store: Store, dueBy?: number) {
  return (await heads(store, dueBy)).map(({ id }) => id)
}

async function seqOf(store: Store, id: string): Promise<number> {
  return (await store.db.selectFrom('outbox').select('seq').where('id', '=', id).executeTakeFirstOrThrow()).seq
}

describe('the outbox', () => {
  it('gives the first effect of each lane, in the order they came', async () => {
    const { store } = temporaryStore()
    for (const [id, lane] of [
      ['a1', 'a'],
      ['b1', 'b'],
      ['a2', 'a'],
      ['c1', 'c'],
      ['b2', 'b'],
    ] as const)
      await add(store, id, lane)
    expect(await ids(store)).toEqual(['a1', 'b1', 'c1'])
    await store.transaction(async (tx) => markDone(tx, await seqOf({ ...store, db: tx }, 'a1'), 200))
    expect(await ids(store)).toEqual(['b1', 'a2', 'c1'])
  })

  it('begins no call that is not wanted any more', async () => {
    const { store } = temporaryStore()
    await add(store, 'a1', 'a')
    const seq = await seqOf(store, 'a1')
    expect(await store.transaction((tx) => markStarted(tx, seq, 110))).toBe(true)
    await store.transaction((tx) => markDone(tx, seq, 120))
    expect(await store.transaction((tx) => markStarted(tx, seq, 130))).toBe(false)
  })

  it('lets a newer call take the place of those that have not begun', async () => {
    const { store } = temporaryStore()
    const body = (releaseId: string) => ({ lane: 'a', type: 't', body: { releaseId }, at: 100 })
    await store.transaction(async (tx) => {
      await addEffect(tx, { id: 'begun', ...body('R1') })
      await addEffect(tx, { id: 'late', ...body('R1'), afterMs: 900 })
      await addEffect(tx, { id: 'soon', ...body('R1'), afterMs: 50 })
      await addEffect(tx, { id: 'other', ...body('R2') })
      await markStarted(tx, await seqOf({ ...store, db: tx }, 'begun'), 110)
    })
    const replace = () => store.transaction((tx) => replaceUnbegun(tx, { lane: 'a', releaseId: 'R1', at: 120 }))
    expect(await replace()).toBe(150)
    expect(await replace()).toBeNull()
    const left = await listEffects(store.db, { states: ['queued'], limit: 5 })
    expect(left.map(({ id }) => id)).toEqual(['begun', 'other'])
  })

  it('takes an id once', async () => {
    const { store } = temporaryStore()
    expect(await add(store, 'a1', 'a')).toBe(true)
    expect(await add(store, 'a1', 'b')).toBe(false)
    expect(await ids(store)).toEqual(['a1'])
  })

  it('holds a lane back while its first effect waits, and says until when', async () => {
    const { store } = temporaryStore()
    await add(store, 'a1', 'a')
    await add(store, 'a2', 'a')
    const seq = await seqOf(store, 'a1')
    await store.transaction((tx) => markForRetry(tx, seq, later))
    expect(await ids(store, 499)).toEqual([])
    expect(await nextEffectAt(store.db, 100)).toBe(500)
    expect(await ids(store, 500)).toEqual(['a1'])
    expect(await nextEffectAt(store.db, 500)).toBeNull()
  })

  it('counts only the attempts that count, and remembers the first start that may have taken effect', async () => {
    const { store } = temporaryStore()
    await add(store, 'a1', 'a')
    const seq = await seqOf(store, 'a1')
    await store.transaction((tx) => markStarted(tx, seq, 110))
    await store.transaction((tx) => markForRetry(tx, seq, { ...later, mayHaveHappened: true }))
    expect(await heads(store)).toMatchObject([{ attempts: 1, startedAt: 110 }])
    await store.transaction((tx) => markStarted(tx, seq, 600))
    await store.transaction((tx) => markForRetry(tx, seq, { ...later, countsAsAttempt: false, mayHaveHappened: true }))
    // A message that the first attempt posted is as old as the first attempt.
    expect(await heads(store)).toMatchObject([{ attempts: 1, startedAt: 110 }])
    await store.transaction((tx) => markForRetry(tx, seq, later))
    expect(await heads(store)).toMatchObject([{ attempts: 2, startedAt: null }])
  })

  it('lets the lane go on behind an effect that was given up, and takes that up again when told', async () => {
    const { store } = temporaryStore()
    await add(store, 'a1', 'a')
    await add(store, 'a2', 'a')
    const seq = await seqOf(store, 'a1')
    await store.transaction((tx) => markDead(tx, seq, 'no such thing', 300))
    expect(await ids(store)).toEqual(['a2'])
    expect(await outboxDepth(store.db)).toEqual({ queued: 1, oldestAt: 100, dead: 1 })
    expect(await listEffects(store.db, { states: ['dead'], limit: 5 })).toMatchObject([
      { id: 'a1', state: 'dead', error: 'no such thing', attempts: 1 },
    ])
    expect(await store.transaction((tx) => reviveEffects(tx, ['other'], 400))).toBe(0)
    expect(await store.transaction((tx) => reviveEffects(tx, ['a1', 'a2'], 400))).toBe(1)
    expect(await heads(store)).toMatchObject([{ id: 'a1', attempts: 0, notBefore: 400 }])
  })

  it('revives all that was given up, and nothing that is done', async () => {
    const { store } = temporaryStore()
    for (const id of ['a', 'b', 'c']) await add(store, id, id)
    const [a, b, c] = [await seqOf(store, 'a'), await seqOf(store, 'b'), await seqOf(store, 'c')]
    await store.transaction(async (tx) => {
      await markDead(tx, a, 'x', 1)
      await markDead(tx, b, 'x', 1)
      await markDone(tx, c, 1)
    })
    expect(await store.transaction((tx) => reviveEffects(tx, [], 400))).toBe(2)
    expect(await ids(store)).toEqual(['a', 'b'])
  })

  it('wakes one lane without waking the others', async () => {
    const { store } = temporaryStore()
    await add(store, 'a1', 'a', 5000)
    await add(store, 'b1', 'b', 5000)
    await store.transaction((tx) => wakeLane(tx, 'a', 200))
    expect(await ids(store, 200)).toEqual(['a1'])
  })
})

describe('timers', () => {
  const timer = { id: 'silent:1', type: 'timer.pipeline_silent', body: { pipelineId: '1' } }

  it('come due in order, and moving one leaves one', async () => {
    const { store } = temporaryStore()
    await store.transaction(async (tx) => {
      await setTimer(tx, { ...timer, dueAt: 300 })
      await setTimer(tx, { ...timer, id: 'silent:2', dueAt: 200 })
      await setTimer(tx, { ...timer, dueAt: 100 })
    })
    expect(await dueTimers(store.db, 250, 10)).toMatchObject([{ id: 'silent:1', dueAt: 100 }, { id: 'silent:2' }])
    expect(await nextTimerAt(store.db)).toBe(100)
  })

  it('stays when it was moved since it was read', async () => {
    const { store } = temporaryStore()
    await store.transaction((tx) => setTimer(tx, { ...timer, dueAt: 300 }))
    expect(await store.transaction((tx) => removeTimer(tx, { id: timer.id, dueAt: 100 }))).toBe(false)
    expect(await store.transaction((tx) => removeTimer(tx, { id: timer.id, dueAt: 300 }))).toBe(true)
    expect(await nextTimerAt(store.db)).toBeNull()
  })
})
