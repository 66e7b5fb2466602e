/** GitHub's words for how far something has come, as ours. A word that is new to us is never good news nor bad. */
import type { Conclusion, DeploymentStatusFact, RunStatus, StatusFact } from './facts.ts'

/** A status that this version does not know has at least been asked for. */
export function runStatus(status: string): RunStatus {
  switch (status) {
    case 'waiting':
    case 'pending':
    case 'queued':
    case 'in_progress':
    case 'completed':
      return status
    default:
      return 'queued'
  }
}

export function statusRank(status: RunStatus): number {
  return ['pending', 'waiting', 'queued', 'in_progress', 'completed'].indexOf(status)
}

/** A conclusion that this version does not know is read neither as success nor as failure. */
export function conclusion(value: string | null): Conclusion {
  switch (value) {
    case 'success':
    case 'failure':
    case 'neutral':
    case 'cancelled':
    case 'skipped':
    case 'timed_out':
    case 'action_required':
    case 'stale':
    case 'startup_failure':
      return value
    default:
      return 'neutral'
  }
}

export function commitState(state: string): StatusFact['state'] {
  return state === 'success' || state === 'failure' || state === 'error' ? state : 'pending'
}

export function deploymentState(state: string): DeploymentStatusFact['state'] {
  switch (state) {
    case 'error':
    case 'failure':
    case 'inactive':
    case 'in_progress':
    case 'queued':
    case 'success':
    case 'waiting':
      return state
    default:
      return 'pending'
  }
}

export function deploymentRank(state: DeploymentStatusFact['state']): number {
  if (state === 'inactive') return 1
  return state === 'success' || state === 'failure' || state === 'error' ? 2 : 0
}
