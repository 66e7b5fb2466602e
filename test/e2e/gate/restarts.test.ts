import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { markOf } from '../fast-world.ts'
import { reaches, released } from './acting.ts'
import { devId, type GateWorld, gateWorld, leadId, plainGate, repository } from './gate-world.ts'

const release = async (world: GateWorld) => (await world.releases())[0]

async function isAt(world: GateWorld, name: string, phase?: string): Promise<boolean> {
  const state = (await release(world))?.state
  return state?.name === name && (phase === undefined || ('phase' in state && state.phase === phase))
}

async function restart(world: GateWorld): Promise<void> {
  await world.stopSluice()
  await world.startSluice()
}

const ask = (world: GateWorld) =>
  world.slack.command({
    user: devId,
    channel: world.slack.channel('#deploys').id,
    command: '/deploy',
    text: 'prod canary',
  })

const press = (world: GateWorld) =>
  world.slack.press({
    user: leadId,
    channel: world.slack.channel('#deploys').id,
    ts: world.gateCard().ts,
    actionId: 'gate_approve',
  })

const gate = (world: GateWorld) => reaches(world, 'awaiting_approval')

/** Brings a release to a stage, and no further: GitHub is slow from there on. */
const stages: readonly [string, (world: GateWorld) => Promise<void>][] = [
  ['was asked for, and nothing was read', async (world) => void (await ask(world))],
  [
    'waits for approval',
    async (world) => {
      await ask(world)
      await gate(world)
    },
  ],
  [
    'was approved by a press that is not judged yet',
    async (world) => {
      await ask(world)
      await gate(world)
      await world.settled()
      await press(world)
    },
  ],
  [
    'waits for a lock to go',
    async (world) => {
      await ask(world)
      await gate(world)
      await world.settled()
      await world.command(devId, 'lock prod Moving the database')
      await press(world)
      await reaches(world, 'queued')
    },
  ],
  [
    'is checked before its start',
    async (world) => {
      await ask(world)
      await gate(world)
      await world.settled()
      world.github.faults.setLatency(60)
      await press(world)
      await expect.poll(() => isAt(world, 'preparing', 'checking'), { interval: 5, timeout: 8_000 }).toBe(true)
    },
  ],
  [
    'is being started',
    async (world) => {
      await ask(world)
      await gate(world)
      await world.settled()
      world.github.faults.setLatency(60)
      await press(world)
      await expect.poll(() => isAt(world, 'preparing', 'starting'), { interval: 5, timeout: 8_000 }).toBe(true)
    },
  ],
  [
    'is carried out by its run',
    async (world) => {
      await ask(world)
      await gate(world)
      await world.settled()
      await press(world)
      await reaches(world, 'preparing', 'running')
    },
  ],
]

it.each(stages)('a release that %s goes on when Sluice is started again', async (_, bring) => {
  const world = await gateWorld({ gate: plainGate, play: { jobMs: 400_000 } })
  // So slowly that its end waits for this test.
  world.github.autoplay(1)
  await bring(world)
  await restart(world)
  world.github.faults.clear()
  await restart(world)
  world.github.autoplay(1000)
  // The people go on as well.
  for (let looks = 0; looks < 100 && !(await isAt(world, 'completed')); looks += 1) {
    await world.settled()
    if (await isAt(world, 'awaiting_approval')) await world.press(leadId, world.gateCard(), 'gate_approve')
    if (await isAt(world, 'queued')) await world.command(devId, 'unlock prod')
    world.clock.skip(3_000)
    await sleep(20)
  }
  await released(world)
  expect(await world.releases()).toHaveLength(1)
  expect(world.runs()).toHaveLength(1)
  const records = world.github.repository(repository).deployments.filter((one) => one.environment === 'production')
  expect(records.map(({ statuses }) => statuses.map(({ state }) => state))).toEqual([
    ['queued', 'in_progress', 'success'],
  ])
  expect(world.gateCards()).toHaveLength(1)
  expect(world.gateCard().text).toMatch(/^Released: /)
  const marks = Object.values(world.slack.channel('#deploys').messages).map(markOf)
  expect(marks.toSorted()).toEqual([...new Set(marks)].toSorted())
  const actions = (await world.audit()).map(({ action }) => action)
  for (const once of ['request', 'approve', 'start', 'run', 'complete']) {
    expect(actions.filter((action) => action === once)).toHaveLength(1)
  }
})
