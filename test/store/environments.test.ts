import { describe, expect, it } from 'vitest'
import {
  declaredFreezeOf,
  declareFreeze,
  endFreeze,
  lockOf,
  owedReviewOf,
  owedReviewOfRelease,
  oweReview,
  removeLock,
  setLock,
  signOff,
  signOffOf,
} from '../../src/store/environments.ts'
import { saveRelease } from '../../src/store/releases.ts'
import { ada, bob, hour, opened, t0 } from '../release/fixtures.ts'
import { temporaryStore } from './temporary-store.ts'

const production = { repository: 'acme/omnihub', environment: 'production' }
const staging = { ...production, environment: 'staging' }
const lock = { holder: ada, why: 'Moving the database', channelId: 'C1', since: t0, expiresAt: null }

describe('a lock', () => {
  it('holds its own environment until it is taken off', async () => {
    const { store } = temporaryStore()
    await store.transaction((tx) => setLock(tx, production, lock))
    expect(await lockOf(store.db, production, t0 + 1000 * hour)).toEqual(lock)
    expect(await lockOf(store.db, staging, t0)).toBeNull()
    await store.transaction((tx) => removeLock(tx, production))
    expect(await lockOf(store.db, production, t0)).toBeNull()
  })

  it('that runs out holds until that very moment', async () => {
    const { store } = temporaryStore()
    await store.transaction((tx) => setLock(tx, production, { ...lock, expiresAt: t0 + hour }))
    expect(await lockOf(store.db, production, t0 + hour - 1)).not.toBeNull()
    expect(await lockOf(store.db, production, t0 + hour)).toBeNull()
  })

  it('takes the place of the one before, of which nothing is left', async () => {
    const { store } = temporaryStore()
    await store.transaction((tx) => setLock(tx, production, { ...lock, expiresAt: t0 + hour }))
    const taken = { holder: bob, why: 'Mine now', channelId: null, since: t0 + 1, expiresAt: null }
    await store.transaction((tx) => setLock(tx, production, taken))
    expect(await lockOf(store.db, production, t0 + 2 * hour)).toEqual(taken)
  })
})

describe('a declared freeze', () => {
  const freeze = { by: ada, why: 'The big sale', fromMs: t0, toMs: t0 + hour }

  it('holds until its end, or until somebody ends it', async () => {
    const { store } = temporaryStore()
    await store.transaction((tx) => declareFreeze(tx, production, freeze))
    expect(await declaredFreezeOf(store.db, production, t0 + hour - 1)).toEqual(freeze)
    expect(await declaredFreezeOf(store.db, production, t0 + hour)).toBeNull()
    expect(await declaredFreezeOf(store.db, staging, t0)).toBeNull()
    await store.transaction((tx) => endFreeze(tx, production))
    expect(await declaredFreezeOf(store.db, production, t0)).toBeNull()
  })

  it('takes the place of the one before', async () => {
    const { store } = temporaryStore()
    await store.transaction((tx) => declareFreeze(tx, production, freeze))
    const longer = { ...freeze, by: bob, toMs: t0 + 2 * hour }
    await store.transaction((tx) => declareFreeze(tx, production, longer))
    expect(await declaredFreezeOf(store.db, production, t0 + hour)).toEqual(longer)
  })
})

describe('a review that is owed', () => {
  async function owing() {
    const { store } = temporaryStore()
    await store.transaction(async (tx) => {
      for (const [index, id] of ['A', 'B'].entries()) {
        await saveRelease(tx, { ...opened(), id }, t0, true)
        await oweReview(tx, production, { releaseId: id, by: [ada, bob][index] ?? ada, since: t0 + 10 - index })
      }
    })
    return store
  }

  it('is the oldest one, until all are signed off', async () => {
    const store = await owing()
    expect(await owedReviewOf(store.db, production)).toEqual({ releaseId: 'B', by: bob, since: t0 + 9 })
    expect(await store.transaction((tx) => signOff(tx, 'B', ada, t0 + 20))).toBe(true)
    expect(await owedReviewOf(store.db, production)).toMatchObject({ releaseId: 'A' })
    expect(await store.transaction((tx) => signOff(tx, 'A', bob, t0 + 20))).toBe(true)
    expect(await owedReviewOf(store.db, production)).toBeNull()
  })

  it('is found by its release in its own environment alone', async () => {
    const store = await owing()
    expect(await owedReviewOfRelease(store.db, production, 'A')).toMatchObject({ by: ada })
    expect(await owedReviewOfRelease(store.db, staging, 'A')).toBeNull()
    expect(await owedReviewOfRelease(store.db, production, 'C')).toBeNull()
    await store.transaction((tx) => signOff(tx, 'A', bob, t0))
    expect(await owedReviewOfRelease(store.db, production, 'A')).toBeNull()
  })

  it('is signed off once, by whoever was first', async () => {
    const store = await owing()
    expect(await signOffOf(store.db, 'A')).toEqual({ signedOffBy: null, at: null })
    await store.transaction((tx) => signOff(tx, 'A', bob, t0 + 20))
    expect(await store.transaction((tx) => signOff(tx, 'A', ada, t0 + 30))).toBe(false)
    expect(await signOffOf(store.db, 'A')).toEqual({ signedOffBy: bob, at: t0 + 20 })
    expect(await signOffOf(store.db, 'C')).toBeNull()
  })

  it('is not owed a second time by the same release', async () => {
    const store = await owing()
    await store.transaction((tx) => signOff(tx, 'A', bob, t0 + 20))
    await store.transaction((tx) => oweReview(tx, production, { releaseId: 'A', by: ada, since: t0 + 40 }))
    expect(await owedReviewOfRelease(store.db, production, 'A')).toBeNull()
  })
})
