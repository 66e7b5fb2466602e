import { describe, expect, it } from 'vitest'
import type { DispatchSpec } from '../../../sandbox/github/dispatch-spec.ts'
import type { FaultKind } from '../../../sandbox/github/faults.ts'
import { startWorkflow } from '../../../src/engine/gate/start-workflow.ts'
import type { Release } from '../../../src/release/release.ts'
import { repository } from '../../providers/github/with-github.ts'
import { aPlan, opened } from '../../release/fixtures.ts'
import { callsOf } from './calls.ts'
import { gateParts } from './parts.ts'

const releaseId = '01JRELEASE0000000000000001'
const path = '.github/workflows/cd-production.yml'
const second = 1000
const declared = { sluice_release: {}, sha: {}, strategy: {}, step: {}, environment: {}, sluice_audit_head: {} }

/** A release that is checked and about to be started, and the call that starts it. */
async function aboutToStart(
  of: { readonly spec?: Partial<DispatchSpec>; readonly release?: Partial<Release>; readonly timeoutMs?: number } = {},
) {
  const parts = await gateParts({ host: { timeoutMs: of.timeoutMs ?? 10_000 } })
  const { github, clock } = parts
  const { sha } = github.commitFiles(repository, 'main', { message: 'First' })
  github.defineDispatchWorkflow(repository, { path, name: 'Deploy', inputs: declared, ...of.spec })
  const calls = callsOf(parts, startWorkflow)
  const release: Release = {
    ...opened(),
    id: releaseId,
    repository,
    sha,
    plan: aPlan({ repository, sha }),
    requestedAt: clock.now(),
    state: { name: 'preparing', phase: 'starting', since: clock.now() },
    ...of.release,
  }
  await calls.save(release)
  const count = (method: string, what: string) =>
    github.requests.filter((request) => request.method === method && request.path.includes(what)).length
  return {
    ...parts,
    calls,
    release,
    start: () => calls.add('start_workflow', { releaseId }),
    starts: () => count('POST', '/dispatches'),
    looks: () => count('GET', '/runs'),
    runs: () => [...github.repository(repository).runs.keys()],
  }
}

const started = (runId: number | undefined) => ({
  type: 'gate.run_started',
  body: { releaseId, run: { id: runId, url: expect.stringContaining(`/runs/${runId}`) } },
})
const postponed = (more: Readonly<Record<string, unknown>>) => ({
  type: 'gate.start_postponed',
  body: expect.objectContaining({ releaseId, detail: expect.any(String), ...more }),
})
const failed = (reason: string, detail: RegExp) => ({
  type: 'gate.start_failed',
  body: { releaseId, reason, detail: expect.stringMatching(detail) },
})

describe('a start', () => {
  it('is looked for first, then made once, and tells the run', async () => {
    const { start, starts, looks, runs, calls } = await aboutToStart()
    await start()
    expect([looks(), starts()]).toEqual([1, 1])
    expect(await calls.events()).toEqual([started(runs()[0])])
    expect(await calls.waiting()).toEqual([])
  })

  it.each<[string, Partial<Release>]>([
    ['was called off', { state: { name: 'cancelled', at: 0, by: null, why: null } }],
    ['is being checked again', { state: { name: 'preparing', phase: 'checking', since: 0 } }],
    ['runs already', { run: { id: 1, url: 'https://github.com/omnihub/app/actions/runs/1' } }],
  ])('is not made for a release that %s meanwhile', async (_, release) => {
    const { start, github, calls } = await aboutToStart({ release })
    await start()
    expect(github.requests).toEqual([])
    expect([await calls.events(), await calls.waiting()]).toEqual([[], []])
  })

  it('is not made when the run is there, though this store knows nothing of it: it may be a backup’s', async () => {
    const { start, starts, runs, calls, codeHost, release } = await aboutToStart()
    const inputs = { sluice_release: releaseId, sha: release.sha, strategy: 'canary', step: '0' }
    await codeHost.startWorkflow({ repository, workflow: path, ref: 'main', inputs })
    await start()
    expect(starts()).toBe(1)
    expect(await calls.events()).toEqual([started(runs()[0])])
  })

  it('that comes a minute after the check goes back to the check and is not made', async () => {
    const { start, starts, clock, calls } = await aboutToStart()
    clock.set(61 * second)
    await start()
    expect(starts()).toBe(0)
    expect(await calls.events()).toEqual([postponed({ mayHaveHappened: false, afterMs: 0 })])
  })
})

describe('a start whose answer is lost', () => {
  it.each<FaultKind>(['reset_after', 'hang_after'])('is not made again, and its run is found (%s)', async (kind) => {
    const { start, starts, runs, calls, github } = await aboutToStart({ timeoutMs: 300 })
    github.faults.failNext({ match: '/dispatches', kind })
    await start()
    expect(await calls.events()).toEqual([])
    await calls.run(2 * second)
    expect(starts()).toBe(1)
    expect(await calls.events()).toEqual([started(runs()[0])])
  })

  it('is looked for less and less often, until the run is listed at last', async () => {
    const { start, starts, looks, runs, calls, github } = await aboutToStart()
    github.autoplay(1)
    github.setRunListLag(30 * second)
    github.faults.failNext({ match: '/dispatches', kind: 'reset_after' })
    await start()
    await calls.run(29 * second)
    expect([starts(), await calls.events()]).toEqual([1, []])
    expect(looks()).toBeLessThan(12)
    await calls.run(30 * second)
    expect(starts()).toBe(1)
    expect(await calls.events()).toEqual([started(runs()[0])])
  })

  it.each<FaultKind>(['internal_error', 'hang'])(
    'goes back to the check when no run is listed for a minute, and is never repeated before (%s)',
    async (kind) => {
      const { start, starts, calls, github } = await aboutToStart({ timeoutMs: 300 })
      github.faults.failNext({ match: '/dispatches', kind })
      await start()
      await calls.run(55 * second)
      expect([starts(), await calls.events()]).toEqual([1, []])
      await calls.run(60 * second)
      expect(starts()).toBe(1)
      expect(await calls.events()).toEqual([postponed({ mayHaveHappened: true, afterMs: 0 })])
      expect(await calls.waiting()).toEqual([])
    },
  )

  it('is treated as lost when GitHub took it without naming a run and forgot it', async () => {
    const { start, starts, calls } = await aboutToStart({ spec: { play: { ends: 'no_run' } } })
    await start()
    await calls.run(2 * 60 * second)
    expect(starts()).toBe(1)
    expect(await calls.events()).toEqual([postponed({ mayHaveHappened: true })])
  })

  it('wears nothing out: the look is made for as long as GitHub is away, and nothing is started meanwhile', async () => {
    const { start, starts, runs, calls, github } = await aboutToStart()
    github.faults.failNext({ match: '/dispatches', kind: 'reset_after' })
    await start()
    github.faults.setOutage(true)
    await calls.run(10 * 60 * second)
    const [call] = await calls.waiting()
    expect(call).toMatchObject({ attempts: 0, startedAt: expect.any(Number) })
    github.faults.clear()
    await calls.run(15 * second)
    expect(starts()).toBe(1)
    expect(await calls.events()).toEqual([started(runs()[0])])
  })

  it('is not called refused when GitHub then refuses to say whether there is a run', async () => {
    const { start, starts, calls, github } = await aboutToStart()
    github.faults.failNext({ match: '/dispatches', kind: 'reset_after' })
    await start()
    github.faults.failNext({ match: /GET .*\/runs$/, kind: 'forbidden' })
    await calls.run(2 * second)
    expect(starts()).toBe(1)
    expect(await calls.events()).toEqual([failed('start_unknown', /403/)])
  })
})

describe('a process that dies', () => {
  it('after the call finds its run in its next life, and starts no second one', async () => {
    const { start, starts, runs, calls } = await aboutToStart()
    calls.dieOnce('after')
    await start()
    await calls.run(60 * second)
    expect(starts()).toBe(1)
    expect(await calls.events()).toEqual([started(runs()[0])])
  })

  it('before the call does not start blindly: it looks for a minute and goes back to the check', async () => {
    const { start, starts, calls } = await aboutToStart()
    calls.dieOnce('before')
    await start()
    await calls.run(2 * 60 * second)
    expect(starts()).toBe(0)
    expect(await calls.events()).toEqual([postponed({ mayHaveHappened: true })])
  })
})

describe('while it cannot be looked', () => {
  it('nothing is started, and it is looked again every fifteen seconds', async () => {
    const { start, starts, looks, runs, calls, github } = await aboutToStart()
    github.faults.failNext({ match: /GET .*\/runs$/, kind: 'unavailable', times: 3 })
    await start()
    await calls.run(44 * second)
    expect([looks(), starts()]).toEqual([3, 0])
    await calls.run(second)
    expect(starts()).toBe(1)
    expect(await calls.events()).toEqual([started(runs()[0])])
  })

  it('for longer than the check holds, it is checked again before it is started', async () => {
    const { start, starts, calls, github } = await aboutToStart()
    github.faults.setOutage(true)
    await start()
    await calls.run(3 * 60 * second)
    expect(await calls.events()).toEqual([])
    github.faults.clear()
    await calls.run(15 * second)
    expect(starts()).toBe(0)
    expect(await calls.events()).toEqual([postponed({ mayHaveHappened: false, afterMs: 0 })])
  })

  it('because GitHub wants a pause, it gets that pause', async () => {
    const { start, starts, looks, calls, github } = await aboutToStart()
    github.faults.failNext({ match: /GET .*\/runs$/, kind: 'too_many_requests', retryAfterSeconds: 40 })
    await start()
    await calls.run(39 * second)
    expect([looks(), starts()]).toEqual([1, 0])
    await calls.run(second)
    expect([looks(), starts()]).toEqual([2, 1])
  })

  it.each([
    ['the first time, it was refused', 0, 'start_refused'],
    ['after an earlier start of the release was lost, nobody knows', 1, 'start_unknown'],
  ] as const)('because GitHub refuses %s', async (_, lostStarts, reason) => {
    const { start, starts, calls, github } = await aboutToStart({ release: { lostStarts } })
    github.faults.failNext({ match: /GET .*\/runs$/, kind: 'forbidden' })
    await start()
    expect(starts()).toBe(0)
    expect(await calls.events()).toEqual([failed(reason, /403/)])
  })
})

describe('a start that GitHub does not take', () => {
  it('for now is checked again after the pause that it wants', async () => {
    const { start, starts, calls, github } = await aboutToStart()
    github.faults.failNext({ match: '/dispatches', kind: 'secondary_rate_limit', retryAfterSeconds: 90 })
    await start()
    await calls.run(3 * 60 * second)
    expect(starts()).toBe(1)
    expect(await calls.events()).toEqual([postponed({ mayHaveHappened: false, afterMs: 90 * second })])
  })

  it.each<[string, Partial<DispatchSpec>, RegExp]>([
    ['declares other inputs', { inputs: {} }, /Unexpected inputs.* Declare the inputs that Sluice sends/],
    ['wants more inputs', { inputs: { ...declared, region: { required: true } } }, /'region'.* a default/],
    ['knows no such strategy', { inputs: { ...declared, strategy: { options: ['direct'] } } }, /canary.* options/],
  ])('because the workflow %s fails with what to do, and is not tried again', async (_, spec, says) => {
    const { start, starts, runs, calls } = await aboutToStart({ spec })
    await start()
    const tries = starts()
    await calls.run(5 * 60 * second)
    expect(starts()).toBe(tries)
    expect(runs()).toEqual([])
    expect(await calls.events()).toEqual([failed('start_refused', says)])
  })

  it('because the credential may not is refused too', async () => {
    const { start, calls, github } = await aboutToStart()
    github.faults.failNext({ match: '/dispatches', kind: 'unauthorized' })
    await start()
    expect(await calls.events()).toEqual([failed('start_refused', /401/)])
  })
})
