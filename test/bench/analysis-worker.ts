/** Plays rollouts in a thread of its own: see analysis-runs.ts. */
import { parentPort } from 'node:worker_threads'
import { findCell } from './analysis-cells.ts'
import { play } from './analysis-rollout.ts'
import type { Chunk, PlayedChunk } from './analysis-runs.ts'

parentPort?.on('message', ({ cell, judge, first, last, seed }: Chunk) => {
  const { scenario, create } = findCell(cell, judge)
  const rollouts: PlayedChunk['rollouts'][number][] = []
  for (let stream = first; stream < last; stream += 1) rollouts.push(play(scenario, create, seed, stream))
  const played: PlayedChunk = { cell, judge, rollouts }
  parentPort?.postMessage(played)
})
