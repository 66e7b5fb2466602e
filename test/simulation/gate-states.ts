/** Where releases stand, in words that tell every step apart. */
import type { Release } from '../../src/release/release.ts'
import type { ReleaseRecord } from '../../src/store/releases.ts'

export function isOpenState({ state: { name } }: Pick<Release, 'state'>): boolean {
  return name === 'awaiting_approval' || name === 'queued' || name === 'preparing' || name === 'rolling_out'
}

export function stateName(release: Pick<Release, 'state'> | undefined): string {
  if (release === undefined) return 'nothing'
  const { state } = release
  if (state.name === 'preparing') return `preparing ${state.phase}`
  return state.name === 'queued' ? `queued ${state.waitsFor}` : state.name
}

/** Whether something happened that has to be in the audit log. */
export function hasMoved(before: ReleaseRecord, after: ReleaseRecord): boolean {
  return (
    stateName(before) !== stateName(after) ||
    before.planDigest !== after.planDigest ||
    before.approvals.length !== after.approvals.length ||
    (before.breakGlass === null) !== (after.breakGlass === null)
  )
}
