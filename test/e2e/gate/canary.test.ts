import { expect, it } from 'vitest'
import { devId, gateWorld, leadId } from './gate-world.ts'

it('takes a commit from the request over the approval to the end of its workflow, on one card', async () => {
  const world = await gateWorld()
  await world.command(devId, 'prod canary')
  const card = world.gateCard()
  await world.press(leadId, card, 'gate_approve')
  await world.github.walk()
  await world.settled()
  expect((await world.releases())[0]?.state.name).toBe('completed')
})
