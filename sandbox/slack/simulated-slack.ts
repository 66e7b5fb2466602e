/**
 * A Slack workspace in one process: the Web API, Socket Mode, and signed requests towards the app, over real HTTP
 * and WebSockets on 127.0.0.1. It keeps Slack's rules (scopes, limits, errors with status 200, what a reply to a
 * deleted message does), so that the demo, the tests and the benchmarks meet what production would meet.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { answerCall, type RecordedCall } from './api-server.ts'
import { directMessages } from './channels.ts'
import { type Clock, systemClock } from './clock.ts'
import { createDeliveries, type Delivery, type Outgoing } from './deliveries.ts'
import { defaultSubscriptions, envelopeEvent, subscriptionOf } from './events.ts'
import { createFaults, type Fault } from './faults.ts'
import { receiveUpload } from './files.ts'
import { createInteractions } from './interactions.ts'
import { createListeners, type Listeners } from './listeners.ts'
import type { Interactions } from './person-acts.ts'
import { createRateLimits } from './rate-limits.ts'
import { readBody, readUpload } from './request-body.ts'
import { answerResponseUrl } from './response-urls.ts'
import { defaultBotScopes } from './scopes.ts'
import { createSocketMode, type SocketMode } from './socket-mode.ts'
import { emptyState, newId, type SlackState } from './state.ts'
import { createWorkspace, type Workspace } from './workspace.ts'
import type { Change, World } from './world.ts'

export interface SimulatedSlackOptions {
  readonly clock?: Clock
  /** The same seed and the same calls give the same ids. Default 1. */
  readonly seed?: number
  /** Default 0: any free port. */
  readonly port?: number
  /** What `serialise()` returned earlier. */
  readonly state?: string
  /** Whether the workspace takes `plan` and `task_card` blocks. Default true. */
  readonly takesPlanBlocks?: boolean
  /** Whether it takes charts (`data_visualization` blocks). Default true. */
  readonly takesCharts?: boolean
  /** How long an uploaded file is worked on before a message may show it. Default 0. */
  readonly fileDelayMs?: number
  /** Default true. */
  readonly rateLimits?: boolean
  /** How long a call takes before it has its effect. Default 0. */
  readonly latencyMs?: (method: string) => number
  readonly signingSecret?: string
  readonly botToken?: string
  readonly appToken?: string
  /** Scopes of the bot token. Default: `defaultBotScopes`. */
  readonly scopes?: readonly string[]
  /** Where the app takes events, interactions and commands by HTTP; can be set later. */
  readonly requestUrl?: string
  /** Events that the app has subscribed to, as in its manifest (`message.channels`). */
  readonly subscriptions?: readonly string[]
  /** How long the app has to acknowledge. Default 3 s. */
  readonly ackTimeoutMs?: number
  /** When an event that was not acknowledged is sent again. Default: at once, after 1 min, after 5 min. */
  readonly retryDelaysMs?: readonly number[]
  /** After this long a message cannot be edited. Default: never. */
  readonly editWindowMs?: number | null
}

export interface SimulatedSlack extends Workspace, Interactions, Listeners {
  /** `http://127.0.0.1:PORT/api/`. */
  readonly apiUrl: string
  readonly botToken: string
  readonly appToken: string
  readonly signingSecret: string
  readonly state: SlackState
  /** Every call so far, oldest first. */
  readonly calls: readonly RecordedCall[]
  /** Every event, interaction and command that reached its end, oldest first. */
  readonly deliveries: readonly Delivery[]
  readonly socketMode: Pick<SocketMode, 'connectionCount' | 'disconnect' | 'drop'>
  setRequestUrl(url: string | null): void
  setRateLimits(isOn: boolean): void
  setPlanBlocks(areTaken: boolean): void
  setLatency(latencyMs: (method: string) => number): void
  failNext(fault: Fault): void
  clearFaults(): void
  /** While it is out Slack answers 503 to everything and sends nothing. */
  outage(isOut: boolean): void
  /** The person opens the app's Home tab. */
  openHome(user: string): Promise<Delivery>
  /** Sends the app any event, subscribed to or not. */
  sendEvent(event: { readonly type: string; readonly [key: string]: unknown }): Promise<Delivery>
  /** Sends something that was delivered once more, as Slack does when an acknowledgement is lost on its way. */
  redeliver(delivery: Delivery): Promise<Delivery>
  /** Everything that the workspace remembers, for `options.state`. */
  serialise(): string
  stop(): Promise<void>
}

/**
 * Starts a workspace with the app installed and nobody else in it. It answers until `stop` is called, also while the
 * app under test is down; with `state` and `port` it goes on where another one stopped.
 *
 * @throws when the port is taken
 */
export async function startSimulatedSlack(options: SimulatedSlackOptions = {}): Promise<SimulatedSlack> {
  const clock = options.clock ?? systemClock
  const botToken = options.botToken ?? 'xoxb-simulated-bot'
  const appToken = options.appToken ?? 'xapp-simulated-app'
  const signingSecret = options.signingSecret ?? 'simulated-signing-secret'
  const state = options.state === undefined ? emptyState(options.seed ?? 1) : readState(options.state)
  state.tokens[botToken] ??= { type: 'bot', scopes: [...(options.scopes ?? defaultBotScopes)], isRevoked: false }
  state.tokens[appToken] ??= { type: 'app', scopes: ['connections:write'], isRevoked: false }
  const subscriptions = new Set(options.subscriptions ?? defaultSubscriptions)

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      console.error('The simulated Slack failed to answer a request:', error)
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  const port = await listen(server, options.port ?? 0)
  const origin = `http://127.0.0.1:${port}`

  const listeners = createListeners()
  const faults = createFaults()
  const limits = createRateLimits(clock, options.rateLimits ?? true)
  const calls: RecordedCall[] = []
  const delivered: Delivery[] = []
  let isOut = false
  let latencyMs = options.latencyMs ?? (() => 0)

  const socketMode = createSocketMode({
    clock,
    wsOrigin: `ws://127.0.0.1:${port}`,
    appId: state.app.id,
    newId: () => newId(state, '', 16).toLowerCase(),
    onConnect: () => listeners.tell('connection', undefined),
  })
  const deliveries = createDeliveries({
    clock,
    signingSecret,
    socketMode,
    requestUrl: options.requestUrl ?? null,
    ackTimeoutMs: options.ackTimeoutMs ?? 3_000,
    retryDelaysMs: options.retryDelaysMs ?? [0, 60_000, 300_000],
    isOut: () => isOut,
    onAttempt: (outcome) => listeners.tell('attempt', outcome),
    onDelivered(delivery) {
      delivered.push(delivery)
      listeners.tell('delivery', delivery)
    },
  })
  const sendEvent = (event: Readonly<Record<string, unknown>>): Promise<Delivery> => {
    const eventTs = event.event_ts ?? `${Math.floor(clock.now() / 1000)}.000000`
    const outgoing: Outgoing = envelopeEvent(state, clock, { ...event, event_ts: eventTs })
    return deliveries.deliver(outgoing)
  }
  const world: World = {
    state,
    clock,
    takesPlanBlocks: options.takesPlanBlocks ?? true,
    takesCharts: options.takesCharts ?? true,
    fileDelayMs: options.fileDelayMs ?? 0,
    editWindowMs: options.editWindowMs ?? null,
    origin,
    announce: (change: Change) => listeners.tell('change', change),
    sendEvent(event) {
      const hasApp = deliveries.requestUrl !== null || socketMode.connectionCount > 0
      if (!hasApp || !subscriptions.has(subscriptionOf(event))) return
      void sendEvent(event)
    },
    openSocketUrl: () => socketMode.openUrl(),
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', origin)
    const [, folder, ...rest] = url.pathname.split('/')
    if (folder === 'api') {
      await answerCall(
        {
          world,
          faults,
          limits,
          latencyMs: (method) => latencyMs(method),
          isOut: () => isOut,
          record(call) {
            calls.push(call)
            listeners.tell('call', call)
          },
        },
        rest.join('/'),
        request,
        response,
        url.searchParams,
      )
      return
    }
    const body = await readBody(request)
    if (folder === 'upload') {
      const content = await readUpload(request.headers['content-type'] ?? '', body)
      const isTaken = receiveUpload(world, rest.at(-1) ?? '', content)
      response.writeHead(isTaken ? 200 : 400).end(isTaken ? `OK - ${content.length}` : 'upload_failed')
      return
    }
    if (folder === 'response') {
      const refused = answerResponseUrl(world, rest.at(-1) ?? '', parseJson(body.toString()))
      response.writeHead(refused === null ? 200 : 404, { 'content-type': 'application/json' })
      response.end(JSON.stringify(refused ?? { ok: true }))
      return
    }
    response.writeHead(404).end()
  }
  server.on('upgrade', (request, socket, head) => socketMode.handleUpgrade(request, socket, head))

  return {
    ...createWorkspace(world),
    ...createInteractions(world, deliveries),
    on: listeners.on,
    until: listeners.until,
    apiUrl: `${origin}/api/`,
    botToken,
    appToken,
    signingSecret,
    state,
    calls,
    deliveries: delivered,
    socketMode,
    setRequestUrl(url) {
      deliveries.requestUrl = url
    },
    setRateLimits(isOn) {
      limits.isOn = isOn
    },
    setPlanBlocks(areTaken) {
      world.takesPlanBlocks = areTaken
    },
    setLatency(latency) {
      latencyMs = latency
    },
    failNext: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    outage(out) {
      isOut = out
      if (out) socketMode.drop()
    },
    openHome: (user) =>
      sendEvent({ type: 'app_home_opened', user, channel: directMessages(world, user).id, tab: 'home' }),
    sendEvent,
    redeliver: (delivery) => deliveries.redeliver(delivery),
    serialise: () => JSON.stringify(state),
    async stop() {
      deliveries.stop()
      socketMode.drop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/** What `serialise` wrote: the simulated Slack only ever reads its own. */
function readState(text: string): SlackState {
  return JSON.parse(text)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is not an answer: the caller is told invalid_payload.
    return undefined
  }
}
