import type { KnownPerson, PeopleLinks, PersonIdentity } from './people.ts'
import { identify } from './people.ts'
import type { ReasonCode } from './reason-codes.ts'

/** Who may do a thing: whoever is in one of the groups, in one of the teams, or named. Nobody when all are empty. */
export interface EntitlementRule {
  /** Slack user group ids (`S…`). */
  readonly userGroups: readonly string[]
  /** `org/team`, compared without regard to case. */
  readonly githubTeams: readonly string[]
  /** Slack user ids (`U…`, `W…`) or GitHub logins. What is written like a Slack id is never taken for a login. */
  readonly people: readonly string[]
}

/** The members of one group as they were read at one time. */
export interface Membership {
  /** Slack user ids, or GitHub logins in any case. */
  readonly members: ReadonlySet<string>
  /** UTC milliseconds. */
  readonly readAt: number
}

/** What was read. A group that is missing here could not be read. */
export interface Memberships {
  /** By Slack user group id. */
  readonly slackGroups: ReadonlyMap<string, Membership>
  /** By `org/team`. */
  readonly githubTeams: ReadonlyMap<string, Membership>
}

/**
 * What the memberships said of one person at one moment, small enough to be kept with an approval: true for a member,
 * false for none; a group that is missing was unknown. Team names are lower case.
 */
export interface MembershipEvidence {
  readonly slackGroups: Readonly<Record<string, boolean>>
  readonly githubTeams: Readonly<Record<string, boolean>>
}

export type Entitlement =
  | {
      readonly type: 'entitled'
      readonly because:
        | { readonly type: 'named'; readonly name: string }
        | { readonly type: 'user_group'; readonly id: string }
        | { readonly type: 'github_team'; readonly name: string }
    }
  | {
      readonly type: 'not_entitled'
      readonly whoMay: EntitlementRule
      /** The account that would be needed to look into one of the groups, and that this person is not linked to. */
      readonly unlinked: 'slack' | 'github' | null
    }
  /** The person would be entitled as a member of one of these, and it could not be read whether that is so. */
  | {
      readonly type: 'unknown'
      readonly unread: { readonly userGroups: readonly string[]; readonly githubTeams: readonly string[] }
    }

/** A membership counts this long after it was read, in milliseconds. */
export const membershipMaxAgeMs = 60_000

/**
 * Whether a person may, by what was read of the groups. What was read more than a minute away from `at` counts as not
 * read; that goes for a time in the future too, which only a clock that was set back can bring about.
 *
 * @param at - the moment of the press, UTC milliseconds
 */
export function isEntitled(
  identity: PersonIdentity,
  rule: EntitlementRule,
  memberships: Memberships,
  at: number,
  links: PeopleLinks = new Map(),
): Entitlement {
  const [person] = identify([identity], links)
  const evidence = readEvidence(identity, rule, memberships, at, links)
  return isPersonEntitled(person ?? nobody, rule, evidence)
}

/** What the memberships say of a person about every group of the rule; see {@link isEntitled} for what is too old. */
export function readEvidence(
  identity: PersonIdentity,
  rule: EntitlementRule,
  memberships: Memberships,
  at: number,
  links: PeopleLinks = new Map(),
): MembershipEvidence {
  const person = identify([identity], links)[0] ?? nobody
  const isFresh = (membership: Membership) => Math.abs(at - membership.readAt) <= membershipMaxAgeMs
  const teams = new Map([...memberships.githubTeams].map(([name, team]) => [name.toLowerCase(), team]))
  const answers = (
    groups: readonly string[],
    read: ReadonlyMap<string, Membership>,
    isMember: (membership: Membership) => boolean,
  ) =>
    Object.fromEntries(
      groups.flatMap((group) => {
        const membership = read.get(group)
        return membership !== undefined && isFresh(membership) ? [[group, isMember(membership)] as const] : []
      }),
    )
  return {
    slackGroups: answers(rule.userGroups, memberships.slackGroups, ({ members }) =>
      [...person.slackUserIds].some((id) => members.has(id)),
    ),
    githubTeams: answers(lowerCase(rule.githubTeams), teams, ({ members }) =>
      [...members].some((login) => person.githubLogins.has(login.toLowerCase())),
    ),
  }
}

/** The same as {@link isEntitled}, by evidence that was taken at the press and kept. */
export function isPersonEntitled(
  person: KnownPerson,
  rule: EntitlementRule,
  evidence: MembershipEvidence,
): Entitlement {
  const name = rule.people.find((entry) => isNamed(person, entry))
  if (name !== undefined) return { type: 'entitled', because: { type: 'named', name } }

  const answer = (group: string, answers: Readonly<Record<string, boolean>>) =>
    Object.hasOwn(answers, group) ? answers[group] : undefined
  const teams = lowerCase(rule.githubTeams)
  const id = rule.userGroups.find((group) => answer(group, evidence.slackGroups) === true)
  if (id !== undefined) return { type: 'entitled', because: { type: 'user_group', id } }
  const team = teams.find((group) => answer(group, evidence.githubTeams) === true)
  if (team !== undefined) return { type: 'entitled', because: { type: 'github_team', name: team } }

  const unread = {
    userGroups: rule.userGroups.filter((group) => answer(group, evidence.slackGroups) === undefined),
    githubTeams: teams.filter((group) => answer(group, evidence.githubTeams) === undefined),
  }
  if (unread.userGroups.length > 0 || unread.githubTeams.length > 0) return { type: 'unknown', unread }
  return { type: 'not_entitled', whoMay: rule, unlinked: unlinkedAccount(person, rule) }
}

/** The code for the audit log; null when entitled. */
export function entitlementRefusal(entitlement: Entitlement): ReasonCode | null {
  switch (entitlement.type) {
    case 'entitled':
      return null
    case 'not_entitled':
      return 'not_entitled'
    case 'unknown':
      return 'membership_unknown'
  }
}

const nobody: KnownPerson = { slackUserIds: new Set(), githubLogins: new Set() }

/** Slack's ids are upper case and digits; nobody gets in by registering such a login on GitHub. */
const slackUserId = /^[UW][A-Z0-9]{5,}$/

function isNamed(person: KnownPerson, entry: string): boolean {
  if (slackUserId.test(entry)) return person.slackUserIds.has(entry)
  return person.githubLogins.has(entry.replace(/^@/, '').toLowerCase())
}

function unlinkedAccount(person: KnownPerson, rule: EntitlementRule): 'slack' | 'github' | null {
  if (rule.githubTeams.length > 0 && person.githubLogins.size === 0) return 'github'
  if (rule.userGroups.length > 0 && person.slackUserIds.size === 0) return 'slack'
  return null
}

function lowerCase(names: readonly string[]): readonly string[] {
  return names.map((name) => name.toLowerCase())
}
