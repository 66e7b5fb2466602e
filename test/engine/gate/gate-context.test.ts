import { describe, expect, it } from 'vitest'
import { gateContextOf, queueOf, releaseBefore } from '../../../src/engine/gate/gate-context.ts'
import { freezeAt } from '../../../src/policy/freeze.ts'
import type { Release, ReleaseState } from '../../../src/release/release.ts'
import { declareFreeze, oweReview, setLock } from '../../../src/store/environments.ts'
import { saveRelease } from '../../../src/store/releases.ts'
import { ada, aPolicy, bob, hour, opened, t0 } from '../../release/fixtures.ts'
import { temporaryStore } from '../../store/temporary-store.ts'

const place = { repository: 'acme/omnihub', environment: 'production' }

const waiting = (id: string): Release => ({ ...opened(), id })
const queued = (id: string, approvedAt: number): Release => ({
  ...opened(),
  id,
  approvedAt,
  state: { name: 'queued', since: approvedAt, waitsFor: 'turn' },
})
const preparing = (id: string, phase: Extract<ReleaseState, { name: 'preparing' }>['phase']): Release => ({
  ...opened(),
  id,
  approvedAt: t0,
  state: { name: 'preparing', since: t0, phase },
})

describe('the queue', () => {
  it('is in the order of the approvals, not of the requests', () => {
    const open = [
      queued('A', t0 + 30),
      waiting('B'),
      queued('C', t0 + 10),
      preparing('D', 'running'),
      queued('E', t0 + 20),
    ]
    expect(queueOf(open).map(({ id }) => id)).toEqual(['C', 'E', 'A'])
  })

  it('takes the older request of two that were approved in the same millisecond', () => {
    expect(queueOf([queued('B', t0), queued('A', t0)]).map(({ id }) => id)).toEqual(['A', 'B'])
  })
})

describe('the release before another', () => {
  it.each(['checking', 'starting', 'running'] as const)('is the one that is %s, whoever waits', (phase) => {
    const open = [queued('A', t0 - hour), preparing('B', phase), queued('C', t0)]
    expect(releaseBefore(open, 'C')?.id).toBe('B')
    expect(releaseBefore(open, 'A')?.id).toBe('B')
  })

  it('is never the release itself', () => {
    expect(releaseBefore([preparing('A', 'checking')], 'A')).toBeNull()
    expect(releaseBefore([queued('A', t0)], 'A')).toBeNull()
  })

  it('is the first in the queue for one that is not approved yet or does not exist', () => {
    const open = [queued('B', t0 + 1), queued('A', t0 + 2), waiting('C')]
    expect(releaseBefore(open, 'C')?.id).toBe('B')
    expect(releaseBefore(open, '')?.id).toBe('B')
  })

  it('is one that was approved earlier for one in the queue, and none for the first', () => {
    const open = [queued('A', t0 + 2), queued('B', t0 + 1)]
    expect(releaseBefore(open, 'A')?.id).toBe('B')
    expect(releaseBefore(open, 'B')).toBeNull()
  })

  it('is none that only waits at the gate', () => {
    expect(releaseBefore([waiting('A'), waiting('B')], 'B')).toBeNull()
  })
})

describe('what the rules know of an environment', () => {
  it('is nothing where there is nothing', async () => {
    const { store } = temporaryStore()
    const policy = aPolicy()
    expect(await gateContextOf(store.db, place, policy, { releaseId: 'A', at: t0 })).toEqual({
      policy,
      lock: null,
      freezes: [],
      freezeAt,
      before: null,
      owedReview: null,
    })
  })

  it('is the lock, the freeze, the review and the turn of that environment alone', async () => {
    const { store } = temporaryStore()
    await store.transaction(async (tx) => {
      await saveRelease(tx, preparing('B', 'running'), t0, true)
      await setLock(tx, place, { holder: ada, why: 'Busy', channelId: null, since: t0, expiresAt: null })
      await declareFreeze(tx, place, { by: bob, why: 'The big sale', fromMs: t0, toMs: t0 + hour })
      await oweReview(tx, place, { releaseId: 'B', by: bob, since: t0 })
    })
    const of = { releaseId: 'A', at: t0 + 1 }
    expect(await gateContextOf(store.db, place, aPolicy(), of)).toMatchObject({
      lock: { by: ada, why: 'Busy', expiresAt: null },
      freezes: [{ type: 'range', fromMs: t0, toMs: t0 + hour, reason: 'The big sale' }],
      before: 'B',
      owedReview: { releaseId: 'B', by: bob },
    })
    const elsewhere = await gateContextOf(store.db, { ...place, environment: 'staging' }, aPolicy(), of)
    expect(elsewhere).toMatchObject({ lock: null, freezes: [], before: null, owedReview: null })
  })

  it('is a freeze that somebody declared also when the clock was set back behind its beginning', async () => {
    const { store } = temporaryStore()
    await store.transaction((tx) =>
      declareFreeze(tx, place, { by: bob, why: 'The big sale', fromMs: t0, toMs: t0 + hour }),
    )
    const at = t0 - 10 * hour
    const { freezes } = await gateContextOf(store.db, place, aPolicy(), { releaseId: 'A', at })
    expect(freezeAt(freezes, at)).toEqual({ reason: 'The big sale', untilMs: t0 + hour })
  })
})
