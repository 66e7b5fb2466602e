import { describe, expect, it, vi } from 'vitest'
import { addEvent, knownEvents, nextEvents } from '../../src/store/inbox.ts'
import type { Arrival } from '../../src/store/insert-arrivals.ts'
import { createIntake } from '../../src/store/intake.ts'
import { payloadOf } from '../../src/store/payloads.ts'
import { inThisThread } from './in-this-thread.ts'
import { temporaryStore } from './temporary-store.ts'

const arrival = (id: string, given: Partial<Arrival> = {}): Arrival => ({
  id,
  type: 'github.facts',
  body: '{"facts":[]}',
  payload: Buffer.from('{"small":true}'),
  at: 1000,
  ...given,
})

describe('the intake', () => {
  it('writes what arrives together in one transaction', async () => {
    const { store } = temporaryStore()
    let transactions = 0
    let commits = 0
    const counted = {
      ...store,
      exclusively: ((work) => {
        transactions += 1
        return store.exclusively(work)
      }) as typeof store.exclusively,
    }
    const intake = createIntake(inThisThread(counted), () => {
      commits += 1
    })
    const outcomes = await Promise.all(Array.from({ length: 300 }, (_, n) => intake.accept(arrival(`a${n}`))))
    expect(new Set(outcomes)).toEqual(new Set(['accepted']))
    expect(transactions).toBeLessThan(5)
    expect(commits).toBe(transactions)
    expect(await nextEvents(store.db, 1000)).toHaveLength(300)
  })

  it('has the arrival on disk when it says so', async () => {
    const { store, raw } = temporaryStore()
    await createIntake(inThisThread(store), () => {}).accept(arrival('one'))
    expect(raw.prepare('SELECT id FROM inbox').all()).toEqual([{ id: 'one' }])
  })

  it('counts a delivery once, whether its double comes with it or later', async () => {
    const { store } = temporaryStore()
    const intake = createIntake(inThisThread(store), () => {})
    const together = await Promise.all([intake.accept(arrival('one')), intake.accept(arrival('one'))])
    expect(together).toEqual(['accepted', 'duplicate'])
    expect(await intake.accept(arrival('one', { body: '{"facts":[1]}' }))).toBe('duplicate')
    expect(await nextEvents(store.db, 10)).toMatchObject([{ id: 'one', body: '{"facts":[]}' }])
  })

  it('refuses all of a batch that cannot be written, keeps none of it, and takes the next', async () => {
    const { store, raw } = temporaryStore()
    const intake = createIntake(inThisThread(store), () => {})
    raw.exec(`CREATE TRIGGER full BEFORE INSERT ON inbox WHEN NEW.id = 'b' BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
    const results = await Promise.allSettled(['a', 'b', 'c'].map((id) => intake.accept(arrival(id))))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(await nextEvents(store.db, 10)).toEqual([])
    raw.exec('DROP TRIGGER full')
    expect(await Promise.all(['a', 'b'].map((id) => intake.accept(arrival(id))))).toEqual(['accepted', 'accepted'])
  })

  it('goes on after an error although nothing else arrives with the next one', async () => {
    const { store } = temporaryStore()
    const failing = vi.fn(store.exclusively).mockRejectedValueOnce(new Error('database is locked'))
    const intake = createIntake(inThisThread({ ...store, exclusively: failing as typeof store.exclusively }), () => {})
    await expect(intake.accept(arrival('a'))).rejects.toThrow('locked')
    expect(await intake.accept(arrival('a'))).toBe('accepted')
  })

  it.each([
    ['short, as it is', '{"title":"Größe 🚀"}', 'utf8'],
    ['long, compressed', JSON.stringify({ title: 'Größe 🚀 '.repeat(2000) }), 'zstd'],
  ])('keeps a payload that is %s, and it reads back the same', async (_name, payload, encoding) => {
    const { store, raw } = temporaryStore()
    await createIntake(inThisThread(store), () => {}).accept(arrival('one', { payload: Buffer.from(payload) }))
    expect(raw.prepare('SELECT encoding FROM payloads').pluck().all()).toEqual([encoding])
    expect((await payloadOf(store.db, 'one'))?.toString('utf8')).toBe(payload)
  })

  it('keeps the payloads of a batch together, and each reads back as it came', async () => {
    const { store, raw } = temporaryStore()
    const intake = createIntake(inThisThread(store), () => {})
    await intake.accept(arrival('known'))
    const payloadAt = (n: number) => Buffer.from(JSON.stringify({ n, text: 'x'.repeat(n * 700) }))
    const ids = ['a0', 'known', 'a2', 'a3', 'a2', 'a5']
    await Promise.all(ids.map((id, n) => intake.accept(arrival(id, { payload: payloadAt(n) }))))
    // The duplicates use up a number each.
    expect(raw.prepare('SELECT count(*) FROM payloads').pluck().get()).toBe(4)
    for (const n of [0, 2, 3, 5]) expect(await payloadOf(store.db, `a${n}`)).toEqual(payloadAt(n))
    expect(await payloadOf(store.db, 'known')).toEqual(Buffer.from('{"small":true}'))
    expect(await payloadOf(store.db, 'unknown')).toBeNull()
  })

  it('puts no more than a megabyte of payloads into one row, unless one alone is larger', async () => {
    const { store, raw } = temporaryStore()
    const intake = createIntake(inThisThread(store), () => {})
    const sizes = [400_000, 400_000, 400_000, 3_000_000, 10]
    await Promise.all(sizes.map((size, n) => intake.accept(arrival(`a${n}`, { payload: Buffer.alloc(size, n) }))))
    const rows = raw.prepare('SELECT inbox_seq AS seq, lengths FROM payloads').all()
    expect(rows).toEqual([
      { seq: 1, lengths: '[400000,400000]' },
      { seq: 3, lengths: null },
      { seq: 4, lengths: null },
      { seq: 5, lengths: null },
    ])
    for (const [n, size] of sizes.entries()) {
      expect((await payloadOf(store.db, `a${n}`))?.equals(Buffer.alloc(size, n))).toBe(true)
    }
  })

  it('has no payload for an event of our own making, though payloads came before it', async () => {
    const { store } = temporaryStore()
    await createIntake(inThisThread(store), () => {}).accept(arrival('one'))
    await store.transaction((tx) => addEvent(tx, { id: 'ours', type: 't', body: {}, at: 1 }))
    expect(await payloadOf(store.db, 'ours')).toBeNull()
  })

  it('knows which of many ids it has seen', async () => {
    const { store } = temporaryStore()
    const intake = createIntake(inThisThread(store), () => {})
    await Promise.all(Array.from({ length: 700 }, (_, n) => intake.accept(arrival(`a${n}`))))
    const known = await knownEvents(
      store.db,
      Array.from({ length: 1400 }, (_, n) => `a${n}`),
    )
    expect(known.size).toBe(700)
  })
})
