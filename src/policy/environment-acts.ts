import { type Applicant, refusalUnlessAmong } from './entitlement.ts'
import type { GatePolicy, PeopleSet } from './gate-policy.ts'
import type { Identity } from './identity.ts'
import { incidentOf } from './incident.ts'
import type { ReasonCode } from './reason-codes.ts'
import { isSamePerson } from './same-person.ts'

/** Somebody at the moment of the act, and where they act. The command line is for whoever owns the machine. */
export type Actor = Applicant & { readonly client: 'slack' | 'cli' | 'github' | 'sluice' }

/** What people do to an environment rather than to a release. */
export type EnvironmentActType =
  | { readonly type: 'lock'; readonly takesOver: boolean }
  | { readonly type: 'unlock' | 'freeze' | 'unfreeze' | 'sign_off' }

export type EnvironmentVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: ReasonCode; readonly detail: string }

/**
 * Whether somebody may lock, unlock, freeze, unfreeze or sign off. Pure.
 *
 * - Everybody who may ask for a release may lock: stopping is cheap, and a lock names its holder.
 * - Unlocking is for the holder and for approvers, who take off what somebody forgot; its holder hears of it. Whoever
 *   may ask for a release takes the lock over first, unless an incident holds it: then it is nobody's own.
 * - Freezing and its end are for approvers, because a freeze is everybody's.
 * - A sign-off is for an approver who did not break the glass.
 */
export function decideOnEnvironment(
  act: EnvironmentActType,
  who: Actor,
  environment: {
    readonly policy: GatePolicy
    readonly lock: { readonly holder: Identity; readonly why: string } | null
    readonly hasFreeze: boolean
    readonly owedReview: { readonly by: Identity } | null
  },
): EnvironmentVerdict {
  const { policy, lock } = environment
  switch (act.type) {
    case 'lock': {
      if (lock !== null && !isSamePerson(lock.holder, who.identity) && !act.takesOver) {
        const holder = lock.holder.name ?? lock.holder.slackId ?? 'somebody'
        return { ok: false, reason: 'lock_taken', detail: `${holder} holds it: ${lock.why} You can take it over.` }
      }
      return among(lockerSets(policy), who, 'not_a_requester')
    }
    case 'unlock':
      if (lock === null) return { ok: false, reason: 'not_locked', detail: 'There is nothing to unlock.' }
      if (isSamePerson(lock.holder, who.identity) || who.client === 'cli') return { ok: true }
      if (incidentOf(lock.why) !== null) return among(lockerSets(policy), who, 'not_a_requester')
      return among(approverSets(policy), who, 'lock_taken')
    case 'freeze':
      return among(approverSets(policy), who, 'not_an_approver')
    case 'unfreeze':
      if (!environment.hasFreeze) {
        const detail =
          'Freezes of the configuration end by themselves; one that was declared with /deploy freeze can be ended.'
        return { ok: false, reason: 'not_frozen', detail }
      }
      return among(approverSets(policy), who, 'not_an_approver')
    case 'sign_off':
      if (environment.owedReview === null)
        return { ok: false, reason: 'no_review_owed', detail: 'Nothing is to be signed off.' }
      if (isSamePerson(environment.owedReview.by, who.identity)) {
        return { ok: false, reason: 'own_review', detail: 'Ask another approver.' }
      }
      return among(approverSets(policy), who, 'not_an_approver')
    default:
      return act satisfies never
  }
}

/** Who may lock; null for everybody. */
function lockerSets(policy: GatePolicy): readonly PeopleSet[] | null {
  return policy.requesters === null ? null : [policy.requesters, ...approverSets(policy)]
}

function approverSets(policy: GatePolicy): readonly PeopleSet[] {
  return policy.approvals.map((rule) => rule.from)
}

/** Null stands for everybody, and so does an environment that no approvals are needed for. */
function among(sets: readonly PeopleSet[] | null, who: Actor, reason: ReasonCode): EnvironmentVerdict {
  if (sets === null || sets.length === 0 || who.client === 'cli') return { ok: true }
  switch (refusalUnlessAmong(sets, who)) {
    case null:
      return { ok: true }
    case 'membership_unknown':
      return { ok: false, reason: 'membership_unknown', detail: 'Try again in a moment.' }
    default: {
      const detail = reason === 'not_a_requester' ? 'Ask one of those who may.' : 'Ask one of them.'
      return { ok: false, reason, detail }
    }
  }
}
