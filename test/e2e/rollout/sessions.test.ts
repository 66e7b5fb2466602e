import { expect, it } from 'vitest'
import { devId, greenCommit, leadId } from '../gate/gate-world.ts'
import { rolling } from './rolling.ts'

it('sessions that stay: a rollback switches the pool off, and the next release has it switched on again', async () => {
  const world = await rolling({ rollout: { steps: ['10% 1h', '100%'] } })
  const { cloudflare } = world.rollout
  cloudflare.dashboard('ole@omnihub.dev').editBalancer({ session_affinity: 'cookie' })
  await world.release()
  await world.reachesPhase('observing')
  await world.act(devId, { type: 'roll_back', why: 'Orders fail' })
  await world.reachesPhase('rolled_back')
  expect(world.share()).toEqual({ blue: 100, green: 0 })
  expect(cloudflare.pool('green').enabled).toBe(false)
  await world.settled()
  // Our own record of it at GitHub says that it failed; nobody is called twice for it.
  expect(world.thread()).not.toContain('failing lines')

  await world.command(leadId, 'unlock prod')
  const sha = await greenCommit(world, { message: 'Mend the orders', files: { 'src/mended.ts': 'export {}\n' } })
  await world.release(sha)
  await world.reachesPhase('observing', sha)
  expect(cloudflare.pool('green').enabled).toBe(true)
  expect(world.share()).toEqual({ blue: 90, green: 10 })
}, 90_000)
