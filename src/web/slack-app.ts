import { App, HTTPReceiver, LogLevel, type Logger as SlackLogger, SocketModeReceiver } from '@slack/bolt'
import type { Logger } from 'pino'
import type { Secrets } from '../config/config.ts'
import type { Route } from './http-server.ts'

export interface SlackApp {
  readonly app: App
  /** Where Slack's requests go; null with Socket Mode, where Slack sends none. */
  readonly route: Route | null
  /** Connects, with Socket Mode. Resolves when presses and commands can arrive. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Path of Slack's requests in the app's manifest. */
export const slackPath = '/slack/events'

/**
 * The Bolt app: over HTTP with the signing secret, or over Socket Mode when an app token is set.
 *
 * @throws when neither secret is set; reading the configuration makes sure of one
 */
export function createSlackApp(options: {
  readonly secrets: Secrets
  readonly apiUrl: string
  readonly log: Logger
}): SlackApp {
  const { secrets, apiUrl } = options
  const logger = boltLogger(options.log)
  const common = {
    logger,
    clientOptions: { slackApiUrl: apiUrl },
    // One workspace, one token: nothing has to be asked before a press is acknowledged.
    authorize: () => Promise.resolve({ botToken: secrets.slackBotToken.reveal() }),
  }

  if (secrets.slackAppToken !== null) {
    const receiver = new SocketModeReceiver({
      appToken: secrets.slackAppToken.reveal(),
      logger,
      installerOptions: { clientOptions: { slackApiUrl: apiUrl } },
    })
    const app = new App({ ...common, receiver })
    return {
      app,
      route: null,
      start: async () => void (await receiver.start()),
      stop: () => receiver.stop(),
    }
  }
  if (secrets.slackSigningSecret === null) throw new Error('neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set')
  const receiver = new HTTPReceiver({
    signingSecret: secrets.slackSigningSecret.reveal(),
    endpoints: [slackPath],
    logger,
  })
  const app = new App({ ...common, receiver })
  return {
    app,
    route: (request, response) => receiver.requestListener(request, response),
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  }
}

/** Bolt's log lines in ours. Its debug lines show whole requests, so they are left out. */
function boltLogger(log: Logger): SlackLogger {
  const text = (parts: readonly unknown[]) => parts.map(String).join(' ')
  return {
    debug: () => {},
    info: (...parts) => log.debug(text(parts)),
    warn: (...parts) => log.warn(text(parts)),
    error: (...parts) => log.error(text(parts)),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  }
}
