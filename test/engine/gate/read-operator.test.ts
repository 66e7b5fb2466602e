import { describe, expect, it } from 'vitest'
import type { RawPress } from '../../../src/engine/gate/acts.ts'
import { readOperator } from '../../../src/engine/gate/read-operator.ts'
import type { GatePolicy } from '../../../src/policy/gate-policy.ts'
import { isSamePerson } from '../../../src/policy/same-person.ts'
import { recordPerson } from '../../../src/store/people.ts'
import { aPolicy, peopleSet } from '../../release/fixtures.ts'
import { gateParts, type Parts } from './parts.ts'

const adaId = 'U0ADA000001'
const leads = 'S0LEADS0001'
const team = 'omnihub/sre'
const policy = aPolicy({
  breakGlass: null,
  approvals: [{ from: peopleSet({ groups: [leads], teams: [team] }), count: 1 }],
})

function aPress(more: Partial<RawPress> = {}): RawPress {
  const place = { teamId: 'T0OMNIHUB1', channelId: 'C1', threadTs: null, messageTs: null, at: 0 }
  return { id: 'p1', client: 'slack', userId: adaId, ...place, ...more }
}

async function withAda(options: Parameters<typeof gateParts>[0] = {}): Promise<Parts> {
  const parts = await gateParts({ people: { ada: adaId }, ...options })
  parts.slack.addUser({ id: adaId, name: 'ada', realName: 'Ada', email: 'Ada@omnihub.dev' })
  parts.slack.addUserGroup({ handle: 'leads', id: leads, users: [adaId] })
  parts.github.setTeam(team, ['Ada'])
  return parts
}

const read = (parts: Parts, more: Partial<RawPress> = {}, of: GatePolicy | null = policy) =>
  readOperator(aPress(more), of, parts.context)

describe('who pressed', () => {
  it('is told with name, address, logins, and the groups and teams that the environment names', async () => {
    const parts = await withAda()
    await parts.context.store.transaction((tx) => recordPerson(tx, 'ada-old', adaId, 0))
    expect(await read(parts)).toEqual({
      identity: expect.objectContaining({
        slackId: adaId,
        logins: ['ada', 'ada-old'],
        emails: ['ada@omnihub.dev'],
      }),
      memberships: { groups: [leads], teams: [team], unknown: [], readAt: parts.clock.now() },
      refused: null,
    })
  })

  it('has no login that the configuration gives to somebody else', async () => {
    const parts = await withAda({ people: { ada: adaId, mona: 'U0MONA00001' } })
    await parts.context.store.transaction((tx) => recordPerson(tx, 'mona', adaId, 0))
    expect((await read(parts)).identity.logins).toEqual(['ada'])
  })

  it('is in no group any more from the moment that Slack says so', async () => {
    const parts = await withAda()
    expect((await read(parts)).memberships.groups).toEqual([leads])
    parts.slack.addUserGroup({ handle: 'leads', id: leads, users: [] })
    expect((await read(parts)).memberships.groups).toEqual([])
  })

  it('is asked for nothing but who they are where no environment is known', async () => {
    const parts = await withAda()
    const { memberships, refused } = await read(parts, {}, null)
    expect([memberships.groups, memberships.teams, memberships.unknown, refused]).toEqual([[], [], [], null])
    expect(parts.slack.calls.filter(({ method }) => method === 'usergroups.users.list')).toEqual([])
  })
})

describe('what a service does not tell', () => {
  it('is a group that is unknown, while the team still counts', async () => {
    const parts = await withAda()
    parts.slack.failNext({ method: 'usergroups.users.list', kind: 'http500' })
    const { memberships, refused } = await read(parts)
    expect([memberships.groups, memberships.teams, memberships.unknown, refused]).toEqual([[], [team], [leads], null])
  })

  it('is a team that is unknown, while the group still counts', async () => {
    const parts = await withAda()
    parts.github.faults.failNext({ match: '/teams/', kind: 'bad_gateway', times: 5 })
    const { memberships } = await read(parts)
    expect([memberships.groups, memberships.teams, memberships.unknown]).toEqual([[leads], [], [team]])
  })

  it('is unknown too when there is no such group or team', async () => {
    const parts = await withAda()
    const from = peopleSet({ groups: ['S0NONE00001'], teams: ['omnihub/none'] })
    const { memberships } = await read(parts, {}, aPolicy({ approvals: [{ from, count: 1 }] }))
    expect(memberships.unknown).toEqual(expect.arrayContaining(['S0NONE00001', 'omnihub/none']))
  })

  it('makes nobody of somebody whom Slack cannot name', async () => {
    const parts = await withAda()
    parts.slack.failNext({ method: 'users.info', kind: 'http500' })
    expect(await read(parts)).toMatchObject({ identity: { slackId: adaId, logins: [] }, refused: 'unknown_person' })
  })
})

describe('who may not operate', () => {
  it.each([
    ['a guest', { kind: 'guest' }, 'guest'],
    ['somebody who left', { isDeactivated: true }, 'deactivated'],
    ['somebody of another workspace', { teamId: 'T0PARTNER01' }, 'other_workspace'],
  ] as const)('is %s, and their groups are not even asked for', async (_, user, reason) => {
    const parts = await gateParts()
    parts.slack.addUser({ id: adaId, name: 'ada', realName: 'Ada', email: 'ada@omnihub.dev', ...user })
    expect((await read(parts)).refused).toBe(reason)
    expect(parts.slack.calls.filter(({ method }) => method === 'usergroups.users.list')).toEqual([])
  })
})

describe('somebody known on GitHub', () => {
  it('is their Slack account too where the configuration says so', async () => {
    const parts = await withAda()
    expect(await read(parts, { client: 'github', userId: 'Ada' })).toMatchObject({
      identity: { slackId: adaId, name: 'Ada', logins: ['ada'] },
      memberships: { groups: [leads], teams: [team], unknown: [] },
      refused: null,
    })
  })

  it('is the person in Slack whose address GitHub shows, though nobody configured that', async () => {
    const parts = await withAda({ people: {} })
    parts.slack.addUser({ id: 'U0MONA00001', name: 'mona', realName: 'Mona', email: 'mona@omnihub.dev' })
    const onGithub = await read(parts, { client: 'github', userId: 'mona' })
    const inSlack = await read(parts, { userId: 'U0MONA00001' })
    expect(onGithub.identity).toMatchObject({ slackId: null, logins: ['mona'], emails: ['mona@omnihub.dev'] })
    expect(inSlack.identity.logins).toEqual([])
    expect(isSamePerson(onGithub.identity, inSlack.identity)).toBe(true)
  })

  it('has no address where GitHub shows none', async () => {
    const parts = await withAda({ people: {} })
    expect(await read(parts, { client: 'github', userId: 'ada' })).toMatchObject({
      identity: { slackId: null, logins: ['ada'], emails: [] },
      refused: null,
    })
  })

  it('is not taken for complete while GitHub cannot say', async () => {
    const parts = await withAda({ people: {} })
    parts.github.faults.failNext({ match: '/users/', kind: 'bad_gateway', times: 5 })
    expect((await read(parts, { client: 'github', userId: 'ada' })).refused).toBe('service_unavailable')
  })
})
