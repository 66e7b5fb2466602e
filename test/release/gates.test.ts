import { describe, expect, test } from 'vitest'
import type { GateContext } from '../../src/release/decision.ts'
import type { Evidence, EvidenceCheck } from '../../src/release/evidence.ts'
import type { GateName } from '../../src/release/gate.ts'
import { type GateSubject, gatesOf } from '../../src/release/gates.ts'
import {
  aContext,
  ada,
  bob,
  frozenForHours,
  hour,
  memberships,
  noStaging,
  olaf,
  peopleSet,
  redCi,
  rita,
  someEvidence,
  t0,
  twoLeads,
} from './fixtures.ts'

function subject(more: Partial<GateSubject> = {}, evidence: Partial<Evidence> = {}): GateSubject {
  return {
    id: 'R1',
    risks: [],
    approvals: [],
    breakGlass: null,
    requester: null,
    evidence: someEvidence(evidence),
    ...more,
  }
}

function gate(name: GateName, about: GateSubject = subject(), context: GateContext = aContext()) {
  return gatesOf(about, context, t0).find((each) => each.name === name)
}

function check(name: string, state: EvidenceCheck['state'], isRequired = false): EvidenceCheck {
  return { name, state, isRequired, url: null }
}

test('every gate is listed, in the order in which it is come to', () => {
  const names = gatesOf(subject(), aContext(), t0).map(({ name }) => name)
  expect(names).toEqual(['requester', 'branch', 'ci', 'staging', 'lock', 'freeze', 'review', 'turn', 'approvals'])
})

test('a gate that is closed says what opens it, and no other does', () => {
  const closed = aContext({
    lock: { by: ada, why: 'Busy', expiresAt: null },
    freezes: [frozenForHours(3)],
    before: 'R0',
    owedReview: { releaseId: 'R9', by: olaf },
    policy: { requesters: peopleSet({ users: ['UADA'] }) },
  })
  const bad = subject(
    { requester: { identity: rita, memberships: memberships([]), at: t0 } },
    { ...redCi, ...noStaging, isOnAllowedBranch: false },
  )
  const gates = gatesOf(bad, closed, t0)
  expect(gates.map(({ state }) => state)).toEqual(Array(9).fill('closed'))
  for (const { action } of gates) expect(action).toMatch(/^[A-Z].*\.$/)
  for (const { action } of gatesOf(subject({ approvals: [{ rules: [0] }] }), aContext(), t0)) expect(action).toBeNull()
})

test('what the configuration does not ask for is switched off and says so', () => {
  const off = aContext({
    policy: { branches: null, requiresCi: false, requiresStaging: null, approvals: [], needsApproval: false },
  })
  const states = gatesOf(subject({}, { ...redCi, ...noStaging, isOnAllowedBranch: false }), off, t0)
  expect(states.filter(({ state }) => state === 'switched_off').map(({ name }) => name)).toEqual([
    'requester',
    'branch',
    'ci',
    'staging',
    'freeze',
    'approvals',
  ])
})

test('a broken glass overrides staging, freeze, review and approvals, and nothing else', () => {
  const broken = subject(
    { breakGlass: { by: olaf, at: t0, why: 'Down' } },
    { ...redCi, ...noStaging, isOnAllowedBranch: false },
  )
  const context = aContext({
    lock: { by: ada, why: 'Busy', expiresAt: null },
    freezes: [frozenForHours(3)],
    before: 'R0',
    owedReview: { releaseId: 'R9', by: olaf },
  })
  const inState = (state: string) =>
    gatesOf(broken, context, t0)
      .filter((each) => each.state === state)
      .map(({ name }) => name)
  expect(inState('overridden')).toEqual(['staging', 'freeze', 'review', 'approvals'])
  expect(inState('closed')).toEqual(['branch', 'ci', 'lock', 'turn'])
})

describe('CI is green', () => {
  test.each<[string, readonly EvidenceCheck[], readonly string[], 'open' | 'closed']>([
    ['when what is required passed', [check('build', 'passed', true), check('flaky', 'failed')], [], 'open'],
    [
      'when what the configuration names passed',
      [check('build', 'passed'), check('flaky', 'failed')],
      ['build'],
      'open',
    ],
    ['not when something required has not ended', [check('build', 'pending', true)], [], 'closed'],
    ['not when something required has not run', [check('build', 'missing', true)], [], 'closed'],
    ['not when what the configuration names is not there at all', [check('build', 'passed', true)], ['e2e'], 'closed'],
    ['when nothing is required and everything passed', [check('a', 'passed'), check('b', 'passed')], [], 'open'],
    ['not when nothing is required and something failed', [check('a', 'passed'), check('b', 'failed')], [], 'closed'],
    ['not when nothing has run', [], [], 'closed'],
  ])('%s', (_, checks, names, state) => {
    expect(gate('ci', subject({}, { checks }), aContext({ policy: { checks: names } }))?.state).toBe(state)
  })

  test('a sentence names the first few that are not', () => {
    const checks = ['a', 'b', 'c', 'd', 'e'].map((name) => check(name, 'failed', true))
    expect(gate('ci', subject({}, { checks }))?.sentence).toBe(
      '0 of 5 checks passed: a failed, b failed, c failed and 2 more.',
    )
  })
})

describe('staging is good', () => {
  const staging = someEvidence().staging
  if (staging === null) throw new Error('The fixture has a staging deployment')

  test.each<[string, Partial<typeof staging>, string | null]>([
    ['when deployed lately with its smoke tests passed', {}, null],
    ['whatever the case of the stage', { smoke: [{ stage: 'SMOKE TESTS', state: 'passed' }] }, null],
    ['not when it failed', { state: 'failed' }, 'staging_missing'],
    ['not while it goes on', { state: 'pending' }, 'staging_missing'],
    ['not when nobody knows since when', { deployedAt: null }, 'staging_missing'],
    ['not when a smoke test failed', { smoke: [{ stage: 'Smoke tests', state: 'failed' }] }, 'staging_missing'],
    ['not when a smoke stage is not there', { smoke: [] }, 'staging_missing'],
    ['just before it is too old', { deployedAt: t0 - 24 * hour }, null],
    ['not when it is too old', { deployedAt: t0 - 24 * hour - 1 }, 'staging_too_old'],
  ])('%s', (_, more, reason) => {
    expect(gate('staging', subject({}, { staging: { ...staging, ...more } }))?.reason ?? null).toBe(reason)
  })
})

describe('what is in the way of an approved release', () => {
  test('a lock says who, until when, why, and how to be rid of it', () => {
    const context = aContext({ lock: { by: bob, why: 'Moving @{UX|x} data', expiresAt: t0 + hour } })
    expect(gate('lock', subject(), context)).toMatchObject({
      state: 'closed',
      reason: 'locked',
      sentence: `@{UBOB|bob} holds a lock until @{time:${t0 + hour}}: Moving @ {UX|x} data`,
      action: 'Ask @{UBOB|bob} for /deploy unlock production, or take the lock over.',
    })
  })

  test('a lock that has run out is none', () => {
    expect(gate('lock', subject(), aContext({ lock: { by: bob, why: 'Old', expiresAt: t0 } }))?.state).toBe('open')
  })

  test('freezes are those of the policy and those that people declared', () => {
    for (const about of [{ freezes: [frozenForHours(1)] }, { policy: { freezes: [frozenForHours(1)] } }]) {
      expect(gate('freeze', subject(), aContext(about))).toMatchObject({ state: 'closed', reason: 'frozen' })
    }
  })
})

test('missing approvals are counted, with the risks that ask for more', () => {
  const dba = [{ from: peopleSet({ users: ['UCYN'] }), count: 1 }]
  const context = aContext({
    policy: {
      approvals: twoLeads,
      risks: [{ name: 'database', when: { type: 'destructive_migration' }, approvals: dba }],
    },
  })
  expect(gate('approvals', subject({ approvals: [{ rules: [0] }], risks: ['database'] }), context)).toMatchObject({
    state: 'closed',
    sentence: '1 of 3 approvals (more because of: database).',
    action: '2 more people have to approve.',
  })
})
