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
import { history } from './gate-acts.ts'
import { endWell } from './gate-end.ts'
import { GateMachine } from './gate-machine.ts'
import { GatePlay } from './gate-play.ts'

const numRuns = Number(process.env.SLUICE_SIMULATION_RUNS ?? 60)
/** Of a counterexample: plays that one alone. */
const path = process.env.SLUICE_SIMULATION_PATH
const shrinks = process.env.SLUICE_SIMULATION_SHRINK !== 'no'
const seed = Number(process.env.SLUICE_SIMULATION_SEED ?? 20260105)

test('whatever happens and whenever the process dies, nothing starts without its quorum, nothing twice, and every press is answered once', async () => {
  const seen = { starts: 0, startsByGlass: 0, ends: 0, answers: 0, applied: 0, lives: 0, runs: 0 }
  await fc.assert(
    fc.asyncProperty(history, async (acts) => {
      const machine = new GateMachine()
      try {
        const play = new GatePlay(machine)
        await play.play(acts)
        await endWell(machine, play)
        for (const [name, count] of Object.entries(machine.books.seen)) seen[name as keyof typeof seen] += count
        seen.lives += machine.lives
        seen.runs += machine.github.runs.length
      } finally {
        await machine.close()
      }
    }),
    { numRuns, seed, ...(path === undefined ? {} : { path }), endOnFailure: !shrinks },
  )
  if (process.env.SLUICE_SIMULATION_RUNS !== undefined) console.log(seen)
  // The histories are worth something: releases start, in both ways.
  if (path === undefined) expect(seen.starts - seen.startsByGlass).toBeGreaterThan(numRuns / 5)
}, 3_600_000)
