import { describe, expect, test } from 'vitest'
import { type Applicant, entitlementTo, isAmong, refusalUnlessAmong } from '../../src/policy/entitlement.ts'
import type { PeopleSet } from '../../src/policy/gate-policy.ts'
import type { Identity, Memberships } from '../../src/policy/identity.ts'

const at = 1_000_000

function set(more: Partial<PeopleSet>): PeopleSet {
  return { users: [], groups: [], teams: [], ...more }
}

function applicant(memberships: Partial<Memberships>, identity: Partial<Identity> = {}): Applicant {
  return {
    identity: { slackId: 'U1', teamId: 'T1', name: null, logins: [], emails: [], ...identity },
    memberships: { groups: [], teams: [], unknown: [], readAt: at, ...memberships },
    at,
  }
}

describe('somebody is among the people of a set', () => {
  test.each<[string, PeopleSet, Applicant, 'yes' | 'no' | 'unknown']>([
    ['by name', set({ users: ['U1'] }), applicant({}), 'yes'],
    ['by user group', set({ groups: ['S1', 'S2'] }), applicant({ groups: ['S2'] }), 'yes'],
    ['by team, whatever its case', set({ teams: ['Acme/SRE'] }), applicant({ teams: ['acme/sre'] }), 'yes'],
    ['not by being nobody', set({}), applicant({ groups: ['S1'], teams: ['acme/sre'] }), 'no'],
    ['not by another group', set({ groups: ['S1'] }), applicant({ groups: ['S2'] }), 'no'],
    ['not without a Slack id', set({ users: ['U1'] }), applicant({}, { slackId: null }), 'no'],
    ['perhaps, when the group could not be read', set({ groups: ['S1'] }), applicant({ unknown: ['S1'] }), 'unknown'],
    [
      'perhaps, when it both is listed and could not be read',
      set({ groups: ['S1'] }),
      applicant({ groups: ['S1'], unknown: ['S1'] }),
      'unknown',
    ],
    [
      'by name, whatever could not be read',
      set({ users: ['U1'], groups: ['S1'] }),
      applicant({ unknown: ['S1'] }),
      'yes',
    ],
    [
      'by one group while another could not be read',
      set({ groups: ['S1', 'S2'] }),
      applicant({ groups: ['S2'], unknown: ['S1'] }),
      'yes',
    ],
    ['not, when what could not be read is another set', set({ groups: ['S1'] }), applicant({ unknown: ['S9'] }), 'no'],
    [
      'perhaps, when the groups were read over a minute ago',
      set({ groups: ['S1'] }),
      applicant({ groups: ['S1'], readAt: at - 60_001 }),
      'unknown',
    ],
    ['by groups read a minute ago', set({ groups: ['S1'] }), applicant({ groups: ['S1'], readAt: at - 60_000 }), 'yes'],
    ['by name, however old the groups are', set({ users: ['U1'], groups: ['S1'] }), applicant({ readAt: 0 }), 'yes'],
  ])('%s', (_, people, who, expected) => {
    expect(isAmong(people, who)).toBe(expected)
  })
})

test('the rules that somebody counts for are named by index, and those that could not be told apart from them', () => {
  const rules = [set({ groups: ['S1'] }), set({ users: ['U1'] }), set({ teams: ['acme/sre'] }), set({ groups: ['S3'] })]
  const who = applicant({ groups: ['S3'], unknown: ['acme/sre'] })
  expect(
    entitlementTo(
      rules.map((from) => ({ from, count: 1 })),
      who,
    ),
  ).toEqual({ rules: [1, 3], unknown: [2] })
})

describe('somebody in no set', () => {
  const sets = [set({ groups: ['S1'] }), set({ teams: ['acme/sre'] })]

  test('is not entitled when every set could be read', () => {
    expect(refusalUnlessAmong(sets, applicant({}))).toBe('not_entitled')
    expect(refusalUnlessAmong([], applicant({}))).toBe('not_entitled')
  })

  test('may be when one could not', () => {
    expect(refusalUnlessAmong(sets, applicant({ unknown: ['acme/sre'] }))).toBe('membership_unknown')
  })

  test('is entitled by any of them', () => {
    expect(refusalUnlessAmong(sets, applicant({ groups: ['S1'], unknown: ['acme/sre'] }))).toBeNull()
  })
})
