import { expect } from 'vitest'
import { type GateWorld, releaseOf } from './gate-world.ts'

/** What the audit log says of what somebody did, as `action reason`. */
export async function deedsOf(world: GateWorld, actor: string): Promise<readonly string[]> {
  const rows = await world.audit()
  return rows.filter((row) => row.actor === actor).map(({ action, reason }) => `${action} ${reason ?? 'done'}`)
}

/** Nothing was approved and nothing was started. */
export async function expectClosed(world: GateWorld, sha = world.sha): Promise<void> {
  expect(await releaseOf(world, sha)).toMatchObject({ state: { name: 'awaiting_approval' }, approvals: [] })
  expect(world.runs()).toEqual([])
}
