import { describe, expect, it } from 'vitest'
import type { Fact } from '../../src/pipeline/facts.ts'
import { aCommit, aJob, aPush, aRun } from '../pipeline/facts.ts'
import { of, startWorld, type World } from './world.ts'

/** Deliveries about two commits of main: number 1 was pushed at second 0, number 2 at second 100. */
const push = { older: of(1, aPush({ at: 0 })), newer: of(2, aPush({ at: 100 })) }
const failure = {
  older: of(1, aJob({ id: 11, run: 1, name: 'lint', conclusion: 'failure', started: 10, completed: 60 })),
  newer: of(2, aJob({ id: 21, run: 2, name: 'lint', conclusion: 'failure', started: 110, completed: 160 })),
}
const pass = {
  /** By a re-run, long after the newer commit was pushed. */
  older: of(1, aJob({ id: 12, run: 1, attempt: 2, name: 'lint', conclusion: 'success', started: 500, completed: 560 })),
  newer: of(2, aJob({ id: 21, run: 2, name: 'lint', conclusion: 'success', started: 110, completed: 160 })),
}

function permutations<T>(all: readonly T[]): readonly (readonly T[])[] {
  if (all.length < 2) return [all]
  return all.flatMap((first, index) => permutations(all.toSpliced(index, 1)).map((rest) => [first, ...rest]))
}

async function heard(deliveries: readonly (readonly Fact[])[], between = 20_000): Promise<World> {
  const world = await startWorld()
  for (const facts of deliveries) {
    await world.tell(...facts)
    await world.run(between)
  }
  await world.run(60_000)
  return world
}

function alerts(world: World) {
  return world.slack.messages('#deploys').filter(({ text }) => /^(Failed|Fixed): /.test(text))
}

function replies(world: World): readonly string[] {
  const cards = world.messages('#deploys')
  return cards.flatMap((_, index) => world.thread('#deploys', index)).flatMap(({ text }) => alertOf(text))
}

function alertOf(text: string): readonly string[] {
  return /^(Failed|Fixed): /.test(text) ? [text] : []
}

const named = (deliveries: readonly (readonly [string, Fact])[]) =>
  permutations(deliveries).map((order) => ({
    order: order.map(([name]) => name).join(', '),
    facts: order.map(([, fact]) => [fact]),
  }))

describe('a failure of an older commit', () => {
  const deliveries = [
    ['older push', push.older],
    ['older failure', failure.older],
    ['newer push', push.newer],
    ['newer pass', pass.newer],
  ] as const
  it.each(named(deliveries))(
    'is mended by the pass of a newer one, heard of in the order $order',
    async ({ facts }) => {
      const world = await heard(facts)
      expect(replies(world)).toEqual([expect.stringMatching(/^Fixed: .*newer commit 0000000/)])
    },
  )
})

describe('a failure of a newer commit', () => {
  const deliveries = [
    ['older push', push.older],
    ['older pass', pass.older],
    ['newer push', push.newer],
    ['newer failure', failure.newer],
  ] as const
  it.each(named(deliveries))(
    'is not mended by the late pass of an older one, and calls people once, in the order $order',
    async ({ facts }) => {
      const world = await heard(facts)
      expect(replies(world)).toEqual([expect.stringMatching(/^Failed: .*lint/)])
      expect(alerts(world).filter(({ isBroadcast }) => isBroadcast)).toHaveLength(1)
      expect(world.raw.prepare("SELECT count(*) FROM outbox WHERE state <> 'done'").pluck().get()).toBe(0)
    },
  )
})

describe('which of two commits is the newer', () => {
  it('is told by when their runs were made where a push was not heard of', async () => {
    const late = of(1, aRun({ id: 1, attempt: 2, status: 'completed', conclusion: 'success', started: 490, at: 570 }))
    const early = of(1, aJob({ id: 11, run: 1, name: 'lint', conclusion: 'failure', started: 10, completed: 60 }))
    const world = await heard([[push.newer, failure.newer], [late, pass.older], [early]])
    expect(replies(world)).toContainEqual(expect.stringMatching(/^Failed: .*0000000/))
  })

  it('is told by their own times when they were pushed in the same second', async () => {
    const at = (commit: number, seconds: number): Fact =>
      ({ ...of(commit, aCommit()), at: Date.UTC(2026, 0, 5, 8, 0, seconds) }) as Fact
    const world = await heard([
      [of(2, aPush({ at: 0 })), at(2, 30), failure.newer],
      [of(1, aPush({ at: 0 })), at(1, 10), pass.older],
    ])
    expect(replies(world)).toEqual([expect.stringMatching(/^Failed: /)])
  })

  it('changes when the older one is pushed to the branch again', async () => {
    const back = of(1, aPush({ at: 400 }))
    const world = await heard([[push.older], [push.newer, failure.newer], [back, pass.older]])
    expect(replies(world)).toEqual([expect.stringMatching(/^Fixed: /)])
  })
})
