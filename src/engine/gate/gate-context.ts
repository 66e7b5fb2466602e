import { freezeAt } from '../../policy/freeze.ts'
import type { GatePolicy } from '../../policy/gate-policy.ts'
import type { GateContext } from '../../release/decision.ts'
import { declaredFreezeOf, lockOf, owedReviewOf } from '../../store/environments.ts'
import type { Db } from '../../store/open-store.ts'
import { openReleases, type Place, type ReleaseRecord } from '../../store/releases.ts'

/** What the rules need to know of an environment, as it stands in this transaction. */
export async function gateContextOf(
  db: Db,
  place: Place,
  policy: GatePolicy,
  of: { readonly releaseId: string; readonly at: number },
): Promise<GateContext> {
  const lock = await lockOf(db, place, of.at)
  const freeze = await declaredFreezeOf(db, place, of.at)
  const owed = await owedReviewOf(db, place)
  const before = releaseBefore(await openReleases(db, place), of.releaseId)
  return {
    policy,
    lock: lock === null ? null : { by: lock.holder, why: lock.why, expiresAt: lock.expiresAt },
    // It began when it was declared, even if the clock was set back since.
    freezes:
      freeze === null
        ? []
        : [{ type: 'range', fromMs: Math.min(freeze.fromMs, of.at), toMs: freeze.toMs, reason: freeze.why }],
    freezeAt,
    before: before?.id ?? null,
    owedReview: owed === null ? null : { releaseId: owed.releaseId, by: owed.by },
  }
}

/** The release of the environment that has to end before this one gets its turn; null when it is free. */
export function releaseBefore(open: readonly ReleaseRecord[], releaseId: string): ReleaseRecord | null {
  const own = open.find((release) => release.id === releaseId)
  const others = open.filter((release) => release.id !== releaseId)
  const underWay = others.find(({ state }) => state.name === 'preparing' || state.name === 'rolling_out')
  if (underWay !== undefined) return underWay
  // One that is not approved yet comes after all that are.
  const isBefore = (other: ReleaseRecord) => own?.approvedAt == null || byTurn(other, own) < 0
  return queueOf(others).find(isBefore) ?? null
}

/** Open releases of an environment that are approved and wait, in the order of their turns. */
export function queueOf(open: readonly ReleaseRecord[]): readonly ReleaseRecord[] {
  return open.filter((release) => release.state.name === 'queued').sort(byTurn)
}

function byTurn(a: ReleaseRecord, b: ReleaseRecord): number {
  return (a.approvedAt ?? 0) - (b.approvedAt ?? 0) || (a.id < b.id ? -1 : 1)
}
