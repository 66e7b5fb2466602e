/**
 * Rollouts under random histories, in memory and very many of them: verdicts, presses, changes by somebody else, a balancer
 * that fails, limits, loses answers and carries out calls when their caller has given up, results that come late or twice,
 * a process that dies between any two of its steps, a second release that waits. What must hold at each moment is in
 * rollout-books.ts, at the end in rollout-play.ts; that the audit log alone tells how a rollout stands, in rollout-log.ts.
 * The engine itself is played in gate-rollouts.test.ts.
 *
 * `SLUICE_ROLLOUT_RUNS=1000000 npx vitest run test/simulation/rollout.test.ts` plays more histories,
 * `SLUICE_ROLLOUT_SEED` others. Each has a seed of its own: with it and one run it is played alone.
 */
import { expect, test } from 'vitest'
import { type History, historyOf } from './rollout-acts.ts'
import { type End, playHistory, shortened } from './rollout-play.ts'

const runs = Number(process.env.SLUICE_ROLLOUT_RUNS ?? 100_000)
const firstSeed = Number(process.env.SLUICE_ROLLOUT_SEED ?? 20260107)
/** So many are played before the runner gets to hear that this lives. */
const atOnce = 1000

function reportOf(seed: number, error: unknown): string {
  const short = shortened(historyOf(seed))
  const { acts, ...rest } = short
  return [
    `${error instanceof Error ? error.message : String(error)}`,
    `Play it again: SLUICE_ROLLOUT_SEED=${seed} SLUICE_ROLLOUT_RUNS=1 npx vitest run test/simulation/rollout.test.ts`,
    `It takes no more than this, on ${JSON.stringify(rest)}: ${messageOf(short)}`,
    ...acts.map((act) => `  ${JSON.stringify(act)}`),
  ].join('\n')
}

function messageOf(history: History): string {
  try {
    return playHistory(history)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function play(seed: number): End {
  try {
    return playHistory(historyOf(seed))
  } catch (error) {
    throw new Error(reportOf(seed, error))
  }
}

test('whatever happens and whenever the process dies, traffic is shifted step by step, comes back and stays, and nobody is left untold', async () => {
  const seen: Record<End, number> = { completed: 0, rolled_back: 0, held: 0, rollback_incomplete: 0 }
  for (let run = 0; run < runs; run += 1) {
    if (run % atOnce === 0) await new Promise((resolve) => setImmediate(resolve))
    seen[play(firstSeed + run)] += 1
  }
  if (process.env.SLUICE_ROLLOUT_RUNS !== undefined) console.log(seen)
  // The histories are worth something: there are many of each end.
  if (runs < 1000) return
  expect(seen.completed).toBeGreaterThan(runs / 10)
  expect(seen.rolled_back).toBeGreaterThan(runs / 10)
  expect(seen.held).toBeGreaterThan(runs / 10)
  expect(seen.rollback_incomplete).toBeGreaterThan(0)
}, 3_600_000)
