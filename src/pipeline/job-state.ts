import type { Conclusion, RunStatus } from './facts.ts'
import type { JobState } from './pipeline.ts'

/** States in which nothing more is going to happen by itself and nobody is being waited for. */
const finalStates: ReadonlySet<JobState> = new Set(['passed', 'failed', 'timed_out', 'cancelled', 'skipped', 'neutral'])

export function isFinal(state: JobState): boolean {
  return finalStates.has(state)
}

/** True for what counts as a failure: in the verdict, and for raising an alert. */
export function isFailure(state: JobState): boolean {
  return state === 'failed' || state === 'timed_out'
}

/** True for what does not keep a run from succeeding. */
export function isSuccessful(state: JobState): boolean {
  return state === 'passed' || state === 'skipped' || state === 'neutral'
}

export function stateOf(status: RunStatus, conclusion: Conclusion | null): JobState {
  switch (status) {
    case 'waiting':
    case 'pending':
    case 'queued':
      return status
    case 'in_progress':
      return 'running'
    case 'completed':
      return stateOfConclusion(conclusion)
  }
}

export function stateOfConclusion(conclusion: Conclusion | null): JobState {
  switch (conclusion) {
    case 'success':
      return 'passed'
    case 'failure':
    case 'startup_failure':
      return 'failed'
    // GitHub gave up waiting for an app that never finished its check.
    case 'stale':
      return 'cancelled'
    case 'cancelled':
    case 'skipped':
    case 'timed_out':
    case 'action_required':
    case 'neutral':
      return conclusion
    case null:
      return 'neutral'
  }
}

/** From what people must see first to what they need not see at all. */
const precedence: readonly JobState[] = [
  'failed',
  'timed_out',
  'running',
  'action_required',
  'waiting',
  'queued',
  'pending',
  'cancelled',
  'passed',
  'neutral',
  'skipped',
]

/** State of a whole from the states of its parts: the one that matters most; `pending` when there are none. */
export function combineStates(states: readonly JobState[]): JobState {
  return precedence.find((state) => states.includes(state)) ?? 'pending'
}
