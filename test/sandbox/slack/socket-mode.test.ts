import { SocketModeReceiver } from '@slack/bolt'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { manualClock } from '../../../sandbox/slack/clock.ts'
import { boltOverSocket, quiet } from './bolt-app.ts'
import { buttons, testWorkspace, tsOf } from './workspace.ts'

const workspaceNow = () => {
  const clock = manualClock(Date.now())
  return testWorkspace({ clock }).then((workspace) => ({ ...workspace, clock }))
}

describe('Socket Mode', () => {
  it('a press, a command and an event reach Bolt and are acknowledged', async () => {
    const { slack, channel, ada, call } = await workspaceNow()
    const seen: string[] = []
    await boltOverSocket(slack, (app) => {
      app.action('go', async ({ ack }) => {
        await ack()
        seen.push('press')
      })
      app.command('/deploy', async ({ ack, command }) => ack(`You said ${command.text}`))
      app.event('app_home_opened', async () => void seen.push('home'))
    })
    expect(slack.socketMode.connectionCount).toBe(1)
    const ts = tsOf(await call('chat.postMessage', { channel: channel.id, text: 'x', blocks: [buttons('go')] }))
    expect((await slack.press({ user: ada.id, channel: channel.id, ts, actionId: 'go' })).acknowledged).toBe(true)
    expect((await slack.openHome(ada.id)).acknowledged).toBe(true)
    await slack.command({ user: ada.id, channel: channel.id, command: '/deploy', text: 'status' })
    expect(seen).toEqual(['press', 'home'])
    expect(slack.ephemerals(channel.id)).toMatchObject([{ text: 'You said status' }])
  })

  it('an event that is not acknowledged in three seconds is sent again, and says so', async () => {
    const { slack, clock, ada } = await workspaceNow()
    const client = await connect(slack)
    const tries: unknown[] = []
    const first = Promise.withResolvers<void>()
    client.on('app_home_opened', async ({ ack, retry_num, retry_reason }) => {
      tries.push([retry_num, retry_reason])
      if (tries.length === 1) first.resolve()
      else await ack()
    })
    const opened = slack.openHome(ada.id)
    await first.promise
    clock.advance(3_000)
    expect(await opened).toMatchObject({
      acknowledged: true,
      attempts: [{ outcome: { reason: 'timeout' } }, { outcome: { type: 'acknowledged' } }],
    })
    expect(tries).toEqual([
      [0, ''],
      [1, 'http_timeout'],
    ])
  })

  it('an event on a connection that breaks is sent again when there is a connection', async () => {
    const { slack, clock, ada } = await workspaceNow()
    const client = await connect(slack, 1_500)
    let tries = 0
    client.on('app_home_opened', async ({ ack }) => {
      tries += 1
      if (tries === 1) slack.socketMode.drop()
      else await ack()
    })
    let attempts = 0
    slack.on('attempt', () => {
      attempts += 1
    })
    const opened = slack.openHome(ada.id)
    await slack.until(() => attempts === 2, 'the attempt without a connection')
    await slack.until(() => slack.socketMode.connectionCount === 1, 'the new connection')
    clock.advance(60_000)
    expect(await opened).toMatchObject({
      acknowledged: true,
      attempts: [
        { outcome: { reason: 'connection_failed' } },
        { outcome: { reason: 'connection_failed' } },
        { outcome: { type: 'acknowledged' } },
      ],
    })
  })

  it('Slack’s client connects anew when it is asked to go', async () => {
    const { slack } = await workspaceNow()
    const client = await connect(slack, 1_500)
    const connectedAgain = new Promise((resolve) => client.once('connected', resolve))
    slack.socketMode.disconnect('refresh_requested')
    await connectedAgain
    await slack.until(() => slack.socketMode.connectionCount === 1, 'the end of the first connection')
  })

  it('who does not go when asked is cut off after ten seconds', async () => {
    const { slack, clock, call } = await workspaceNow()
    const { url } = await call('apps.connections.open', {}, { token: slack.appToken })
    const socket = new WebSocket(String(url))
    const messages: unknown[] = []
    socket.on('message', (data) => messages.push(JSON.parse(data.toString())))
    await slack.until(() => slack.socketMode.connectionCount === 1, 'the connection')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    slack.socketMode.disconnect('warning')
    clock.advance(10_000)
    await closed
    expect(messages).toMatchObject([
      { type: 'hello', connection_info: { app_id: slack.state.app.id } },
      { type: 'disconnect', reason: 'warning' },
    ])
  })

  it('an address is good for one connection, and needs an app token with connections:write', async () => {
    const { slack, call } = await workspaceNow()
    expect(await call('apps.connections.open')).toMatchObject({ error: 'not_allowed_token_type' })
    slack.addToken('xapp-little', 'app', [])
    expect(await call('apps.connections.open', {}, { token: 'xapp-little' })).toMatchObject({ error: 'missing_scope' })
    const { url } = await call('apps.connections.open', {}, { token: slack.appToken })
    const first = new WebSocket(String(url))
    await new Promise((resolve) => first.on('open', resolve))
    const second = new WebSocket(String(url))
    const error = await new Promise<Error>((resolve) => second.on('error', resolve))
    expect(error.message).toContain('403')
    first.terminate()
  })
})

/**
 * Slack's own client, without a Bolt app behind it.
 *
 * @param clientPingTimeout - also how long it waits before it connects anew; a short one mistakes a busy machine for a
 *   broken connection
 */
async function connect(slack: { readonly appToken: string; readonly apiUrl: string }, clientPingTimeout = 30_000) {
  const { client } = new SocketModeReceiver({
    appToken: slack.appToken,
    installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl } },
    clientPingTimeout,
    logger: quiet,
  })
  onTestFinished(() => client.disconnect())
  await client.start()
  return client
}
