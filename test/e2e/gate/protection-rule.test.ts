import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { DispatchPlay } from '../../../sandbox/github/dispatch-spec.ts'
import { appKey } from '../../sandbox/github/app-key.ts'
import { monaId, wordsOf } from '../fast-world.ts'
import { approve, reaches, reject, released, threadOf } from './acting.ts'
import { devId, type GateWorld, gateWorld, leadsId, plainGate, repository, sreId } from './gate-world.ts'

const path = '.github/workflows/cd-production.yml'
const ruleGate = { ...plainGate, mode: 'protection-rule' }
const production = { name: 'production', gates: ['rule' as const] }
const callback = /POST .*deployment_protection_rule$/

interface RuleWorld extends GateWorld {
  /** Mona starts the production workflow on GitHub; its id. */
  start(): Promise<number>
  /** What the callback was told, oldest first. */
  told(): readonly { readonly state: string; readonly comment: string; readonly by: string }[]
  isWaiting(runId: number): boolean
  status(runId: number): { readonly status: string; readonly conclusion: string | null } | undefined
}

async function ruleWorld(
  play: DispatchPlay = { environment: production },
  options: Parameters<typeof gateWorld>[0] = {},
): Promise<RuleWorld> {
  const world = await gateWorld({
    appKey,
    gate: ruleGate,
    ...options,
    github: { tokens: [{ token: 'mona-token', login: 'mona' }] },
  })
  const { github } = world
  const settings = { path, name: 'Deploy production', inputs: {}, play: { builds: null, ...play } }
  if (options.gate === undefined || options.gate.mode === 'protection-rule') {
    github.defineDispatchWorkflow(repository, settings)
  }
  return {
    ...world,
    async start() {
      const response = await fetch(
        `${github.apiUrl}/repos/omnihub/app/actions/workflows/cd-production.yml/dispatches`,
        {
          method: 'POST',
          headers: { authorization: 'Bearer mona-token' },
          body: JSON.stringify({ ref: 'main' }),
        },
      )
      expect(response.status).toBe(204)
      return [...github.repository(repository).runs.keys()].at(-1) ?? 0
    },
    told: () =>
      [...github.repository(repository).jobsOfRun.values()]
        .flat()
        .flatMap(({ gates }) =>
          gates.flatMap(({ kind, state, answer }) =>
            kind === 'rule' && answer !== null ? [{ state, ...answer }] : [],
          ),
        ),
    isWaiting: (runId) =>
      (github.repository(repository).jobsOfRun.get(runId) ?? []).some((job) => job.status === 'waiting'),
    status: (runId) => github.repository(repository).runs.get(runId),
  }
}

/** A run that waits at a gate here. */
async function waiting(
  play?: DispatchPlay,
  options?: Parameters<typeof gateWorld>[0],
): Promise<RuleWorld & { readonly runId: number }> {
  const world = await ruleWorld(play, options)
  const runId = await world.start()
  await reaches(world, 'awaiting_approval')
  await world.settled()
  return { ...world, runId }
}

describe('a workflow that waits at its environment', () => {
  it('opens a release and its card, asked for by whoever caused the run', async () => {
    const world = await waiting()
    const [release] = await world.releases()
    expect(release).toMatchObject({
      sha: world.sha,
      mode: 'protection_rule',
      client: 'github',
      requester: { slackId: monaId, logins: ['mona'] },
      run: { id: world.runId },
    })
    expect(world.gateCards()).toHaveLength(1)
    expect(world.isWaiting(world.runId)).toBe(true)
  })

  it('goes on when it is approved, and is told by whom and where', async () => {
    const world = await waiting()
    await approve(world)
    await released(world)
    const [given] = world.told()
    expect(given).toMatchObject({ state: 'approved', by: 'sluice-sandbox[bot]' })
    expect(given?.comment).toContain('Approved by lee')
    expect(given?.comment).toContain(`/archives/${world.slack.channel('#deploys').id}/p`)
    expect(world.status(world.runId)).toMatchObject({ status: 'completed', conclusion: 'success' })
  })

  it('ends when it is rejected, and is told why', async () => {
    const world = await waiting()
    await reject(world, 'The queue is full')
    await expect.poll(() => world.status(world.runId)?.conclusion).toBe('failure')
    expect(world.told()[0]).toMatchObject({ state: 'rejected', comment: expect.stringContaining('The queue is full') })
    expect((await world.releases())[0]?.state.name).toBe('rejected')
  })

  it('asks anew when it is run again after a rejection', async () => {
    const world = await waiting()
    await reject(world, 'The queue is full')
    await expect.poll(() => world.status(world.runId)?.conclusion).toBe('failure')
    world.github.rerunRun(repository, world.runId, 'mona')
    await expect.poll(async () => (await world.releases()).length, { timeout: 10_000 }).toBe(2)
    await world.settled()
    await approve(world)
    await released(world)
    expect(world.status(world.runId)).toMatchObject({ conclusion: 'success' })
  })

  it('is answered with no when its commit is red', async () => {
    const world = await ruleWorld()
    const { github } = world
    const { sha } = github.commitFiles(repository, 'main', { message: 'Break it', files: { 'src/x.ts': '1\n' } })
    github.reportCheck(repository, { sha, app: 'ci', name: 'ci-passed', conclusion: 'failure' })
    const runId = await world.start()
    await expect.poll(() => world.status(runId)?.conclusion, { timeout: 10_000 }).toBe('failure')
    await world.settled()
    expect((await world.releases())[0]?.state).toMatchObject({ name: 'refused', reason: 'ci_not_green' })
    expect(world.told()[0]?.comment).toContain('ci-passed failed')
  })

  it('is answered with no when its commit is on no branch that may be released', async () => {
    const world = await ruleWorld({ environment: production }, { gate: { ...ruleGate, branches: 'release/*' } })
    const runId = await world.start()
    await expect.poll(() => world.status(runId)?.conclusion, { timeout: 10_000 }).toBe('failure')
    await world.settled()
    expect((await world.releases())[0]?.state).toMatchObject({ reason: 'not_on_allowed_branch' })
  })

  it('opens one gate when its delivery comes twice', async () => {
    const world = await ruleWorld()
    world.github.setConditions({ duplicatePercent: 100 })
    await world.start()
    await reaches(world, 'awaiting_approval')
    await world.settled()
    for (const { guid, event } of world.github.deliveries()) {
      if (event === 'deployment_protection_rule') await world.github.redeliver(guid)
    }
    await world.settled()
    expect(await world.releases()).toHaveLength(1)
    expect(world.gateCards()).toHaveLength(1)
    expect(world.told()).toEqual([])
  })

  it('may not be approved by the one who caused it', async () => {
    const world = await waiting(undefined, { gate: { ...ruleGate, approvers: { people: [monaId], count: 1 } } })
    await world.press(monaId, world.gateCard(), 'gate_approve')
    expect((await world.releases())[0]?.approvals).toEqual([])
    expect(world.isWaiting(world.runId)).toBe(true)
  })

  it('has two jobs at the environment, one after the other, and is approved once', async () => {
    const jobs = [
      { key: 'web', name: 'Web', environment: production },
      { key: 'api', name: 'API', needs: ['web'], environment: production },
    ]
    const world = await waiting({ jobs })
    await approve(world)
    await released(world)
    expect(world.told().map(({ state }) => state)).toEqual(['approved', 'approved'])
    expect(await world.releases()).toHaveLength(1)
  })

  it('is told no when nobody answered in time, and says that it can be run again', async () => {
    const world = await waiting(undefined, { gate: { ...ruleGate, expires_after: '10m' } })
    world.clock.skip(10 * 60_000)
    await reaches(world, 'expired')
    await expect.poll(() => world.status(world.runId)?.conclusion, { timeout: 10_000 }).toBe('failure')
    expect(world.told()[0]?.comment).toContain('Run the job again')
  })
})

describe('an answer that GitHub does not take at once', () => {
  it('is given again, once it works, and after everything was looked at again', async () => {
    const world = await waiting()
    world.github.faults.failNext({ match: callback, kind: 'bad_gateway', times: 2 })
    await approve(world)
    await released(world)
    expect(world.told().map(({ state }) => state)).toEqual(['approved'])
  })

  it('and was taken after all is no failure', async () => {
    const world = await waiting()
    world.github.faults.failNext({ match: callback, kind: 'reset_after' })
    await approve(world)
    await released(world)
    expect(world.told()).toHaveLength(1)
  })

  it('because the rule has expired ends the release and says so', async () => {
    const world = await waiting()
    world.github.setConditions({ dropPercent: 100 })
    world.github.expireRule(repository, world.runId, 'production')
    await world.github.settle()
    await approve(world)
    await reaches(world, 'failed')
    await world.settled()
    expect((await world.releases())[0]?.state).toMatchObject({ reason: 'rule_gone' })
    expect(wordsOf(world.gateCard())).toContain('Failed')
  })

  it('is a rejection, and is given once GitHub is there again', async () => {
    const world = await waiting()
    world.github.faults.failNext({ match: callback, kind: 'unavailable', times: 4 })
    await reject(world, 'Not today')
    await world.settled()
    expect(world.told().map(({ state }) => state)).toEqual(['rejected'])
  })

  it('is a rejection that it does not take: the thread says so', async () => {
    const world = await waiting()
    world.github.faults.failNext({ match: callback, kind: 'forbidden', times: 10 })
    await reject(world, 'Not today')
    await world.settled()
    expect(threadOf(world)).toContain('GitHub did not take the answer')
  })
})

describe('what happens on GitHub’s own page', () => {
  const both = { environment: { name: 'production', gates: ['rule' as const, 'reviewers' as const] } }
  const review = (state: 'approved' | 'rejected') => ({ environment: 'production', state, by: 'zoe' })

  it('is told when a reviewer approves there, and the gate here stays open', async () => {
    const world = await waiting(both)
    world.github.reviewDeployment(repository, world.runId, review('approved'))
    await world.settled()
    expect(threadOf(world)).toContain('zoe approved on GitHub’s own page')
    expect((await world.releases())[0]?.state.name).toBe('awaiting_approval')
    await approve(world)
    await released(world)
  })

  it('ends the release when somebody rejects it there, and the card says who', async () => {
    const world = await waiting(both)
    world.github.reviewDeployment(repository, world.runId, review('rejected'))
    await reaches(world, 'rejected')
    await world.settled()
    expect(wordsOf(world.gateCard())).toContain('zoe')
    expect(threadOf(world)).toContain('rejected it on GitHub’s own page')
    expect((await world.audit()).at(-1)).toMatchObject({ action: 'reject', reason: 'decided_on_github' })
  })

  it('ends the release when the run is cancelled before the gate was decided', async () => {
    const world = await waiting()
    world.github.cancelRun(repository, world.runId)
    await reaches(world, 'cancelled')
    await world.settled()
    expect((await world.releases())[0]?.state).toMatchObject({ why: expect.stringContaining('cancelled') })
  })

  it('is found out when the delivery of the cancelled run was lost', async () => {
    const world = await waiting()
    world.github.setConditions({ dropPercent: 100 })
    world.github.cancelRun(repository, world.runId)
    await world.github.settle()
    world.clock.skip(15 * 60_000)
    await reaches(world, 'cancelled')
  })

  it('follows a run that an administrator let through, and says that it was past the gate', async () => {
    const world = await waiting()
    world.github.letThrough(repository, world.runId, 'production', 'zoe')
    await released(world)
    expect(threadOf(world)).toContain('past the gate')
    expect((await world.audit()).map(({ reason }) => reason)).toContain('decided_on_github')
  })
})

describe('a run that Sluice started', () => {
  const inputs = { gate: plainGate, play: { environment: production } }

  it('is let through its environment by itself, because it was approved before it was started', async () => {
    const world = await ruleWorld({}, inputs)
    await world.command(devId, 'prod canary')
    await approve(world)
    await released(world)
    expect(world.told()).toEqual([
      expect.objectContaining({ state: 'approved', comment: expect.stringContaining('Approved as release') }),
    ])
    expect(await world.releases()).toHaveLength(1)
  })

  it('is let through when its job waits before its start is known', async () => {
    const world = await ruleWorld({}, inputs)
    await world.command(devId, 'prod canary')
    world.github.setRunListLag(20_000)
    const match = 'cd-production.yml/dispatches'
    world.github.faults.failNext({ match, kind: 'reset_after' })
    await approve(world)
    await released(world)
    expect(await world.releases()).toHaveLength(1)
    expect(world.gateCards()).toHaveLength(1)
  })

  it('and nobody else’s is: that one opens a gate of its own', async () => {
    const world = await ruleWorld({}, { ...inputs, gate: { ...plainGate, approvers: { groups: [leadsId], count: 1 } } })
    world.github.defineDispatchWorkflow(repository, {
      path,
      name: 'Deploy production',
      inputs: {},
      play: { environment: production },
    })
    const runId = await world.start()
    await reaches(world, 'awaiting_approval')
    await world.settled()
    expect(world.isWaiting(runId)).toBe(true)
    await world.press(sreId, world.gateCard(), 'gate_approve')
    expect(world.told()).toEqual([])
  })
})

describe('while Sluice or GitHub is away', () => {
  it('a rule that was requested is found among the missed deliveries', async () => {
    const world = await ruleWorld()
    await world.sluice().engine.catchUp()
    await world.stopSluice()
    const runId = await world.start()
    await expect.poll(() => world.isWaiting(runId)).toBe(true)
    await world.github.settle()
    await world.startSluice()
    await world.sluice().engine.catchUp()
    await reaches(world, 'awaiting_approval')
    await world.settled()
    await approve(world)
    await released(world)
  })

  it('a rule whose run has ended meanwhile opens no gate', async () => {
    const world = await ruleWorld()
    await world.sluice().engine.catchUp()
    await world.stopSluice()
    const runId = await world.start()
    await expect.poll(() => world.isWaiting(runId)).toBe(true)
    world.github.cancelRun(repository, runId)
    await world.github.settle()
    await world.startSluice()
    await world.sluice().engine.catchUp()
    await world.settled()
    expect(await world.releases()).toEqual([])
    expect((await world.audit()).at(-1)).toMatchObject({ action: 'request', reason: 'rule_gone' })
  })

  it('GitHub is asked until it can say how the commit stands, however long', async () => {
    const world = await ruleWorld()
    world.github.faults.failNext({ match: /GET .*\/check-runs/, kind: 'unavailable', times: 13 })
    await world.start()
    for (let minutes = 0; minutes < 30; minutes += 1) {
      world.clock.skip(60_000)
      await sleep(60)
    }
    await reaches(world, 'awaiting_approval')
  })

  it('a press, its answer and the run go on over a restart after each of them', async () => {
    const world = await ruleWorld({ environment: production, jobMs: 200_000 })
    const restart = async () => {
      await world.stopSluice()
      await world.startSluice()
    }
    const runId = await world.start()
    await restart()
    await reaches(world, 'awaiting_approval')
    await restart()
    await world.settled()
    await approve(world)
    await restart()
    await reaches(world, 'preparing', 'running')
    await restart()
    await released(world)
    expect(world.told()).toHaveLength(1)
    expect(world.status(runId)?.conclusion).toBe('success')
  })
})
