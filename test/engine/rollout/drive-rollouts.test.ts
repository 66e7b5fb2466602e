/** A rollout that nothing drives any more would stand for ever with traffic split: it is found and driven on. */
import { expect, test } from 'vitest'
import { driveRollouts } from '../../../src/engine/rollout/drive-rollouts.ts'
import type { Release } from '../../../src/release/release.ts'
import { openRollout } from '../../../src/release/rollout/open-rollout.ts'
import { nextEvents } from '../../../src/store/inbox.ts'
import { saveRelease } from '../../../src/store/releases.ts'
import { saveRollout } from '../../../src/store/rollouts.ts'
import { dueTimers, removeTimer } from '../../../src/store/timers.ts'
import { opened, t0 } from '../../release/fixtures.ts'
import { aPlan, aRolloutContext } from '../../release/rollout/fixtures.ts'
import { temporaryStore } from '../../store/temporary-store.ts'

const rollingOut: Release = { ...opened(), id: 'R1', state: { name: 'rolling_out', since: t0 } }

test('a release whose rollout was never begun is begun', async () => {
  const { store } = temporaryStore()
  await store.transaction(async (tx) => {
    await saveRelease(tx, rollingOut, t0, true)
    await saveRelease(tx, { ...opened(), id: 'R2' }, t0, true)
    await driveRollouts(tx, t0)
  })
  const events = await nextEvents(store.db, 10)
  expect(events.map(({ type, body }) => [type, JSON.parse(body)])).toEqual([['rollout.begin', { releaseId: 'R1' }]])
})

test('a rollout that lost its timer gets another; one that has it, or is over, is left alone', async () => {
  const { store } = temporaryStore()
  const { rollout } = openRollout(aPlan(), aRolloutContext(), t0)
  const over = { ...rollout, releaseId: 'R2', phase: { name: 'completed', at: t0 } } as const
  await store.transaction(async (tx) => {
    await saveRelease(tx, rollingOut, t0, true)
    await saveRelease(tx, { ...rollingOut, id: 'R2', state: { name: 'completed', at: t0 } }, t0, true)
    await saveRollout(tx, rollingOut.repository, rollout, t0)
    await saveRollout(tx, rollingOut.repository, over, t0)
    await driveRollouts(tx, t0 + 5)
    // Once more: the timer that is there keeps its time.
    await driveRollouts(tx, t0 + 9)
  })
  const timers = await dueTimers(store.db, t0 + 100, 10)
  expect(timers.map(({ id, dueAt }) => [id, dueAt])).toEqual([['rollout:tick:R1', t0 + 5]])
  const [timer] = timers
  if (timer !== undefined) await store.transaction((tx) => removeTimer(tx, timer))
  await store.transaction((tx) => driveRollouts(tx, t0 + 20))
  expect((await dueTimers(store.db, t0 + 100, 10)).map(({ dueAt }) => dueAt)).toEqual([t0 + 20])
  expect(await nextEvents(store.db, 10)).toEqual([])
})
