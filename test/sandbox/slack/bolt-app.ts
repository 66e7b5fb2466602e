import { App, HTTPReceiver, type Logger, LogLevel, SocketModeReceiver } from '@slack/bolt'
import { onTestFinished } from 'vitest'
import type { SimulatedSlack } from '../../../sandbox/slack/simulated-slack.ts'

/** Bolt's own log lines would only repeat what the tests look at. */
export const quiet: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}

function appOf(slack: SimulatedSlack, receiver: HTTPReceiver | SocketModeReceiver): App {
  return new App({
    token: slack.botToken,
    receiver,
    clientOptions: { slackApiUrl: slack.apiUrl },
    logger: quiet,
  })
}

/** A real Bolt app behind its own HTTP receiver, with the simulated Slack pointed at it. */
export async function boltOverHttp(
  slack: SimulatedSlack,
  prepare: (app: App) => void,
  signingSecret = slack.signingSecret,
): Promise<App> {
  const receiver = new HTTPReceiver({ signingSecret, logger: quiet })
  const app = appOf(slack, receiver)
  prepare(app)
  const server = await receiver.start(0)
  onTestFinished(async () => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    await receiver.stop()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  slack.setRequestUrl(`http://127.0.0.1:${port}/slack/events`)
  return app
}

/** A real Bolt app connected by Socket Mode. */
export async function boltOverSocket(slack: SimulatedSlack, prepare: (app: App) => void): Promise<App> {
  const receiver = new SocketModeReceiver({
    appToken: slack.appToken,
    installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl } },
    clientPingTimeout: 30_000,
    logger: quiet,
  })
  const app = appOf(slack, receiver)
  prepare(app)
  await receiver.start()
  onTestFinished(async () => {
    await receiver.client.disconnect()
  })
  return app
}
