import { expect, it } from 'vitest'
import { devId, gateWorld, leadId } from './gate-world.ts'

it('takes a commit from the request over the approval to the end of its workflow, on one card', async () => {
  const world = await gateWorld()
  await world.command(devId, 'prod canary')
  const [asked] = await world.releases()
  console.log(JSON.stringify(world.answers(devId)), asked?.state)
  const card = world.gateCard()
  console.log(card.text)
  await world.press(leadId, card, 'gate_approve')
  console.log(world.answers(leadId), (await world.releases())[0]?.state, world.runs())
  await world.github.walk()
  await world.settled()
  console.log((await world.releases())[0]?.state, world.gateCard().text, await world.audit())
  expect((await world.releases())[0]?.state.name).toBe('completed')
})
