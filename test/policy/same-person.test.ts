import { describe, expect, test } from 'vitest'
import type { Identity } from '../../src/policy/identity.ts'
import { isSamePerson } from '../../src/policy/same-person.ts'

function who(more: Partial<Identity>): Identity {
  return { slackId: null, teamId: null, name: null, logins: [], emails: [], ...more }
}

describe('two identities are one person', () => {
  test.each<[string, Partial<Identity>, Partial<Identity>]>([
    ['by Slack id', { slackId: 'U1' }, { slackId: 'U1', logins: ['x'] }],
    ['by any login', { logins: ['ada', 'ada-work'] }, { logins: ['other', 'ada-work'] }],
    ['by a login in another case', { logins: ['Ada'] }, { logins: ['aDA'] }],
    ['by any address', { emails: ['a@x.dev', 'b@x.dev'] }, { slackId: 'U9', emails: ['b@x.dev'] }],
    ['by an address in another case', { emails: ['Ada@X.dev'] }, { emails: ['ada@x.DEV'] }],
    [
      'by the login in GitHub’s private address',
      { logins: ['ada'] },
      { emails: ['12345+ada@users.noreply.github.com'] },
    ],
    ['by the login in an old private address', { logins: ['ada'] }, { emails: ['ada@users.noreply.github.com'] }],
  ])('%s', (_, a, b) => {
    expect(isSamePerson(who(a), who(b))).toBe(true)
    expect(isSamePerson(who(b), who(a))).toBe(true)
  })

  test.each<[string, Partial<Identity>, Partial<Identity>]>([
    ['by nothing', {}, {}],
    ['by the same name', { name: 'Ada' }, { name: 'Ada' }],
    ['by a login that is somebody’s address', { logins: ['a@x.dev'] }, { emails: ['a@x.dev'] }],
    ['by empty logins and addresses', { logins: [''], emails: [' '] }, { logins: [''], emails: [' '] }],
    [
      'by the address that GitHub writes for everybody',
      { emails: ['noreply@github.com'] },
      { emails: ['noreply@github.com'] },
    ],
    ['by the workspace', { teamId: 'T1' }, { teamId: 'T1' }],
  ])('but not %s', (_, a, b) => {
    expect(isSamePerson(who(a), who(b))).toBe(false)
  })
})
