import { describe, expect, it, onTestFinished } from 'vitest'
import type { DispatchSpec } from '../../../sandbox/github/dispatch-spec.ts'
import { createMeasuredInstance } from '../../../sandbox/prometheus/measured-service.ts'
import { devId, leadId, plainGate, repository } from '../gate/gate-world.ts'
import { type RollingWorld, rolling } from './rolling.ts'

/** In real time: the machine may have other things to do. */
const timeout = 60_000

/** A workflow that a step asks for. */
function defineSmoke({ github }: RollingWorld, play: DispatchSpec['play']): void {
  const declared = { required: true }
  github.defineDispatchWorkflow(repository, {
    path: '.github/workflows/smoke.yml',
    name: 'Smoke',
    inputs: { sluice_release: declared, sha: declared, strategy: declared, step: declared, environment: {} },
    ...(play === undefined ? {} : { play }),
  })
}

const smokeRuns = ({ github }: RollingWorld) =>
  [...github.repository(repository).runs.values()].filter(({ workflow }) => workflow.name === 'Smoke')

describe('steps that ask for something', { timeout }, () => {
  const steps = [
    { percent: 10, window: '8s', before: { workflow: 'smoke.yml' } },
    { percent: 50, window: '8s', approve: true },
    { percent: 100 },
  ]

  it('run their workflow once, and wait for somebody who may approve', async () => {
    const world = await rolling({ gate: { ...plainGate, steps } })
    defineSmoke(world, {})
    await world.release()
    await world.rolls(({ confirmed }) => confirmed === 10, '10 %')
    expect(smokeRuns(world).map(({ inputs, conclusion }) => [inputs?.sha, inputs?.step, conclusion])).toEqual([
      [world.sha, '0', 'success'],
    ])
    const { phase } = await world.reachesPhase('held')
    expect(phase).toMatchObject({ hold: { reason: 'step_needs_approval' } })
    expect(await world.act(devId, { type: 'approve_step' })).not.toContain('On to')
    expect(world.share()).toEqual({ blue: 90, green: 10 })
    expect(await world.act(leadId, { type: 'approve_step' })).toContain('On to 50 %')
    await world.reachesPhase('completed')
    expect(smokeRuns(world)).toHaveLength(1)
  })

  it('shift nothing when their workflow fails', async () => {
    const world = await rolling({ gate: { ...plainGate, steps } })
    defineSmoke(world, { ends: 'failure' })
    await world.release()
    await world.reachesPhase('rolled_back')
    expect(world.share()).toEqual({ blue: 100, green: 0 })
    expect((await world.rolloutState()).rollback).toMatchObject({ reason: 'check_failed' })
  })
})

describe('blue-green', { timeout }, () => {
  it('asks the idle pool first, switches once, watches, and is complete', async () => {
    const idle = await createMeasuredInstance()
    await idle.start()
    onTestFinished(() => idle.stop())
    idle.healthStatus = 503
    const before = [{ http: `http://${idle.address}/health` }]
    const world = await rolling({ gate: { ...plainGate, blue_green: { window: '8s', before } } })
    await world.release(world.sha, 'blue-green')
    await world.reachesPhase('before_check')
    expect(world.share()).toEqual({ blue: 100, green: 0 })
    idle.healthStatus = 200
    await world.reachesPhase('observing')
    expect(world.share()).toEqual({ blue: 0, green: 100 })
    await world.reachesPhase('completed')
    const sets = (await world.audit()).filter(({ action }) => action === 'set')
    expect(sets).toHaveLength(1)
  })
})
