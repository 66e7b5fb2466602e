/** The ways into and out of the time between approval and start. */
import type { GateContext, ReleaseEffect } from './decision.ts'
import { subjectOf, waitingGates } from './gates.ts'
import { moved, type Step } from './outcomes.ts'
import type { Release } from './release.ts'

/**
 * Where an approved release goes: into the queue when something is in its way, else to the check that comes before the
 * start. It keeps its place in the queue if it had one.
 *
 * @param time.now - when the new state begins, UTC milliseconds: not before the one that it follows
 * @param time.at - what the clock says, which may have been set back: locks and freezes go by it
 */
export function goOn(
  release: Release,
  context: GateContext,
  { now, at }: { readonly now: number; readonly at: number },
): Step {
  const isNew = release.approvedAt === null
  const approvedAt = release.approvedAt ?? now
  const record: readonly ReleaseEffect[] =
    isNew && release.mode === 'dispatch' ? [{ type: 'deployment_status', state: 'queued' }] : []
  const held = waitingGates(subjectOf(release), context, at).find(({ state }) => state === 'closed')
  if (held !== undefined) {
    const state = { name: 'queued', since: now, waitsFor: held.name } as const
    return { release: moved(release, { approvedAt, state }), effects: record }
  }
  const next = moved(release, { approvedAt, state: { name: 'preparing', since: now, phase: 'checking' } })
  return { release: next, effects: [...record, { type: 'check_plan', generation: next.generation }] }
}

/** Back to the gate, which is open for its full time again. Its place in the queue is free. */
export function backToGate(release: Release, { policy }: GateContext, now: number): Step {
  const state = { name: 'awaiting_approval', since: now, expiresAt: now + policy.expiresAfterMs } as const
  return {
    release: moved(release, { approvedAt: null, state }),
    effects: [{ type: 'environment_free' }],
  }
}
