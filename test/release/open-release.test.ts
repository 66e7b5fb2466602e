import { describe, expect, test } from 'vitest'
import type { GateContext, ReleaseRequest } from '../../src/release/decision.ts'
import { openRelease } from '../../src/release/open-release.ts'
import type { Approval } from '../../src/release/release.ts'
import { supersededBy } from '../../src/release/superseded-by.ts'
import {
  aCommit,
  aContext,
  ada,
  aPolicy,
  aPress,
  approve,
  aRequest,
  aRule,
  bob,
  checked,
  cyn,
  fresh,
  frozenForHours,
  githubDown,
  memberships,
  noStaging,
  olaf,
  oneLead,
  opened,
  peopleSet,
  play,
  redCi,
  rita,
  sha,
  someChanges,
  t0,
  twoLeads,
} from './fixtures.ts'
import { effectTypes, stateName } from './states.ts'

function open(request: Partial<ReleaseRequest> = {}, context: GateContext = aContext()) {
  return openRelease(aRequest(request), context, t0)
}

describe('a request', () => {
  test('becomes a release at the gate', () => {
    const { release, effects, audit, answer } = open()
    expect(release).toMatchObject({
      id: 'R1',
      sha,
      strategy: 'canary',
      requester: rita,
      state: { name: 'awaiting_approval', since: t0, expiresAt: t0 + aPolicy().expiresAfterMs },
      approvals: [],
    })
    expect(effects).toEqual([])
    expect(audit).toMatchObject({ actor: rita, action: 'request', reason: null })
    expect(answer).toEqual({
      outcome: 'applied',
      text: 'Release of aaaaaaa to production (canary). It waits for 1 approval.',
    })
  })

  test('says at once what else is in the way', () => {
    const { answer } = open(
      {},
      aContext({ freezes: [frozenForHours(3)], lock: { by: bob, why: 'Busy', expiresAt: null } }),
    )
    expect(answer.text).toContain('@{UBOB|bob} holds a lock: Busy')
    expect(answer.text).toContain('The big sale')
  })

  test('goes on at once where no approval is needed', () => {
    const free = aContext({ policy: { approvals: [], needsApproval: false } })
    const { release, effects } = open({}, free)
    expect(release && stateName(release)).toBe('preparing/checking')
    expect(effectTypes({ effects })).toEqual(['deployment_status', 'check_plan'])
    const behind = open({}, { ...free, before: 'R0' }).release
    expect(behind && stateName(behind)).toBe('queued/turn')
  })

  const nobody = [{ from: peopleSet({}), count: 1 }]
  test.each<[string, Partial<ReleaseRequest>, Parameters<typeof aContext>[0], string]>([
    ['by somebody who may not ask', {}, { policy: { requesters: peopleSet({ users: ['UADA'] }) } }, 'not_a_requester'],
    [
      'by somebody whom nobody could tell about',
      { press: aPress(rita, null, { memberships: memberships([], { unknown: ['SASK'] }) }) },
      { policy: { requesters: peopleSet({ groups: ['SASK'] }) } },
      'membership_unknown',
    ],
    ['with a strategy that is not allowed', { fresh: fresh({ strategy: 'blue-green' }) }, {}, 'strategy_not_allowed'],
    ['where nobody could approve', {}, { policy: { approvals: [] } }, 'no_approvers'],
    ['where a rule names nobody', {}, { policy: { approvals: [...oneLead, ...nobody] } }, 'no_approvers'],
    ['for a commit that is asked for already', { open: [{ id: 'R0', sha, rule: null }] }, {}, 'already_requested'],
    [
      'for the commit that is live',
      { fresh: fresh({}, { changes: someChanges({ relation: 'same' }) }) },
      {},
      'already_live',
    ],
    ['for a commit of another branch', { fresh: fresh({}, { isOnAllowedBranch: false }) }, {}, 'not_on_allowed_branch'],
    ['while CI is red', { fresh: fresh({}, redCi) }, {}, 'ci_not_green'],
    ['without staging', { fresh: fresh({}, noStaging) }, {}, 'staging_missing'],
    [
      'with a staging of the day before yesterday',
      {},
      { policy: { requiresStaging: { environment: 'staging', smokeStages: [], maxAgeMs: 1000 } } },
      'staging_too_old',
    ],
    ['where the workflow asks by itself', {}, { policy: { mode: 'protection_rule' } }, 'asks_on_github'],
  ])('is refused %s', (_, request, about, reason) => {
    const { release, effects, audit, answer } = open(request, aContext(about))
    expect(release?.state).toMatchObject({ name: 'refused', reason })
    expect(audit).toMatchObject({ actor: rita, action: 'request', reason })
    expect(answer.outcome).toBe('refused')
    expect(effects).toEqual([])
  })

  test('comes to no release at all while GitHub cannot say', () => {
    const { release, audit } = open({ fresh: githubDown })
    expect([release, audit.reason]).toEqual([null, 'service_unavailable'])
  })

  test('that lacks only staging comes to the gate when the one who asks may break the glass', () => {
    const release = opened({ press: aPress(olaf, null), fresh: fresh({}, noStaging) })
    expect(stateName(release)).toBe('awaiting_approval')
    // It is no way around staging for those who approve.
    expect(play(release, aContext(), (r) => approve(r, ada, { fresh: fresh({}, noStaging) })).audit?.reason).toBe(
      'staging_missing',
    )
    expect(opened({ press: aPress(olaf, null), fresh: fresh({}, redCi) }).state.name).toBe('refused')
  })
})

describe('a request of a protection rule', () => {
  const context = aContext({ policy: { mode: 'protection_rule' } })

  test('becomes a release that follows its run', () => {
    expect(opened({ rule: aRule }, context)).toMatchObject({ mode: 'protection_rule', run: { id: 77 }, rule: aRule })
  })

  test('that is refused is answered, with the reason', () => {
    const { effects } = open({ rule: aRule, fresh: fresh({}, redCi) }, context)
    expect(effects).toEqual([
      { type: 'answer_rule', state: 'rejected', comment: expect.stringContaining('0 of 1 check passed: build failed') },
    ])
  })

  test('that comes twice leaves the waiting one alone', () => {
    const { release, effects, audit } = open({ rule: aRule, open: [{ id: 'R0', sha, rule: aRule }] }, context)
    expect([release?.state.name, effects, audit.reason]).toEqual(['refused', [], 'already_requested'])
  })

  test('waits while GitHub cannot say', () => {
    expect(open({ rule: aRule, fresh: githubDown }, context)).toMatchObject({ release: null, effects: [] })
  })

  test('is not refused because the commit is live or another run of it waits', () => {
    const same = fresh({}, { changes: someChanges({ relation: 'same' }) })
    const other = { id: 'R0', sha, rule: { ...aRule, runId: 1 } }
    expect(opened({ rule: aRule, fresh: same, open: [other] }, context).state.name).toBe('awaiting_approval')
  })
})

describe('approvals that are carried over', () => {
  const approval: Approval = {
    by: ada,
    at: t0 - 1000,
    comment: null,
    rules: [0],
    client: 'slack',
    planDigest: opened().planDigest,
    carriedFrom: { releaseId: 'R0', why: 'same_plan' },
  }
  const isLead = memberships(['SLEADS'])
  const carried = [{ approval, memberships: isLead }]

  test('fill the quorum', () => {
    const { release, answer } = open({ carried })
    expect(release && stateName(release)).toBe('preparing/checking')
    expect(answer.text).toContain('1 approval carried over')
    expect(effectTypes(play(opened({ carried }), aContext(), checked))).toEqual(['start_workflow'])
  })

  test('count beside new ones, and not twice', () => {
    const two = aContext({ policy: { approvals: twoLeads } })
    const release = opened({ carried: [...carried, ...carried] }, two)
    expect(release.approvals).toHaveLength(1)
    expect(play(release, two, (r) => approve(r, ada)).audit?.reason).toBe('already_approved')
    expect(stateName(play(release, two, (r) => approve(r, bob)).release)).toBe('preparing/checking')
  })

  test.each<[string, Partial<ReleaseRequest>]>([
    ['of somebody who is no approver any more', { carried: [{ approval, memberships: memberships([]) }] }],
    [
      'of somebody whom nobody could tell about',
      { carried: [{ approval, memberships: memberships([], { unknown: ['SLEADS'] }) }] },
    ],
    ['of the one who asks now', { carried, press: aPress(ada, null) }],
    [
      'of an author of what was added',
      { carried, fresh: fresh({}, { changes: someChanges({ commits: [aCommit({ authorLogin: 'Ada' })] }) }) },
    ],
  ])('drop out when they are %s', (_, request) => {
    expect(opened(request).approvals).toEqual([])
  })

  test('are given the rules that they count for now', () => {
    const context = aContext({
      policy: { approvals: [{ from: peopleSet({ users: ['UCYN'] }), count: 1 }, ...oneLead] },
    })
    const release = opened({ carried: [{ approval: { ...approval, by: bob }, memberships: isLead }] }, context)
    expect(release.approvals).toMatchObject([{ by: bob, rules: [1] }])
    expect(stateName(play(release, context, (r) => approve(r, cyn)).release)).toBe('preparing/checking')
  })
})

describe('a newer release at the gate', () => {
  const older = { ...opened(), id: 'R0' }

  test('takes the place of older ones where the environment says so', () => {
    expect(supersededBy(opened(), [older, opened()], { supersedes: true })).toEqual([older])
    expect(supersededBy(opened(), [older], { supersedes: false })).toEqual([])
  })

  test('leaves alone what is approved, what is of another environment or repository, and all when it was refused', () => {
    const approved = { ...play(older, aContext(), (r) => approve(r, ada)).release }
    const others = [approved, { ...older, environment: 'staging' }, { ...older, repository: 'acme/other' }]
    expect(supersededBy(opened(), others, { supersedes: true })).toEqual([])
    expect(supersededBy(opened({ fresh: fresh({}, redCi) }), [older], { supersedes: true })).toEqual([])
  })
})
