import { describe, expect, it } from 'vitest'
import type { Release, ReleaseState } from '../../src/release/release.ts'
import type { Store } from '../../src/store/open-store.ts'
import {
  failuresSince,
  lastEnded,
  openReleases,
  recentReleases,
  releaseById,
  releaseIdsLike,
  releaseRecord,
  releasesOfCommit,
  releasesOfRun,
  saveRelease,
  supersededByRelease,
} from '../../src/store/releases.ts'
import { opened, otherSha, sha, someEvidence, t0 } from '../release/fixtures.ts'
import { temporaryStore } from './temporary-store.ts'

const production = { repository: 'acme/omnihub', environment: 'production' }
const completed: ReleaseState = { name: 'completed', at: t0 }

function aRelease(id: string, more: Partial<Release> = {}): Release {
  return { ...opened(), id, ...more }
}

/** @param updated - when each was last changed, in the order of the releases */
async function storeWith(releases: readonly Release[], updated: readonly number[] = []): Promise<Store> {
  const { store } = temporaryStore()
  await store.transaction(async (tx) => {
    for (const [index, release] of releases.entries()) await saveRelease(tx, release, updated[index] ?? t0, true)
  })
  return store
}

const ids = (releases: readonly { readonly id: string }[]) => releases.map(({ id }) => id)

describe('a release in the store', () => {
  it('comes back as it was saved, with its evidence or without it', async () => {
    const release = aRelease('A')
    const store = await storeWith([release])
    const { evidence, ...record } = release
    expect(await releaseById(store.db, 'A')).toEqual(release)
    expect(await releaseRecord(store.db, 'A')).toEqual(record)
    expect(evidence.checks).not.toEqual([])
  })

  it('is null when there is none with the id', async () => {
    const store = await storeWith([])
    expect(await releaseById(store.db, 'A')).toBeNull()
    expect(await releaseRecord(store.db, 'A')).toBeNull()
  })

  it('keeps the evidence that it has when it changes without new one', async () => {
    const store = await storeWith([aRelease('A')])
    const changed = aRelease('A', { state: completed, revision: 2, evidence: someEvidence({ checks: [] }) })
    await store.transaction((tx) => saveRelease(tx, changed, t0 + 1, false))
    expect(await releaseById(store.db, 'A')).toEqual({ ...changed, evidence: aRelease('A').evidence })
  })

  it('takes new evidence in the place of the old', async () => {
    const store = await storeWith([aRelease('A')])
    const changed = aRelease('A', { evidence: someEvidence({ checks: [] }) })
    await store.transaction((tx) => saveRelease(tx, changed, t0 + 1, true))
    expect((await releaseById(store.db, 'A'))?.evidence.checks).toEqual([])
  })
})

describe('open releases', () => {
  const releases = [
    aRelease('C'),
    aRelease('A', { environment: 'staging' }),
    aRelease('B'),
    aRelease('D', { state: completed }),
    aRelease('E', { repository: 'acme/api' }),
    aRelease('0', { repository: 'zeta/api' }),
  ]

  it('are those of one environment, oldest first', async () => {
    const store = await storeWith(releases)
    expect(ids(await openReleases(store.db, production))).toEqual(['B', 'C'])
  })

  it('are those of everywhere, oldest first, where no place is named', async () => {
    const store = await storeWith(releases)
    expect(ids(await openReleases(store.db, null))).toEqual(['0', 'A', 'B', 'C', 'E'])
  })

  it('are no longer open once they have ended', async () => {
    const store = await storeWith([aRelease('A')])
    await store.transaction((tx) => saveRelease(tx, aRelease('A', { state: completed }), t0, false))
    expect(await openReleases(store.db, production)).toEqual([])
  })
})

describe('the history', () => {
  const releases = [
    aRelease('A'),
    aRelease('B', { environment: 'staging' }),
    aRelease('C', { repository: 'acme/api' }),
    aRelease('D', { state: completed }),
  ]

  it.each([
    ['everything', { repository: null, environment: null, limit: 10 }, ['D', 'C', 'B', 'A']],
    ['a repository', { repository: 'acme/omnihub', environment: null, limit: 10 }, ['D', 'B', 'A']],
    ['an environment', { ...production, limit: 10 }, ['D', 'A']],
    ['environments of one name', { repository: null, environment: 'production', limit: 10 }, ['D', 'C', 'A']],
    ['the newest only', { repository: null, environment: null, limit: 2 }, ['D', 'C']],
  ])('shows %s, newest first', async (_, query, expected) => {
    const store = await storeWith(releases)
    expect(ids(await recentReleases(store.db, query))).toEqual(expected)
  })

  it('shows the releases of a commit, newest first', async () => {
    const store = await storeWith([aRelease('A'), aRelease('B', { sha: otherSha }), aRelease('C')])
    expect(ids(await releasesOfCommit(store.db, { repository: 'acme/omnihub', sha }))).toEqual(['C', 'A'])
  })
})

describe('what ended', () => {
  const failed = (at: number): ReleaseState => ({ name: 'failed', at, reason: 'run_failed', detail: null })

  it('last is told by when it ended, not by when it was asked for', async () => {
    const store = await storeWith(
      [aRelease('A', { state: completed }), aRelease('B', { state: completed }), aRelease('C', { state: failed(t0) })],
      [t0 + 20, t0 + 10, t0 + 30],
    )
    expect((await lastEnded(store.db, production, 'completed'))?.id).toBe('A')
  })

  it('is none where nothing ended so', async () => {
    const store = await storeWith([aRelease('A'), aRelease('B', { state: completed, environment: 'staging' })])
    expect(await lastEnded(store.db, production, 'completed')).toBeNull()
  })

  it('badly is told with its times, newest first, since a time and including it', async () => {
    const store = await storeWith(
      ['A', 'B', 'C', 'D'].map((id) => aRelease(id, { state: failed(t0) })),
      [t0 + 1, t0 + 3, t0 + 2, t0],
    )
    expect(await failuresSince(store.db, production, t0 + 1)).toEqual([t0 + 3, t0 + 2, t0 + 1])
  })
})

describe('the release of a run', () => {
  const run = { id: 7, url: 'https://run' }

  it('are all that the run carries out or carried out, oldest first', async () => {
    const store = await storeWith([aRelease('A', { run, state: completed }), aRelease('B', { run })])
    expect(await releasesOfRun(store.db, 'acme/omnihub', 7)).toEqual([
      { id: 'A', isOpen: false },
      { id: 'B', isOpen: true },
    ])
    expect(await releasesOfRun(store.db, 'acme/omnihub', 8)).toEqual([])
  })

  it('is none of another repository, however its run is numbered', async () => {
    const store = await storeWith([aRelease('A', { run })])
    expect(await releasesOfRun(store.db, 'acme/api', 7)).toEqual([])
  })
})

describe('the beginning of an id', () => {
  it('finds at most two, which is enough to know that it is not clear', async () => {
    const store = await storeWith(['01A1', '01A2', '01A3', '01B1'].map((id) => aRelease(id)))
    expect(await releaseIdsLike(store.db, '01B')).toEqual(['01B1'])
    expect(await releaseIdsLike(store.db, '01A')).toEqual(['01A1', '01A2'])
    expect(await releaseIdsLike(store.db, '01C')).toEqual([])
  })

  it('is no pattern', async () => {
    const store = await storeWith([aRelease('01A1')])
    expect(await releaseIdsLike(store.db, '%')).toEqual([])
    expect(await releaseIdsLike(store.db, '01_1')).toEqual([])
  })
})

describe('releases that made room', () => {
  it('are those that say so, of the moment when the newer one was asked for', async () => {
    const made = (byRelease: string): ReleaseState => ({ name: 'superseded', at: t0, byRelease })
    const newer = aRelease('D', { requestedAt: t0 + 5 })
    const store = await storeWith(
      [aRelease('A', { state: made('D') }), aRelease('B', { state: made('X') }), aRelease('C'), newer],
      [t0 + 5, t0 + 5, t0 + 5, t0 + 5],
    )
    expect(ids(await supersededByRelease(store.db, newer))).toEqual(['A'])
  })
})
