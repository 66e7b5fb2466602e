import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Answered, testWorkspace, tsOf } from './workspace.ts'

const pageSchema = z.looseObject({
  messages: z.array(z.looseObject({ text: z.string(), ts: z.string() })),
  has_more: z.boolean(),
  response_metadata: z.object({ next_cursor: z.string() }),
})
const texts = (answer: Answered) => pageSchema.parse(answer).messages.map(({ text }) => text)

describe('conversations.history', () => {
  it('shows the channel newest first, with replies only when they were sent to the channel too', async () => {
    const { channel, call } = await testWorkspace()
    const post = (args: object) => call('chat.postMessage', { channel: channel.id, ...args })
    const parent = tsOf(await post({ text: 'parent' }))
    await post({ text: 'quiet', thread_ts: parent })
    await post({ text: 'loud', thread_ts: parent, reply_broadcast: true })
    const answer = await call('conversations.history', { channel: channel.id })
    expect(texts(answer)).toEqual(['loud', 'parent'])
    expect(answer.messages).toMatchObject([
      { subtype: 'thread_broadcast', thread_ts: parent },
      { thread_ts: parent, reply_count: 2 },
    ])
  })

  it('goes through pages by cursor and keeps to oldest and latest', async () => {
    const { clock, channel, call } = await testWorkspace()
    const stamps: string[] = []
    for (let i = 0; i < 5; i++) {
      clock.advance(1000)
      stamps.push(tsOf(await call('chat.postMessage', { channel: channel.id, text: `m${i}` })))
    }
    const first = await call('conversations.history', { channel: channel.id, limit: 2 })
    expect(texts(first)).toEqual(['m4', 'm3'])
    const { has_more, response_metadata } = pageSchema.parse(first)
    expect(has_more).toBe(true)
    const second = await call('conversations.history', {
      channel: channel.id,
      limit: 3,
      cursor: response_metadata.next_cursor,
    })
    expect(texts(second)).toEqual(['m2', 'm1', 'm0'])
    expect(pageSchema.parse(second)).toMatchObject({ has_more: false, response_metadata: { next_cursor: '' } })
    const range = { channel: channel.id, oldest: stamps[1], latest: stamps[3] }
    expect(texts(await call('conversations.history', range))).toEqual(['m2'])
    expect(texts(await call('conversations.history', { ...range, inclusive: true }))).toEqual(['m3', 'm2', 'm1'])
    expect(await call('conversations.history', { channel: channel.id, cursor: 'nonsense' })).toMatchObject({
      error: 'invalid_cursor',
    })
  })

  it('shows metadata only when asked', async () => {
    const { channel, call } = await testWorkspace()
    const metadata = { event_type: 'e', event_payload: { id: 1 } }
    await call('chat.postMessage', { channel: channel.id, text: 'x', metadata })
    const plain = await call('conversations.history', { channel: channel.id })
    const full = await call('conversations.history', { channel: channel.id, include_all_metadata: true })
    expect(plain.messages).not.toMatchObject([{ metadata }])
    expect(full.messages).toMatchObject([{ metadata }])
  })

  it('refuses channels that the bot is not in, and hides private ones', async () => {
    const { slack, channel, call } = await testWorkspace()
    const hidden = slack.addChannel({ name: 'secret', kind: 'private', hasBot: false })
    slack.kick(channel.id)
    expect(await call('conversations.history', { channel: channel.id })).toMatchObject({ error: 'not_in_channel' })
    expect(await call('conversations.history', { channel: hidden.id })).toMatchObject({ error: 'channel_not_found' })
  })

  it('needs the scope of the channel’s kind', async () => {
    const { slack, call } = await testWorkspace({ scopes: ['channels:history'] })
    const secret = slack.addChannel({ name: 'secret', kind: 'private' })
    expect(await call('conversations.history', { channel: secret.id })).toMatchObject({
      error: 'missing_scope',
      needed: 'groups:history',
      provided: 'channels:history',
    })
  })
})

describe('conversations.replies', () => {
  it('shows the parent first and then the replies, oldest first, on every range', async () => {
    const { clock, channel, call } = await testWorkspace()
    const parent = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'parent' }))
    for (const text of ['a', 'b', 'c']) {
      clock.advance(1000)
      await call('chat.postMessage', { channel: channel.id, text, thread_ts: parent })
    }
    const args = { channel: channel.id, ts: parent }
    expect(texts(await call('conversations.replies', args))).toEqual(['parent', 'a', 'b', 'c'])
    const late = { ...args, oldest: String(Number(parent) + 1.5) }
    expect(texts(await call('conversations.replies', late))).toEqual(['parent', 'b', 'c'])
    expect(texts(await call('conversations.replies', { ...args, limit: 2 }))).toEqual(['parent', 'a'])
  })

  it('does not find a thread that is gone', async () => {
    const { channel, call } = await testWorkspace()
    expect(await call('conversations.replies', { channel: channel.id, ts: '1.000000' })).toMatchObject({
      error: 'thread_not_found',
    })
  })
})

describe('channels', () => {
  it('conversations.info tells of membership and the archive', async () => {
    const { slack, channel, call } = await testWorkspace()
    const info = async () => (await call('conversations.info', { channel: channel.id })).channel
    expect(await info()).toMatchObject({ name: 'deploys', is_member: true, is_archived: false, is_private: false })
    slack.kick(channel.id)
    slack.archive(channel.id)
    expect(await info()).toMatchObject({ is_member: false, is_archived: true })
    expect(await call('conversations.info', { channel: 'C0NONE' })).toMatchObject({ error: 'channel_not_found' })
  })

  it('conversations.list shows the asked kinds, page by page, without the archive when told so', async () => {
    const { slack, call } = await testWorkspace()
    slack.addChannel('old')
    slack.archive('#old')
    slack.addChannel({ name: 'ours', kind: 'private' })
    slack.addChannel({ name: 'theirs', kind: 'private', hasBot: false })
    const list = async (args: object) =>
      z
        .looseObject({ channels: z.array(z.looseObject({ name: z.string() })) })
        .parse(await call('conversations.list', { ...args }))
        .channels.map(({ name }) => name)
    expect(await list({})).toEqual(['deploys', 'old'])
    expect(await list({ types: 'public_channel,private_channel', exclude_archived: true })).toEqual(['deploys', 'ours'])
    expect(await list({ limit: 1 })).toEqual(['deploys'])
  })

  it('conversations.list refuses kinds for which the scope is missing', async () => {
    const { call } = await testWorkspace({ scopes: ['channels:read'] })
    expect(await call('conversations.list', { types: 'public_channel,private_channel' })).toMatchObject({
      error: 'missing_scope',
      needed: 'groups:read',
    })
  })

  it('conversations.join lets the bot in, but not into an archive', async () => {
    const { slack, call } = await testWorkspace()
    const elsewhere = slack.addChannel({ name: 'elsewhere', hasBot: false })
    expect(await call('conversations.join', { channel: elsewhere.id })).toMatchObject({ channel: { is_member: true } })
    slack.archive(elsewhere.id)
    expect(await call('conversations.join', { channel: elsewhere.id })).toMatchObject({ error: 'is_archived' })
  })

  it('conversations.members and conversations.open', async () => {
    const { slack, channel, ada, call } = await testWorkspace()
    expect(await call('conversations.members', { channel: channel.id })).toMatchObject({
      members: [slack.state.app.botUserId, ada.id],
    })
    const first = await call('conversations.open', { users: ada.id })
    expect(first).toMatchObject({ ok: true, channel: { id: expect.stringMatching(/^D/) } })
    expect(await call('conversations.open', { users: ada.id })).toEqual(first)
    expect(await call('conversations.open', { users: 'U0NONE' })).toMatchObject({ error: 'user_not_found' })
  })
})

describe('people and groups', () => {
  it('users.info, users.lookupByEmail and users.list', async () => {
    const { slack, ada, call } = await testWorkspace()
    const partner = slack.addUser({ name: 'partner', teamId: 'T0PARTNER01' })
    slack.addUser({ name: 'gone', isDeactivated: true })
    expect(await call('users.info', { user: ada.id })).toMatchObject({
      user: { id: ada.id, is_restricted: false, profile: { email: 'ada@example.com' } },
    })
    expect(await call('users.info', { user: partner.id })).toMatchObject({
      user: { team_id: 'T0PARTNER01', is_stranger: true },
    })
    expect(await call('users.lookupByEmail', { email: 'ada@example.com' })).toMatchObject({ user: { id: ada.id } })
    for (const email of ['gone@example.com', 'partner@example.com', 'nobody@example.com']) {
      expect(await call('users.lookupByEmail', { email })).toMatchObject({ error: 'users_not_found' })
    }
    const { members } = z
      .looseObject({ members: z.array(z.looseObject({ name: z.string() })) })
      .parse(await call('users.list'))
    expect(members.map(({ name }) => name)).toEqual(['sluice', 'ada', 'gone'])
  })

  it('hides addresses from a token without users:read.email', async () => {
    const { ada, call } = await testWorkspace({ scopes: ['users:read'] })
    const { user } = z
      .looseObject({ user: z.looseObject({ profile: z.looseObject({}) }) })
      .parse(await call('users.info', { user: ada.id }))
    expect(user.profile).not.toHaveProperty('email')
    expect(await call('users.lookupByEmail', { email: 'ada@example.com' })).toMatchObject({ error: 'missing_scope' })
  })

  it('usergroups.list and usergroups.users.list', async () => {
    const { slack, ada, call } = await testWorkspace()
    const group = slack.addUserGroup({ handle: 'on-call', users: [ada.id] })
    expect(await call('usergroups.list', { include_users: true })).toMatchObject({
      usergroups: [{ id: group.id, handle: 'on-call', users: [ada.id] }],
    })
    expect(await call('usergroups.users.list', { usergroup: group.id })).toMatchObject({ users: [ada.id] })
    expect(await call('usergroups.users.list', { usergroup: 'S0NONE' })).toMatchObject({ error: 'no_such_subteam' })
    group.isDisabled = true
    expect(await call('usergroups.users.list', { usergroup: group.id })).toMatchObject({ error: 'subteam_disabled' })
  })
})
