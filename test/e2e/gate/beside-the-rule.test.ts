import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { wordsOf } from '../fast-world.ts'
import { approve, reaches, released, threadOf } from './acting.ts'
import { devId, leadsId, plainGate, repository, sreId } from './gate-world.ts'
import { path, production, ruleWorld, waiting } from './rule-world.ts'

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
    const world = await ruleWorld({ environment: production, jobMs: 400_000 })
    // So slowly that its end waits for this test.
    world.github.autoplay(1)
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
    world.github.autoplay(1000)
    await released(world)
    expect(world.told()).toHaveLength(1)
    expect(world.status(runId)?.conclusion).toBe('success')
  })
})
