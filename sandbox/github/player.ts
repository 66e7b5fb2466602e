/** Walks scripts: step by step for tests, or in real time at a speed. Runs that are run again go on by themselves. */
import { applyChange } from './apply-change.ts'
import type { Change, ScriptStep } from './change.ts'
import type { Clock } from './clock.ts'
import type { Emission } from './emission.ts'
import { findJob, runOfRef } from './find.ts'
import { type AttemptInput, scheduleAttempt } from './schedule-attempt.ts'
import { continuation, type PipelineScript } from './scripted-pipeline.ts'
import type { GithubState, RepositoryState, RunState } from './state.ts'
import { fullNameOf, repositoryOf } from './state-access.ts'

/** How long a player sleeps at most before it looks again, by its clock. */
const LOOK_MS = 1_000

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
  /** Carries these out at once, and the steps after them (in milliseconds from now) when they are due. */
  begin(repository: RepositoryState, changes: readonly Change[], steps: readonly ScriptStep[]): void
  /** Somebody answers for a gate that a job of the run waits at; what was held up goes on (or fails). */
  answerGate(repository: RepositoryState, run: RunState, answer: GateAnswered): void
  /** Ends the run: what is under way or waits is cancelled, what was to come does not. */
  cancel(repository: RepositoryState, run: RunState): void
  /** From now on what is asked for (another attempt, a dispatched workflow) goes on by itself, at this speed. */
  autoplay(speed: number): void
  /** Now, in the simulation: script time while scripts are walked, the clock's while they are played. */
  now(): number
  /** Resolves when what runs do elsewhere is done. */
  settle(): Promise<void>
  stop(): void
}

export type GateAnswered = Omit<Extract<Change, { type: 'gate_answered' }>, 'type' | 'run'>

/** How the present attempt of a run was planned, and what has been answered for its jobs since. */
interface PlannedRun {
  input: AttemptInput
  readonly offsetMs: number
  /** Every change of the plan as it stands: each happens to a job once in an attempt. */
  known: ReadonlySet<string>
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
  const planned = new Map<RunState, PlannedRun>()

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
  /** What runs that are ending do elsewhere; null while none does anything. */
  let deeds: Promise<void> | null = null
  const emit: typeof options.emit = (emissions, inOrder) =>
    deeds === null ? options.emit(emissions, inOrder) : deeds.then(() => options.emit(emissions, inOrder))
  const carryOut = (repository: RepositoryState, change: Change): void => {
    if (change.type !== 'run_completed' || change.conclusion !== 'success') return
    const { workflow, inputs } = runOfRef(repository, change.run)
    if (inputs === null || workflow.dispatch?.does === undefined) return
    const all = Promise.all([deeds, workflow.dispatch.does(inputs)]).then(() => {
      if (deeds === all) deeds = null
    })
    deeds = all
  }
  const apply = (entry: Entry): readonly Emission[] => {
    scriptMs = Math.max(scriptMs, entry.dueMs)
    const repository = repositoryOf(state, entry.step.repository)
    return applyAll(repository, entry.step.changes, entry.dueMs - entry.step.atMs)
  }
  const applyAll = (repository: RepositoryState, changes: readonly Change[], offsetMs: number) => {
    const moment = { now: now(), speed: playing?.speed ?? 1 }
    return changes.flatMap((change) => {
      carryOut(repository, change)
      const emissions = applyChange(state, repository, change, moment)
      const isRequest = change.type === 'run_requested' || change.type === 'run_requested_again'
      if (isRequest && change.attempt !== undefined) {
        const known = new Set(scheduleAttempt(change.attempt).steps.flatMap((step) => step.changes.map(keyOf)))
        planned.set(runOfRef(repository, change.run), { input: change.attempt, offsetMs, known })
      }
      return emissions
    })
  }
  const begin = (repository: RepositoryState, changes: readonly Change[], steps: readonly ScriptStep[]) => {
    const offsetMs = scriptNow()
    emit(applyAll(repository, changes, offsetMs), true).catch(options.onError)
    enqueue(steps, offsetMs)
    pump().catch(options.onError)
  }
  /** What follows in other workflows when a run has ended well after all. */
  const follow = (repository: RepositoryState, run: RunState, endMs: number, offsetMs: number) => {
    if (!isPipelineEvent(run.event)) return
    const isStarted = (ref: string) => [...repository.runs.values()].some((known) => known.ref === ref)
    enqueue(continuation(run.pipeline, run.spec, run.event, endMs, isStarted), offsetMs)
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
          // Something nearer may have been loaded meanwhile, or the speed may have changed.
          await clock.sleep(Math.min(waitMs, LOOK_MS), stopping.signal)
          continue
        }
        queue.shift()
        const sent = emit(apply(next), false)
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
      await emit(emissions, true)
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
      const input = {
        repository: fullNameOf(repository),
        run: run.ref,
        workflow: run.spec,
        event: run.event,
        attempt: run.attempt + 1,
        startMs: 0,
        takenOver,
      }
      const scheduled = scheduleAttempt(input)
      const again = { run: run.ref, by, takenOver: [...takenOver.keys()], attempt: input }
      const offsetMs = scriptNow()
      begin(repository, [{ type: 'run_requested_again', ...again }], scheduled.steps)
      if (scheduled.conclusion === 'success' && scheduled.endMs !== null) {
        follow(repository, run, scheduled.endMs, offsetMs)
        pump().catch(options.onError)
      }
    },
    begin,
    answerGate(repository, run, answer) {
      const plan = planned.get(run)
      if (plan === undefined) throw new Error(`It is not known how run ${run.id} was planned.`)
      const job = findJob(repository, run, answer.job)
      begin(repository, [{ type: 'gate_answered', run: run.ref, ...answer }], [])
      const isRefused = job.gates.some((gate) => gate.state === 'rejected' || gate.state === 'expired')
      if (!isRefused && job.gates.some((gate) => gate.state === 'waiting')) return
      const answers = new Map(plan.input.answers)
      answers.set(job.name, { atMs: scriptNow() - plan.offsetMs, isApproved: !isRefused })
      plan.input = { ...plan.input, answers }
      const scheduled = scheduleAttempt(plan.input)
      // The same plan as before, with what the answer makes possible in it.
      const isNew = (step: ScriptStep) => step.changes.some((change) => !plan.known.has(keyOf(change)))
      enqueue(scheduled.steps.filter(isNew), plan.offsetMs)
      plan.known = new Set(scheduled.steps.flatMap((step) => step.changes.map(keyOf)))
      if (scheduled.conclusion === 'success' && scheduled.endMs !== null) {
        follow(repository, run, scheduled.endMs, plan.offsetMs)
      }
      pump().catch(options.onError)
    },
    cancel(repository, run) {
      queue = queue.filter(({ step }) => !step.changes.some((change) => 'run' in change && change.run === run.ref))
      planned.delete(run)
      const open = (repository.jobsOfRun.get(run.id) ?? []).filter(
        (job) => job.attempt === run.attempt && job.status !== 'completed',
      )
      const cancelled = { conclusion: 'cancelled' as const, failure: null }
      const changes: readonly Change[] = [
        ...open.map((job) => ({ type: 'job_completed' as const, run: run.ref, job: job.name, ...cancelled })),
        { type: 'run_completed', run: run.ref, conclusion: 'cancelled' },
      ]
      begin(repository, changes, [])
    },
    autoplay(speed) {
      playing = { speed, anchorMs: clock.now(), anchorScriptMs: scriptNow() }
      pump().catch(options.onError)
    },
    async settle() {
      await deeds
    },
    stop() {
      stopping.abort()
      queue = []
    },
  }
}

function keyOf(change: Change): string {
  return 'job' in change ? `${change.type} ${change.job}` : change.type
}

function isPipelineEvent(event: string): event is 'pull_request' | 'push' {
  return event === 'pull_request' || event === 'push'
}
