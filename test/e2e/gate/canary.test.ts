import { expect, it } from 'vitest'
import { devId, gateWorld, leadId } from './gate-world.ts'

it('takes a commit from the request over the approval to the end of its workflow, on one card', async () => {
  const world = await gateWorld()
  await world.command(devId, 'prod canary')
  const card = world.gateCard()
  expect(card.text).toMatch(/^Waiting for approval: app [0-9a-f]{7} to production \(canary\) "Round fees half up"/)
  await world.press(leadId, card, 'gate_approve')
  await world.github.walk()
  await world.settled()
  expect((await world.releases())[0]?.state.name).toBe('completed')
  expect(world.gateCards()).toHaveLength(1)
  expect(world.gateCard().text).toMatch(/^Released: app [0-9a-f]{7} to production \(canary\) .* approved by lee$/)
  expect(world.runs()).toHaveLength(1)
  expect((await world.audit()).map(({ action }) => action)).toEqual(['request', 'approve', 'start', 'run', 'complete'])
})
