/** Plays many rollouts of many cells, in as many threads as there are cores. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Played } from './analysis-rollout.ts'
import { median } from './statistics.ts'

export interface Run {
  readonly cell: string
  readonly judge: string
}

/** A part of a run: rollouts of these numbers, the last one not among them. */
export interface Chunk extends Run {
  readonly first: number
  readonly last: number
  readonly seed: number
}

export interface PlayedChunk extends Run {
  readonly rollouts: readonly Played[]
}

/** What all rollouts of one cell under one judge came to. Shares in percent. */
export interface RunSummary {
  readonly rolledBack: number
  readonly held: number
  /** Rolled back in the first step. */
  readonly atFirstStep: number
  /** Of those that were rolled back in the first step: from its begin, median in minutes. */
  readonly firstStepMinutes: number
  /** Of all that were rolled back: from the rollout's begin, median in minutes. */
  readonly minutes: number
  /** Of all that were rolled back: requests of the canary that failed until then, median. */
  readonly canaryErrors: number
  /** Steps passed without answers, all rollouts together. */
  readonly blindAdvances: number
  /** Rolled back without answers. */
  readonly blindRollbacks: number
  readonly completed: number
}

const chunkSize = 1000

/** @returns by cell and judge: `summaries.get('cell/judge')` */
export async function playRuns(
  runs: readonly Run[],
  rollouts: number,
  seed: number,
  log: (line: string) => void,
): Promise<ReadonlyMap<string, RunSummary>> {
  const queue: Chunk[] = runs.flatMap((run) =>
    Array.from({ length: Math.ceil(rollouts / chunkSize) }, (_, index) => {
      const first = index * chunkSize
      return { ...run, first, last: Math.min(rollouts, first + chunkSize), seed }
    }),
  )
  const played = new Map<string, Played[]>()
  const summaries = new Map<string, RunSummary>()
  const keep = (chunk: PlayedChunk) => {
    const key = `${chunk.cell}/${chunk.judge}`
    const all = [...(played.get(key) ?? []), ...chunk.rollouts]
    played.set(key, all)
    if (all.length < rollouts) return
    const summary = summarise(all)
    summaries.set(key, summary)
    played.delete(key)
    log(`${key}: ${summary.rolledBack} % rolled back, ${summary.held} % held`)
  }
  const threads = Array.from({ length: Math.min(availableParallelism(), queue.length) }, () => work(queue, keep))
  await Promise.all(threads)
  return summaries
}

/** One thread, from chunk to chunk until none is left. */
async function work(queue: Chunk[], keep: (chunk: PlayedChunk) => void): Promise<void> {
  const worker = new Worker(new URL('./analysis-worker.ts', import.meta.url))
  await new Promise<void>((resolve, reject) => {
    const next = () => {
      const chunk = queue.shift()
      if (chunk === undefined) resolve()
      else worker.postMessage(chunk)
    }
    worker.on('message', (chunk: PlayedChunk) => {
      keep(chunk)
      next()
    })
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`a thread has ended early (exit code ${code})`)))
    next()
  }).finally(() => worker.terminate())
}

function summarise(rollouts: readonly Played[]): RunSummary {
  const percent = (part: readonly Played[]) => (100 * part.length) / rollouts.length
  const rolledBack = rollouts.filter(({ end }) => end === 'rolled_back')
  const atFirstStep = rolledBack.filter(({ step }) => step === 0)
  return {
    rolledBack: percent(rolledBack),
    held: percent(rollouts.filter(({ end }) => end === 'held')),
    atFirstStep: percent(atFirstStep),
    firstStepMinutes: median(atFirstStep.map(({ stepMs }) => stepMs / 60_000)),
    minutes: median(rolledBack.map(({ ms }) => ms / 60_000)),
    canaryErrors: median(rolledBack.map(({ canaryErrors }) => canaryErrors)),
    blindAdvances: rollouts.reduce((sum, { blindAdvances }) => sum + blindAdvances, 0),
    blindRollbacks: rolledBack.filter(({ isBlind }) => isBlind).length,
    completed: percent(rollouts.filter(({ end }) => end === 'completed')),
  }
}
