import type { ApprovalRule, PeopleSet } from './gate-policy.ts'
import type { Identity, Memberships } from './identity.ts'

/** Memberships that were read longer ago than this before the press are not believed. */
const membershipsHoldMs = 60_000

/** A person at the moment of a press (`at`, UTC milliseconds). */
export interface Applicant {
  readonly identity: Identity
  readonly memberships: Memberships
  readonly at: number
}

/** Which rules somebody counts for, and which they would count for if a service could tell, by index. */
export interface Entitlement {
  readonly rules: readonly number[]
  readonly unknown: readonly number[]
}

/**
 * Whether somebody is in a set of people. Named users need no look-up; a group or team that could not be read, or was
 * read too long ago, makes nobody a member: the answer is `unknown` when it could have made the difference.
 */
export function isAmong(set: PeopleSet, { identity, memberships, at }: Applicant): 'yes' | 'no' | 'unknown' {
  const slackId = identity.slackId
  if (slackId !== null && has(set.users, slackId)) return 'yes'
  const named = [...set.groups, ...set.teams]
  if (named.length === 0) return 'no'
  if (at - memberships.readAt > membershipsHoldMs) return 'unknown'
  const isUnknown = (name: string) => has(memberships.unknown, name)
  const isMember =
    set.groups.some((group) => has(memberships.groups, group) && !isUnknown(group)) ||
    set.teams.some((team) => has(memberships.teams, team) && !isUnknown(team))
  if (isMember) return 'yes'
  return named.some(isUnknown) ? 'unknown' : 'no'
}

/** Which approval rules somebody counts for; indexes are those of `rules`. */
export function entitlementTo(rules: readonly ApprovalRule[], applicant: Applicant): Entitlement {
  const answers = rules.map(({ from }) => isAmong(from, applicant))
  const indexesOf = (wanted: 'yes' | 'unknown') => answers.flatMap((answer, index) => (answer === wanted ? index : []))
  return { rules: indexesOf('yes'), unknown: indexesOf('unknown') }
}

/**
 * Whether somebody is among the people of a set that has to be met.
 *
 * @returns null when they are, otherwise why not
 */
export function refusalUnlessAmong(
  sets: readonly PeopleSet[],
  applicant: Applicant,
): 'not_entitled' | 'membership_unknown' | null {
  const answers = sets.map((set) => isAmong(set, applicant))
  if (answers.includes('yes')) return null
  return answers.includes('unknown') ? 'membership_unknown' : 'not_entitled'
}

function has(names: readonly string[], name: string): boolean {
  return names.some((other) => other.toLowerCase() === name.toLowerCase())
}
