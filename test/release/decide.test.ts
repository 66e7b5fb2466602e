import { describe, expect, test } from 'vitest'
import { decide } from '../../src/release/decide.ts'
import type { ReleaseEvent } from '../../src/release/decision.ts'
import { isOpen, type Release } from '../../src/release/release.ts'
import { aContext, ada, aPress, approve, bob, checked, fresh, hour, olaf, rita, sha, t0 } from './fixtures.ts'
import { effectTypes, inState, type StateKey, stateKeys, stateName } from './states.ts'

const fixedKeys = ['expire', 'remind', 'refreshed', 'try_start', 'plan_checked', 'run_started', 'start_failed'] as const
const otherKeys = [
  'start_postponed',
  'rule_answered',
  'run_again',
  'run_ended',
  'supersede',
  'decided_elsewhere',
  'deployment_recorded',
  'rollout_ended',
  'rollback_begun',
] as const
const pressKeys = ['approve', 'reject', 'withdraw', 'cancel', 'break_glass'] as const
type EventKey = ReleaseEvent['type']
const eventKeys: readonly EventKey[] = [...pressKeys, ...fixedKeys, ...otherKeys]

/** Each event at its most effective: by somebody who may, on the newest card, with good news. */
function eventOf(type: EventKey, release: Release): ReleaseEvent {
  const at = t0
  switch (type) {
    case 'approve':
      return approve(release, bob)
    case 'reject':
      return { type, at, press: aPress(ada, release), why: 'Not today' }
    case 'withdraw':
      return { type, at, press: aPress(ada, release) }
    case 'cancel':
      return { type, at, press: aPress(rita, release), why: null }
    case 'break_glass':
      return { type, at, press: aPress(olaf, release), why: 'Site is down', fresh: fresh() }
    case 'expire':
      return { type, at: t0 + 4 * hour }
    case 'remind':
    case 'try_start':
    case 'rule_answered':
      return { type, at }
    case 'refreshed':
      return { type, at, fresh: fresh({}, { readAt: t0 + 1 }) }
    case 'plan_checked':
      return checked(release)
    case 'run_started':
      return { type, at, run: { id: 6, url: 'https://run' } }
    case 'start_failed':
      return { type, at, reason: 'start_refused', detail: 'No such workflow' }
    case 'start_postponed':
      return { type, at, mayHaveHappened: false, afterMs: 0, detail: 'GitHub wants a pause' }
    case 'run_again':
      return { type, at, attempt: 2, by: bob, conclusion: null }
    case 'run_ended':
      return { type, at, conclusion: 'success', builtSha: sha, backup: null }
    case 'supersede':
      return { type, at, byRelease: 'R2' }
    case 'decided_elsewhere':
      return { type, at, by: bob, decision: 'rejected' }
    case 'deployment_recorded':
      return { type, at, deploymentId: 9 }
    case 'rollout_ended':
      return { type, at, end: { name: 'completed' } }
    case 'rollback_begun':
      return { type, at }
  }
}

/** What each event comes to in each open state (`dispatch`): the state after it, or why it is refused, or `-`. */
const table: Readonly<
  Record<
    EventKey,
    readonly [gate: string, queued: string, checking: string, starting: string, running: string, rolling: string]
  >
> = {
  approve: [
    'preparing/checking',
    'already_decided',
    'already_decided',
    'already_decided',
    'already_decided',
    'already_decided',
  ],
  reject: ['rejected', 'already_decided', 'already_decided', 'already_decided', 'already_decided', 'already_decided'],
  withdraw: ['not_approved_by_you', 'awaiting_approval', 'awaiting_approval', 'too_late', 'too_late', 'too_late'],
  cancel: ['cancelled', 'cancelled', 'cancelled', 'too_late', 'too_late', 'too_late'],
  break_glass: [
    'preparing/checking',
    'nothing_to_break',
    'nothing_to_break',
    'too_late',
    'too_late',
    'already_decided',
  ],
  expire: ['expired', '-', '-', '-', '-', '-'],
  remind: ['-', '-', '-', '-', '-', '-'],
  refreshed: ['-', '-', '-', '-', '-', '-'],
  try_start: ['-', 'preparing/checking', '-', '-', '-', '-'],
  plan_checked: ['-', '-', 'preparing/starting', '-', '-', '-'],
  run_started: ['-', '-', '-', 'preparing/running', '-', '-'],
  start_failed: ['-', '-', '-', 'failed', '-', '-'],
  start_postponed: ['-', '-', '-', 'preparing/checking', '-', '-'],
  run_again: ['-', '-', '-', '-', '-', '-'],
  rule_answered: ['-', '-', '-', '-', '-', '-'],
  run_ended: ['-', '-', '-', 'completed', 'completed', '-'],
  supersede: ['superseded', '-', '-', '-', '-', '-'],
  decided_elsewhere: ['-', '-', '-', '-', '-', '-'],
  deployment_recorded: ['-', '-', '-', '-', '-', '-'],
  rollout_ended: ['-', '-', '-', '-', '-', 'completed'],
  rollback_begun: ['-', '-', '-', '-', '-', '-'],
}

const openStates: readonly StateKey[] = [
  'awaiting_approval',
  'queued',
  'checking',
  'starting',
  'running',
  'rolling_out',
]
const cells = eventKeys.flatMap((type) =>
  openStates.map((state, index) => ({ type, state, outcome: table[type][index] ?? '' })),
)

describe('every event has an outcome in every open state', () => {
  test.each(cells)('$type while $state: $outcome', ({ type, state, outcome }) => {
    const context = aContext()
    const before = inState(state, context)
    const { release, audit } = decide(before, eventOf(type, before), context)
    const reason = audit?.reason ?? null
    const moved = stateName(release) === stateName(before) ? '-' : stateName(release)
    const isRefusal = moved === '-' && reason !== null && pressKeys.some((key) => key === type)
    expect(isRefusal ? reason : moved).toBe(outcome)
  })
})

function isRollouts(type: EventKey): boolean {
  return type === 'rollout_ended' || type === 'rollback_begun'
}

describe('whatever happens in whatever state', () => {
  const contexts = [
    aContext(),
    aContext({ before: 'R0' }),
    aContext({ lock: { by: bob, why: 'Busy', expiresAt: null } }),
    aContext({ policy: { version: 'policy-2' } }),
  ]
  const all = stateKeys.flatMap((state) => eventKeys.map((type) => ({ state, type })))

  test.each(all)('$type while $state keeps the promises of a decision', ({ state, type }) => {
    const before = inState(state)
    const frozen = structuredClone(before)
    for (const context of contexts) {
      const event = eventOf(type, before)
      const { release, effects, audit, answer } = decide(before, event, context)
      expect(before, 'the release before is not touched').toEqual(frozen)
      expect(answer !== null, 'a press has an answer, and nothing else has').toBe('press' in event)
      if ('press' in event) expect(audit, 'a press has a line').not.toBeNull()
      if (release === before) continue
      expect(release.revision).toBe(before.revision + 1)
      const hasMoved = stateName(release) !== stateName(before)
      if (hasMoved) {
        // What a rollout comes to has a line of the rollout's, in the same transaction.
        if (!isRollouts(type)) expect(audit, 'a transition has a line').not.toBeNull()
        expect(release.generation, 'a transition makes buttons stale').toBeGreaterThan(before.generation)
      }
      if (!isOpen(before) && type !== 'rollback_begun') {
        expect(release.state, 'the end is the end').toBe(before.state)
        expect(effects).toEqual([])
      }
    }
  })
})

test('the order of the effects of an ending is: GitHub is told, the next may go, the story is told', () => {
  const { effects } = decide(inState('running'), eventOf('run_ended', inState('running')), aContext())
  expect(effectTypes({ effects })).toEqual(['deployment_status', 'environment_free', 'post_story'])
})
