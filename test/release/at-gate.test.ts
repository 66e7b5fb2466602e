import { describe, expect, test } from 'vitest'
import { decide } from '../../src/release/decide.ts'
import { planDigest } from '../../src/release/plan-digest.ts'
import type { Release } from '../../src/release/release.ts'
import { plainWords } from '../../src/release/text-with-people.ts'
import {
  aCommit,
  aContext,
  ada,
  aPerson,
  aPlan,
  aPress,
  approve,
  aRule,
  bob,
  checked,
  cyn,
  dan,
  type EventOf,
  effectTypes,
  fresh,
  frozenForHours,
  githubDown,
  hour,
  inState,
  memberships,
  noStaging,
  olaf,
  onePerGroup,
  opened,
  otherSha,
  peopleSet,
  play,
  redCi,
  rita,
  someChanges,
  stateName,
  t0,
  twoLeads,
} from './fixtures.ts'

const context = aContext()
const twoNeeded = aContext({ policy: { approvals: twoLeads } })

describe('an approval', () => {
  test('that completes the quorum has the plan checked, and starts nothing yet', () => {
    const { release, effects, audit, answer } = play(opened(), context, (r) => approve(r, ada, { comment: 'Fine' }))
    expect(stateName(release)).toBe('preparing/checking')
    expect(release).toMatchObject({ approvedAt: t0, approvals: [{ by: ada, comment: 'Fine', rules: [0] }] })
    expect(effects).toEqual([
      { type: 'post_line', text: '@{UADA|ada} approved (1 of 1): Fine' },
      { type: 'deployment_status', state: 'queued' },
      { type: 'check_plan', generation: release.generation },
    ])
    expect(audit).toEqual({ actor: ada, client: 'slack', action: 'approve', reason: null, text: '1 of 1: Fine' })
    expect(answer).toMatchObject({ outcome: 'applied' })
  })

  test('that leaves some missing keeps the gate and its buttons as they are', () => {
    const gate = opened({}, twoNeeded)
    const { release, effects } = play(gate, twoNeeded, (r) => approve(r, ada))
    expect(release).toMatchObject({ state: gate.state, generation: gate.generation, revision: gate.revision + 1 })
    expect(effectTypes({ effects })).toEqual(['post_line'])
  })

  test.each<[string, Partial<EventOf<'approve'>>, string]>([
    [
      'on an old card',
      { press: aPress(ada, null, { seen: { generation: 0, planDigest: planDigest(aPlan()) } }) },
      'stale_button',
    ],
    [
      'on the card of another plan',
      { press: aPress(ada, null, { seen: { generation: 1, planDigest: 'x' } }) },
      'stale_button',
    ],
    ['on a button that does not say what it is for', { press: aPress(ada, null) }, 'stale_button'],
    ['by somebody in none of the groups', { press: aPress(cyn, opened()) }, 'not_entitled'],
    [
      'by somebody whom nobody could tell about',
      { press: aPress(cyn, opened(), { memberships: memberships([], { unknown: ['SLEADS'] }) }) },
      'membership_unknown',
    ],
    ['by the requester', { press: aPress(rita, opened()) }, 'self_approval'],
    ['by an author', { press: aPress(dan, opened()) }, 'author_approval'],
    ['while GitHub cannot say', { fresh: githubDown }, 'service_unavailable'],
    ['while CI is red', { fresh: fresh({}, redCi) }, 'ci_not_green'],
    ['while staging is missing', { fresh: fresh({}, noStaging) }, 'staging_missing'],
    ['after its time', { at: t0 + 4 * hour }, 'expired'],
    [
      'when the branch was moved',
      { fresh: fresh({}, { isOnAllowedBranch: false, branches: [] }) },
      'not_on_allowed_branch',
    ],
    ['when the commit was exchanged', { fresh: fresh({ sha: otherSha }) }, 'plan_changed'],
  ])('is refused %s', (_, more, reason) => {
    const gate = opened()
    const { release, audit, answer, effects } = decide(gate, approve(gate, ada, more), context)
    expect(audit?.reason).toBe(reason)
    expect(answer?.outcome).toBe(reason === 'expired' ? 'expired' : 'refused')
    expect(release.approvals).toEqual([])
    expect(effectTypes({ effects }).filter((type) => type !== 'post_story')).toEqual([])
  })

  test('from the command line needs no card', () => {
    const press = aPress(ada, null, { client: 'cli' })
    expect(stateName(play(opened(), context, (r) => approve(r, ada, { press })).release)).toBe('preparing/checking')
  })

  test('a second time counts once, by a second identity of the person as well', () => {
    const once = play(opened({}, twoNeeded), twoNeeded, (r) => approve(r, ada)).release
    const again = decide(once, approve(once, ada), twoNeeded)
    const second = aPerson('ada-private', { logins: ['ADA'] })
    const press = aPress(second, once, { memberships: memberships(['SLEADS']) })
    const other = decide(once, approve(once, second, { press }), twoNeeded)
    expect([again.audit?.reason, other.audit?.reason]).toEqual(['already_approved', 'already_approved'])
    expect(again.release).toBe(once)
  })

  test('by two people in the same instant: one decides, the other is told who did', () => {
    const gate = opened()
    const first = decide(gate, approve(gate, ada), context).release
    const second = decide(first, approve(gate, bob), context)
    expect(second.release).toBe(first)
    expect(second.answer).toEqual({
      outcome: 'already_decided',
      text: 'This was decided already. Approved by @{UADA|ada}.',
    })
  })

  test('of one from each of two groups takes somebody in both for whichever is missing', () => {
    const each = aContext({ policy: { approvals: onePerGroup } })
    const done = play(
      opened({}, each),
      each,
      (r) => approve(r, bob),
      (r) => approve(r, ada),
    )
    expect(stateName(done.release)).toBe('preparing/checking')
  })

  test('while a risk is in force asks for its people too', () => {
    const dba = [{ from: peopleSet({ users: ['UCYN'] }), count: 1 }]
    const risky = aContext({
      policy: { risks: [{ name: 'auth', when: { type: 'paths', globs: ['src/auth/**'] }, approvals: dba }] },
    })
    const auth = fresh({}, { changes: someChanges({ paths: ['src/auth/token.ts'] }) })
    const gate = opened({ fresh: auth }, risky)
    expect(gate.risks).toEqual(['auth'])
    const one = play(gate, risky, (r) => approve(r, ada, { fresh: auth })).release
    expect(stateName(one)).toBe('awaiting_approval')
    expect(stateName(play(one, risky, (r) => approve(r, cyn, { fresh: auth })).release)).toBe('preparing/checking')
    // Seen once, the risk stays although the newest reading does not show it.
    expect(play(one, risky, (r) => approve(r, cyn)).release.risks).toEqual(['auth'])
  })
})

describe('a plan that changed', () => {
  const half = play(opened({}, twoNeeded), twoNeeded, (r) => approve(r, ada)).release
  const migrated = fresh({ migrations: [{ path: 'supabase/migrations/1.sql', blob: 'm1' }] })

  test('takes the approvals away at a press, says which part, and calls nobody', () => {
    const { release, effects, audit, answer } = play(half, twoNeeded, (r) => approve(r, bob, { fresh: migrated }))
    expect(effects).toEqual([])
    expect(release).toMatchObject({
      approvals: [],
      voided: { at: t0, changed: ['migrations'], approvals: 1 },
      generation: half.generation + 1,
      state: half.state,
    })
    expect(release.planDigest).toBe(
      planDigest(aPlan({ migrations: [{ path: 'supabase/migrations/1.sql', blob: 'm1' }] })),
    )
    expect(audit).toMatchObject({ actor: bob, action: 'void_approvals', reason: 'plan_changed' })
    expect(answer?.text).toContain('migrations')
  })

  test('takes them away when the card is brought up to date', () => {
    const { release, effects, audit } = play(half, twoNeeded, () => ({ type: 'refreshed', at: t0, fresh: migrated }))
    expect(effects).toEqual([])
    expect(release.approvals).toEqual([])
    expect(audit).toMatchObject({ actor: 'sluice', action: 'void_approvals', reason: 'plan_changed' })
  })

  test('can be approved afterwards, on the new card, for what it is now', () => {
    const changed = play(half, twoNeeded, (r) => approve(r, bob, { fresh: migrated })).release
    const old = decide(changed, approve(half, bob, { fresh: migrated }), twoNeeded)
    expect(old.audit?.reason).toBe('stale_button')
    const done = play(
      changed,
      twoNeeded,
      (r) => approve(r, bob, { fresh: migrated }),
      (r) => approve(r, ada, { fresh: migrated }),
    )
    expect(stateName(done.release)).toBe('preparing/checking')
  })

  const other = aContext({ policy: { approvals: twoLeads, version: 'policy-2' } })

  test('is one of the policy, too, when only the configuration was changed', () => {
    const read = fresh({ policyVersion: 'policy-2' })
    const { release, audit } = decide(half, approve(half, bob, { fresh: read }), other)
    expect(audit?.text).toContain('policy')
    expect(release).toMatchObject({ approvals: [], plan: { policyVersion: 'policy-2' } })
  })

  test('is not known from a reading under another policy than the one in force', () => {
    const { release, audit, effects } = decide(half, approve(half, bob), other)
    expect([release, audit?.reason, effects]).toEqual([half, 'service_unavailable', []])
    const checking = inState('checking')
    expect(decide(checking, checked(checking), other)).toMatchObject({ release: checking, effects: [] })
  })

  test('of another commit is not taken over', () => {
    const { release } = play(half, twoNeeded, (r) => approve(r, bob, { fresh: fresh({ sha: otherSha }) }))
    expect(release).toMatchObject({ approvals: [], plan: { sha: half.sha }, sha: half.sha })
  })

  test('counts as changed when something went live that the release would now take away', () => {
    const behind = fresh({}, { changes: someChanges({ relation: 'behind', commits: [aCommit({ sha: otherSha })] }) })
    const { release, audit } = play(half, twoNeeded, (r) => approve(r, bob, { fresh: behind }))
    expect(release).toMatchObject({ approvals: [], planDigest: half.planDigest })
    expect(audit?.text).toContain('commits taken away')
  })

  test('so does one whose approver turns out to have written a part of it', () => {
    const more = someChanges({
      commits: [aCommit(), aCommit({ sha: otherSha, coAuthors: [{ name: 'A', email: 'ADA@acme.dev' }] })],
    })
    const { release, audit } = play(half, twoNeeded, (r) => approve(r, bob, { fresh: fresh({}, { changes: more }) }))
    expect(release.approvals).toEqual([])
    expect(audit?.text).toContain('authors')
  })

  test('is not there when only the time of reading is another', () => {
    const later = play(half, twoNeeded, () => ({ type: 'refreshed', at: t0 + 1, fresh: fresh({}, { readAt: t0 + 1 }) }))
    expect(later.release).toMatchObject({ generation: half.generation, approvals: half.approvals })
    expect(later.audit).toBeNull()
  })

  test('is not seen in a reading older than the one on the card', () => {
    const old = fresh({ artifacts: [] }, { readAt: t0 - 1 })
    const late = play(half, twoNeeded, () => ({ type: 'refreshed', at: t0, fresh: old }))
    expect(late.release).toBe(half)
  })
})

describe('a gate that nobody decides at', () => {
  const gate = opened()

  test('expires, with a reminder before', () => {
    expect(effectTypes(decide(gate, { type: 'remind', at: t0 + 3 * hour }, context))).toEqual(['remind_approvers'])
    const { release, audit, effects } = decide(gate, { type: 'expire', at: t0 + 4 * hour }, context)
    expect(stateName(release)).toBe('expired')
    expect(audit).toMatchObject({ actor: 'sluice', action: 'expire', reason: null })
    expect(effectTypes({ effects })).toEqual(['post_story'])
  })

  test('does not expire by a timer that fires too early', () => {
    expect(decide(gate, { type: 'expire', at: t0 + 4 * hour - 1 }, context).release).toBe(gate)
  })

  test('is over for a press that comes before the timer, and stays so when the clock moves back', () => {
    const late = decide(gate, approve(gate, ada, { at: t0 + 4 * hour }), context)
    expect(late.answer?.outcome).toBe('expired')
    expect(late.audit).toMatchObject({ actor: ada, action: 'expire', reason: 'expired' })
    const back = decide(late.release, approve(gate, ada), context)
    expect([stateName(back.release), back.answer?.outcome]).toEqual(['expired', 'expired'])
  })

  test('is not over because the clock moved back', () => {
    const back = approve(gate, ada, { at: t0 - 100 * hour })
    const { release } = decide(
      gate,
      { ...back, press: { ...back.press, memberships: memberships(['SLEADS'], { readAt: t0 - 100 * hour }) } },
      context,
    )
    expect(release.state).toEqual({ name: 'preparing', since: t0, phase: 'checking' })
  })
})

describe('no', () => {
  test('is said by somebody who may approve, with a reason', () => {
    const { release, audit, effects } = play(opened(), context, (r) => ({
      type: 'reject',
      at: t0,
      press: aPress(ada, r),
      why: ' Not on a Friday ',
    }))
    expect(release.state).toMatchObject({ name: 'rejected', by: ada, why: 'Not on a Friday' })
    expect(audit).toMatchObject({ actor: ada, action: 'reject', reason: null, text: 'Not on a Friday' })
    expect(effectTypes({ effects })).toEqual(['post_line', 'post_story'])
  })

  test.each<[string, Partial<EventOf<'reject'>>, string]>([
    ['without a reason', { why: ' \n' }, 'reason_missing'],
    ['by somebody who may not approve', { press: aPress(cyn, opened()) }, 'not_entitled'],
    ['on an old card', { press: aPress(ada, null, { seen: { generation: 0, planDigest: '' } }) }, 'stale_button'],
  ])('is not taken %s', (_, more, reason) => {
    const gate = opened()
    const event = { type: 'reject', at: t0, press: aPress(ada, gate), why: 'No', ...more } as const
    const { release, audit } = decide(gate, event, context)
    expect([release, audit?.reason]).toEqual([gate, reason])
  })

  test('reaches the waiting protection rule, in plain words', () => {
    const gate = opened({ rule: aRule }, aContext({ policy: { mode: 'protection_rule' } }))
    const { effects } = play(gate, context, (r) => ({ type: 'reject', at: t0, press: aPress(ada, r), why: 'No' }))
    expect(effects).toContainEqual({ type: 'answer_rule', state: 'rejected', comment: 'ada rejected it: No' })
  })
})

describe('breaking the glass', () => {
  const glass = (release: Release, more: Partial<EventOf<'break_glass'>> = {}): EventOf<'break_glass'> => ({
    type: 'break_glass',
    at: t0,
    press: aPress(olaf, release),
    why: 'The site is down',
    fresh: fresh(),
    ...more,
  })
  const frozen = aContext({ freezes: [frozenForHours(10)], owedReview: { releaseId: 'R0', by: bob } })

  test('overrides quorum, staging, freeze and an owed review, and everybody is told', () => {
    const byOlaf = { press: aPress(olaf, null), fresh: fresh({}, noStaging) }
    const gate = opened(byOlaf, frozen)
    const done = play(gate, frozen, (r) => glass(r, { fresh: fresh({}, noStaging) }))
    expect(stateName(done.release)).toBe('preparing/checking')
    expect(done.release.breakGlass).toEqual({ by: olaf, at: t0, why: 'The site is down' })
    expect(effectTypes(done)).toEqual(['announce_break_glass', 'post_line', 'deployment_status', 'check_plan'])
    expect(done.audit).toMatchObject({
      action: 'break_glass',
      reason: null,
      text: 'Overrides staging, freeze, review and approvals: The site is down',
    })
    const started = play(done.release, frozen, (r) => checked(r, { fresh: fresh({}, noStaging) }))
    expect(effectTypes(started)).toEqual(['start_workflow'])
  })

  test('gets an approved release out of a freeze', () => {
    const queued = play(opened({}, frozen), frozen, (r) => approve(r, ada)).release
    expect(stateName(queued)).toBe('queued/freeze')
    expect(stateName(play(queued, frozen, glass).release)).toBe('preparing/checking')
  })

  test.each<[string, Partial<EventOf<'break_glass'>>, Parameters<typeof aContext>[0], string]>([
    ['by somebody who may not', { press: aPress(ada, opened()) }, {}, 'not_break_glass'],
    ['where nobody may', {}, { policy: { breakGlass: null } }, 'not_break_glass'],
    ['without a reason', { why: '' }, {}, 'reason_missing'],
    ['on an old card', { press: aPress(olaf, null) }, {}, 'stale_button'],
    ['over red CI', { fresh: fresh({}, redCi) }, {}, 'ci_not_green'],
    [
      'over a branch that is not allowed',
      { fresh: fresh({}, { isOnAllowedBranch: false }) },
      {},
      'not_on_allowed_branch',
    ],
    ['over another plan than the one shown', { fresh: fresh({ artifacts: [] }) }, {}, 'plan_changed'],
    ['while GitHub cannot say', { fresh: githubDown }, {}, 'service_unavailable'],
  ])('does nothing %s', (_, more, about, reason) => {
    const gate = opened()
    const { release, audit, effects } = decide(gate, glass(gate, more), aContext(about))
    expect([audit?.reason, release.breakGlass, stateName(release), effects]).toEqual([
      reason,
      null,
      'awaiting_approval',
      [],
    ])
  })

  test('overrides neither a lock nor the turn of another release', () => {
    const locked = aContext({ lock: { by: bob, why: 'Moving the database', expiresAt: null } })
    expect(stateName(play(opened(), locked, glass).release)).toBe('queued/lock')
    expect(stateName(play(opened(), aContext({ before: 'R0' }), glass).release)).toBe('queued/turn')
  })

  test('is void when the plan changes, like an approval', () => {
    const broken = play(opened(), context, glass).release
    const { release, effects } = play(broken, context, (r) => checked(r, { fresh: fresh({ artifacts: [] }) }))
    expect([stateName(release), release.breakGlass]).toEqual(['awaiting_approval', null])
    expect(effectTypes({ effects })).toEqual(['environment_free'])
  })

  test('can be taken back until the start', () => {
    const broken = play(opened(), context, glass).release
    const back = play(broken, context, (r) => ({ type: 'withdraw', at: t0, press: aPress(olaf, r) }))
    expect([stateName(back.release), back.release.breakGlass]).toEqual(['awaiting_approval', null])
  })
})

describe('calling off', () => {
  test('is for the requester and for approvers, from an old card too', () => {
    const gate = opened({}, twoNeeded)
    const by = (person: typeof ada) =>
      decide(gate, { type: 'cancel', at: t0, press: aPress(person, null), why: 'Wrong one' }, twoNeeded)
    expect(by(rita).release.state).toMatchObject({ name: 'cancelled', by: rita, why: 'Wrong one' })
    expect(by(ada).release.state).toMatchObject({ name: 'cancelled', by: ada })
    expect(by(cyn).audit?.reason).toBe('not_yours')
  })

  test('an approval that is taken back puts the release back at the gate for its full time', () => {
    const queued = inState('queued')
    const { release, effects } = decide(queued, { type: 'withdraw', at: t0 + hour, press: aPress(ada, null) }, context)
    expect(release).toMatchObject({ approvals: [], approvedAt: null })
    expect(release.state).toEqual({ name: 'awaiting_approval', since: t0 + hour, expiresAt: t0 + 5 * hour })
    expect(effectTypes({ effects })).toEqual(['post_line', 'environment_free'])
  })

  test('an answer names people by name where there is no Slack', () => {
    const gate = inState('rejected')
    const { answer } = decide(gate, approve(gate, bob), context)
    expect(plainWords(answer?.text ?? '')).toBe(
      'This was decided already. ada rejected it at 2026-01-05 10:00 UTC: Not today',
    )
  })
})
