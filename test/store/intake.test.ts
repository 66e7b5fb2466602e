import { zstdDecompressSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { knownEvents, nextEvents } from '../../src/store/inbox.ts'
import { type Arrival, createIntake } from '../../src/store/intake.ts'
import { temporaryStore } from './temporary-store.ts'

const arrival = (id: string, given: Partial<Arrival> = {}): Arrival => ({
  id,
  type: 'github.facts',
  body: '{"facts":[]}',
  payload: '{"small":true}',
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
    const intake = createIntake(counted, () => {
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
    await createIntake(store, () => {}).accept(arrival('one'))
    expect(raw.prepare('SELECT id FROM inbox').all()).toEqual([{ id: 'one' }])
  })

  it('counts a delivery once, whether its double comes with it or later', async () => {
    const { store } = temporaryStore()
    const intake = createIntake(store, () => {})
    const together = await Promise.all([intake.accept(arrival('one')), intake.accept(arrival('one'))])
    expect(together).toEqual(['accepted', 'duplicate'])
    expect(await intake.accept(arrival('one', { body: '{"facts":[1]}' }))).toBe('duplicate')
    expect(await nextEvents(store.db, 10)).toMatchObject([{ id: 'one', body: '{"facts":[]}' }])
  })

  it('refuses all of a batch that cannot be written, keeps none of it, and takes the next', async () => {
    const { store, raw } = temporaryStore()
    const intake = createIntake(store, () => {})
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
    const intake = createIntake({ ...store, exclusively: failing as typeof store.exclusively }, () => {})
    await expect(intake.accept(arrival('a'))).rejects.toThrow('locked')
    expect(await intake.accept(arrival('a'))).toBe('accepted')
  })

  it.each([
    ['short, as it is', '{"title":"Größe 🚀"}', 'utf8'],
    ['long, compressed', JSON.stringify({ title: 'Größe 🚀 '.repeat(2000) }), 'zstd'],
  ])('keeps a payload that is %s, and it reads back the same', async (_name, payload, encoding) => {
    const { store, raw } = temporaryStore()
    await createIntake(store, () => {}).accept(arrival('one', { payload }))
    const row = raw.prepare('SELECT encoding, body FROM payloads').get() as { encoding: string; body: Buffer }
    expect(row.encoding).toBe(encoding)
    expect((encoding === 'zstd' ? zstdDecompressSync(row.body) : row.body).toString('utf8')).toBe(payload)
  })

  it('knows which of many ids it has seen', async () => {
    const { store } = temporaryStore()
    const intake = createIntake(store, () => {})
    await Promise.all(Array.from({ length: 700 }, (_, n) => intake.accept(arrival(`a${n}`))))
    const known = await knownEvents(
      store.db,
      Array.from({ length: 1400 }, (_, n) => `a${n}`),
    )
    expect(known.size).toBe(700)
  })
})
