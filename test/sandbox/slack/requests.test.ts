import { createServer, type Server } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { manualClock } from '../../../sandbox/slack/clock.ts'
import { boltOverHttp } from './bolt-app.ts'
import { buttons, section, testWorkspace, tsOf } from './workspace.ts'

/** Bolt compares signatures with the real time, so these workspaces start now. */
const workspaceNow = (options: Parameters<typeof testWorkspace>[0] = {}) => {
  const clock = manualClock(Date.now())
  return testWorkspace({ clock, ...options }).then((workspace) => ({ ...workspace, clock }))
}

const modal = (callbackId: string, title = 'Why?') => ({
  type: 'modal' as const,
  callback_id: callbackId,
  title: { type: 'plain_text' as const, text: title },
  submit: { type: 'plain_text' as const, text: 'Send' },
  blocks: [
    {
      type: 'input' as const,
      block_id: 'reason',
      label: { type: 'plain_text' as const, text: 'Reason' },
      element: { type: 'plain_text_input' as const, action_id: 'text' },
    },
  ],
})

describe('signed requests', () => {
  it('a press on a button reaches Bolt with what Slack sends, and its response_url works', async () => {
    const { slack, channel, ada, call } = await workspaceNow()
    const seen: unknown[] = []
    await boltOverHttp(slack, (app) => {
      app.action('approve', async ({ ack, body, action, respond }) => {
        await ack()
        seen.push(action, body)
        await respond({ text: 'Noted', response_type: 'ephemeral', replace_original: false })
      })
    })
    const blocks = [section('Ready'), { ...buttons('approve', 'reject'), block_id: 'gate' }]
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x', blocks }))
    const delivery = await slack.press({ user: ada.id, channel: channel.id, ts, actionId: 'approve' })
    expect(delivery.acknowledged).toBe(true)
    await slack.until(() => slack.ephemerals(channel.id).length === 1, 'the answer to the press')
    expect(seen).toMatchObject([
      { type: 'button', action_id: 'approve', block_id: 'gate', value: 'value of approve' },
      {
        type: 'block_actions',
        user: { id: ada.id, team_id: slack.state.team.id },
        team: { id: slack.state.team.id },
        channel: { id: channel.id },
        container: { type: 'message', message_ts: ts },
        message: { ts, text: 'x' },
        trigger_id: expect.any(String),
      },
    ])
    expect(slack.ephemerals(channel.id)).toMatchObject([{ user: ada.id, text: 'Noted' }])
  })

  it('a press by somebody of another workspace says where they are from', async () => {
    const { slack, channel, call } = await workspaceNow()
    const partner = slack.addUser({ name: 'partner', teamId: 'T0PARTNER01' })
    const seen: unknown[] = []
    await boltOverHttp(slack, (app) => {
      app.action('go', async ({ ack, body }) => {
        await ack()
        seen.push(body.user, body.team)
      })
    })
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x', blocks: [buttons('go')] }))
    await slack.press({ user: partner.id, channel: channel.id, ts, actionId: 'go' })
    expect(seen).toMatchObject([{ id: partner.id, team_id: 'T0PARTNER01' }, { id: slack.state.team.id }])
  })

  it('a response_url can replace and delete the original, five times at most', async () => {
    const { slack, channel, ada, call } = await workspaceNow()
    const urls: string[] = []
    await boltOverHttp(slack, (app) => {
      app.action('go', async ({ ack, body }) => {
        await ack()
        if ('response_url' in body) urls.push(String(body.response_url))
      })
    })
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x', blocks: [buttons('go')] }))
    await slack.press({ user: ada.id, channel: channel.id, ts, actionId: 'go' })
    const answer = async (body: object) =>
      (await fetch(urls[0] ?? '', { method: 'POST', body: JSON.stringify(body) })).status
    expect(await answer({ replace_original: true, text: 'gone on' })).toBe(200)
    expect(slack.messages(channel.id)).toMatchObject([{ text: 'gone on', blocks: [] }])
    expect(await answer({ delete_original: true })).toBe(200)
    expect(slack.messages(channel.id)).toEqual([])
    const more = [await answer({ text: 'a' }), await answer({ text: 'b' }), await answer({ text: 'c' })]
    expect([...more, await answer({ text: 'd' })]).toEqual([200, 200, 200, 404])
  })

  it('a slash command reaches Bolt, and its acknowledgement is shown to the person', async () => {
    const { slack, channel, ada } = await workspaceNow()
    await boltOverHttp(slack, (app) => {
      app.command('/deploy', async ({ ack, command }) => ack(`You said ${command.text} in ${command.channel_name}`))
    })
    const delivery = await slack.command({ user: ada.id, channel: channel.id, command: '/deploy', text: 'status' })
    expect(delivery.acknowledged).toBe(true)
    expect(slack.ephemerals(channel.id)).toMatchObject([{ user: ada.id, text: 'You said status in deploys' }])
  })

  it('opening the Home tab reaches Bolt, which publishes it', async () => {
    const { slack, ada } = await workspaceNow()
    await boltOverHttp(slack, (app) => {
      app.event('app_home_opened', async ({ event, client }) => {
        await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [{ type: 'divider' }] } })
      })
    })
    expect((await slack.openHome(ada.id)).acknowledged).toBe(true)
    await slack.until(() => slack.home(ada.id) !== null, 'a Home tab')
    expect(Object.keys(slack.homes())).toEqual([ada.id])
  })

  it('mentions, departures and archived channels are told to the app', async () => {
    const { slack, channel, ada } = await workspaceNow()
    const seen: string[] = []
    await boltOverHttp(slack, (app) => {
      app.event('app_mention', async ({ event }) => void seen.push(`mention ${event.text}`))
      app.event('member_left_channel', async ({ event }) => void seen.push(`left ${event.user}`))
      app.event('channel_archive', async ({ event }) => void seen.push(`archived ${event.channel}`))
    })
    const mention = `hi <@${slack.state.app.botUserId}>`
    slack.say({ user: ada.id, channel: channel.id, text: mention })
    await slack.until(() => slack.deliveries.length === 1, 'the mention')
    slack.kick(channel.id, ada.id)
    await slack.until(() => slack.deliveries.length === 2, 'the departure')
    slack.archive(channel.id)
    await slack.until(() => slack.deliveries.length === 3, 'the archive')
    expect(seen).toEqual([`mention ${mention}`, `left ${ada.id}`, `archived ${channel.id}`])
  })

  it('people’s messages are told only to an app that has subscribed to them', async () => {
    const { slack, channel, ada } = await workspaceNow({ subscriptions: ['message.channels'] })
    const seen: unknown[] = []
    await boltOverHttp(slack, (app) => {
      app.message(async ({ message }) => void seen.push(message))
    })
    slack.say({ user: ada.id, channel: channel.id, text: 'hello' })
    await slack.until(() => slack.deliveries.length === 1, 'the message')
    slack.archive(channel.id)
    expect(seen).toMatchObject([{ type: 'message', text: 'hello', channel: channel.id, channel_type: 'channel' }])
    expect(slack.deliveries).toHaveLength(1)
  })

  it('a wrong signing secret is refused by Bolt', async () => {
    const { slack, ada } = await workspaceNow({ retryDelaysMs: [] })
    await boltOverHttp(slack, () => {}, 'another secret')
    expect(await slack.openHome(ada.id)).toMatchObject({
      acknowledged: false,
      attempts: [{ outcome: { type: 'failed', reason: 'http_error', status: 401 } }],
    })
  })
})

describe('modals', () => {
  it('opens with a trigger, shows errors, and closes when the submission is accepted', async () => {
    const { slack, channel, ada, call } = await workspaceNow()
    await boltOverHttp(slack, (app) => {
      app.action('reject', async ({ ack, body, client }) => {
        await ack()
        if ('trigger_id' in body) await client.views.open({ trigger_id: String(body.trigger_id), view: modal('why') })
      })
      app.view('why', async ({ ack, view }) => {
        const reason = view.state.values.reason?.text?.value
        if (reason === 'no') await ack({ response_action: 'errors', errors: { reason: 'Say more.' } })
        else await ack()
      })
    })
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x', blocks: [buttons('reject')] }))
    await slack.press({ user: ada.id, channel: channel.id, ts, actionId: 'reject' })
    await slack.until(() => slack.openView(ada.id) !== null, 'the modal')
    const view = slack.openView(ada.id)?.id ?? ''
    const refused = await slack.submit({ user: ada.id, view, values: { reason: { text: 'no' } } })
    expect(refused.body).toEqual({ response_action: 'errors', errors: { reason: 'Say more.' } })
    expect(slack.openView(ada.id)).not.toBeNull()
    await slack.submit({ user: ada.id, view, values: { reason: { text: 'too risky today' } } })
    expect(slack.openView(ada.id)).toBeNull()
  })

  it('a trigger is good once and for three seconds', async () => {
    const { slack, clock, channel, ada, call } = await workspaceNow()
    const triggers: string[] = []
    await boltOverHttp(slack, (app) => {
      app.action('go', async ({ ack, body }) => {
        await ack()
        if ('trigger_id' in body) triggers.push(String(body.trigger_id))
      })
    })
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x', blocks: [buttons('go')] }))
    const press = () => slack.press({ user: ada.id, channel: channel.id, ts, actionId: 'go' })
    const open = async (trigger_id: string | undefined) =>
      (await call('views.open', { trigger_id, view: modal('m') })).error
    await press()
    await press()
    expect(await open(triggers[0])).toBeUndefined()
    expect(await open(triggers[0])).toBe('exchanged_trigger_id')
    clock.advance(3_001)
    expect(await open(triggers[1])).toBe('expired_trigger_id')
    expect(await open('123.nonsense')).toBe('invalid_arguments')
  })

  it('views are pushed three deep, updated with the right hash, and checked', async () => {
    const { slack, channel, ada, call } = await workspaceNow()
    const triggers: string[] = []
    await boltOverHttp(slack, (app) => {
      app.shortcut('start', async ({ ack, shortcut }) => {
        await ack()
        triggers.push(shortcut.trigger_id)
      })
      app.action('deeper', async ({ ack, body }) => {
        await ack()
        if ('trigger_id' in body) triggers.push(String(body.trigger_id))
      })
    })
    const view = { ...modal('m'), blocks: [buttons('deeper')] }
    await slack.shortcut({ user: ada.id, callbackId: 'start' })
    expect(await call('views.open', { trigger_id: triggers.at(-1), view })).toMatchObject({ ok: true })
    const push = async () => {
      await slack.press({ user: ada.id, view: slack.openView(ada.id)?.id ?? '', actionId: 'deeper' })
      return (await call('views.push', { trigger_id: triggers.at(-1), view })).error
    }
    expect([await push(), await push(), await push()]).toEqual([undefined, undefined, 'push_limit_reached'])
    const top = slack.openView(ada.id)
    const update = (hash: string) => call('views.update', { view_id: top?.id, hash, view: modal('m', 'Changed') })
    expect(await update('old')).toMatchObject({ error: 'hash_conflict' })
    expect(await update(top?.hash ?? '')).toMatchObject({ ok: true, view: { title: { text: 'Changed' } } })
    expect(await call('views.update', { view_id: 'V0NONE', view })).toMatchObject({ error: 'not_found' })
    const long = { ...view, title: { type: 'plain_text', text: 'x'.repeat(25) } }
    expect(await call('views.update', { view_id: top?.id, view: long })).toMatchObject({ error: 'invalid_arguments' })
    const named = { ...view, external_id: 'one' }
    expect(await call('views.update', { view_id: top?.id, view: named })).toMatchObject({ ok: true })
    expect(await call('views.update', { view_id: top?.id, view: named })).toMatchObject({ ok: true })
    expect(await call('views.update', { view_id: top?.rootViewId, view: named })).toMatchObject({
      error: 'duplicate_external_id',
    })
    const homes = { type: 'home', blocks: Array.from({ length: 101 }, () => ({ type: 'divider' })) }
    expect(await call('views.publish', { user_id: ada.id, view: homes })).toMatchObject({ error: 'invalid_arguments' })
    expect(await call('views.publish', { user_id: 'U0NONE', view: homes })).toMatchObject({ error: 'user_not_found' })
    expect(channel.isArchived).toBe(false)
  })
})

describe('requests that are not answered', () => {
  it('an event is sent again at once, after a minute and after five, with the retry in its headers', async () => {
    const { slack, clock, ada } = await workspaceNow()
    const tries: unknown[] = []
    const server = createServer((request, response) => {
      request.resume()
      tries.push([request.headers['x-slack-retry-num'], request.headers['x-slack-retry-reason']])
      response.writeHead(tries.length < 4 ? 500 : 200).end()
    })
    slack.setRequestUrl(await addressOf(server))
    let attempts = 0
    slack.on('attempt', () => {
      attempts += 1
    })
    const opened = slack.openHome(ada.id)
    await slack.until(() => attempts === 2, 'the second attempt')
    clock.advance(60_000)
    await slack.until(() => attempts === 3, 'the third attempt')
    clock.advance(300_000)
    const delivery = await opened
    expect(tries).toEqual([
      [undefined, undefined],
      ['1', 'http_error'],
      ['2', 'http_error'],
      ['3', 'http_error'],
    ])
    expect(delivery.acknowledged).toBe(true)
    const firstAt = delivery.attempts[0]?.at ?? 0
    expect(delivery.attempts.map(({ at }) => (at - firstAt) / 60_000)).toEqual([0, 0, 1, 6])
  })

  it('an event whose acknowledgement was lost comes again under the same id', async () => {
    const { slack, ada } = await workspaceNow()
    const seen: unknown[] = []
    await boltOverHttp(slack, (app) => {
      app.event('app_home_opened', async ({ body, context }) => void seen.push([body.event_id, context.retryNum]))
    })
    const delivery = await slack.openHome(ada.id)
    expect((await slack.redeliver(delivery)).acknowledged).toBe(true)
    expect(seen).toEqual([
      [delivery.payload.event_id, undefined],
      [delivery.payload.event_id, 1],
    ])
  })

  it('an event is not sent again when the app says so', async () => {
    const { slack, ada } = await workspaceNow()
    const server = createServer((request, response) => {
      request.resume()
      response.writeHead(500, { 'x-slack-no-retry': '1' }).end()
    })
    slack.setRequestUrl(await addressOf(server))
    expect((await slack.openHome(ada.id)).attempts).toHaveLength(1)
  })

  it('a press that nobody answers within three seconds fails once', async () => {
    const { slack, clock, channel, ada, call } = await workspaceNow()
    const arrived = Promise.withResolvers<void>()
    await boltOverHttp(slack, (app) => {
      app.action('slow', async () => arrived.resolve())
    })
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x', blocks: [buttons('slow')] }))
    const press = slack.press({ user: ada.id, channel: channel.id, ts, actionId: 'slow' })
    await arrived.promise
    clock.advance(3_000)
    expect(await press).toMatchObject({
      acknowledged: false,
      attempts: [{ outcome: { type: 'failed', reason: 'timeout' } }],
    })
  })

  it('an app that is down is a failed connection', async () => {
    const { slack, ada } = await workspaceNow({ retryDelaysMs: [0] })
    slack.setRequestUrl('http://127.0.0.1:9/slack/events')
    const { attempts } = await slack.openHome(ada.id)
    expect(attempts.map(({ outcome }) => outcome)).toEqual([
      { type: 'failed', reason: 'connection_failed' },
      { type: 'failed', reason: 'connection_failed' },
    ])
  })

  it('pressing what is not there says what is', async () => {
    const { slack, channel, ada, call } = await workspaceNow()
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x', blocks: [buttons('go')] }))
    expect(() => slack.press({ user: ada.id, channel: channel.id, ts, actionId: 'stop' })).toThrow(/there is: go/)
  })
})

async function addressOf(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`
}
