import { describe, expect, it } from 'vitest'
import { buttons, section, testWorkspace, tsOf } from './workspace.ts'

describe('chat.postMessage', () => {
  it('posts by channel id, by #name and to a person', async () => {
    const { slack, channel, ada, call } = await testWorkspace()
    expect(await call('chat.postMessage', { channel: channel.id, text: 'one' })).toMatchObject({
      ok: true,
      channel: channel.id,
      message: { text: 'one', bot_id: slack.state.app.botId, type: 'message' },
    })
    expect(await call('chat.postMessage', { channel: '#deploys', text: 'two' })).toMatchObject({ channel: channel.id })
    const direct = await call('chat.postMessage', { channel: ada.id, text: 'three' })
    expect(direct.channel).toMatch(/^D/)
    expect(slack.messages(channel.id).map(({ text }) => text)).toEqual(['one', 'two'])
  })

  it('takes JSON bodies as well as forms', async () => {
    const { slack, channel, call } = await testWorkspace()
    const args = {
      channel: channel.id,
      text: 'x',
      blocks: [section('x')],
      metadata: { event_type: 'e', event_payload: { id: 1 } },
    }
    const asForm = tsOf(await call('chat.postMessage', args))
    const asJson = tsOf(await call('chat.postMessage', args, { json: true }))
    for (const ts of [asForm, asJson]) {
      expect(slack.present(channel.id, ts)).toMatchObject({
        blocks: [section('x')],
        metadata: { event_type: 'e', event_payload: { id: 1 } },
      })
    }
  })

  it('gives every message of a channel a greater ts, also within one millisecond', async () => {
    const { channel, call } = await testWorkspace()
    const stamps: string[] = []
    for (let i = 0; i < 5; i++) stamps.push(tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x' })))
    expect(stamps.every((ts) => /^\d{10}\.\d{6}$/.test(ts))).toBe(true)
    expect([...new Set(stamps)].sort()).toEqual(stamps)
  })

  it('gives blocks and elements the ids that they lack', async () => {
    const { slack, channel, call } = await testWorkspace()
    const blocks = [{ type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'Go' } }] }]
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x', blocks }))
    expect(slack.present(channel.id, ts)).toMatchObject({
      blocks: [
        { block_id: expect.stringMatching(/^.{5}$/), elements: [{ action_id: expect.stringMatching(/^.{5}$/) }] },
      ],
    })
  })

  it('refuses blocks over Slack’s limits and says where', async () => {
    const { slack, channel, call } = await testWorkspace()
    const blocks = Array.from({ length: 51 }, () => section('x'))
    const answer = await call('chat.postMessage', { channel: channel.id, text: 'x', blocks })
    expect(answer).toMatchObject({ ok: false, error: 'invalid_blocks' })
    expect(JSON.stringify(answer.response_metadata)).toContain('json-pointer:/blocks')
    expect(await call('chat.postMessage', { channel: channel.id, text: 'x', blocks: '[{' })).toMatchObject({
      error: 'invalid_arguments',
    })
    expect(slack.messages(channel.id)).toEqual([])
  })

  it('takes a plan only where the workspace does', async () => {
    const { slack, channel, call } = await testWorkspace()
    const task = { type: 'task_card', task_id: 't1', title: 'Build', status: 'in_progress' }
    const args = { channel: channel.id, text: 'x', blocks: [{ type: 'plan', title: 'Pipeline', tasks: [task] }] }
    expect(await call('chat.postMessage', args)).toMatchObject({ ok: true })
    slack.setPlanBlocks(false)
    expect(await call('chat.postMessage', args)).toMatchObject({
      error: 'invalid_blocks',
      response_metadata: { messages: ['[ERROR] unsupported type [json-pointer:/blocks/0/type]'] },
    })
  })

  it('answers with Slack’s own errors', async () => {
    const { slack, channel, call } = await testWorkspace({ scopes: ['chat:write'] })
    slack.addChannel({ name: 'elsewhere', hasBot: false })
    slack.addChannel({ name: 'secret', kind: 'private', hasBot: false })
    slack.addChannel({ name: 'news', isReadOnly: true })
    slack.addChannel('old')
    slack.archive('#old')
    const post = async (to: string, more: Record<string, unknown> = { text: 'x' }) =>
      (await call('chat.postMessage', { channel: to, ...more })).error
    expect(await post('C0NOWHERE')).toBe('channel_not_found')
    expect(await post('#secret')).toBe('channel_not_found')
    expect(await post('#elsewhere')).toBe('not_in_channel')
    expect(await post('#news')).toBe('restricted_action')
    expect(await post('#old')).toBe('is_archived')
    expect(await post(channel.id, {})).toBe('no_text')
    expect(await post(channel.id, { text: 'x'.repeat(40_001) })).toBe('msg_too_long')
    expect(await post(channel.id, { text: 'x', metadata: { event_payload: {} } })).toBe('invalid_metadata_format')
    const long = { event_type: 'e', event_payload: { long: 'x'.repeat(17_000) } }
    expect(await post(channel.id, { text: 'x', metadata: long })).toBe('metadata_too_large')
  })

  it('posts into a public channel that the bot is not in with chat:write.public', async () => {
    const { slack, call } = await testWorkspace({ scopes: ['chat:write', 'chat:write.public'] })
    slack.addChannel({ name: 'elsewhere', hasBot: false })
    expect(await call('chat.postMessage', { channel: '#elsewhere', text: 'x' })).toMatchObject({ ok: true })
  })

  it('puts a reply whose parent is gone into the channel, and its answer has no thread_ts', async () => {
    const { slack, channel, call } = await testWorkspace()
    const parent = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'parent' }))
    slack.deleteMessage(channel.id, parent)
    const reply = await call('chat.postMessage', { channel: channel.id, text: 'reply', thread_ts: parent })
    expect(reply.message).not.toHaveProperty('thread_ts')
    expect(slack.messages(channel.id)).toHaveLength(1)
  })

  it('replies to a reply land in the same thread', async () => {
    const { slack, channel, call } = await testWorkspace()
    const parent = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'parent' }))
    const reply = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'a', thread_ts: parent }))
    await call('chat.postMessage', { channel: channel.id, text: 'b', thread_ts: reply })
    expect(slack.thread(channel.id, parent).map(({ text }) => text)).toEqual(['parent', 'a', 'b'])
  })
})

describe('chat.update', () => {
  it('changes the text and keeps the blocks and the metadata that it is not given', async () => {
    const { slack, channel, call } = await testWorkspace()
    const metadata = { event_type: 'e', event_payload: { id: 'a' } }
    const ts = tsOf(
      await call('chat.postMessage', { channel: channel.id, text: 'a', blocks: [section('a')], metadata }),
    )
    expect(await call('chat.update', { channel: channel.id, ts, text: 'b' })).toMatchObject({ ok: true, ts, text: 'b' })
    expect(slack.present(channel.id, ts)).toMatchObject({ text: 'b', blocks: [section('a')], metadata })
    await call('chat.update', { channel: channel.id, ts, text: 'b', blocks: [] })
    expect(slack.present(channel.id, ts)).not.toHaveProperty('blocks')
  })

  it('answers with Slack’s own errors', async () => {
    const { slack, clock, channel, ada, call } = await testWorkspace({ editWindowMs: 60_000 })
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'a' }))
    const hers = slack.say({ user: ada.id, channel: channel.id, text: 'mine' })
    const update = async (which: string, text = 'b') =>
      (await call('chat.update', { channel: channel.id, ts: which, text })).error
    expect(await update('1.000000')).toBe('message_not_found')
    expect(await update(hers)).toBe('cant_update_message')
    expect(await update(ts, 'x'.repeat(4_001))).toBe('msg_too_long')
    expect(await update(ts, '')).toBe('no_text')
    clock.advance(60_001)
    expect(await update(ts)).toBe('edit_window_closed')
    slack.archive(channel.id)
    expect(await update(ts)).toBe('is_inactive')
  })

  it('shows a reply in the channel too when it is asked to, and a message of the channel as before', async () => {
    const { slack, channel, call } = await testWorkspace()
    const parent = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'parent' }))
    const reply = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'reply', thread_ts: parent }))
    for (const ts of [parent, reply]) {
      await call('chat.update', { channel: channel.id, ts, text: 'louder', reply_broadcast: true })
    }
    expect(slack.messages(channel.id).map(({ ts, isBroadcast }) => [ts, isBroadcast])).toEqual([
      [parent, false],
      [reply, true],
    ])
  })

  it('takes the metadata away for an empty object', async () => {
    const { slack, channel, call } = await testWorkspace()
    const metadata = { event_type: 'e', event_payload: { id: 'a' } }
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'a', metadata }))
    await call('chat.update', { channel: channel.id, ts, text: 'b', metadata: {} })
    expect(slack.present(channel.id, ts)).not.toHaveProperty('metadata')
  })

  it('is closed to a bot that was taken out of the channel', async () => {
    const { slack, channel, call } = await testWorkspace()
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'a' }))
    slack.kick(channel.id)
    for (const method of ['chat.update', 'chat.postMessage']) {
      expect(await call(method, { channel: channel.id, ts, text: 'b' })).toMatchObject({ error: 'not_in_channel' })
    }
  })

  it('does not find a deleted message, nor the tombstone of one with replies', async () => {
    const { slack, channel, call } = await testWorkspace()
    const lone = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'lone' }))
    const parent = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'parent' }))
    await call('chat.postMessage', { channel: channel.id, text: 'reply', thread_ts: parent })
    slack.deleteMessage(channel.id, lone)
    slack.deleteMessage(channel.id, parent)
    for (const ts of [lone, parent]) {
      expect(await call('chat.update', { channel: channel.id, ts, text: 'b' })).toMatchObject({
        error: 'message_not_found',
      })
    }
    expect(slack.thread(channel.id, parent)).toMatchObject([{ isTombstone: true }, { text: 'reply' }])
  })
})

describe('the other chat methods', () => {
  it('chat.delete takes away our own messages only', async () => {
    const { slack, channel, ada, call } = await testWorkspace()
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'a' }))
    const hers = slack.say({ user: ada.id, channel: channel.id, text: 'mine' })
    expect(await call('chat.delete', { channel: channel.id, ts })).toMatchObject({ ok: true, ts })
    expect(await call('chat.delete', { channel: channel.id, ts })).toMatchObject({ error: 'message_not_found' })
    expect(await call('chat.delete', { channel: channel.id, ts: hers })).toMatchObject({ error: 'cant_delete_message' })
  })

  it('chat.postEphemeral shows one person a message that is in no history', async () => {
    const { slack, channel, ada, call } = await testWorkspace()
    const outsider = slack.addUser('outsider')
    const args = { channel: channel.id, user: ada.id, text: 'only you', blocks: [buttons('ok')] }
    expect(await call('chat.postEphemeral', args)).toMatchObject({ ok: true })
    expect(slack.ephemerals(channel.id)).toMatchObject([{ user: ada.id, text: 'only you' }])
    expect(slack.messages(channel.id)).toEqual([])
    expect(await call('chat.postEphemeral', { ...args, user: outsider.id })).toMatchObject({
      error: 'user_not_in_channel',
    })
  })

  it('chat.getPermalink links to a message and into a thread', async () => {
    const { channel, call } = await testWorkspace()
    const parent = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'a' }))
    const reply = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'b', thread_ts: parent }))
    expect(await call('chat.getPermalink', { channel: channel.id, message_ts: reply })).toMatchObject({
      permalink: `https://simulated.slack.com/archives/${channel.id}/p${reply.replace('.', '')}?thread_ts=${parent}&cid=${channel.id}`,
    })
    expect(await call('chat.getPermalink', { channel: channel.id, message_ts: '1.0' })).toMatchObject({
      error: 'message_not_found',
    })
  })
})
