import { describe, expect, it } from 'vitest'
import { parseDelivery } from '../../handlers/github/parse-delivery.ts'
import { scriptPipeline } from '../../sandbox/github/scripted-pipeline.ts'
import type { Fact } from '../../src/pipeline/facts.ts'
import { aCommit, aJob, aPush, aRun, repository } from '../pipeline/facts.ts'
import { startWorld, type World } from './world.ts'

const pushed = [aPush(), aCommit()]
const runFailed = aRun({ conclusion: 'failure', at: 61 })

function alerts(world: World): readonly string[] {
  return world.thread().flatMap(({ text }) => (/^Failed: /.test(text) ? text : []))
}

function syncs(world: World): number {
  return Number(world.raw.prepare("SELECT count(*) FROM outbox WHERE type = 'sync_pipeline'").pluck().get())
}

/** A pipeline that is played at GitHub to its end, and the facts of its deliveries, none of which has arrived. */
async function missedPipeline(world: World, jobs: readonly ('success' | 'failure')[]) {
  world.github.addHook(repository, { url: 'http://127.0.0.1:9/', secret: 's' })
  await world.github.settle()
  world.github.load(
    scriptPipeline({
      repository,
      commit: { message: 'Take the lift', author: 'mona' },
      workflows: [
        {
          name: 'CI',
          on: ['push'],
          jobs: jobs.map((outcome, index) => ({
            key: `job-${index}`,
            name: ['lint', 'unit', 'build'][index] ?? 'more',
            durationMs: 1000,
            outcomes: [outcome],
          })),
        },
      ],
    }),
  )
  await world.github.walk()
  const events = world.github.deliveries().map((delivery) => {
    const payload: unknown = JSON.parse(delivery.body)
    const parsed = parseDelivery(delivery.event, payload)
    return { name: `${delivery.event}.${delivery.action}`, facts: parsed.ok ? parsed.facts : [] }
  })
  return (isWanted: (name: string, fact: Fact) => boolean): readonly Fact[] =>
    events.flatMap(({ name, facts }) => facts.filter((fact) => isWanted(name, fact)))
}

describe('the end of a failed run that overtakes how its jobs ended', () => {
  it('blames nobody while those are on their way, and then the job that failed', async () => {
    const world = await startWorld()
    const jobs = [aJob({ id: 1, name: 'lint' }), aJob({ id: 2, name: 'unit tests', conclusion: 'success' })]
    await world.tell(...pushed, aRun({}), ...jobs)
    await world.tell(runFailed)
    await world.run(4_000)
    expect(world.thread()).toEqual([])
    await world.tell(aJob({ id: 3, name: 'build', conclusion: 'failure' }), aJob({ id: 1, conclusion: 'success' }))
    await world.run(600_000)
    expect(alerts(world)).toEqual([expect.stringContaining('build')])
    expect(syncs(world)).toBe(0)
    const lines = world.thread().map(({ text }) => text)
    expect(lines).toContainEqual(expect.stringContaining('Pre-build checks passed'))
  })

  it('does not blame a summary whose cause was not heard of yet', async () => {
    const world = await startWorld()
    await world.tell(...pushed, aJob({ id: 5, name: 'All CI Checks Passed', conclusion: 'failure' }), runFailed)
    await world.run(4_000)
    await world.tell(aJob({ id: 1, name: 'lint', conclusion: 'failure' }))
    await world.run(600_000)
    expect(alerts(world)).toEqual([expect.stringContaining('lint')])
  })

  it('is announced after two minutes when GitHub cannot say more', async () => {
    const world = await startWorld()
    await world.tell(...pushed, runFailed)
    await world.run(110_000)
    expect(alerts(world)).toEqual([])
    expect(syncs(world)).toBe(2)
    await world.run(20_000)
    expect(alerts(world)).toEqual([expect.stringContaining('CI')])
    await world.run(600_000)
    expect(alerts(world)).toHaveLength(1)
    expect(syncs(world)).toBe(2)
  })

  it('is announced after two minutes by a process that was started meanwhile', async () => {
    const world = await startWorld()
    world.github.faults.setOutage(true)
    await world.tell(...pushed, runFailed)
    await world.run(20_000)
    await world.crash()
    await world.run(110_000)
    expect(alerts(world)).toHaveLength(1)
  })

  it('is announced at once when the run could not even start', async () => {
    const world = await startWorld()
    await world.tell(...pushed, aRun({ conclusion: 'startup_failure' }))
    await world.run(4_000)
    expect(alerts(world)).toHaveLength(1)
  })

  it('keeps nobody waiting for a failure that was reported', async () => {
    const world = await startWorld()
    await world.tell(
      ...pushed,
      aJob({ id: 1, name: 'lint', conclusion: 'failure' }),
      aJob({ id: 2, name: 'unit tests' }),
    )
    await world.tell(runFailed)
    await world.run(4_000)
    expect(alerts(world)).toEqual([expect.stringContaining('lint')])
  })
})

describe('GitHub, asked about the end of a run', () => {
  it('names the job that failed, and no other is blamed', async () => {
    const world = await startWorld()
    const facts = await missedPipeline(world, ['success', 'failure'])
    await world.tell(...facts((name, { type }) => type !== 'job' && name !== 'check_run.completed'))
    await world.run(600_000)
    expect(alerts(world)).toEqual([expect.stringContaining('unit')])
    expect(syncs(world)).toBe(1)
  })

  it('confirms a run that failed though none of its jobs did', async () => {
    const world = await startWorld()
    const facts = await missedPipeline(world, ['success'])
    for (const run of world.github.repository(repository).runs.values()) run.conclusion = 'failure'
    const failed = facts((_, { type }) => type !== 'job').map((fact) =>
      fact.type === 'run' && fact.status === 'completed' ? { ...fact, conclusion: 'failure' as const } : fact,
    )
    await world.tell(...failed)
    await world.run(20_000)
    expect(alerts(world)).toEqual([expect.stringContaining('CI')])
    expect(syncs(world)).toBe(1)
  })
})
