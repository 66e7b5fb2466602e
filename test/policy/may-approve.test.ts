import { describe, expect, test } from 'vitest'
import type { GatePolicy } from '../../src/policy/gate-policy.ts'
import type { Identity, Memberships } from '../../src/policy/identity.ts'
import { type ApprovalMatter, mayApprove } from '../../src/policy/may-approve.ts'
import {
  ada,
  aPerson,
  aPolicy,
  bob,
  cyn,
  dan,
  memberships,
  oneLead,
  onePerGroup,
  peopleSet,
  rita,
  t0,
  twoLeads,
} from '../release/fixtures.ts'

function matter(policy: Partial<GatePolicy> = {}, more: Partial<ApprovalMatter> = {}): ApprovalMatter {
  return { policy: aPolicy(policy), risks: [], requester: rita, authors: [dan], approvals: [], ...more }
}

function ask(about: ApprovalMatter, identity: Identity, groups: readonly string[], more: Partial<Memberships> = {}) {
  return mayApprove(about, { identity, memberships: memberships(groups, more), at: t0 })
}

const risky: Partial<GatePolicy> = {
  risks: [
    {
      name: 'database',
      when: { type: 'destructive_migration' },
      approvals: [{ from: peopleSet({ groups: ['SDBA'] }), count: 1 }],
    },
  ],
}

describe('an approval counts', () => {
  test('for the rules that the person is entitled by', () => {
    expect(ask(matter(), ada, ['SLEADS'])).toEqual({ ok: true, rules: [0] })
    expect(ask(matter({ approvals: onePerGroup }), bob, ['SONCALL', 'SLEADS'])).toEqual({ ok: true, rules: [0, 1] })
  })

  test('with the rules of risks that are not in force yet', () => {
    expect(ask(matter(risky), ada, ['SLEADS', 'SDBA'])).toEqual({ ok: true, rules: [0, 1] })
  })

  test('for a risk that is in force', () => {
    expect(ask(matter(risky, { risks: ['database'] }), cyn, ['SDBA'])).toEqual({ ok: true, rules: [1] })
    expect(ask(matter(risky), cyn, ['SDBA'])).toEqual({ ok: false, reason: 'not_entitled' })
  })

  test('of the requester and of authors where the policy says so', () => {
    expect(ask(matter({ allowsSelfApproval: true }), rita, ['SLEADS'])).toMatchObject({ ok: true })
    expect(ask(matter({ allowsAuthorApproval: true }), dan, ['SLEADS'])).toMatchObject({ ok: true })
  })
})

describe('an approval is refused', () => {
  const given = [{ by: ada, rules: [0] }]

  test.each<[string, ApprovalMatter, Identity, readonly string[], Partial<Memberships>, string]>([
    ['to somebody in no set', matter(), cyn, ['SONCALL'], {}, 'not_entitled'],
    ['while nobody can tell', matter(), cyn, [], { unknown: ['SLEADS'] }, 'membership_unknown'],
    ['on memberships of yesterday', matter(), ada, ['SLEADS'], { readAt: t0 - 86_400_000 }, 'membership_unknown'],
    ['to the requester', matter(), rita, ['SLEADS'], {}, 'self_approval'],
    [
      'to the requester’s GitHub identity',
      matter(),
      aPerson('x', { slackId: null, logins: ['RITA'], emails: [] }),
      ['SLEADS'],
      {},
      'self_approval',
    ],
    [
      'to the requester’s second Slack account',
      matter(),
      aPerson('x', { slackId: 'U77', emails: ['Rita@acme.dev'] }),
      ['SLEADS'],
      {},
      'self_approval',
    ],
    ['to an author', matter(), dan, ['SLEADS'], {}, 'author_approval'],
    [
      'to an author by the address of the commit',
      matter({}, { authors: [aPerson('x', { slackId: null, logins: [], emails: ['ada@acme.dev'] })] }),
      ada,
      ['SLEADS'],
      {},
      'author_approval',
    ],
    ['twice', matter({ approvals: twoLeads }, { approvals: given }), ada, ['SLEADS'], {}, 'already_approved'],
    [
      'twice by a second identity',
      matter({ approvals: twoLeads }, { approvals: given }),
      aPerson('y', { slackId: 'U88', logins: ['ada'] }),
      ['SLEADS'],
      {},
      'already_approved',
    ],
    [
      'where the place is taken',
      matter({ approvals: onePerGroup }, { approvals: given }),
      aPerson('eve'),
      ['SLEADS'],
      {},
      'rule_filled',
    ],
    [
      'where only an unread group could still help',
      matter({ approvals: onePerGroup }, { approvals: given }),
      aPerson('eve'),
      ['SLEADS'],
      { unknown: ['SONCALL'] },
      'membership_unknown',
    ],
    [
      'to an author, for the risk, even where authors may approve',
      matter({ ...risky, allowsAuthorApproval: true }, { risks: ['database'] }),
      dan,
      ['SDBA'],
      {},
      'author_approval',
    ],
  ])('%s', (_, about, identity, groups, more, reason) => {
    expect(ask(about, identity, groups, more)).toEqual({ ok: false, reason })
  })

  test('not to somebody in both groups who makes room for the other', () => {
    const about = matter({ approvals: onePerGroup }, { approvals: [{ by: bob, rules: [0, 1] }] })
    expect(ask(about, ada, ['SLEADS'])).toEqual({ ok: true, rules: [0] })
    expect(ask(about, cyn, ['SONCALL'])).toEqual({ ok: true, rules: [1] })
  })

  test('an author who may approve otherwise does so without the risk’s rules', () => {
    const about = matter({ ...risky, approvals: oneLead, allowsAuthorApproval: true }, { risks: ['database'] })
    expect(ask(about, dan, ['SLEADS', 'SDBA'])).toEqual({ ok: true, rules: [0] })
  })
})
