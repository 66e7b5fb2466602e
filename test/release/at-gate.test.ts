import { describe, expect, test } from 'vitest'
import { decide } from '../../src/release/decide.ts'
import { planDigest } from '../../src/release/plan-digest.ts'
import { plainWords } from '../../src/release/text-with-people.ts'
import {
  aContext,
  ada,
  aPerson,
  aPlan,
  aPress,
  approve,
  aRule,
  bob,
  cyn,
  dan,
  type EventOf,
  fresh,
  githubDown,
  hour,
  memberships,
  noStaging,
  onePerGroup,
  opened,
  otherSha,
  peopleSet,
  play,
  redCi,
  rita,
  someChanges,
  t0,
  twoLeads,
} from './fixtures.ts'
import { effectTypes, inState, stateName } from './states.ts'

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
