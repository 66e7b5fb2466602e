import { describe, expect, test } from 'vitest'
import { decide } from '../../src/release/decide.ts'
import type { ReleaseEvent } from '../../src/release/decision.ts'
import {
  aContext,
  ada,
  aPress,
  approve,
  aRule,
  bob,
  checked,
  type EventOf,
  hour,
  opened,
  play,
  rita,
  t0,
} from './fixtures.ts'
import { effectTypes, stateName } from './states.ts'

const ruleContext = aContext({ policy: { mode: 'protection_rule' } })

describe('a protection rule', () => {
  const gate = opened({ rule: aRule }, ruleContext)
  const starting = play(gate, ruleContext, (r) => approve(r, ada), checked).release
  const elsewhere = (decision: EventOf<'decided_elsewhere'>['decision']): ReleaseEvent => ({
    type: 'decided_elsewhere',
    at: t0,
    by: bob,
    decision,
  })

  test('knows its run from the beginning, and has no deployment record of ours', () => {
    expect(gate).toMatchObject({ mode: 'protection_rule', run: { id: 77, url: aRule.runUrl } })
    const all = [starting, gate].flatMap((from) =>
      effectTypes(decide(from, { type: 'rule_answered', at: t0 }, ruleContext)),
    )
    expect(all).toEqual([])
    expect(stateName(decide(starting, { type: 'rule_answered', at: t0 }, ruleContext).release)).toBe(
      'preparing/running',
    )
  })

  test('that GitHub has given up fails the release', () => {
    const { release } = decide(
      starting,
      { type: 'start_failed', at: t0, reason: 'rule_gone', detail: '404' },
      ruleContext,
    )
    expect(release.state).toMatchObject({ name: 'failed', reason: 'rule_gone' })
  })

  test('whose run was cancelled meanwhile ends the gate, and is not answered', () => {
    const { release, effects, audit } = decide(
      gate,
      { type: 'run_ended', at: t0, conclusion: 'cancelled', builtSha: null, backup: null },
      ruleContext,
    )
    expect(release.state).toMatchObject({ name: 'cancelled', by: null })
    expect([effectTypes({ effects }), audit?.reason]).toEqual([['post_story'], 'rule_gone'])
  })

  test('is answered with no when the gate expires or is called off', () => {
    const expired = decide(gate, { type: 'expire', at: t0 + 4 * hour }, ruleContext)
    expect(expired.effects[0]).toMatchObject({ type: 'answer_rule', state: 'rejected' })
    const cancelled = decide(gate, { type: 'cancel', at: t0, press: aPress(rita, gate), why: null }, ruleContext)
    expect(cancelled.effects).toContainEqual({ type: 'answer_rule', state: 'rejected', comment: 'rita called it off.' })
  })

  test('that did not take our no is spoken of', () => {
    const expired = decide(gate, { type: 'expire', at: t0 + 4 * hour }, ruleContext).release
    const late = decide(expired, { type: 'start_failed', at: t0, reason: 'rule_gone', detail: 'HTTP 404' }, ruleContext)
    expect([late.release, effectTypes(late), late.audit?.reason]).toEqual([expired, ['post_line'], 'rule_gone'])
  })

  test('that went on with an answer of ours whose own answer was lost runs, whatever is being checked', () => {
    const lost = { type: 'start_postponed', at: t0, mayHaveHappened: true, afterMs: 0, detail: 'No answer' } as const
    const approved = play(
      gate,
      ruleContext,
      (r) => approve(r, ada),
      checked,
      () => lost,
    ).release
    expect(stateName(approved)).toBe('preparing/checking')
    expect(stateName(decide(approved, { type: 'rule_answered', at: t0 }, ruleContext).release)).toBe(
      'preparing/running',
    )
    const ended = { type: 'run_ended', at: t0, conclusion: 'success', builtSha: null, backup: null } as const
    expect(stateName(decide(approved, ended, ruleContext).release)).toBe('completed')
  })

  test('approved by a reviewer on GitHub still waits here', () => {
    const { release, audit, effects } = decide(gate, elsewhere('approved'), ruleContext)
    expect([release, audit?.reason, effectTypes({ effects })]).toEqual([gate, 'decided_on_github', ['post_line']])
  })

  test('rejected on GitHub is rejected here, and is not answered', () => {
    const { release, effects, audit } = decide(gate, elsewhere('rejected'), ruleContext)
    expect(release.state).toMatchObject({ name: 'rejected', by: bob })
    expect(audit).toMatchObject({ actor: bob, client: 'github', reason: 'decided_on_github' })
    expect(effectTypes({ effects })).toEqual(['post_line', 'post_story'])
  })

  test('let through on GitHub runs, and the card says who did it', () => {
    const { release, effects } = decide(gate, elsewhere('started'), ruleContext)
    expect(stateName(release)).toBe('preparing/running')
    expect(effects).toEqual([{ type: 'post_line', text: expect.stringContaining('@{UBOB|bob}') }])
    expect(decide(release, approve(release, ada), ruleContext).answer?.outcome).toBe('already_decided')
  })

  test('rejected on GitHub while our yes is under way has failed', () => {
    const { release } = decide(starting, elsewhere('rejected'), ruleContext)
    expect(release.state).toMatchObject({ name: 'failed', reason: 'decided_on_github' })
  })
})
