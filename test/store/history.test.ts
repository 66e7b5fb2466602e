import { describe, expect, it } from 'vitest'
import { failureRate, passedAfter, recordHistory, usualDurationMs } from '../../src/store/history.ts'
import type { Store } from '../../src/store/open-store.ts'
import { savePipeline } from '../../src/store/pipelines.ts'
import { temporaryStore } from './temporary-store.ts'

const place = { repository: 'acme/shop', branch: 'main', name: 'Build' }

/** Runs of one stage or job, one pipeline each, a minute apart. */
async function runs(
  store: Store,
  kind: 'stage' | 'job',
  all: readonly { readonly ms?: number | null; readonly state?: string; readonly branch?: string }[],
): Promise<void> {
  await store.transaction(async (tx) => {
    for (const [n, { ms = null, state = 'passed', branch = 'main' }] of all.entries()) {
      const id = `p${String(n).padStart(3, '0')}`
      const row = { id, repository: place.repository, sha: id, branch, verdict: 'passed', revision: 1, isOpen: false }
      await savePipeline(tx, { ...row, createdAt: n, updatedAt: n }, [])
      const entry = { pipelineId: id, kind, key: 'k', repository: place.repository, branch, name: place.name, state }
      await recordHistory(tx, { ...entry, durationMs: ms, completedAt: n * 60_000 })
    }
  })
}

describe('how long a stage usually takes', () => {
  it.each([
    ['none', [], null],
    ['one', [7], 7],
    ['an odd number', [30, 10, 20], 20],
    ['an even number', [40, 10, 20, 31], 26],
    [
      'more than twenty: the latest twenty count',
      [...Array(30).fill(1000), ...Array(11).fill(10), ...Array(9).fill(20)],
      10,
    ],
    ['numbers that sort differently as text', [9, 100, 20], 20],
  ])('is the median of %s', async (_name, durations, expected) => {
    const { store } = temporaryStore()
    await runs(
      store,
      'stage',
      durations.map((ms) => ({ ms })),
    )
    expect(await usualDurationMs(store.db, place)).toBe(expected)
  })

  it('counts only runs of that branch that passed and took a known time', async () => {
    const { store } = temporaryStore()
    await runs(store, 'stage', [{ ms: 10 }, { ms: 999, state: 'failed' }, { ms: null }, { ms: 888, branch: 'other' }])
    expect(await usualDurationMs(store.db, place)).toBe(10)
  })
})

describe('how often a job failed', () => {
  it('counts its last twenty runs that ended one way or the other, without the pipeline at hand', async () => {
    const { store } = temporaryStore()
    const old = Array.from({ length: 10 }, () => ({ state: 'failed' }))
    const recent = Array.from({ length: 20 }, (_, n) => ({ state: n % 5 === 0 ? 'timed_out' : 'passed' }))
    await runs(store, 'job', [...old, ...recent, { state: 'cancelled' }, { state: 'failed' }])
    expect(await failureRate(store.db, { ...place, exceptPipelineId: 'p031' })).toEqual({ failed: 4, runs: 20 })
    expect(await failureRate(store.db, { ...place, branch: 'x', exceptPipelineId: 'p031' })).toEqual({
      failed: 0,
      runs: 0,
    })
  })
})

describe('the first pass after a failure', () => {
  it('is the earliest of the newer commits, and none when there is none', async () => {
    const { store } = temporaryStore()
    await runs(store, 'job', [{}, { state: 'failed' }, {}, {}])
    const found = await passedAfter(store.db, { ...place, after: 60_000, pipelineId: 'p001' })
    expect(found).toEqual({ sha: 'p002', completedAt: 120_000 })
    expect(await passedAfter(store.db, { ...place, after: 180_000, pipelineId: 'p001' })).toBeNull()
  })

  it('does not take a pass of an older commit, or of another run of the same one, for a mend', async () => {
    const { store } = temporaryStore()
    await runs(store, 'job', [{}, { state: 'failed' }, {}])
    expect(await passedAfter(store.db, { ...place, after: 60_000, pipelineId: 'p002' })).toBeNull()
  })
})
