import { parse } from 'node:querystring'
import { App, HTTPReceiver, LogLevel, type Logger as SlackLogger, SocketModeReceiver } from '@slack/bolt'
import type { Logger } from 'pino'
import type { Secrets } from '../config/config.ts'
import { type Route, respond } from './http-server.ts'
import { readBody } from './read-body.ts'

export interface SlackApp {
  readonly app: App
  /** Where Slack's requests go; null with Socket Mode, where Slack sends none. */
  readonly route: Route | null
  /** Connects, with Socket Mode. Resolves when presses and commands can arrive. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** The largest request that is taken, in bytes; Slack's own are far below. */
const maxBodyBytes = 4 * 1024 * 1024

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
    async route(request, response) {
      const body = await readBody(request, maxBodyBytes)
      if (!body.ok) return respond(response, body.problem === 'too_large' ? 413 : 400, 'this body cannot be taken')
      // Bolt reads fields of the payload before anything else; without one it would bring the process down.
      if (!holdsObject(body.bytes.toString(), request.headers['content-type'])) {
        return respond(response, 400, 'this is no request of Slack’s')
      }
      receiver.requestListener(Object.assign(request, { rawBody: body.bytes }), response)
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  }
}

/** Whether what Bolt will take for the payload is an object; a form without a payload is one itself. */
function holdsObject(text: string, contentType: string | undefined): boolean {
  const isForm = contentType === 'application/x-www-form-urlencoded'
  const payload = isForm ? parse(text).payload : text
  // Bolt takes a form whose payload is not one text for the object itself.
  return typeof payload === 'string' ? payload.trimStart().startsWith('{') : true
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
