import type { Decision, GateContext, ReleaseEvent } from '../../src/release/decision.ts'
import type { Release } from '../../src/release/release.ts'
import { aContext, ada, aPress, approve, checked, fresh, hour, opened, play, redCi, rita, sha, t0 } from './fixtures.ts'

/** A release in each state, made the way it comes about. */
export function inState(name: StateKey, context: GateContext = aContext()): Release {
  const gate = opened({}, context)
  const queueContext = { ...context, before: 'R0' }
  const checking = () => play(gate, context, (r) => approve(r, ada)).release
  const starting = () => play(checking(), context, checked).release
  const running = () =>
    play(starting(), context, () => ({ type: 'run_started', at: t0, run: { id: 5, url: 'https://run' } })).release
  const end = (from: Release, event: (release: Release) => ReleaseEvent) => play(from, context, event).release
  switch (name) {
    case 'awaiting_approval':
      return gate
    case 'queued':
      return play(gate, queueContext, (r) => approve(r, ada)).release
    case 'checking':
      return checking()
    case 'starting':
      return starting()
    case 'running':
      return running()
    case 'rolling_out': {
      const traffic = { ...context, policy: { ...context.policy, shiftsTraffic: true } }
      const ended = { type: 'run_ended', at: t0, conclusion: 'success', builtSha: sha, backup: null } as const
      return play(running(), traffic, () => ended).release
    }
    case 'rolled_back': {
      const back = { name: 'rolled_back', reason: 'metric_failed', by: null, why: 'Failed: errors.' } as const
      return end(inState('rolling_out', context), () => ({ type: 'rollout_ended', at: t0, end: back }))
    }
    case 'completed':
      return end(running(), () => ({ type: 'run_ended', at: t0, conclusion: 'success', builtSha: sha, backup: null }))
    case 'failed':
      return end(running(), () => ({ type: 'run_ended', at: t0, conclusion: 'failure', builtSha: sha, backup: null }))
    case 'refused':
      return opened({ fresh: fresh({}, redCi) }, context)
    case 'rejected':
      return end(gate, (r) => ({ type: 'reject', at: t0, press: aPress(ada, r), why: 'Not today' }))
    case 'expired':
      return end(gate, () => ({ type: 'expire', at: t0 + 4 * hour }))
    case 'superseded':
      return end(gate, () => ({ type: 'supersede', at: t0, byRelease: 'R9' }))
    case 'cancelled':
      return end(gate, (r) => ({ type: 'cancel', at: t0, press: aPress(rita, r), why: null }))
  }
}

export const stateKeys = [
  'awaiting_approval',
  'queued',
  'checking',
  'starting',
  'running',
  'rolling_out',
  'completed',
  'rolled_back',
  'failed',
  'refused',
  'rejected',
  'expired',
  'superseded',
  'cancelled',
] as const

export type StateKey = (typeof stateKeys)[number]

/** `preparing/checking`, `queued/lock`, `rejected`. */
export function stateName({ state }: Release): string {
  if (state.name === 'preparing') return `preparing/${state.phase}`
  return state.name === 'queued' ? `queued/${state.waitsFor}` : state.name
}

export function effectTypes({ effects }: Pick<Decision, 'effects'>): readonly string[] {
  return effects.map(({ type }) => type)
}
