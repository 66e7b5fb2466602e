import { describe, expect, it } from 'vitest'
import { scriptPipeline } from '../../sandbox/github/scripted-pipeline.ts'
import { fastWorld, smallPipeline } from './fast-world.ts'

/** CI whose unit tests fail, and pass when they are run again. */
const spec = smallPipeline({ outcomes: ['failure', 'success'] })
const workflows = spec.workflows.map((workflow) => ({ ...workflow, rerunFailedAfterMs: 60_000, rerunBy: 'mona' }))

describe('a failure whose deliveries are missing', () => {
  const cases = [
    { lost: 'all of its jobs', isLost: (change: string) => change.startsWith('job_') },
    { lost: 'how its jobs ended', isLost: (change: string) => change === 'job_completed' || change === 'job_skipped' },
  ] as const
  it.each(cases)(
    'is announced by its job’s name, and mended by the re-run that passes, though $lost came last',
    async ({ isLost }) => {
      const world = await fastWorld()
      await world.sluice().engine.catchUp()
      const script = scriptPipeline({ ...spec, workflows })
      world.github.load(script)
      for (const { changes } of script.steps) {
        world.github.setConditions({ dropPercent: changes.some(({ type }) => isLost(type)) ? 100 : 0 })
        await world.github.step()
        if (changes.some(({ type }) => type === 'run_completed')) break
      }
      world.github.setConditions({})
      await world.settled()
      await world.github.walk()
      await world.settled()
      await world.sluice().engine.catchUp()
      await world.settled()

      expect(world.cards().map(({ text }) => text)).toEqual([expect.stringMatching(/^Passed: /)])
      expect(world.alerts().map(({ text }) => text)).toEqual([expect.stringMatching(/^Fixed: .*Unit Tests/)])
    },
  )
})
