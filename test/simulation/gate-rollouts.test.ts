/**
 * Rollouts under random histories with the real engine and its store: what rollout.test.ts plays in memory and a thousand
 * times as often, from the request to the last look at the balancer. The machine is that of gate.test.ts.
 *
 * `SLUICE_SIMULATION_RUNS`, `_SEED`, `_PATH`, `_FOLDER` and `_SHRINK` as there.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rolloutHistory } from './rollout-gate-acts.ts'
import { playRollouts } from './rollout-gate-play.ts'

const numRuns = Number(process.env.SLUICE_SIMULATION_RUNS ?? 60)
const path = process.env.SLUICE_SIMULATION_PATH
const shrinks = process.env.SLUICE_SIMULATION_SHRINK !== 'no'
const seed = Number(process.env.SLUICE_SIMULATION_SEED ?? 20260108)

test('whatever happens and whenever the process dies, the engine shifts traffic as the rules say, brings it back, and leaves nobody untold', async () => {
  const seen = { completed: 0, rolledBack: 0, landings: 0, lives: 0 }
  await fc.assert(
    fc.asyncProperty(rolloutHistory, async (acts) => {
      const { machine, books } = await playRollouts(acts)
      seen.completed += books.seen.completed
      seen.rolledBack += books.seen.rolledBack
      seen.landings += books.seen.landings
      seen.lives += machine.lives
    }),
    { numRuns, seed, ...(path === undefined ? {} : { path }), endOnFailure: !shrinks },
  )
  if (process.env.SLUICE_SIMULATION_RUNS !== undefined) console.log(seen)
  if (path !== undefined) return
  expect(seen.completed).toBeGreaterThan(numRuns / 5)
  expect(seen.rolledBack).toBeGreaterThan(numRuns / 10)
}, 3_600_000)
