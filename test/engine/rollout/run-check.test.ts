/** A smoke test is a run of a workflow: it is begun once, whatever becomes of answers and of the process. */
import { expect, test } from 'vitest'
import type { CodeHost } from '../../../src/engine/code-host.ts'
import { runCheck } from '../../../src/engine/rollout/run-check.ts'
import { decideRollout } from '../../../src/release/rollout/decide-rollout.ts'
import { openRollout } from '../../../src/release/rollout/open-rollout.ts'
import type { OutboxEffect } from '../../../src/store/outbox.ts'
import { saveRelease } from '../../../src/store/releases.ts'
import { saveRollout } from '../../../src/store/rollouts.ts'
import { opened, t0 } from '../../release/fixtures.ts'
import { aPlan, aRolloutContext, split } from '../../release/rollout/fixtures.ts'
import { temporaryStore } from '../../store/temporary-store.ts'
import { fakeClock } from '../fake-clock.ts'

const check = { type: 'workflow', file: 'smoke.yml' } as const

/** A rollout that waits for the check before its first step, at a GitHub that lists no run. */
async function waiting() {
  const { store } = temporaryStore()
  const rules = aRolloutContext()
  const steps = [{ percent: 5, windowMs: 60_000, before: [check] }]
  const { rollout } = openRollout(aPlan({ steps }), rules, t0)
  const reading = { ok: true, reading: split(0) } as const
  const read = { type: 'traffic_read', at: t0, purpose: 'preflight', generation: 1, result: reading } as const
  const release = { ...opened(), id: 'R1', state: { name: 'rolling_out', since: t0 } } as const
  await store.transaction(async (tx) => {
    await saveRelease(tx, release, t0, true)
    await saveRollout(tx, release.repository, decideRollout(rollout, read, rules).rollout, t0)
  })
  const starts: string[] = []
  const codeHost: Pick<CodeHost, 'findRun' | 'startWorkflow' | 'runDetails'> = {
    findRun: async () => ({ ok: true, value: null }),
    startWorkflow: async ({ inputs }) => {
      starts.push(inputs.sluice_release ?? '')
      return { ok: true, value: null }
    },
    runDetails: async () => ({ ok: false, failure: { type: 'not_found', detail: 'GitHub knows none' } }),
  }
  const clock = fakeClock(t0 + 10 * 60_000)
  const perform = async (startedAt: number | null, step = 0) => {
    const effect: OutboxEffect = { ...anEffect, startedAt }
    const body = { releaseId: 'R1', step, when: 'before', index: 0, check } as const
    return await runCheck(effect, body, { store, clock, codeHost, servicesOf: async () => null })
  }
  return { perform, starts, now: clock.now }
}

const anEffect = {
  seq: 1,
  id: 'c',
  lane: 'check:R1',
  type: 'run_check',
  body: '',
  attempts: 0,
  notBefore: t0,
  createdAt: t0,
}

test('an attempt that follows another one begins nothing: the next one does, with a time of its own', async () => {
  const { perform, starts, now } = await waiting()
  expect(await perform(now() - 30_000)).toMatchObject({ type: 'retry', mayHaveHappened: true })
  expect(await perform(now() - 61_000)).toMatchObject({ type: 'retry', mayHaveHappened: false, afterMs: 0 })
  expect(starts).toEqual([])
  expect(await perform(null)).toMatchObject({ type: 'retry', mayHaveHappened: true })
  expect(starts).toEqual(['R1-before-0-0'])
})

test('a check of a step that is not waited for any more is not begun', async () => {
  const { perform, starts } = await waiting()
  expect(await perform(null, 1)).toEqual({ type: 'done' })
  expect(starts).toEqual([])
})
