import { join } from 'node:path'
import type { Logger } from 'pino'
import type { ReaderSettings } from '../handlers/github/read-delivery.ts'
import { receiveDelivery } from '../handlers/github/receive-delivery.ts'
import { registerSlackHandlers } from '../handlers/slack/register-slack-handlers.ts'
import type { Config, Secrets } from './config/config.ts'
import { type AuditMirroring, startAuditMirroring } from './engine/audit-mirroring.ts'
import { type Clock, systemClock } from './engine/clock.ts'
import { createEngine, type Engine } from './engine/engine.ts'
import type { SlackBudget } from './engine/slack-budget.ts'
import { watchInbox } from './engine/watch-inbox.ts'
import { environmentServices } from './environment-services.ts'
import { startMaintenance } from './maintenance.ts'
import { githubCodeHost } from './providers/github/github-code-host.ts'
import { slackChatPlatform } from './providers/slack/slack-chat-platform.ts'
import { dirtyCards } from './store/cards.ts'
import { inboxDepth } from './store/inbox.ts'
import { createIntakeWriter } from './store/intake-writer.ts'
import { openStore, type Store } from './store/open-store.ts'
import { outboxDepth } from './store/outbox.ts'
import { quickCheck } from './store/quick-check.ts'
import { openReleases } from './store/releases.ts'
import { isTimerSet } from './store/timers.ts'
import { version } from './version.ts'
import { createHealth } from './web/health.ts'
import { type HttpServer, type Route, respondJson, startHttpServer } from './web/http-server.ts'
import { createMetrics, type Metrics } from './web/metrics.ts'
import { createSlackApp, slackPath } from './web/slack-app.ts'

export interface Sluice {
  /** Where it listens; useful when the configuration says port 0. */
  readonly port: number
  readonly engine: Engine
  readonly store: Store
  /** Whether nothing is under way: the inbox is handled, every call is made, every card is up to date, no alert waits. */
  isIdle(): Promise<boolean>
  /** Takes no more requests, ends what is under way, and closes the store. */
  stop(): Promise<void>
}

export interface StartOptions {
  readonly config: Config
  readonly secrets: Secrets
  readonly log: Logger
  readonly clock?: Clock
  /** In [0, 1); for ids and jitter. */
  readonly random?: () => number
  readonly budget?: SlackBudget
}

/** The store is checked this long after the start at the latest, in ms, also when nobody asks whether Sluice is ready. */
const checkAfterMs = 5000

/**
 * Starts Sluice: the composition root, the only place that knows every concrete piece.
 *
 * @throws StoreError when the store cannot be used, and the server's own error when the port is taken
 */
export async function startSluice(options: StartOptions): Promise<Sluice> {
  const { config, secrets, log, clock = systemClock, random = Math.random } = options
  const metrics = createMetrics()
  const store = openStore({ file: join(config.data.folder, 'sluice.db') })
  const chat = slackChatPlatform({
    token: secrets.slackBotToken,
    apiUrl: config.slack.apiUrl,
    onCall: metrics.countCall,
  })
  const codeHost = githubCodeHost({
    auth: secrets.github,
    apiUrl: config.github.apiUrl,
    repositories: config.repositories.map((repository) => repository.repo),
    publicUrl: config.server.publicUrl,
    onCall: metrics.countCall,
  })
  const intakeWriter = createIntakeWriter(store, {
    module: new URL('../handlers/github/read-delivery.ts', import.meta.url),
    settings: {
      repositories: config.repositories.map(({ repo }) => repo),
      secrets: secrets.githubWebhookSecrets.map((secret) => secret.reveal()),
    } satisfies ReaderSettings,
  })
  const servicesOf = environmentServices({ config, secrets, now: () => clock.now(), onCall: metrics.countCall })
  const engine: Engine = createEngine({
    store,
    writeDeliveries: intakeWriter.write,
    config,
    clock,
    log,
    chat,
    codeHost,
    servicesOf,
    random,
    version,
    isStoreSound: () => health.isStoreSound(),
    observer: {
      onHandled({ type, outcome, signs }) {
        metrics.countEvent(type, outcome)
        signs.forEach(metrics.gates.count)
      },
      onDeadEffect: metrics.countDeadEffect,
    },
    ...(options.budget === undefined ? {} : { budget: options.budget }),
  })
  const health = createHealth({
    clock,
    chat,
    heartbeat: () => engine.heartbeat(),
    deadLetters: async () => (await outboxDepth(store.db)).dead,
  })
  watchGauges(metrics, store, engine)
  watchGates(metrics, store, config, clock)

  const slack = createSlackApp({ secrets, apiUrl: config.slack.apiUrl, log })
  registerSlackHandlers(slack.app, { engine, chat, clock, log })
  const routes = new Map<string, Route>([
    ['GET /healthz', (_request, response) => respondJson(response, 200, { status: 'ok', version })],
    [
      'GET /readyz',
      async (_request, response) => {
        const readiness = await health.readiness()
        respondJson(response, readiness.status === 'not_ready' ? 503 : 200, readiness)
        if (readiness.status !== 'not_ready') beginCheck()
      },
    ],
    [
      'GET /metrics',
      async (_request, response) => {
        const text = await metrics.registry.metrics()
        response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text)
      },
    ],
    [
      'POST /github/webhooks',
      receiveDelivery({
        engine,
        secrets: secrets.githubWebhookSecrets,
        maxBodyBytes: config.server.maxBodyBytes,
        clock,
        log,
        count: metrics.countWebhook,
      }),
    ],
  ])
  if (slack.route !== null) routes.set(`POST ${slackPath}`, slack.route)

  let server: HttpServer
  try {
    server = await startHttpServer({ ...config.server, routes, log })
  } catch (error) {
    await store.close()
    throw error
  }
  engine.start()
  intakeWriter.start()
  const endWatch = watchInbox(engine, clock)
  const maintenance = startMaintenance({ store, engine, config, clock, servicesOf, log })
  let isStopped = false
  let mirroring: AuditMirroring | null = null
  // None of these keeps Sluice from being ready; each is a matter of seconds to minutes.
  inBackground('connect to Slack', slack.start())
  inBackground(
    'compare with GitHub',
    engine.catchUp().then((report) => log.info(report, 'compared with GitHub')),
  )
  inBackground('mirror the audit log', mirrorAudit())
  const cancelCheck = clock.after(checkAfterMs, beginCheck)

  function inBackground(name: string, work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!isStopped) log.error({ err: error, task: name }, 'a task in the background failed')
    })
  }

  async function mirrorAudit(): Promise<void> {
    const { mirror } = config.audit
    const { supabaseAuditKey: key, supabasePublishableKey: publishableKey } = secrets
    if (mirror === null || key === null) return
    // Loaded only where there is a mirror: its client takes a while.
    const { supabaseAuditMirror } = await import('./providers/supabase/audit-mirror.ts')
    if (isStopped) return
    const place = supabaseAuditMirror({ ...mirror, key, publishableKey, onCall: metrics.countCall })
    const started = startAuditMirroring({ store, mirror: place, engine, clock, log, random })
    metrics.watchAuditMirror(started.lag)
    mirroring = started
  }

  let isCheckBegun = false
  /** The check takes a core and reads the whole file: it begins once Sluice has been found ready. */
  function beginCheck(): void {
    if (isCheckBegun || isStopped) return
    isCheckBegun = true
    inBackground('check the store', checkStore())
  }

  async function checkStore(): Promise<void> {
    const finding = await quickCheck(store.file).catch((error: unknown) => `the check failed: ${String(error)}`)
    health.setIntegrity(finding)
    if (finding === null) return
    log.error({ file: store.file, finding }, 'the store is damaged')
    await engine.reportDamage(finding)
  }

  return {
    port: server.port,
    engine,
    store,
    isIdle: () =>
      // In one transaction: between two looks an effect that ends becomes an event, and both would miss it.
      store.transaction(async (tx) => {
        const [inbox, outbox] = [await inboxDepth(tx), await outboxDepth(tx)]
        if (inbox.count > 0 || outbox.queued > 0 || (await dirtyCards(tx)).length > 0) return false
        return !(await isTimerSet(tx, 'timer.run_end_open'))
      }),
    async stop() {
      isStopped = true
      cancelCheck()
      endWatch()
      await Promise.all([server.close(), slack.stop(), maintenance.stop(), mirroring?.stop()])
      await engine.stop()
      await intakeWriter.stop()
      await store.close()
    },
  }
}

function watchGauges(metrics: Metrics, store: Store, engine: Engine): void {
  metrics.watch(async () => {
    const [inbox, outbox] = [await inboxDepth(store.db), await outboxDepth(store.db)]
    return {
      inboxDepth: inbox.count,
      outboxQueued: outbox.queued,
      outboxDead: outbox.dead,
      cardStalenessSeconds: engine.cardStalenessMs() / 1000,
    }
  })
}

function watchGates(metrics: Metrics, store: Store, config: Config, clock: Clock): void {
  const environments = config.repositories.flatMap((repository) => repository.environments.map(({ name }) => name))
  metrics.gates.watch([...new Set(environments)], async () => {
    const now = clock.now()
    return (await openReleases(store.db, null)).flatMap(({ environment, state }) => {
      // Those that are final are not open; the types do not know that.
      if (!('since' in state)) return []
      const name = state.name === 'preparing' ? state.phase : state.name
      return [{ environment, state: name, seconds: Math.max(0, now - state.since) / 1000 }]
    })
  })
}
