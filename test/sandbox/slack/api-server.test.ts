import { WebClient } from '@slack/web-api'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../../../sandbox/slack/clock.ts'
import { startSimulatedSlack } from '../../../sandbox/slack/simulated-slack.ts'
import { rawCall, startMs, testWorkspace, tsOf } from './workspace.ts'

describe('tokens and scopes', () => {
  it('refuses no token, a wrong one, a revoked one, and one of the wrong kind', async () => {
    const { slack, call } = await testWorkspace()
    const error = async (token: string, method = 'auth.test') => (await call(method, {}, { token })).error
    expect(await error('')).toBe('not_authed')
    expect(await error('xoxb-wrong')).toBe('invalid_auth')
    expect(await error(slack.appToken, 'users.list')).toBe('not_allowed_token_type')
    expect(await error(slack.botToken, 'apps.connections.open')).toBe('not_allowed_token_type')
    slack.revokeToken(slack.botToken)
    expect(await error(slack.botToken)).toBe('token_revoked')
  })

  it('takes a token in the body, and never records it', async () => {
    const { slack, call } = await testWorkspace()
    expect(await call('auth.test', { token: slack.botToken }, { token: '' })).toMatchObject({
      ok: true,
      user_id: slack.state.app.botUserId,
      team_id: slack.state.team.id,
    })
    expect(JSON.stringify(slack.calls)).not.toContain(slack.botToken)
  })

  it('names the scope that is needed and those that are there', async () => {
    const { slack, channel } = await testWorkspace({ scopes: ['users:read'] })
    const response = await rawCall(slack, 'chat.postMessage', { channel: channel.id, text: 'x' }, slack.botToken)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      ok: false,
      error: 'missing_scope',
      needed: 'chat:write',
      provided: 'users:read',
    })
  })

  it('api.test needs no token and an unknown method is said to be one', async () => {
    const { call } = await testWorkspace()
    expect(await call('api.test', { foo: 'bar' }, { token: '' })).toMatchObject({ ok: true, args: { foo: 'bar' } })
    expect(await call('api.test', { error: 'my_error' }, { token: '' })).toMatchObject({ error: 'my_error' })
    expect(await call('chat.shout')).toMatchObject({ error: 'unknown_method' })
    expect(await call('constructor')).toMatchObject({ error: 'unknown_method' })
  })
})

describe('rate limits', () => {
  it('posting to one channel is about one a second after a short burst, and other channels are not held up', async () => {
    const { slack, clock, channel } = await testWorkspace({ rateLimits: true })
    const other = slack.addChannel('other')
    const post = async (to: string) =>
      await rawCall(slack, 'chat.postMessage', { channel: to, text: 'x' }, slack.botToken)
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) statuses.push((await post(channel.id)).status)
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429])
    const limited = await post(channel.id)
    expect(limited.headers.get('retry-after')).toBe('1')
    expect(await limited.json()).toEqual({ ok: false, error: 'ratelimited' })
    expect((await post(other.id)).status).toBe(200)
    clock.advance(1000)
    expect([(await post(channel.id)).status, (await post(channel.id)).status]).toEqual([200, 429])
    expect(slack.messages(channel.id)).toHaveLength(5)
  })

  it('chat.update is held to 50 a minute for the whole workspace', async () => {
    const { slack, clock, channel, call } = await testWorkspace({ rateLimits: true })
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x' }))
    const update = async () =>
      (await rawCall(slack, 'chat.update', { channel: channel.id, ts, text: 'y' }, slack.botToken)).status
    let taken = 0
    while ((await update()) === 200) taken += 1
    expect(taken).toBe(50)
    clock.advance(60_000)
    taken = 0
    while ((await update()) === 200) taken += 1
    expect(taken).toBe(50)
    clock.advance(1_200)
    expect([await update(), await update()]).toEqual([200, 429])
  })

  it('can be turned off and on', async () => {
    const { slack, channel, call } = await testWorkspace({ rateLimits: true })
    slack.setRateLimits(false)
    for (let i = 0; i < 20; i++) tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x' }))
    expect(slack.calls.every(({ outcome }) => outcome === 'ok')).toBe(true)
  })
})

describe('faults', () => {
  it('strike the named method as often as they were told, then no more', async () => {
    const { slack, channel, call } = await testWorkspace()
    slack.failNext({ method: 'chat.postMessage', kind: 'is_archived', times: 2 })
    const post = async () => (await call('chat.postMessage', { channel: channel.id, text: 'x' })).error
    expect((await call('auth.test')).ok).toBe(true)
    expect([await post(), await post(), await post()]).toEqual(['is_archived', 'is_archived', undefined])
    slack.failNext({ method: '*', kind: 'fatal_error', after: 1 })
    expect([await post(), await post(), await post()]).toEqual([undefined, 'fatal_error', undefined])
  })

  it('answer 500, 429, and what is not JSON', async () => {
    const { slack } = await testWorkspace()
    for (const kind of ['http500', 'ratelimited', 'invalid_json'])
      slack.failNext({ method: 'auth.test', kind, retryAfterSeconds: 9 })
    const next = () => rawCall(slack, 'auth.test', {}, slack.botToken)
    expect((await next()).status).toBe(500)
    const limited = await next()
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '9'])
    await expect((await next()).json()).rejects.toThrow()
    expect(slack.calls.map(({ outcome }) => outcome)).toEqual(['http500', 'ratelimited', 'invalid_json'])
  })

  it('close the connection before or after the effect', async () => {
    const { slack, channel } = await testWorkspace()
    const post = () => rawCall(slack, 'chat.postMessage', { channel: channel.id, text: 'x' }, slack.botToken)
    slack.failNext({ method: 'chat.postMessage', kind: 'reset_before' })
    await expect(post()).rejects.toThrow()
    expect(slack.messages(channel.id)).toHaveLength(0)
    slack.failNext({ method: 'chat.postMessage', kind: 'reset_after' })
    await expect(post()).rejects.toThrow()
    expect(slack.messages(channel.id)).toHaveLength(1)
  })

  it('latency passes by the clock before the effect', async () => {
    const arrival = Promise.withResolvers<void>()
    const latencyMs = () => {
      arrival.resolve()
      return 500
    }
    const { slack, clock, channel } = await testWorkspace({ latencyMs })
    let isAnswered = false
    const answer = rawCall(slack, 'chat.postMessage', { channel: channel.id, text: 'x' }, slack.botToken).then(() => {
      isAnswered = true
    })
    await arrival.promise
    slack.setLatency(() => 0)
    clock.advance(499)
    await rawCall(slack, 'auth.test', {}, slack.botToken)
    expect([isAnswered, slack.messages(channel.id).length]).toEqual([false, 0])
    clock.advance(1)
    await answer
    expect(slack.messages(channel.id)).toHaveLength(1)
  })
})

describe('memory', () => {
  it('survives the end of the process as text, down to tokens, messages and the next ts', async () => {
    const first = await testWorkspace()
    const ts = tsOf(await first.call('chat.postMessage', { channel: first.channel.id, text: 'before' }))
    const state = first.slack.serialise()
    await first.slack.stop()
    const port = Number(new URL(first.slack.apiUrl).port)
    const { slack, call } = await testWorkspace({ state, port })
    expect(slack.apiUrl).toBe(first.slack.apiUrl)
    expect(await call('chat.update', { channel: first.channel.id, ts, text: 'after' })).toMatchObject({ ok: true })
    const next = tsOf(await call('chat.postMessage', { channel: first.channel.id, text: 'next' }))
    expect(next > ts).toBe(true)
    expect(slack.messages(first.channel.id).map(({ text }) => text)).toEqual(['after', 'next'])
  })

  it('gives the same ids for the same seed', async () => {
    const ids = async (seed: number) => {
      const slack = await startSimulatedSlack({ seed, clock: manualClock(startMs) })
      const made = [slack.addChannel('a').id, slack.addUser('b').id]
      await slack.stop()
      return made
    }
    expect(await ids(7)).toEqual(await ids(7))
    expect(await ids(7)).not.toEqual(await ids(8))
  })

  it('tells listeners of every change and call', async () => {
    const { slack, channel, call } = await testWorkspace()
    const seen: string[] = []
    slack.on('change', (change) => seen.push(change.type))
    const stopListening = slack.on('call', ({ method, outcome }) => seen.push(`${method} ${outcome}`))
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x' }))
    stopListening()
    await call('chat.update', { channel: channel.id, ts, text: 'y' })
    await call('chat.delete', { channel: channel.id, ts })
    expect(seen).toEqual(['posted', 'chat.postMessage ok', 'updated', 'deleted'])
  })
})

describe('files', () => {
  it('are uploaded by Slack’s own client in three steps and shared in a thread', async () => {
    const { slack, channel, call } = await testWorkspace()
    const parent = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'parent' }))
    const client = new WebClient(slack.botToken, { slackApiUrl: slack.apiUrl })
    await client.filesUploadV2({
      channel_id: channel.id,
      thread_ts: parent,
      filename: 'log.txt',
      content: 'line one',
      initial_comment: 'The log',
    })
    const [, shared] = slack.thread(channel.id, parent)
    const file = slack.state.files[shared?.fileIds[0] ?? '']
    expect(shared).toMatchObject({ text: 'The log' })
    expect(file).toMatchObject({ name: 'log.txt', isComplete: true })
    expect(Buffer.from(file?.content ?? '', 'base64').toString()).toBe('line one')
  })

  it('are not complete before they are uploaded, and not of another length', async () => {
    const { slack, call } = await testWorkspace()
    const answer = await call('files.getUploadURLExternal', { filename: 'a.txt', length: 3 })
    const files = [{ id: answer.file_id }]
    expect(await call('files.completeUploadExternal', { files })).toMatchObject({ error: 'file_not_found' })
    expect((await fetch(String(answer.upload_url), { method: 'POST', body: 'four' })).status).toBe(400)
    expect((await fetch(String(answer.upload_url), { method: 'POST', body: 'abc' })).status).toBe(200)
    expect(await call('files.completeUploadExternal', { files, channel_id: 'C0NONE' })).toMatchObject({
      error: 'channel_not_found',
    })
    expect(await call('files.completeUploadExternal', { files })).toMatchObject({
      ok: true,
      files: [{ name: 'a.txt' }],
    })
    expect(slack.deliveries).toEqual([])
  })
})
