/** Walks scripts: step by step for tests, or in real time at a speed. Runs that are run again go on by themselves. */
import { applyChange } from './apply-change.ts'
import type { ScriptStep } from './change.ts'
import type { Clock } from './clock.ts'
import type { Emission } from './emission.ts'
import { scheduleAttempt } from './schedule-attempt.ts'
import { continuation, type PipelineScript } from './scripted-pipeline.ts'
import type { GithubState, RepositoryState, RunState } from './state.ts'
import { fullNameOf, repositoryOf } from './state-access.ts'

export interface PlayedStep {
  /** Milliseconds of script time. */
  readonly atMs: number
  readonly changes: readonly string[]
  /** `event` or `event.action`, in the order in which they were sent. */
  readonly events: readonly string[]
}

export interface Player {
  load(script: PipelineScript): void
  /** The next step of all scripts; null when there is none left. Resolves when its webhooks have been answered. */
  step(): Promise<PlayedStep | null>
  /** Plays the script in real time; resolves when its last webhook has been answered. */
  play(script: PipelineScript, options: { readonly speed: number; readonly clock?: Clock }): Promise<void>
  /** The next attempt of a run: it is requested at once, and its jobs follow as steps. */
  rerun(repository: RepositoryState, run: RunState, which: 'failed' | 'all', by: string): void
  /** Now, in the simulation: script time while scripts are walked, the clock's while they are played. */
  now(): number
  stop(): void
}

interface Entry {
  readonly dueMs: number
  readonly step: ScriptStep
  readonly onDelivered: (() => void) | null
}

export function createPlayer(options: {
  readonly state: GithubState
  readonly clock: Clock
  /** Sends in order, and resolves when all of it has been answered. */
  readonly emit: (emissions: readonly Emission[], inOrder: boolean) => Promise<void>
  readonly onError: (error: unknown) => void
}): Player {
  const { state } = options
  const epochMs = options.clock.now()
  let clock = options.clock
  let queue: Entry[] = []
  let scriptMs = 0
  /** Set while or after something was played: how script time follows the clock. */
  let playing: { readonly speed: number; anchorMs: number; anchorScriptMs: number } | null = null
  let isPumping = false
  const stopping = new AbortController()

  const scriptNow = () =>
    playing !== null && isPumping ? playing.anchorScriptMs + (clock.now() - playing.anchorMs) * playing.speed : scriptMs
  const now = () => (playing === null ? epochMs + scriptMs : clock.now())

  const enqueue = (steps: readonly ScriptStep[], offsetMs: number, onDelivered: (() => void) | null = null) => {
    const entries = steps.map((step, index) => ({
      dueMs: step.atMs + offsetMs,
      step,
      onDelivered: index === steps.length - 1 ? onDelivered : null,
    }))
    // Sorting is stable: what was loaded first comes first.
    queue = [...queue, ...entries].sort((a, b) => a.dueMs - b.dueMs)
  }
  const apply = (entry: Entry): readonly Emission[] => {
    scriptMs = Math.max(scriptMs, entry.dueMs)
    const repository = repositoryOf(state, entry.step.repository)
    const moment = { now: now(), speed: playing?.speed ?? 1 }
    return entry.step.changes.flatMap((change) => applyChange(state, repository, change, moment))
  }

  const pump = async () => {
    if (isPumping || playing === null) return
    isPumping = true
    playing.anchorMs = clock.now()
    playing.anchorScriptMs = scriptMs
    try {
      for (let next = queue[0]; next !== undefined && !stopping.signal.aborted; next = queue[0]) {
        const waitMs = playing.anchorMs + (next.dueMs - playing.anchorScriptMs) / playing.speed - clock.now()
        if (waitMs > 0) {
          await clock.sleep(waitMs, stopping.signal)
          // Something nearer may have been loaded meanwhile.
          continue
        }
        queue.shift()
        const sent = options.emit(apply(next), false)
        if (next.onDelivered !== null) sent.then(next.onDelivered, options.onError)
      }
    } catch (error) {
      // Stopped in its sleep: there is nothing left to play.
      if (!stopping.signal.aborted) throw error
    } finally {
      isPumping = false
    }
  }

  return {
    now,
    load: (script) => enqueue(script.steps, scriptNow()),
    async step() {
      const next = queue.shift()
      if (next === undefined) return null
      const emissions = apply(next)
      await options.emit(emissions, true)
      return {
        atMs: next.dueMs,
        changes: next.step.changes.map((change) => change.type),
        events: emissions.map(({ event, payload }) =>
          typeof payload.action === 'string' ? `${event}.${payload.action}` : event,
        ),
      }
    },
    async play(script, { speed, clock: otherClock }) {
      if (otherClock !== undefined) clock = otherClock
      const offsetMs = scriptNow()
      if (playing === null || !isPumping) playing = { speed, anchorMs: clock.now(), anchorScriptMs: scriptMs }
      const { promise, resolve } = Promise.withResolvers<void>()
      enqueue(script.steps, offsetMs, resolve)
      pump().catch(options.onError)
      await promise
    },
    rerun(repository, run, which, by) {
      const jobs = (repository.jobsOfRun.get(run.id) ?? []).filter((job) => job.attempt === run.attempt)
      const takenOver = new Map(
        which === 'all'
          ? []
          : jobs.flatMap((job) => (job.conclusion === 'success' ? [[job.name, job.conclusion]] : [])),
      )
      const scheduled = scheduleAttempt({
        repository: fullNameOf(repository),
        run: run.ref,
        workflow: run.spec,
        event: run.event,
        attempt: run.attempt + 1,
        startMs: 0,
        takenOver,
      })
      const requested = applyChange(
        state,
        repository,
        { type: 'run_requested_again', run: run.ref, by, takenOver: [...takenOver.keys()] },
        { now: now(), speed: playing?.speed ?? 1 },
      )
      options.emit(requested, true).catch(options.onError)
      const offsetMs = scriptNow()
      enqueue(scheduled.steps, offsetMs)
      if (scheduled.conclusion === 'success' && scheduled.endMs !== null && isPipelineEvent(run.event)) {
        const isStarted = (ref: string) => [...repository.runs.values()].some((known) => known.ref === ref)
        enqueue(continuation(run.pipeline, run.spec, run.event, scheduled.endMs, isStarted), offsetMs)
      }
      pump().catch(options.onError)
    },
    stop() {
      stopping.abort()
      queue = []
    },
  }
}

function isPipelineEvent(event: string): event is 'pull_request' | 'push' {
  return event === 'pull_request' || event === 'push'
}
