import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ReleaseSnapshot } from '../../src/release/snapshot.ts'
import type { Store } from '../../src/store/open-store.ts'
import { prune } from '../../src/store/prune.ts'
import { bundlesOf, keptBundles, packBundle, saveSnapshot, snapshotOf } from '../../src/store/snapshots.ts'
import { temporaryStore } from './temporary-store.ts'

const code = (text: string) => Buffer.from(`ESZIP2.3${text.repeat(2000)}`)

const snapshotAt = (takenAt: number, digests: Readonly<Record<string, string>>): ReleaseSnapshot => ({
  takenAt,
  functions: {
    takenAt,
    functions: Object.entries(digests).map(([slug, digest]) => ({
      slug,
      version: 3,
      digest,
      metadata: { slug, version: 3, verify_jwt: true, import_map_path: null },
    })),
  },
  frontend: { id: 'dpl_1', url: 'https://omnihub-1.vercel.app', sha: 'a'.repeat(40), createdAt: 5 },
})

/** Keeps a snapshot with the code of all its functions, which is made up from the digest. */
async function save(
  store: Store,
  given: {
    readonly releaseId: string
    readonly takenAt?: number
    readonly digests: Readonly<Record<string, string>>
    readonly environment?: string
  },
): Promise<void> {
  const { releaseId, takenAt = 1000, digests, environment = 'production' } = given
  const keys = Object.values(digests)
  const kept = await keptBundles(store.db, keys)
  const packed = keys.filter((key) => !kept.has(key)).map((key) => packBundle(key, code(key)))
  const bundles = new Map(Object.entries(digests))
  const snapshot = snapshotAt(takenAt, digests)
  await store.transaction((tx) =>
    saveSnapshot(tx, { releaseId, repository: 'acme/omnihub', environment, snapshot, bundles, packed }),
  )
}

const all = { payloads: 1_000_000, pipelines: 0 }

describe('a snapshot', () => {
  it('comes back as it was kept', async () => {
    const { store } = temporaryStore()
    await save(store, { releaseId: 'r1', digests: { orders: 'd1', users: 'd2' } })
    expect(await snapshotOf(store.db, 'r1')).toEqual(snapshotAt(1000, { orders: 'd1', users: 'd2' }))
    expect(await snapshotOf(store.db, 'r2')).toBeNull()
  })

  it('takes the place of the one before for the same release', async () => {
    const { store } = temporaryStore()
    await save(store, { releaseId: 'r1', digests: { orders: 'd1', users: 'd2' } })
    await save(store, { releaseId: 'r1', takenAt: 2000, digests: { orders: 'd3' } })
    expect(await snapshotOf(store.db, 'r1')).toEqual(snapshotAt(2000, { orders: 'd3' }))
    expect((await bundlesOf(store.db, 'r1')).kept).toEqual([{ slug: 'orders', bytes: code('d3') }])
  })

  it('may have no functions and no frontend', async () => {
    const { store } = temporaryStore()
    const snapshot: ReleaseSnapshot = { takenAt: 1, functions: null, frontend: null }
    const place = { repository: 'r', environment: 'production', bundles: new Map(), packed: [] }
    await store.transaction((tx) => saveSnapshot(tx, { releaseId: 'r1', ...place, snapshot }))
    expect(await snapshotOf(store.db, 'r1')).toEqual(snapshot)
    expect(await bundlesOf(store.db, 'r1')).toEqual({ kept: [], damaged: [] })
  })
})

describe('a bundle', () => {
  it('is kept once, compressed, for all releases that need it', async () => {
    const { store, raw } = temporaryStore()
    await save(store, { releaseId: 'r1', digests: { orders: 'd1', users: 'd2' } })
    await save(store, { releaseId: 'r2', digests: { orders: 'd1', users: 'd3' } })
    expect(raw.prepare('select key from bundles order by key').pluck().all()).toEqual(['d1', 'd2', 'd3'])
    expect(await bundlesOf(store.db, 'r2')).toEqual({
      kept: [
        { slug: 'orders', bytes: code('d1') },
        { slug: 'users', bytes: code('d3') },
      ],
      damaged: [],
    })
    const [size] = raw.prepare('select length(body) from bundles').pluck().all()
    expect(size).toBeLessThan(code('d1').length / 10)
    expect([...(await keptBundles(store.db, ['d1', 'd9']))]).toEqual(['d1'])
  })

  it('that cannot be compressed comes back as well', async () => {
    const { store } = temporaryStore()
    const bytes = randomBytes(300_000)
    const snapshot = snapshotAt(1, { orders: 'd1' })
    const place = { repository: 'r', environment: 'production' }
    const packed = [packBundle('d1', bytes)]
    const bundles = new Map([['orders', 'd1']])
    await store.transaction((tx) => saveSnapshot(tx, { releaseId: 'r1', ...place, snapshot, bundles, packed }))
    const [kept] = (await bundlesOf(store.db, 'r1')).kept
    expect(Buffer.from(kept?.bytes ?? []).equals(bytes)).toBe(true)
  })

  it.each([
    ['body', Buffer.from('no zstd')],
    ['sha256', 'another'],
  ])('that is not what it was (%s) is left out and named', async (column, value) => {
    const { store, raw } = temporaryStore()
    await save(store, { releaseId: 'r1', digests: { orders: 'd1', users: 'd2' } })
    raw.prepare(`update bundles set ${column} = ? where key = 'd1'`).run(value)
    const { kept, damaged } = await bundlesOf(store.db, 'r1')
    expect([kept.map(({ slug }) => slug), damaged]).toEqual([['users'], ['orders']])
  })
})

describe('pruning', () => {
  const many = async (store: Store, count: number, environment = 'production') => {
    for (let n = 1; n <= count; n += 1) {
      const releaseId = `${environment}-${String(n).padStart(2, '0')}`
      await save(store, { releaseId, environment, takenAt: n, digests: { orders: `d${n}`, shared: 'd0' } })
    }
  }

  it('keeps the newest twenty of each environment, however old, and what they need', async () => {
    const { store, raw } = temporaryStore()
    await many(store, 22)
    await many(store, 3, 'staging')
    expect(await prune(store, all)).toMatchObject({ snapshots: 2, bundles: 0 })
    expect(await snapshotOf(store.db, 'production-02')).toBeNull()
    expect(await snapshotOf(store.db, 'production-03')).not.toBeNull()
    raw.exec("delete from release_snapshots where environment = 'staging'")
    expect(await prune(store, all), 'd1 and d2, not d3 and not the shared one').toMatchObject({ bundles: 2 })
    expect([...(await keptBundles(store.db, ['d0', 'd1', 'd2', 'd3']))].sort()).toEqual(['d0', 'd3'])
  })

  it('keeps those that are young enough', async () => {
    const { store } = temporaryStore()
    await many(store, 25)
    expect(await prune(store, { payloads: 3, pipelines: 0 })).toMatchObject({ snapshots: 2, bundles: 2 })
  })

  it('keeps that of a release which is still open', async () => {
    const { store, raw } = temporaryStore()
    await many(store, 22)
    raw
      .prepare(
        `insert into releases (id, repository, environment, sha, state, is_open, requested_at, updated_at, revision, body)
         values ('production-01', 'acme/omnihub', 'production', 's', 'preparing', 1, 1, 1, 1, '{}')`,
      )
      .run()
    expect(await prune(store, all)).toMatchObject({ snapshots: 1 })
    expect(await snapshotOf(store.db, 'production-01')).not.toBeNull()
  })
})
