import type { EntitlementRule, MembershipEvidence } from './entitlement.ts'
import { entitlementRefusal, isPersonEntitled } from './entitlement.ts'
import { fillPlaces } from './fill-places.ts'
import type { OperatorRules, Person } from './may-operate.ts'
import { mayOperate } from './may-operate.ts'
import type { KnownPerson, PeopleLinks, PersonIdentity } from './people.ts'
import { identify } from './people.ts'
import type { ReasonCode } from './reason-codes.ts'

/** So many different people, each of whom is entitled by `from`. */
export interface QuorumRequirement {
  readonly from: EntitlementRule
  /** At least 1. */
  readonly count: number
}

/** Every requirement has to be met. At least one. */
export interface QuorumRule {
  readonly requirements: readonly QuorumRequirement[]
  /** Whether one person may fill a place in several requirements. Within one requirement nobody ever counts twice. */
  readonly samePersonMayCountTwice: boolean
  /** Whether the requester's approval counts. */
  readonly allowSelfApproval: boolean
  /** Whether an approval by somebody who wrote or committed some of what would ship counts. */
  readonly allowAuthorApproval: boolean
}

export interface Approval {
  readonly id: string
  readonly person: PersonIdentity
  /** What Slack says of the person; null when it said nothing, or when the person has no Slack account. */
  readonly account: Person | null
  /** Taken at the press, for every group of the rule. */
  readonly evidence: MembershipEvidence
  /** The plan that the person saw. */
  readonly planDigest: string
}

export interface QuorumExclusions {
  /** Null when Sluice asked itself. */
  readonly requester: PersonIdentity | null
  /** Authors, co-authors and committers of what would ship. Whoever reads them looks up logins for e-mail addresses. */
  readonly authors: readonly PersonIdentity[]
  /** Which workspaces and guests may operate Sluice at all. */
  readonly operators: OperatorRules
  /** The plan as it is now. */
  readonly planDigest: string
  readonly links: PeopleLinks
}

export interface Quorum {
  readonly isMet: boolean
  /** The requirements with places left; empty when the quorum is met. */
  readonly missing: readonly {
    readonly requirement: QuorumRequirement
    readonly have: number
    readonly need: number
  }[]
  /** One for each person who counts, in the order of the approvals, with the requirements (by index) that they fill. */
  readonly counted: readonly { readonly approval: Approval; readonly requirements: readonly number[] }[]
  readonly notCounted: readonly { readonly approval: Approval; readonly reason: ReasonCode }[]
}

/**
 * Whether the approvals make a quorum. People are seated so that as many places as possible are filled: somebody who
 * belongs to two groups counts where they help. Earlier approvals keep their place when later ones come.
 *
 * One more approval never undoes a quorum, unless it shows that two who counted apart are one person.
 *
 * @param approvals - those in force, oldest first; withdrawn ones are left out by the caller
 * @throws RangeError for a rule without places, which nobody at all would meet: an environment that needs no approval
 * has no quorum
 */
export function evaluateQuorum(
  approvals: readonly Approval[],
  rule: QuorumRule,
  exclusions: QuorumExclusions,
): Quorum {
  checkRule(rule)
  const judged = judge(approvals, rule, exclusions)
  const voters = [...judged.voters]
  const seats = fillPlaces(
    voters.map(([, voter]) => [...voter.requirements].sort((a, b) => a - b)),
    rule.requirements.map((requirement) => requirement.count),
    rule.samePersonMayCountTwice,
  )

  const notCounted = new Map(judged.refused)
  const counted: Quorum['counted'][number][] = []
  voters.forEach(([, voter], index) => {
    const requirements = seats[index] ?? []
    const [first, ...others] = voter.approvals
    if (first === undefined) return
    if (requirements.length > 0) counted.push({ approval: first, requirements })
    else notCounted.set(first, 'not_needed')
    for (const other of others) notCounted.set(other, 'same_person')
  })
  const missing = rule.requirements.flatMap((requirement, index) => {
    const have = seats.filter((seat) => seat.includes(index)).length
    return have < requirement.count ? [{ requirement, have, need: requirement.count }] : []
  })
  return {
    isMet: missing.length === 0,
    missing,
    counted,
    notCounted: approvals.flatMap((approval) => {
      const reason = notCounted.get(approval)
      return reason === undefined ? [] : [{ approval, reason }]
    }),
  }
}

interface Voter {
  readonly approvals: Approval[]
  /** Which requirements the person can fill a place in. */
  readonly requirements: Set<number>
}

interface Judged {
  readonly voters: ReadonlyMap<KnownPerson, Voter>
  readonly refused: ReadonlyMap<Approval, ReasonCode>
}

/** Sorts the approvals into those that may count, by person, and the others with their reasons. */
function judge(approvals: readonly Approval[], rule: QuorumRule, exclusions: QuorumExclusions): Judged {
  const identities = [
    ...(exclusions.requester === null ? [] : [exclusions.requester]),
    ...exclusions.authors,
    ...approvals.map((approval) => approval.person),
  ]
  const people = identify(identities, exclusions.links)
  const offset = identities.length - approvals.length
  const requester = exclusions.requester === null ? null : (people[0] ?? null)
  const authors = new Set(people.slice(exclusions.requester === null ? 0 : 1, offset))

  const voters = new Map<KnownPerson, Voter>()
  const refused = new Map<Approval, ReasonCode>()
  approvals.forEach((approval, index) => {
    const person = people[offset + index] ?? null
    const refusal = refusalOf(approval, person, exclusions)
    if (person === null || refusal !== null) {
      refused.set(approval, refusal ?? 'unknown_person')
    } else if (person === requester && !rule.allowSelfApproval) {
      refused.set(approval, 'self_approval')
    } else if (authors.has(person) && !rule.allowAuthorApproval) {
      refused.set(approval, 'author_approval')
    } else {
      const outcomes = rule.requirements.map(({ from }) => isPersonEntitled(person, from, approval.evidence))
      const entitled = outcomes.flatMap((outcome, place) => (outcome.type === 'entitled' ? [place] : []))
      if (entitled.length === 0) {
        const isUnknown = outcomes.some((outcome) => entitlementRefusal(outcome) === 'membership_unknown')
        refused.set(approval, isUnknown ? 'membership_unknown' : 'not_entitled')
      } else {
        const voter = voters.get(person) ?? { approvals: [], requirements: new Set() }
        voters.set(person, voter)
        voter.approvals.push(approval)
        for (const place of entitled) voter.requirements.add(place)
      }
    }
  })
  return { voters, refused }
}

/** What speaks against this one approval, whatever the rule asks for. */
function refusalOf(
  approval: Approval,
  person: KnownPerson | null,
  exclusions: QuorumExclusions,
): ReasonCode | null {
  if (person === null) return 'unknown_person'
  if (approval.planDigest !== exclusions.planDigest) return 'plan_changed'
  if (approval.account === null) {
    // Somebody with a Slack account may be a guest there or deactivated, also when they approved on GitHub.
    return person.slackUserIds.size > 0 ? 'unknown_person' : null
  }
  if (!person.slackUserIds.has(approval.account.id)) return 'unknown_person'
  return mayOperate(approval.account, exclusions.operators)
}

function checkRule(rule: QuorumRule): void {
  if (rule.requirements.length === 0) throw new RangeError('A quorum needs at least one requirement.')
  for (const { count } of rule.requirements) {
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`A requirement of a quorum asks for 1 person or more, not ${count}.`)
    }
  }
}
