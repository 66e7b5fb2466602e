/**
 * The gate as a whole under random histories: requests, presses by several people, commits that change, roles, locks,
 * clocks, services that lose answers, and a process that dies between any two things. The engine and its store are the
 * real ones; see gate-machine.ts. What must hold at each moment is in gate-books.ts, and at the end in gate-end.ts.
 *
 * `SLUICE_SIMULATION_RUNS=5000 npx vitest run test/simulation/gate.test.ts` plays more histories, `SLUICE_SIMULATION_SEED`
 * other ones, and `SLUICE_SIMULATION_FOLDER=/dev/shm` plays them faster.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Act, history } from './gate-acts.ts'
import { endWell } from './gate-end.ts'
import { knownHistories } from './gate-known.ts'
import { GateMachine } from './gate-machine.ts'
import { GatePlay } from './gate-play.ts'

const numRuns = Number(process.env.SLUICE_SIMULATION_RUNS ?? 100)
/** Of a counterexample: plays that one alone. */
const path = process.env.SLUICE_SIMULATION_PATH
const shrinks = process.env.SLUICE_SIMULATION_SHRINK !== 'no'
const seed = Number(process.env.SLUICE_SIMULATION_SEED ?? 20260105)

async function playToTheEnd(acts: readonly Act[]): Promise<GateMachine> {
  const machine = new GateMachine()
  try {
    const play = new GatePlay(machine)
    await play.play(acts)
    await endWell(machine, play)
    return machine
  } finally {
    await machine.close()
  }
}

test('whatever happens and whenever the process dies, nothing starts without its quorum, nothing twice, and every press is answered once', async () => {
  const seen = { starts: 0, startsByGlass: 0, ends: 0, answers: 0, applied: 0, lives: 0, runs: 0 }
  await fc.assert(
    fc.asyncProperty(history, async (acts) => {
      const { books, lives, github } = await playToTheEnd(acts)
      for (const [name, count] of Object.entries(books.seen)) seen[name as keyof typeof books.seen] += count
      seen.lives += lives
      seen.runs += github.runs.length
    }),
    { numRuns, seed, ...(path === undefined ? {} : { path }), endOnFailure: !shrinks },
  )
  if (process.env.SLUICE_SIMULATION_RUNS !== undefined) console.log(seen)
  // The histories are worth something: releases start, in both ways.
  if (path === undefined) expect(seen.starts - seen.startsByGlass).toBeGreaterThan(numRuns / 5)
}, 3_600_000)

test.skipIf(path !== undefined).each(Object.entries(knownHistories))(
  'it does not happen again that %s',
  async (_, acts) => {
    await playToTheEnd(acts)
  },
)
