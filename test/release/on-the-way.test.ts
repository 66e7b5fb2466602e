import { describe, expect, test } from 'vitest'
import { decide } from '../../src/release/decide.ts'
import type { GateContext } from '../../src/release/decision.ts'
import type { Release } from '../../src/release/release.ts'
import {
  aContext,
  ada,
  aPress,
  approve,
  aRule,
  bob,
  checked,
  type EventOf,
  fresh,
  frozenForHours,
  githubDown,
  hour,
  noStaging,
  opened,
  otherSha,
  play,
  redCi,
  rita,
  sha,
  t0,
} from './fixtures.ts'
import { effectTypes, inState, stateName } from './states.ts'

const context = aContext()
const tryStart = { type: 'try_start', at: t0 } as const
const ruleContext = aContext({ policy: { mode: 'protection_rule' } })

function started(from: Release, about: GateContext): Release {
  return play(from, about, checked).release
}

describe('an approved release waits', () => {
  const locked = aContext({ lock: { by: bob, why: 'Moving the database', expiresAt: t0 + hour } })
  const frozen = aContext({ policy: { freezes: [frozenForHours(2)] } })
  const owed = aContext({ owedReview: { releaseId: 'R0', by: bob } })

  test.each<[string, GateContext, string]>([
    ['for its turn', aContext({ before: 'R0' }), 'queued/turn'],
    ['for a lock to go', locked, 'queued/lock'],
    ['for a freeze to end', frozen, 'queued/freeze'],
    ['for an owed review', owed, 'queued/review'],
    ['for nothing', aContext({ lock: { by: bob, why: 'Old', expiresAt: t0 } }), 'preparing/checking'],
    [
      'not for a review that it owes itself',
      aContext({ owedReview: { releaseId: 'R1', by: bob } }),
      'preparing/checking',
    ],
  ])('%s', (_, about, expected) => {
    expect(stateName(play(opened({}, about), about, (r) => approve(r, ada)).release)).toBe(expected)
  })

  test('and says so when it begins to wait for something else', () => {
    const queued = play(opened({}, frozen), frozen, (r) => approve(r, ada)).release
    const { release, audit, effects } = decide(queued, tryStart, locked)
    expect([stateName(release), audit?.action, effects]).toEqual(['queued/lock', 'queue', []])
    expect(audit?.text).toContain('Moving the database')
    expect(release.approvedAt).toBe(queued.approvedAt)
    expect(decide(release, tryStart, locked)).toMatchObject({ release, audit: null })
  })

  test('until nothing is in the way, and is checked then', () => {
    const { release, audit, effects } = decide(inState('queued'), tryStart, context)
    expect([stateName(release), audit?.action]).toEqual(['preparing/checking', 'check'])
    expect(effects).toEqual([{ type: 'check_plan', generation: release.generation }])
  })

  test('without expiring', () => {
    const queued = inState('queued')
    expect(decide(queued, { type: 'expire', at: t0 + 100 * hour }, context).release).toBe(queued)
  })

  test('and goes back to the gate when its plan changes', () => {
    const { release, effects } = decide(
      inState('queued'),
      { type: 'refreshed', at: t0, fresh: fresh({ artifacts: [] }) },
      context,
    )
    expect([stateName(release), release.approvals]).toEqual(['awaiting_approval', []])
    expect(effectTypes({ effects })).toEqual(['environment_free'])
  })
})

describe('the check before the start', () => {
  const checking = inState('checking')
  const check = (more: Partial<EventOf<'plan_checked'>> = {}, about = context) =>
    decide(checking, checked(checking, more), about)

  test('starts the workflow when everything is as it was approved', () => {
    const { release, effects, audit } = check()
    expect(stateName(release)).toBe('preparing/starting')
    expect(effects).toEqual([{ type: 'start_workflow' }])
    expect(audit).toMatchObject({ action: 'start', reason: null, text: 'Approved by ada.' })
  })

  test('answers the protection rule with the approvers’ names', () => {
    const gate = opened({ rule: aRule }, ruleContext)
    const { effects } = play(gate, ruleContext, (r) => approve(r, ada), checked)
    expect(effects).toEqual([{ type: 'answer_rule', state: 'approved', comment: 'Approved by ada.' }])
  })

  test('calls nobody when the plan is another one', () => {
    const { release, effects, audit } = check({
      fresh: fresh({ workflow: { file: 'cd-production.yml', ref: 'main', blob: 'w2' } }),
    })
    expect([stateName(release), release.approvals]).toEqual(['awaiting_approval', []])
    expect(release.voided).toEqual({ at: t0, changed: ['workflow'], approvals: 1 })
    expect(effectTypes({ effects })).toEqual(['environment_free'])
    expect(audit).toMatchObject({ action: 'void_approvals', reason: 'plan_changed' })
  })

  test.each<[string, Partial<EventOf<'plan_checked'>>, string]>([
    ['CI has turned red', { fresh: fresh({}, redCi) }, 'ci_not_green'],
    ['staging has gone', { fresh: fresh({}, noStaging) }, 'staging_missing'],
    ['staging has become too old', { at: t0 + 23 * hour }, 'staging_too_old'],
    ['the commit has left the branch', { fresh: fresh({}, { isOnAllowedBranch: false }) }, 'not_on_allowed_branch'],
  ])('ends the release when %s, with nothing started', (_, more, reason) => {
    const { release, effects, audit } = check(more)
    expect(release.state).toMatchObject({ name: 'failed', reason })
    expect(audit).toMatchObject({ action: 'fail', reason })
    expect(effectTypes({ effects })).toEqual(['deployment_status', 'environment_free', 'post_story'])
  })

  test('waits while GitHub cannot say, and is made again by the next try', () => {
    expect(check({ fresh: githubDown })).toEqual({ release: checking, effects: [], audit: null, answer: null })
    expect(decide(checking, tryStart, context).effects).toEqual([
      { type: 'check_plan', generation: checking.generation },
    ])
  })

  test('puts the release back into the queue when something has come into the way', () => {
    const { release, effects } = check({}, aContext({ lock: { by: bob, why: 'Stop', expiresAt: null } }))
    expect([stateName(release), effects]).toEqual(['queued/lock', []])
  })

  test('says nothing when it was asked for before the release went back to the gate', () => {
    const back = play(
      checking,
      context,
      (r) => ({ type: 'withdraw', at: t0, press: aPress(ada, r) }),
      (r) => approve(r, bob),
    )
    expect(stateName(back.release)).toBe('preparing/checking')
    expect(decide(back.release, checked(checking), context)).toMatchObject({ release: back.release, effects: [] })
  })

  test('happens once: what comes after the start was asked for starts nothing', () => {
    const starting = started(checking, context)
    for (const late of [checked(checking), checked(starting), tryStart]) {
      expect(decide(starting, late, context)).toMatchObject({ release: starting, effects: [] })
    }
  })

  test('sends the release back when a risk has come into force that it was not approved for', () => {
    const risky = aContext({
      policy: {
        risks: [
          {
            name: 'size',
            when: { type: 'changed_lines', moreThan: 100 },
            approvals: [{ from: { users: ['UCYN'], groups: [], teams: [] }, count: 1 }],
          },
        ],
      },
    })
    const from = play(opened({}, risky), risky, (r) => approve(r, ada)).release
    const large = fresh({}, { changes: { ...from.evidence.changes, additions: 1000 } })
    const { release, effects } = play(from, risky, (r) => checked(r, { fresh: large }))
    expect([stateName(release), release.risks, release.approvals.length]).toEqual(['awaiting_approval', ['size'], 1])
    expect(effectTypes({ effects })).toEqual(['environment_free'])
  })
})

describe('the run', () => {
  const ended = (more: Partial<EventOf<'run_ended'>>) =>
    decide(
      inState('running'),
      { type: 'run_ended', at: t0, conclusion: 'success', builtSha: sha, backup: null, ...more },
      context,
    )

  test('is followed from its start', () => {
    const starting = inState('starting')
    const run = { id: 5, url: 'https://run' }
    const { release, effects } = decide(starting, { type: 'run_started', at: t0, run }, context)
    expect([stateName(release), release.run]).toEqual(['preparing/running', run])
    expect(effects).toEqual([{ type: 'deployment_status', state: 'in_progress' }])
  })

  test.each<[string, Partial<EventOf<'run_ended'>>, string, string | undefined]>([
    ['went well', {}, 'completed', undefined],
    ['went well and spells the commit in capitals', { builtSha: sha.toUpperCase() }, 'completed', undefined],
    ['went well and does not say what it built', { builtSha: null }, 'completed', undefined],
    ['built another commit', { builtSha: otherSha }, 'failed', 'built_other_commit'],
    ['built another commit and failed', { builtSha: otherSha, conclusion: 'failure' }, 'failed', 'built_other_commit'],
    ['failed', { conclusion: 'failure' }, 'failed', 'run_failed'],
    ['timed out', { conclusion: 'timed_out' }, 'failed', 'run_failed'],
    ['did nothing', { conclusion: 'skipped' }, 'failed', 'run_failed'],
    ['was cancelled', { conclusion: 'cancelled' }, 'failed', 'run_cancelled'],
  ])('that %s ends the release', (_, more, name, reason) => {
    const { release, audit } = ended(more)
    expect(release.state).toMatchObject({ name, ...(reason === undefined ? {} : { reason }) })
    expect(audit?.reason).toBe(reason ?? null)
  })

  test('that does not say what it built is spoken of in the thread', () => {
    expect(effectTypes(ended({ builtSha: null }))).toContain('post_line')
  })

  test('that does not say what it built has failed where that is asked for, unless it is a run of GitHub’s own', () => {
    const strict = { policy: { requiresBuiltSha: true } }
    const silent = { type: 'run_ended', at: t0, conclusion: 'success', builtSha: null, backup: null } as const
    const { release } = decide(inState('running', aContext(strict)), silent, aContext(strict))
    expect(release.state).toMatchObject({ name: 'failed', reason: 'built_unknown' })
    const ruled = aContext({ policy: { ...strict.policy, mode: 'protection_rule' } })
    const own = play(
      opened({ rule: aRule }, ruled),
      ruled,
      (r) => approve(r, ada),
      checked,
      () => ({
        type: 'rule_answered',
        at: t0,
      }),
    ).release
    expect(decide(own, silent, ruled).release.state.name).toBe('completed')
  })

  test('that was started again on GitHub is spoken of, and changes no end', () => {
    const begun = { type: 'run_again', at: t0, attempt: 2, by: bob, conclusion: null } as const
    const end = inState('failed')
    const { release, effects, audit } = decide(end, begun, context)
    expect([release, audit?.action, audit?.actor]).toEqual([end, 'note', bob])
    expect(effects).toEqual([{ type: 'post_line', text: expect.stringContaining('again on GitHub (attempt 2)') }])
    expect(effectTypes(decide(end, { ...begun, conclusion: 'success' }, context))).toEqual(['post_line'])
    expect(effectTypes(decide(inState('running'), { ...begun, conclusion: 'success' }, context))).toEqual([])
  })

  test('that did not come of a start is waited for by checking all of it again, and three times at most', () => {
    const lost = { type: 'start_postponed', at: t0, mayHaveHappened: true, afterMs: 5, detail: 'No run' } as const
    let release = inState('starting')
    for (const lostStarts of [1, 2]) {
      const back = decide(release, lost, context)
      expect(stateName(back.release)).toBe('preparing/checking')
      expect(back.effects).toEqual([{ type: 'check_plan', generation: back.release.generation, afterMs: 5 }])
      expect(back.release.lostStarts).toBe(lostStarts)
      release = started(back.release, context)
    }
    expect(decide(release, lost, context).release.state).toMatchObject({ name: 'failed', reason: 'start_unknown' })
  })

  test('that GitHub was never asked for is asked for as often as it takes, and can be called off meanwhile', () => {
    const later = { type: 'start_postponed', at: t0, mayHaveHappened: false, afterMs: 5, detail: 'A pause' } as const
    let release = inState('starting')
    for (let time = 0; time < 5; time += 1) release = started(decide(release, later, context).release, context)
    expect(stateName(release)).toBe('preparing/starting')
    const waiting = decide(release, later, context).release
    const off = decide(waiting, { type: 'cancel', at: t0, press: aPress(rita, waiting), why: null }, context)
    expect(off.release.state.name).toBe('cancelled')
  })

  test('that could not be started ends the release, and one that started after all is spoken of', () => {
    const { release } = decide(
      inState('starting'),
      { type: 'start_failed', at: t0, reason: 'start_unknown', detail: 'No answer' },
      context,
    )
    expect(release.state).toMatchObject({ name: 'failed', reason: 'start_unknown', detail: 'No answer' })
    const late = decide(release, { type: 'run_started', at: t0, run: { id: 8, url: 'https://run' } }, context)
    expect([late.release, late.audit?.action, effectTypes(late)]).toEqual([release, 'note', ['post_line']])
  })

  test('can be over before its start was heard of', () => {
    const over = decide(
      inState('starting'),
      { type: 'run_ended', at: t0, conclusion: 'success', builtSha: sha, backup: null },
      context,
    )
    expect(stateName(over.release)).toBe('completed')
  })
})

describe('an environment without approvals', () => {
  const free = aContext({ policy: { approvals: [], needsApproval: false } })

  test('goes on with a plan that changed, after checking it again', () => {
    const checking = opened({}, free)
    expect(stateName(checking)).toBe('preparing/checking')
    const again = play(checking, free, (r) => checked(r, { fresh: fresh({ artifacts: [] }) }))
    expect([stateName(again.release), effectTypes(again)]).toEqual(['preparing/checking', ['check_plan']])
    const done = play(again.release, free, (r) => checked(r, { fresh: fresh({ artifacts: [] }) }))
    expect(effectTypes(done)).toEqual(['start_workflow'])
  })

  test('does not go on with another commit', () => {
    const { release } = play(opened({}, free), free, (r) => checked(r, { fresh: fresh({ sha: otherSha }) }))
    expect(release.state).toMatchObject({ name: 'failed', reason: 'plan_changed' })
  })

  test('lets everybody who may ask call a release off', () => {
    const { release } = play(opened({}, free), free, (r) => ({
      type: 'cancel',
      at: t0,
      press: aPress(bob, r),
      why: null,
    }))
    expect(stateName(release)).toBe('cancelled')
  })
})
