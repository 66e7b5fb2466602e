/** Migrations and the backup that the workflow has to make before them. */
import { expect, it } from 'vitest'
import { devId, greenCommit } from '../gate/gate-world.ts'
import { rolling } from './rolling.ts'

const timeout = 90_000
const long = { steps: ['10% 1h', '100%'] }
const migration = {
  message: 'Drop what nobody reads',
  files: { 'supabase/migrations/0042_drop.sql': 'alter table orders drop column note;\n' },
}

it('without a backup no traffic is shifted, nobody can send it on, and it can be rolled back', {
  timeout,
}, async () => {
  const world = await rolling({ rollout: long })
  const sha = await greenCommit(world, migration)
  await world.release(sha)
  const { phase } = await world.reachesPhase('held', sha)
  expect(phase).toMatchObject({ hold: { reason: 'no_backup' } })
  for (const type of ['resume', 'advance', 'promote'] as const) {
    expect(await world.act(devId, { type }, sha), type).toContain('no backup')
  }
  expect(world.share()).toEqual({ blue: 100, green: 0 })
  await world.act(devId, { type: 'roll_back', why: null }, sha)
  await world.reachesPhase('rolled_back', sha)
})

it('with one it goes on, and a rollback says what it means and how to restore, before and after the press', {
  timeout,
}, async () => {
  const world = await rolling({ rollout: long, play: { backup: 'omnihub-20261201T0905' } })
  // Something has to be live, or nobody can tell what is new.
  await world.release()
  await world.reachesPhase('observing')
  await world.act(devId, { type: 'promote' })
  await world.reachesPhase('completed')
  const sha = await greenCommit(world, migration)
  await world.release(sha)
  await world.reachesPhase('observing', sha)
  await world.settled()
  const card = JSON.stringify(world.gateCard())
  expect(card).toContain('omnihub-20261201T0905')
  const answer = await world.act(devId, { type: 'roll_back', why: 'Orders fail' }, sha)
  expect(answer).toContain('the old version may fail on what they made')
  expect(answer).toContain('restore the backup omnihub-20261201T0905')
  await world.reachesPhase('rolled_back', sha)
})
