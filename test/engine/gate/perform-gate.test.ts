import { describe, expect, it } from 'vitest'
import type { DispatchInputs } from '../../../sandbox/github/dispatch-spec.ts'
import { followRun, setDeploymentStatus, startWorkflow } from '../../../src/engine/gate/perform-gate.ts'
import type { EffectOutcome } from '../../../src/engine/perform.ts'
import type { Release } from '../../../src/release/release.ts'
import type { OutboxEffect } from '../../../src/store/outbox.ts'
import { saveRelease } from '../../../src/store/releases.ts'
import { repository } from '../../providers/github/with-github.ts'
import { aPlan, minute, opened, t0 } from '../../release/fixtures.ts'
import { gateParts } from './parts.ts'

const id = '01KE6P5B4C47C4FEZDQK8YZG0M'
const workflow = { file: 'cd-production.yml', ref: 'main', blob: 'w1' }
const dispatch = `POST /repos/${repository}/actions/workflows/cd-production.yml/dispatches`

/** A release that is about to be started, and the workflow for it. */
async function starting(more: Partial<Release> = {}) {
  const parts = await gateParts()
  const { github, context, clock } = parts
  const { sha } = github.commitFiles(repository, 'main', { message: 'Round half up' })
  const inputs = { sluice_release: {}, sha: {}, strategy: {}, environment: {}, step: {} }
  const given: DispatchInputs[] = []
  github.defineDispatchWorkflow(repository, {
    path: `.github/workflows/${workflow.file}`,
    inputs,
    play(run) {
      given.push(run.inputs)
      return {}
    },
  })
  const state = { name: 'preparing', since: t0, phase: 'starting' } as const
  const plan = aPlan({ repository, sha, workflow })
  const release: Release = { ...opened(), id, repository, sha, plan, approvedAt: t0, state, ...more }
  await context.store.transaction((tx) => saveRelease(tx, release, t0, true))
  const runs = () => [...github.repository(repository).runs.values()].filter(({ title }) => title.includes(id))
  const start = (effect: Partial<OutboxEffect> = {}) =>
    startWorkflow(anEffect({ createdAt: clock.now(), ...effect }), { releaseId: id }, context)
  return { ...parts, sha, runs, given, start }
}

function anEffect(more: Partial<OutboxEffect>): OutboxEffect {
  const times = { notBefore: 0, startedAt: null, lastStartedAt: null, createdAt: 0 }
  return { seq: 1, id: 'effect-1', lane: 'l', type: 't', body: '{}', attempts: 0, ...times, ...more }
}

const eventOf = (outcome: EffectOutcome) => (outcome.type === 'done' ? (outcome.event ?? null) : outcome)

describe('starting the workflow', () => {
  it('starts one run with what was approved, and says which it is', async () => {
    const { start, runs, given, sha, requests } = await starting()
    const outcome = eventOf(await start())
    const [run] = runs()
    expect(outcome).toEqual({
      id: 'effect:effect-1',
      type: 'gate.run_started',
      body: { releaseId: id, run: { id: run?.id, url: expect.stringContaining(`/actions/runs/${run?.id}`) } },
    })
    expect(given).toEqual([{ sluice_release: id, sha, strategy: 'canary', environment: 'production', step: '0' }])
    expect(requests().filter((request) => request === dispatch)).toHaveLength(1)
  })

  it.each([
    ['was called off meanwhile', { state: { name: 'cancelled', at: t0, by: null, why: null } }],
    ['runs already', { state: { name: 'preparing', since: t0, phase: 'running' }, run: { id: 5, url: 'https://run' } }],
    ['went back to the gate', { state: { name: 'awaiting_approval', since: t0, expiresAt: t0 + minute } }],
  ] as const)('starts nothing for a release that %s', async (_, more) => {
    const { start, runs } = await starting(more)
    expect(await start()).toEqual({ type: 'done' })
    expect(runs()).toEqual([])
  })

  it('looks for the run of an attempt whose answer was lost, and starts no second one', async () => {
    const { github, start, runs, clock } = await starting()
    github.faults.failNext({ match: 'dispatches', kind: 'reset_after' })
    const startedAt = clock.now()
    expect(await start()).toMatchObject({ type: 'retry', mayHaveHappened: true, countsAsAttempt: true })
    clock.set(20_000)
    const found = eventOf(await start({ attempts: 1, startedAt, lastStartedAt: startedAt }))
    expect(found).toMatchObject({ type: 'gate.run_started', body: { run: { id: runs()[0]?.id } } })
    expect(runs()).toHaveLength(1)
  })

  it('starts nothing while a run of the attempt just before may not be listed yet, however many attempts there were', async () => {
    const { start, runs, clock } = await starting()
    const now = clock.now()
    for (const lastStartedAt of [now - 2_000, now - 14_999, now + 3_600_000]) {
      const outcome = await start({ attempts: 5, startedAt: now - 60_000, lastStartedAt })
      expect(outcome, `${now - lastStartedAt} ms after`).toMatchObject({ type: 'retry', afterMs: 15_000 })
    }
    expect(runs()).toEqual([])
  })

  it('starts it again once the run of the attempt before would be listed', async () => {
    const { start, runs, clock } = await starting()
    const before = clock.now() - 15_000
    expect(eventOf(await start({ attempts: 1, startedAt: before, lastStartedAt: before }))).toMatchObject({
      type: 'gate.run_started',
    })
    expect(runs()).toHaveLength(1)
  })

  it('is not started again while GitHub cannot say whether it was, and given up in the end', async () => {
    const { github, start, runs, clock } = await starting()
    github.faults.failNext({ kind: 'bad_gateway', times: 1000 })
    const long = clock.now() - 10 * minute
    const waiting = { startedAt: long, lastStartedAt: long }
    expect(await start({ ...waiting, attempts: 3 })).toMatchObject({ type: 'retry', mayHaveHappened: true })
    expect(eventOf(await start({ ...waiting, attempts: 7 }))).toMatchObject({
      type: 'gate.start_failed',
      body: { reason: 'start_unknown' },
    })
    expect(runs()).toEqual([])
  })

  it('is refused where GitHub refuses it, and not tried again', async () => {
    const { start } = await starting({ plan: aPlan({ repository, workflow: { ...workflow, file: 'none.yml' } }) })
    expect(eventOf(await start())).toMatchObject({ type: 'gate.start_failed', body: { reason: 'start_refused' } })
  })

  it('waits for a limit without wearing out', async () => {
    const { github, start } = await starting()
    github.faults.failNext({ match: 'dispatches', kind: 'secondary_rate_limit', retryAfterSeconds: 30 })
    expect(await start()).toMatchObject({ type: 'retry', afterMs: 30_000, countsAsAttempt: false })
  })
})

describe('following the run', () => {
  const run = { id: 4711, url: 'https://run' }
  const running = { state: { name: 'preparing', since: t0, phase: 'running' }, run } as const

  async function following() {
    const parts = await starting(running)
    const follow = (attempts = 0) => followRun(anEffect({ attempts }), { releaseId: id, runId: run.id }, parts.context)
    return { ...parts, follow }
  }

  it.each(['bad_gateway', 'unauthorized', 'forbidden'] as const)(
    'goes on however often GitHub answers %s: nobody else will look',
    async (kind) => {
      const { github, follow } = await following()
      github.faults.failNext({ kind, times: 1000 })
      expect(await follow(500)).toMatchObject({ type: 'retry', countsAsAttempt: false, afterMs: expect.any(Number) })
    },
  )

  it('takes a run that GitHub does not know any more for ended, and not well', async () => {
    const { follow } = await following()
    expect(eventOf(await follow())).toMatchObject({ type: 'gate.run_ended', body: { conclusion: 'unknown' } })
  })

  it('stops when the release has ended', async () => {
    const { context, follow } = await following()
    const ended: Release = { ...opened(), id, repository, run, state: { name: 'completed', at: t0 } }
    await context.store.transaction((tx) => saveRelease(tx, ended, t0, false))
    expect(await follow()).toEqual({ type: 'done' })
  })
})

describe("GitHub's own record", () => {
  it('is made once, also by a status that comes before the release has heard of the record', async () => {
    const { github, context } = await starting()
    const set = (state: 'queued' | 'in_progress') =>
      setDeploymentStatus(anEffect({ id: state }), { releaseId: id, state }, context)
    const first = eventOf(await set('queued'))
    expect(first).toMatchObject({ type: 'gate.deployment_known', body: { releaseId: id } })
    // The event is still in the inbox: the release does not have the record's id.
    expect(eventOf(await set('in_progress'))).toMatchObject({
      body: { ...(first && 'body' in first ? first.body : {}) },
    })
    expect(github.repository(repository).deployments).toHaveLength(1)
  })
})
