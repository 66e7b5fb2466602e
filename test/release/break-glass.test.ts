import { describe, expect, test } from 'vitest'
import { decide } from '../../src/release/decide.ts'
import type { Release } from '../../src/release/release.ts'
import {
  aContext,
  ada,
  aPress,
  approve,
  bob,
  checked,
  type EventOf,
  fresh,
  frozenForHours,
  githubDown,
  noStaging,
  olaf,
  opened,
  play,
  redCi,
  t0,
} from './fixtures.ts'
import { effectTypes, stateName } from './states.ts'

const context = aContext()

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
