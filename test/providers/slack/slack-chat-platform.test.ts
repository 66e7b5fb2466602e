import { createServer } from 'node:http'
import type { ModalView } from '@slack/types'
import { afterEach, describe, expect, it } from 'vitest'
import { manualClock } from '../../../sandbox/slack/clock.ts'
import {
  type SimulatedSlack,
  type SimulatedSlackOptions,
  startSimulatedSlack,
} from '../../../sandbox/slack/simulated-slack.ts'
import { Secret } from '../../../src/config/secret.ts'
import type { ChatPlatform, OutgoingMessage } from '../../../src/engine/chat-platform.ts'
import { type ProviderCall, slackChatPlatform } from '../../../src/providers/slack/slack-chat-platform.ts'

const startMs = Date.UTC(2026, 0, 5, 9)
const started: { stop(): Promise<void> }[] = []

afterEach(async () => {
  for (const service of started.splice(0)) await service.stop()
})

async function workspace(options: SimulatedSlackOptions = {}) {
  const clock = manualClock(startMs)
  const slack = await startSimulatedSlack({ clock, rateLimits: false, ...options })
  started.push(slack)
  const channel = slack.addChannel('deploys')
  const calls: ProviderCall[] = []
  return { slack, clock, channel, calls, platform: platformFor(slack, { onCall: (call) => calls.push(call) }) }
}

function platformFor(
  slack: Pick<SimulatedSlack, 'apiUrl' | 'botToken'>,
  options: {
    readonly onCall?: (call: ProviderCall) => void
    readonly timeoutMs?: number
    readonly token?: string
  } = {},
): ChatPlatform {
  const { token = slack.botToken, ...more } = options
  return slackChatPlatform({ token: new Secret(token), apiUrl: slack.apiUrl, ...more })
}

function card(channel: string, id = 'card:1'): OutgoingMessage {
  return {
    channel,
    text: 'Running',
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'Running' } }],
    mark: { id },
  }
}

async function posted(platform: ChatPlatform, message: OutgoingMessage) {
  const answer = await platform.postMessage(message)
  if (!answer.ok) throw new Error(`not posted: ${JSON.stringify(answer.failure)}`)
  return answer.value
}

describe('posting and updating', () => {
  it('posts with its mark as metadata and gives the channel id for a #name', async () => {
    const { slack, channel, platform } = await workspace()
    const { channel: id, ts } = await posted(platform, card('#deploys'))
    expect(id).toBe(channel.id)
    expect(slack.present(id, ts)).toMatchObject({
      text: 'Running',
      metadata: { event_type: 'sluice_message', event_payload: { id: 'card:1' } },
    })
  })

  it('replies in a thread, in the channel too only when told so', async () => {
    const { slack, channel, platform } = await workspace()
    const parent = await posted(platform, card(channel.id))
    await posted(platform, { ...card(channel.id, 'quiet'), threadTs: parent.ts })
    const loud = await posted(platform, { ...card(channel.id, 'loud'), threadTs: parent.ts, broadcast: true })
    expect(slack.thread(channel.id, parent.ts)).toHaveLength(3)
    expect(slack.messages(channel.id).map(({ ts }) => ts)).toEqual([parent.ts, loud.ts])
  })

  it('a reply whose parent was deleted does not stay in the channel and is reported as a missing message', async () => {
    const { slack, channel, platform } = await workspace()
    const parent = await posted(platform, card(channel.id))
    slack.deleteMessage(channel.id, parent.ts)
    const answer = await platform.postMessage({ ...card(channel.id, 'reply'), threadTs: parent.ts })
    expect(answer).toEqual({ ok: false, failure: { type: 'message_not_found' } })
    expect(slack.messages(channel.id)).toEqual([])
  })

  it('changes a message in place and keeps its mark', async () => {
    const { slack, channel, platform } = await workspace()
    const { ts } = await posted(platform, card(channel.id))
    expect(await platform.updateMessage({ ...card(channel.id), ts, text: 'Passed' })).toEqual({
      ok: true,
      value: undefined,
    })
    expect(slack.present(channel.id, ts)).toMatchObject({
      text: 'Passed',
      metadata: { event_payload: { id: 'card:1' } },
    })
  })

  it('shows a person an ephemeral message and gives a permalink', async () => {
    const { slack, channel, platform } = await workspace()
    const user = slack.addUser('ada')
    slack.invite(channel.id, user.id)
    const message = await posted(platform, card(channel.id))
    expect(await platform.postEphemeral({ channel: channel.id, user: user.id, text: 'Only you' })).toMatchObject({
      ok: true,
    })
    expect(slack.ephemerals(channel.id)).toMatchObject([{ user: user.id, text: 'Only you' }])
    expect(await platform.permalink(message)).toEqual({
      ok: true,
      value: `https://simulated.slack.com/archives/${channel.id}/p${message.ts.replace('.', '')}`,
    })
  })

  it('publishes a Home tab', async () => {
    const { slack, platform } = await workspace()
    const user = slack.addUser('ada')
    expect(await platform.publishHome(user.id, [{ type: 'divider' }])).toEqual({ ok: true, value: undefined })
    expect(slack.home(user.id)?.blocks).toMatchObject([{ type: 'divider' }])
  })

  it('says who it is', async () => {
    const { slack, platform } = await workspace()
    expect(await platform.identify()).toEqual({
      ok: true,
      value: {
        teamId: slack.state.team.id,
        botUserId: slack.state.app.botUserId,
        url: 'https://simulated.slack.com/',
      },
    })
  })
})

describe('finding a message by its mark', () => {
  it('finds it in the channel, many pages back', async () => {
    const { slack, clock, channel, platform } = await workspace()
    const wanted = await posted(platform, card(channel.id, 'wanted'))
    const user = slack.addUser('chatty')
    for (let i = 0; i < 450; i++) {
      clock.advance(1000)
      slack.say({ user: user.id, channel: channel.id, text: `message ${i}` })
    }
    const query = { channel: channel.id, mark: { id: 'wanted' }, oldestMs: startMs }
    expect(await platform.findMessage(query)).toEqual({ ok: true, value: wanted })
    expect(slack.calls.filter(({ method }) => method === 'conversations.history')).toHaveLength(3)
  })

  it('finds it under the name of a channel', async () => {
    const { channel, platform } = await workspace()
    const wanted = await posted(platform, card('#deploys', 'wanted'))
    const found = await platform.findMessage({ channel: '#deploys', mark: { id: 'wanted' }, oldestMs: startMs })
    expect(found).toEqual({ ok: true, value: { channel: channel.id, ts: wanted.ts } })
    expect(await platform.findMessage({ channel: '#nowhere', mark: { id: 'wanted' }, oldestMs: startMs })).toEqual({
      ok: false,
      failure: { type: 'channel_unavailable', code: 'channel_not_found' },
    })
  })

  it('finds it in a thread only when asked there', async () => {
    const { channel, platform } = await workspace()
    const parent = await posted(platform, card(channel.id, 'parent'))
    const reply = await posted(platform, { ...card(channel.id, 'reply'), threadTs: parent.ts })
    const mark = { id: 'reply' }
    const inThread = { channel: channel.id, threadTs: parent.ts, mark, oldestMs: startMs }
    expect(await platform.findMessage(inThread)).toEqual({ ok: true, value: reply })
    expect(await platform.findMessage({ channel: channel.id, mark, oldestMs: startMs })).toEqual({
      ok: true,
      value: null,
    })
  })

  it('is null when there is none, when it is too old, and when the thread is gone', async () => {
    const { slack, clock, channel, platform } = await workspace()
    const parent = await posted(platform, card(channel.id, 'old'))
    clock.advance(60_000)
    const mark = { id: 'old' }
    const none = { ok: true, value: null }
    expect(await platform.findMessage({ channel: channel.id, mark: { id: 'other' }, oldestMs: startMs })).toEqual(none)
    expect(await platform.findMessage({ channel: channel.id, mark, oldestMs: startMs + 1 })).toEqual(none)
    slack.deleteMessage(channel.id, parent.ts)
    expect(await platform.findMessage({ channel: channel.id, threadTs: parent.ts, mark, oldestMs: startMs })).toEqual(
      none,
    )
  })

  it('does not take a mark that somebody else wrote in the text for ours', async () => {
    const { slack, channel, platform } = await workspace()
    const user = slack.addUser('mallory')
    slack.say({ user: user.id, channel: channel.id, text: 'sluice_message card:1' })
    const query = { channel: channel.id, mark: { id: 'card:1' }, oldestMs: startMs }
    expect(await platform.findMessage(query)).toEqual({ ok: true, value: null })
  })

  it('after ten pages it says that it does not know instead of saying no', async () => {
    const { slack, clock, channel, platform } = await workspace()
    const user = slack.addUser('chatty')
    for (let i = 0; i < 2001; i++) {
      clock.advance(10)
      slack.say({ user: user.id, channel: channel.id, text: 'x' })
    }
    const query = { channel: channel.id, mark: { id: 'card:1' }, oldestMs: startMs }
    expect(await platform.findMessage(query)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', mayHaveHappened: false },
    })
    expect(slack.calls.filter(({ method }) => method === 'conversations.history')).toHaveLength(10)
  })
})

describe('people', () => {
  it('reads a member, a guest, a bot, somebody who left and somebody of another workspace', async () => {
    const { slack, platform } = await workspace()
    const people = {
      member: slack.addUser({ name: 'ada', email: 'ada@example.com' }),
      guest: slack.addUser({ name: 'guest', kind: 'guest' }),
      single: slack.addUser({ name: 'single', kind: 'single_channel_guest' }),
      bot: slack.addUser({ name: 'robot', isBot: true }),
      gone: slack.addUser({ name: 'gone', isDeactivated: true }),
      foreign: slack.addUser({ name: 'partner', teamId: 'T0PARTNER01' }),
    }
    const read = async (id: string) => {
      const answer = await platform.user(id)
      return answer.ok ? answer.value : answer.failure
    }
    expect(await read(people.member.id)).toEqual({
      id: people.member.id,
      teamId: slack.state.team.id,
      name: 'ada',
      email: 'ada@example.com',
      isGuest: false,
      isBot: false,
      isDeactivated: false,
      timeZone: 'Europe/Berlin',
    })
    expect(await read(people.guest.id)).toMatchObject({ isGuest: true })
    expect(await read(people.single.id)).toMatchObject({ isGuest: true })
    expect(await read(people.bot.id)).toMatchObject({ isBot: true })
    expect(await read(people.gone.id)).toMatchObject({ isDeactivated: true, timeZone: null })
    expect(await read(people.foreign.id)).toMatchObject({ teamId: 'T0PARTNER01', email: null })
    expect(await read('U0NOBODY')).toEqual({ type: 'person_unreachable', code: 'user_not_found' })
  })

  it('finds people by e-mail, and nobody is null rather than a failure', async () => {
    const { slack, platform } = await workspace()
    const user = slack.addUser({ name: 'ada', email: 'Ada@example.com' })
    expect(await platform.userByEmail('ada@EXAMPLE.com')).toMatchObject({ ok: true, value: { id: user.id } })
    expect(await platform.userByEmail('nobody@example.com')).toEqual({ ok: true, value: null })
  })
})

describe('user groups', () => {
  it('reads the members afresh each time', async () => {
    const { slack, platform } = await workspace()
    const ada = slack.addUser('ada')
    const ben = slack.addUser('ben')
    const group = slack.addUserGroup({ handle: 'approvers', users: [ada.id] })
    expect(await platform.groupMembers(group.id)).toEqual({ ok: true, value: [ada.id] })
    group.users.push(ben.id)
    expect(await platform.groupMembers(group.id)).toEqual({ ok: true, value: [ada.id, ben.id] })
  })

  it('a group without members is empty; one that is not there or was disabled is refused', async () => {
    const { slack, platform } = await workspace()
    const empty = slack.addUserGroup({ handle: 'nobody' })
    const disabled = slack.addUserGroup({ handle: 'old', users: [slack.addUser('ada').id] })
    disabled.isDisabled = true
    expect(await platform.groupMembers(empty.id)).toEqual({ ok: true, value: [] })
    expect(await platform.groupMembers('S0NOWHERE')).toEqual({
      ok: false,
      failure: { type: 'rejected', code: 'no_such_subteam' },
    })
    expect(await platform.groupMembers(disabled.id)).toEqual({
      ok: false,
      failure: { type: 'rejected', code: 'subteam_disabled' },
    })
  })
})

describe('modals', () => {
  const view = (text: string): ModalView => ({
    type: 'modal',
    callback_id: 'sample',
    title: { type: 'plain_text', text: 'Sample' },
    blocks: [{ type: 'section', text: { type: 'plain_text', text } }],
  })
  const trigger = async (slack: SimulatedSlack, channel: string) => {
    const user = slack.addUser('ada')
    await slack.command({ user: user.id, channel, command: '/deploy' })
    const id = Object.keys(slack.state.triggers).at(-1)
    if (id === undefined) throw new Error('The command came with no trigger.')
    return { id, user }
  }

  it('opens one for a trigger and replaces what it shows', async () => {
    const { slack, channel, platform } = await workspace()
    const { id, user } = await trigger(slack, channel.id)
    const opened = await platform.openModal(id, view('first'))
    const shown = slack.openView(user.id)
    expect(opened).toEqual({ ok: true, value: { viewId: shown?.id } })
    expect(await platform.updateModal(shown?.id ?? '', view('second'))).toEqual({ ok: true, value: undefined })
    expect(slack.openView(user.id)?.blocks).toMatchObject([{ text: { text: 'second' } }])
  })

  it('a trigger that is used or too old, and a modal that is closed, are refused with Slack’s reason', async () => {
    const { slack, clock, channel, platform } = await workspace()
    const { id, user } = await trigger(slack, channel.id)
    await platform.openModal(id, view('first'))
    const refused = (code: string) => ({ ok: false, failure: { type: 'rejected', code } })
    expect(await platform.openModal(id, view('again'))).toEqual(refused('exchanged_trigger_id'))
    const late = await trigger(slack, channel.id)
    clock.advance(3_001)
    expect(await platform.openModal(late.id, view('late'))).toEqual(refused('expired_trigger_id'))
    await slack.closeView({ user: user.id, view: slack.openView(user.id)?.id ?? '' })
    expect(await platform.updateModal('V0CLOSED', view('gone'))).toEqual(refused('not_found'))
  })
})

describe('direct messages', () => {
  const reminder = (user: string, id: string) => ({ ...card('', id), user })

  it('reaches a person with whom the bot shares no channel, and is found again by its mark', async () => {
    const { slack, platform } = await workspace()
    const user = slack.addUser('ada')
    const sent = await platform.directMessage(reminder(user.id, 'lock-reminder:1'))
    if (!sent.ok) throw new Error('not sent')
    expect(sent.value.channel).toMatch(/^D/)
    expect(slack.present(sent.value.channel, sent.value.ts)).toMatchObject({
      text: 'Running',
      metadata: { event_type: 'sluice_message', event_payload: { id: 'lock-reminder:1' } },
    })
    const query = { channel: user.id, oldestMs: startMs }
    expect(await platform.findMessage({ ...query, mark: { id: 'lock-reminder:1' } })).toEqual(sent)
    expect(await platform.findMessage({ ...query, mark: { id: 'lock-reminder:2' } })).toEqual({ ok: true, value: null })
  })

  it('nobody of that id, and an account that was deactivated, are failures and not silence', async () => {
    const { slack, platform } = await workspace()
    const gone = slack.addUser({ name: 'gone', isDeactivated: true })
    expect((await platform.directMessage(reminder('U0NOBODY', 'x'))).ok).toBe(false)
    expect(await platform.findMessage({ channel: gone.id, mark: { id: 'x' }, oldestMs: startMs })).toEqual({
      ok: false,
      failure: { type: 'person_unreachable', code: 'user_disabled' },
    })
  })
})

describe('failures', () => {
  const codes: readonly [string, object][] = [
    ['is_archived', { type: 'channel_unavailable', code: 'is_archived' }],
    ['is_inactive', { type: 'channel_unavailable', code: 'is_inactive' }],
    ['not_in_channel', { type: 'channel_unavailable', code: 'not_in_channel' }],
    ['channel_not_found', { type: 'channel_unavailable', code: 'channel_not_found' }],
    ['restricted_action', { type: 'channel_unavailable', code: 'restricted_action' }],
    ['user_not_in_channel', { type: 'person_unreachable', code: 'user_not_in_channel' }],
    ['messages_tab_disabled', { type: 'person_unreachable', code: 'messages_tab_disabled' }],
    ['message_not_found', { type: 'message_not_found' }],
    ['thread_not_found', { type: 'message_not_found' }],
    ['invalid_auth', { type: 'unauthorized', code: 'invalid_auth' }],
    ['token_revoked', { type: 'unauthorized', code: 'token_revoked' }],
    ['account_inactive', { type: 'unauthorized', code: 'account_inactive' }],
    ['msg_too_long', { type: 'rejected', code: 'msg_too_long' }],
    ['cant_update_message', { type: 'rejected', code: 'cant_update_message' }],
    ['edit_window_closed', { type: 'rejected', code: 'edit_window_closed' }],
    ['some_code_of_tomorrow', { type: 'rejected', code: 'some_code_of_tomorrow' }],
    ['fatal_error', { type: 'unavailable', mayHaveHappened: true }],
    ['internal_error', { type: 'unavailable', mayHaveHappened: true }],
    ['request_timeout', { type: 'unavailable', mayHaveHappened: false }],
  ]
  it.each(codes)('Slack’s %s becomes the right failure', async (code, failure) => {
    const { slack, channel, platform } = await workspace()
    slack.failNext({ method: 'chat.postMessage', kind: code })
    expect(await platform.postMessage(card(channel.id))).toMatchObject({ ok: false, failure })
  })

  it('429 becomes rate_limited with the wait that Slack asks for, and is not repeated', async () => {
    const { slack, channel, platform } = await workspace()
    slack.failNext({ method: 'chat.update', kind: 'ratelimited', retryAfterSeconds: 17 })
    const { ts } = await posted(platform, card(channel.id))
    expect(await platform.updateMessage({ ...card(channel.id), ts })).toEqual({
      ok: false,
      failure: { type: 'rate_limited', retryAfterMs: 17_000 },
    })
    expect(slack.calls.filter(({ method }) => method === 'chat.update')).toHaveLength(1)
  })

  it('429 without Retry-After is rate_limited all the same', async () => {
    const apiUrl = await answering((response) => response.writeHead(429).end('slow down'))
    const answer = await platformFor({ apiUrl, botToken: 'xoxb-1' }).identify()
    expect(answer).toEqual({ ok: false, failure: { type: 'rate_limited', retryAfterMs: 30_000 } })
  })

  it('invalid_blocks carries what Slack says is wrong', async () => {
    const { channel, platform } = await workspace({ takesPlanBlocks: false })
    const answer = await platform.postMessage({
      ...card(channel.id),
      blocks: [{ type: 'plan', title: 'Pipeline', tasks: [] }],
    })
    expect(answer).toMatchObject({ ok: false, failure: { type: 'invalid_blocks' } })
    expect(answer.ok || (answer.failure.type === 'invalid_blocks' && answer.failure.detail)).toMatch(
      /\/blocks\/0\/type/,
    )
  })

  it('a missing scope is named', async () => {
    const { slack, platform } = await workspace()
    slack.addToken('xoxb-little', 'bot', ['chat:write'])
    const user = slack.addUser('ada')
    expect(await platformFor(slack, { token: 'xoxb-little' }).user(user.id)).toEqual({
      ok: false,
      failure: { type: 'unauthorized', code: 'missing_scope: users:read' },
    })
    expect((await platform.user(user.id)).ok).toBe(true)
  })

  const lost: readonly [string, boolean, boolean][] = [
    ['http500', true, false],
    ['invalid_json', true, false],
    ['reset_before', true, false],
    ['reset_after', true, true],
  ]
  it.each(lost)('%s is unavailable and may have happened', async (kind, mayHaveHappened, didHappen) => {
    const { slack, channel, platform } = await workspace()
    slack.failNext({ method: 'chat.postMessage', kind })
    expect(await platform.postMessage(card(channel.id))).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', mayHaveHappened },
    })
    expect(slack.messages(channel.id)).toHaveLength(didHappen ? 1 : 0)
  })

  it.each([
    ['timeout', 0],
    ['timeout_after', 1],
  ])('%s is unavailable after the time-out and may have happened', async (kind, messages) => {
    const { slack, channel } = await workspace()
    slack.failNext({ method: 'chat.postMessage', kind })
    const answer = await platformFor(slack, { timeoutMs: 60 }).postMessage(card(channel.id))
    expect(answer).toMatchObject({ ok: false, failure: { type: 'unavailable', mayHaveHappened: true } })
    expect(slack.messages(channel.id)).toHaveLength(messages)
  })

  it('a body that stops halfway is unavailable and may have happened', async () => {
    const apiUrl = await answering((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"ok":true')
      setImmediate(() => response.destroy())
    })
    const answer = await platformFor({ apiUrl, botToken: 'xoxb-1' }).identify()
    expect(answer).toMatchObject({ ok: false, failure: { type: 'unavailable', mayHaveHappened: true } })
  })

  it('an address where nobody listens is unavailable and cannot have happened', async () => {
    const { slack, channel, platform } = await workspace()
    await slack.stop()
    expect(await platform.postMessage(card(channel.id))).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', mayHaveHappened: false },
    })
  })

  it('an outage is unavailable, and everything works again after it', async () => {
    const { slack, channel, platform } = await workspace()
    slack.outage(true)
    expect(await platform.postMessage(card(channel.id))).toMatchObject({ failure: { type: 'unavailable' } })
    slack.outage(false)
    expect(await platform.postMessage(card(channel.id))).toMatchObject({ ok: true })
  })

  it('no failure ever shows the token', async () => {
    const { slack, channel } = await workspace()
    const token = 'xoxb-very-secret'
    slack.addToken(token, 'bot', ['chat:write'])
    const platform = platformFor(slack, { token, timeoutMs: 60 })
    const kinds = ['http500', 'invalid_json', 'reset_before', 'timeout', 'ratelimited', 'invalid_auth', 'fatal_error']
    for (const kind of kinds) {
      slack.failNext({ method: '*', kind })
      const answer = await platform.postMessage(card(channel.id))
      expect(answer.ok).toBe(false)
      expect(JSON.stringify(answer)).not.toContain(token)
    }
  })

  it('reports every call with its outcome and duration', async () => {
    const { slack, channel, platform, calls } = await workspace()
    await platform.postMessage(card(channel.id))
    slack.failNext({ method: 'chat.postMessage', kind: 'is_archived' })
    await platform.postMessage(card(channel.id))
    expect(calls).toEqual([
      { service: 'slack', method: 'chat.postMessage', outcome: 'ok', seconds: expect.any(Number) },
      { service: 'slack', method: 'chat.postMessage', outcome: 'channel_unavailable', seconds: expect.any(Number) },
    ])
    expect(calls.every(({ seconds }) => seconds > 0 && seconds < 5)).toBe(true)
  })
})

async function answering(answer: (response: import('node:http').ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  started.push({
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/api/`
}

describe('a picture', () => {
  const picture = { name: 'chart.png', title: 'Chart', altText: 'A chart', content: new Uint8Array([1, 2, 3]) }

  it('is uploaded for nobody to see, until a block of a message shows it', async () => {
    const { slack, channel, platform } = await workspace()
    const uploaded = await platform.uploadPicture(picture)
    if (!uploaded.ok) throw new Error(JSON.stringify(uploaded.failure))
    const { fileId } = uploaded.value
    expect(slack.messages(channel.id)).toEqual([])
    expect(slack.state.files[fileId]).toMatchObject({ title: 'Chart', content: 'AQID', isComplete: true })
    const image = { type: 'image', slack_file: { id: fileId }, alt_text: 'A chart' } as const
    expect(await platform.postMessage({ ...card(channel.id), blocks: [image] })).toMatchObject({ ok: true })
  })

  it('needs the scope for it', async () => {
    const { platform } = await workspace({ scopes: ['chat:write'] })
    expect(await platform.uploadPicture(picture)).toEqual({
      ok: false,
      failure: { type: 'unauthorized', code: 'missing_scope: files:write' },
    })
  })

  it('may be there when only the answer is missing', async () => {
    const { slack, platform } = await workspace()
    slack.failNext({ method: 'files.completeUploadExternal', kind: 'reset_after' })
    expect(await platform.uploadPicture(picture)).toMatchObject({
      ok: false,
      failure: { type: 'unavailable', mayHaveHappened: true },
    })
  })
})
