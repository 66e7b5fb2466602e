import { describe, expect, it } from 'vitest'
import { samplePolicy } from '../../sandbox/slack/render/sample-releases.ts'
import { decideOnEnvironment, type EnvironmentActType } from '../../src/policy/environment-acts.ts'
import type { GatePolicy } from '../../src/policy/gate-policy.ts'
import type { Identity } from '../../src/policy/identity.ts'
import { incidentOf } from '../../src/policy/incident.ts'

const identity = (slackId: string): Identity => ({ slackId, teamId: 'T1', name: slackId, logins: [], emails: [] })
const set = (...users: readonly string[]) => ({ users, groups: [], teams: [] })
const policy: GatePolicy = {
  ...samplePolicy(),
  requesters: set('UDEV', 'USRE'),
  approvals: [{ from: set('ULEAD'), count: 1 }],
}
const at = 1_000_000

function judge(
  act: EnvironmentActType,
  who: string,
  more: Partial<Parameters<typeof decideOnEnvironment>[2]> = {},
  client: 'slack' | 'cli' = 'slack',
): string {
  const memberships = { groups: [], teams: [], unknown: [], readAt: at }
  const environment = { policy, lock: null, hasFreeze: false, owedReview: null, ...more }
  const verdict = decideOnEnvironment(act, { identity: identity(who), memberships, at, client }, environment)
  return verdict.ok ? 'ok' : verdict.reason
}

const held = (why: string) => ({ lock: { holder: identity('USRE'), why } })
const lock = { type: 'lock', takesOver: false } as const
const takeOver = { type: 'lock', takesOver: true } as const

describe('who may do what to an environment', () => {
  it.each([
    ['whoever may ask for releases locks', lock, 'UDEV', {}, 'ok'],
    ['an approver locks', lock, 'ULEAD', {}, 'ok'],
    ['nobody else locks', lock, 'UELSE', {}, 'not_a_requester'],
    ['a lock of somebody else stays', lock, 'UDEV', held('load test'), 'lock_taken'],
    ['it is taken over', takeOver, 'UDEV', held('load test'), 'ok'],
    ['a holder changes their own', lock, 'USRE', held('load test'), 'ok'],
    ['a holder unlocks', { type: 'unlock' }, 'USRE', held('load test'), 'ok'],
    ['an approver unlocks', { type: 'unlock' }, 'ULEAD', held('load test'), 'ok'],
    ['a requester does not unlock another’s', { type: 'unlock' }, 'UDEV', held('load test'), 'lock_taken'],
    ['but an incident’s', { type: 'unlock' }, 'UDEV', held('incident INC-42: slow'), 'ok'],
    ['which is not for everybody either', { type: 'unlock' }, 'UELSE', held('incident INC-42'), 'not_a_requester'],
    ['there has to be a lock', { type: 'unlock' }, 'ULEAD', {}, 'not_locked'],
    ['approvers freeze', { type: 'freeze' }, 'ULEAD', {}, 'ok'],
    ['requesters do not', { type: 'freeze' }, 'UDEV', {}, 'not_an_approver'],
    ['there has to be a freeze', { type: 'unfreeze' }, 'ULEAD', {}, 'not_frozen'],
    ['approvers end it', { type: 'unfreeze' }, 'ULEAD', { hasFreeze: true }, 'ok'],
    ['an approver signs off', { type: 'sign_off' }, 'ULEAD', { owedReview: { by: identity('USRE') } }, 'ok'],
    ['never one’s own', { type: 'sign_off' }, 'ULEAD', { owedReview: { by: identity('ULEAD') } }, 'own_review'],
    ['only what is owed', { type: 'sign_off' }, 'ULEAD', {}, 'no_review_owed'],
  ] as const)('%s', (_name, act, who, more, expected) => {
    expect(judge(act, who, more)).toBe(expected)
  })

  it('the command line stops and unlocks everything, as the owner of the machine', () => {
    expect(judge(lock, 'root', {}, 'cli')).toBe('ok')
    expect(judge({ type: 'unlock' }, 'root', held('load test'), 'cli')).toBe('ok')
    expect(judge(lock, 'root', held('load test'), 'cli')).toBe('lock_taken')
  })
})

describe('the incident that a reason names', () => {
  it.each([
    ['incident INC-42: checkout is slow', 'INC-42'],
    ['Incident 4711: checkout is slow', '4711'],
    ['incident #12', '12'],
    ['incident: PD77', 'PD77'],
    ['incident in the database', null],
    ['an incident INC-42', null],
    ['incident 2x', null],
    ['moving the database', null],
  ])('%s', (why, incident) => expect(incidentOf(why)).toBe(incident))
})
