import { describe, expect, it } from 'vitest'
import { validateMessage } from '../../sandbox/slack/validate-message.ts'
import { type FastWorld, fastWorld, monaId, smallPipeline } from './fast-world.ts'

async function openHome(world: FastWorld): Promise<string> {
  const delivery = await world.slack.openHome(monaId)
  expect(delivery.acknowledged).toBe(true)
  await world.settled()
  const view = world.slack.home(monaId)
  expect(validateMessage({ blocks: view?.blocks ?? [] }, 'home')).toEqual([])
  return JSON.stringify(view?.blocks)
}

describe.each([{ transport: 'HTTP' }, { transport: 'Socket Mode' }])('the Home tab, by $transport', ({ transport }) => {
  it('shows what is under way, what has ended with links to the cards, and what is set up', async () => {
    const world = await fastWorld({ socketMode: transport === 'Socket Mode' })
    if (transport === 'Socket Mode') await world.slack.until(() => world.slack.socketMode.connectionCount > 0)
    expect(await openHome(world)).toContain('No pipeline has finished yet.')

    await world.run(smallPipeline({ message: 'Round fees half up' }))
    const words = await openHome(world)
    const [card] = world.cards()
    expect(words).toContain('Round fees half up')
    expect(words).toContain(`/archives/${world.slack.channel('#deploys').id}/p${card?.ts.replace('.', '')}`)
    expect(words).toContain('omnihub/app')
    expect(words).toContain('#deploys')
  })
})

describe('Socket Mode', () => {
  it('takes no request over HTTP', async () => {
    const world = await fastWorld({ socketMode: true })
    const response = await fetch(`${world.sluiceUrl}/slack/events`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(404)
  })
})
