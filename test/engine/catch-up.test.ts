import { describe, expect, it } from 'vitest'
import { scriptPipeline } from '../../sandbox/github/scripted-pipeline.ts'
import { deliveryEventId } from '../../src/engine/catch-up.ts'
import { writeSetting } from '../../src/store/settings.ts'
import { aCommit, aJob, aPush, aRun, repository } from '../pipeline/facts.ts'
import { publicUrl, startWorld, type World } from './world.ts'

/** A hook that points at us while nobody listens, and a push that it tells of. */
async function missed(world: World): Promise<void> {
  world.github.addHook(repository, {
    url: `${publicUrl}github/webhooks`,
    secret: 's',
    events: ['push', 'workflow_job'],
  })
  await world.github.settle()
  world.github.load(
    scriptPipeline({
      repository,
      commit: { message: 'Take the lift', author: 'mona' },
      workflows: [{ name: 'CI', on: ['push'], jobs: [{ key: 'lint', name: 'lint', durationMs: 1000 }] }],
    }),
  )
  await world.github.walk()
}

const redeliveries = (world: World) =>
  world.github.requests.filter(({ method, path }) => method === 'POST' && path.includes('/attempts')).length

describe('catching up', () => {
  it('asks for nothing the first time, and only notes the time', async () => {
    const world = await startWorld()
    await missed(world)
    expect(await world.engine().catchUp()).toEqual({ missed: 0, askedAgain: 0, openPipelines: 0 })
    expect(redeliveries(world)).toBe(0)
    expect(world.github.requests.filter(({ path }) => path.includes('/deliveries'))).toEqual([])
  })

  it('asks again for what failed and never arrived, and not for what did', async () => {
    const world = await startWorld()
    await world.engine().catchUp()
    await missed(world)
    const failed = world.github.deliveries().filter(({ statusCode }) => statusCode >= 400)
    expect(failed.length).toBeGreaterThan(3)
    await world.submit({ id: deliveryEventId(failed[0]?.guid ?? ''), type: 'github.facts', body: { facts: [] } })
    await world.run(3_600_000)
    const report = await world.engine().catchUp()
    expect(report).toMatchObject({ missed: failed.length - 1, askedAgain: failed.length - 1 })
    expect(redeliveries(world)).toBe(failed.length - 1)
  })

  it('looks again from the same time on when GitHub could not be asked', async () => {
    const world = await startWorld()
    await world.engine().catchUp()
    await missed(world)
    world.github.faults.setOutage(true)
    await world.run(3_600_000)
    expect(await world.engine().catchUp()).toMatchObject({ missed: 0 })
    world.github.faults.setOutage(false)
    await world.run(1_800_000)
    expect((await world.engine().catchUp()).askedAgain).toBeGreaterThan(3)
  })

  it('misses nothing when the clock was set back since it last looked', async () => {
    const world = await startWorld()
    await world.store.transaction((tx) =>
      writeSetting(tx, 'deliveries_checked_at', String(world.clock.now() + 7 * 24 * 3_600_000)),
    )
    await missed(world)
    expect((await world.engine().catchUp()).askedAgain).toBeGreaterThan(3)
  })

  it('asks how open pipelines stand, and their cards show it', async () => {
    const world = await startWorld()
    await missed(world)
    const [run] = world.github.repository(repository).runs.values()
    if (run === undefined) throw new Error('the script made no run')
    const sha = run.sha
    const of = <T extends object>(fact: T) => ({ ...fact, sha })
    await world.tell(of(aPush()), of(aCommit()), of(aRun({ id: run.id, at: 1 })))
    await world.run(5000)
    expect(world.messages()[0]?.text).toMatch(/^Running/)
    expect(await world.engine().catchUp()).toMatchObject({ openPipelines: 1 })
    await world.run(10_000)
    expect(world.messages()[0]?.text).toMatch(/^Passed/)
  })

  it('leaves no dead letters behind when GitHub is down for hours', async () => {
    const world = await startWorld()
    await world.tell(aPush(), aRun({}), aJob({ id: 1 }))
    world.github.faults.setOutage(true)
    await world.engine().catchUp()
    await world.run(4 * 3_600_000)
    expect(world.raw.prepare("SELECT type, error FROM outbox WHERE state = 'dead'").all()).toEqual([])
  })
})

describe('the Home tab', () => {
  it('shows what is going on to whoever opens it', async () => {
    const world = await startWorld()
    const user = world.slack.addUser('ada')
    await world.tell(aPush(), aCommit(), aRun({}), aJob({ id: 1 }))
    await world.run(5000)
    await world.submit({ id: 'slack:Ev1', type: 'slack.home_opened', body: { userId: user.id } })
    await world.run(1000)
    const shown = JSON.stringify(world.slack.home(user.id)?.blocks)
    expect(shown).toMatch(/Take the lift/)
    expect(shown).toContain(`archives/${world.slack.channel('#deploys').id}/p`)
  })
})
