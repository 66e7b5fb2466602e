import { describe, expect, it } from 'vitest'
import type { DispatchSpec } from '../../../sandbox/github/dispatch-spec.ts'
import type { FaultKind } from '../../../sandbox/github/faults.ts'
import { approve, asked, reaches, released, runOf, threadOf } from './acting.ts'
import { devId, type GateWorld, plainGate, repository } from './gate-world.ts'

const dispatches = 'actions/workflows/cd-production.yml/dispatches'
const lists = 'actions/workflows/cd-production.yml/runs'
const path = '.github/workflows/cd-production.yml'

const starts = (world: GateWorld) =>
  world.github.requests.filter((request) => request.method === 'POST' && request.path.includes(dispatches)).length

describe('an approved release', () => {
  it('is started with its id, its commit, its strategy and step 0, and followed by the run’s id', async () => {
    const seen: Readonly<Record<string, string>>[] = []
    const world = await asked({
      play: ({ inputs }) => {
        seen.push(inputs)
        return {}
      },
    })
    await approve(world)
    await released(world)
    const [release] = await world.releases()
    expect(seen).toEqual([
      {
        sluice_release: release?.id,
        sha: world.sha,
        strategy: 'canary',
        step: '0',
        environment: 'production',
        sluice_audit_head: expect.stringMatching(/^row \d+, hash [0-9a-f]{64}$/),
      },
    ])
    expect(release?.run?.id).toBe(runOf(world).id)
  })

  it.each<FaultKind>(['reset_after', 'reset', 'internal_error', 'bad_gateway', 'malformed'])(
    'has one run when the answer to its start is lost (%s)',
    async (kind) => {
      const world = await asked()
      world.github.setRunListLag(10_000)
      world.github.faults.failNext({ match: dispatches, kind })
      await approve(world)
      await released(world)
      expect(world.runs()).toHaveLength(1)
      expect((await world.releases())[0]?.run?.id).toBe(runOf(world).id)
    },
  )

  it.each<[string, FaultKind]>([
    ['though it took the call', 'hang_after'],
    ['and did nothing either', 'hang'],
  ])('has one run when GitHub never answers its start, %s', { timeout: 60_000 }, async (_, kind) => {
    const world = await asked()
    world.github.faults.failNext({ match: dispatches, kind })
    await approve(world)
    // Ten seconds pass until Sluice hangs up, and they are real ones.
    await expect.poll(() => starts(world), { timeout: 10_000 }).toBe(1)
    await expect
      .poll(async () => (await world.releases())[0]?.run ?? null, { timeout: 30_000, interval: 200 })
      .not.toBeNull()
    await released(world)
    expect(world.runs()).toHaveLength(1)
    expect(starts(world)).toBe(kind === 'hang' ? 2 : 1)
  })

  it('has one run when starts fail before one whose answer is lost', async () => {
    const world = await asked()
    world.github.setRunListLag(10_000)
    world.github.faults.failNext({ match: dispatches, kind: 'too_many_requests', retryAfterSeconds: 5, times: 3 })
    world.github.faults.failNext({ match: dispatches, kind: 'reset_after' })
    await approve(world)
    await released(world)
    expect(world.runs()).toHaveLength(1)
  })

  it('has one run when the lists of runs cannot be read for a while after the lost answer', async () => {
    const world = await asked()
    world.github.faults.failNext({ match: dispatches, kind: 'reset_after' })
    await approve(world)
    await expect.poll(() => starts(world)).toBe(1)
    world.github.faults.failNext({ match: lists, kind: 'unavailable', times: 6 })
    await released(world)
    expect(world.runs()).toHaveLength(1)
  })

  it('is started again when GitHub forgot the first start, after it was looked for', async () => {
    let times = 0
    const world = await asked({
      play: () => {
        times += 1
        return times === 1 ? { ends: 'no_run' } : {}
      },
    })
    await approve(world)
    await released(world)
    expect(world.runs()).toHaveLength(1)
    expect(starts(world)).toBe(2)
  })

  it('ends with a word to a person when GitHub forgets every start', async () => {
    const world = await asked({ play: { ends: 'no_run' } })
    await approve(world)
    await reaches(world, 'failed')
    await world.settled()
    expect((await world.releases())[0]?.state).toMatchObject({ reason: 'start_unknown' })
    expect(starts(world)).toBe(3)
    expect(threadOf(world)).toContain('no run came of it')
  })

  it('waits for GitHub’s limit and is looked at again before it is started', async () => {
    const world = await asked()
    world.github.faults.failNext({ match: dispatches, kind: 'too_many_requests', retryAfterSeconds: 40 })
    await approve(world)
    await released(world)
    expect(world.runs()).toHaveLength(1)
    const actions = (await world.audit()).map(({ action }) => action)
    expect(actions).toEqual(['request', 'approve', 'start', 'check', 'start', 'run', 'complete'])
  })

  it('does not start what was pushed to while GitHub wanted a pause', async () => {
    const world = await asked()
    world.github.faults.failNext({ match: dispatches, kind: 'too_many_requests', retryAfterSeconds: 40 })
    await approve(world)
    await expect.poll(() => starts(world)).toBe(1)
    world.github.commitFiles(repository, 'main', { message: 'Another workflow', files: { [path]: 'on: push\n' } })
    await reaches(world, 'awaiting_approval')
    expect(world.runs()).toHaveLength(0)
    expect((await world.releases())[0]?.voided?.changed).toEqual(['workflow'])
  })

  it('waits for GitHub to come back between approval and start, for as long as it takes', async () => {
    const world = await asked()
    await world.command(devId, 'lock prod Moving the database')
    await approve(world)
    await reaches(world, 'queued')
    await world.settled()
    world.github.faults.setOutage(true)
    await world.command(devId, 'unlock prod')
    await reaches(world, 'preparing', 'checking')
    const asks = world.github.requests.length
    for (const minutes of [1, 2, 3]) {
      world.clock.skip(60_000)
      await expect.poll(() => world.github.requests.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(asks + minutes)
    }
    expect((await world.releases())[0]?.state).toMatchObject({ name: 'preparing', phase: 'checking' })
    world.github.faults.clear()
    await released(world)
    expect(world.runs()).toHaveLength(1)
  })
})

describe('a workflow that GitHub does not start', () => {
  const missing = { ...plainGate, workflow: 'ship.yml' }
  const define = (world: GateWorld, spec: Partial<DispatchSpec>) =>
    world.github.defineDispatchWorkflow(repository, { path, name: 'Deploy production', inputs: {}, ...spec })
  const all = { sluice_release: {}, sha: {}, strategy: {}, step: {} }
  const cases: readonly [string, (world: GateWorld) => void, Readonly<Record<string, unknown>>, readonly string[]][] = [
    ['is not there', () => {}, missing, ['.github/workflows/ship.yml', 'default branch', 'Actions']],
    [
      'declares no inputs',
      (world) => define(world, {}),
      plainGate,
      ['sluice_release, sha, strategy, step', 'cd-production.yml on main'],
    ],
    [
      'lacks one input',
      (world) => define(world, { inputs: { sluice_release: {}, sha: {}, strategy: {} } }),
      plainGate,
      ['step', 'Declare the inputs'],
    ],
    [
      'wants more than it is given',
      (world) => define(world, { inputs: { ...all, region: { required: true } } }),
      plainGate,
      ['region', 'a default'],
    ],
    [
      'does not know the strategy',
      (world) => define(world, { inputs: { ...all, strategy: { options: ['direct'] } } }),
      plainGate,
      ['canary', 'options'],
    ],
    [
      'is switched off',
      (world) => world.github.setWorkflowDisabled(repository, path, true),
      plainGate,
      ['Enable .github/workflows/cd-production.yml'],
    ],
    [
      'is on a branch that is gone',
      () => {},
      { ...plainGate, workflow_ref: 'deploy' },
      ['no branch deploy', 'workflow_ref'],
    ],
  ]
  it.each(cases)('because it %s: what to do is on the card', async (_, happens, gate, words) => {
    const world = await asked({ gate })
    happens(world)
    await approve(world)
    await reaches(world, 'failed')
    await world.settled()
    const [release] = await world.releases()
    expect(release?.state).toMatchObject({ reason: 'start_refused' })
    const said = release?.state.name === 'failed' ? (release.state.detail ?? '') : ''
    for (const word of words) expect(said).toContain(word)
    expect(threadOf(world)).toContain(words[0])
    expect(world.runs()).toEqual([])
  })

  it('is refused once, and the next release goes on', async () => {
    const world = await asked()
    world.github.setWorkflowDisabled(repository, path, true)
    await approve(world)
    await reaches(world, 'failed')
    world.github.setWorkflowDisabled(repository, path, false)
    await world.command(devId, 'prod canary')
    // The approval is carried over: the plan is the same.
    await released(world)
    expect(world.runs()).toHaveLength(1)
  })
})
