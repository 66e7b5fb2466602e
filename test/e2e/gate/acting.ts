/** What the tests of the acting side have in common: a press, and waiting for what comes of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { ReleaseState } from '../../../src/release/release.ts'
import { wordsOf } from '../fast-world.ts'
import { devId, type GateWorld, gateWorld, leadId, repository } from './gate-world.ts'

/** A world in which a release was asked for. */
export async function asked(options: Parameters<typeof gateWorld>[0] = {}): Promise<GateWorld> {
  const world = await gateWorld(options)
  await world.command(devId, 'prod canary')
  return world
}

/** Approves the newest card, and returns when that has been judged. */
export async function approve(world: GateWorld, user = leadId): Promise<void> {
  const { slack } = world
  const before = await newest(world)
  await slack.press({ user, channel: slack.channel('#deploys').id, ts: world.gateCard().ts, actionId: 'gate_approve' })
  await expect.poll(async () => (await newest(world))?.generation, { timeout: 10_000 }).not.toBe(before?.generation)
}

/** Waits until the newest release is in a state; what it waits for itself comes sooner. */
export async function reaches(world: GateWorld, name: ReleaseState['name'], phase?: string): Promise<void> {
  const wanted = { name, ...(phase === undefined ? {} : { phase }) }
  for (let looks = 0; looks < 200; looks += 1) {
    const state = (await newest(world))?.state
    if (state?.name === name && (phase === undefined || ('phase' in state && state.phase === phase))) return
    // So slowly that nothing which is being read becomes old by it.
    world.clock.skip(3_000)
    await sleep(40)
  }
  expect((await newest(world))?.state).toMatchObject(wanted)
}

export async function released(world: GateWorld): Promise<void> {
  await reaches(world, 'completed')
  await world.settled()
}

/** All that is to be read in the newest card and in the thread that it is in or has. */
export function threadOf(world: GateWorld): string {
  const card = world.gateCard()
  return world.slack
    .messages('#deploys')
    .flatMap((top) => [top, ...world.slack.thread('#deploys', top.ts)])
    .filter((message) => message.ts >= card.ts)
    .map(wordsOf)
    .join('\n')
}

/** The run of the production workflow. */
export const runOf = (world: GateWorld) => {
  const [run] = [...world.github.repository(repository).runs.values()].filter((one) =>
    one.workflow.path.endsWith('/cd-production.yml'),
  )
  if (run === undefined) throw new Error('Nothing was started.')
  return run
}

/** GitHub's records that we made, each with its statuses. */
export const recordsOf = (world: GateWorld) =>
  world.github
    .repository(repository)
    .deployments.filter(({ environment, runId }) => environment === 'production' && runId === null)
    .map(({ statuses }) => statuses)

async function newest(world: GateWorld) {
  return (await world.releases())[0]
}

/** Rejects the newest card with a reason. */
export async function reject(world: GateWorld, reason: string, user = leadId): Promise<void> {
  const { slack } = world
  await slack.press({ user, channel: slack.channel('#deploys').id, ts: world.gateCard().ts, actionId: 'gate_reject' })
  await slack.until(() => slack.openView(user) !== null, 'the opening of a form')
  const view = slack.openView(user)
  if (view === null) throw new Error('There is no form.')
  await slack.submit({ user, view: view.id, values: { reason: { reason } } })
  await reaches(world, 'rejected')
}
