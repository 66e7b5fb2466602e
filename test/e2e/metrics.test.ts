import { describe, expect, it } from 'vitest'
import { scriptPipeline } from '../../sandbox/github/scripted-pipeline.ts'
import { fastWorld, smallPipeline } from './fast-world.ts'

describe('/metrics', () => {
  it('shows the queues as they are now, not as they were when it was last asked', async () => {
    const world = await fastWorld()
    const gauge = async (name: string) => {
      const text = await (await fetch(`${world.sluiceUrl}/metrics`)).text()
      return Number(new RegExp(`^sluice_${name} (.*)$`, 'm').exec(text)?.[1])
    }
    expect(await gauge('outbox_depth')).toBe(0)
    world.slack.outage(true)
    world.github.load(scriptPipeline(smallPipeline({ outcomes: ['failure'] })))
    await world.github.walk()
    await world.slack.until(() => world.slack.calls.some(({ outcome }) => outcome === 'outage'), 'a call in vain')
    expect(await gauge('outbox_depth')).toBeGreaterThan(0)
    world.slack.outage(false)
    await world.settled()
    expect(await gauge('outbox_depth')).toBe(0)
  })
})
