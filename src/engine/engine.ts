import type { Logger } from 'pino'
import { monotonicFactory } from 'ulid'
import { channelUnavailableNotice, storeDamagedNotice } from '../cards/notices.ts'
import type { Rendered } from '../cards/rendered.ts'
import type { Config } from '../config/config.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { channelBecameUnavailable } from '../store/cards.ts'
import type { Delivery, DeliveryOutcome, WriteDeliveries } from '../store/deliveries.ts'
import { addEvent } from '../store/inbox.ts'
import { createIntake, type Intake } from '../store/intake.ts'
import type { Db, Store } from '../store/open-store.ts'
import { addEffect, type OutboxEffect } from '../store/outbox.ts'
import { openReleases } from '../store/releases.ts'
import { readSetting, writeSetting } from '../store/settings.ts'
import { type CardSync, createCardSync } from './card-sync.ts'
import { askForMissed, type CatchUpReport, catchUp } from './catch-up.ts'
import type { ChatPlatform } from './chat-platform.ts'
import type { Clock } from './clock.ts'
import type { CodeHost } from './code-host.ts'
import { type DrawContext, drawCard } from './draw-card.ts'
import { environmentLookup, policyLookup, repositoryLookup } from './engine-context.ts'
import type { ServicesOf } from './environment-services.ts'
import type { NewEvent } from './events.ts'
import { createDesk, type Desk } from './gate/desk.ts'
import type { GateSign } from './gate/signs.ts'
import { touchCards } from './gate/touch-cards.ts'
import { createOutboxWorker } from './outbox-worker.ts'
import { asksOnly, performEffect } from './perform-effect.ts'
import { createPipelineMemory, type PipelineMemory } from './pipeline-memory.ts'
import { createProcessor } from './processor.ts'
import { driveRollouts } from './rollout/drive-rollouts.ts'
import { createSlackBudget, type SlackBudget } from './slack-budget.ts'
import { createStepAside } from './step-aside.ts'
import { createTimerLoop } from './timer-loop.ts'
import { createUsualDurations } from './usual-durations.ts'

export interface EngineOptions {
  readonly store: Store
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  readonly chat: ChatPlatform
  readonly codeHost: CodeHost
  readonly servicesOf: ServicesOf
  /** In [0, 1); for jitter. */
  readonly random: () => number
  readonly budget?: SlackBudget
  /** Sluice's own version, and whether the check of the file found it sound; for the Home tab. */
  readonly version: string
  readonly isStoreSound: () => boolean
  readonly observer?: EngineObserver
  /** Reads deliveries and writes them into the inbox. */
  readonly writeDeliveries: WriteDeliveries
}

/** What the metrics listen to. */
export interface EngineObserver {
  readonly onHandled?: (handled: {
    readonly type: string
    readonly outcome: string
    readonly signs: readonly GateSign[]
  }) => void
  readonly onDeadEffect?: (type: string) => void
}

/** The running engine: takes events in, changes the store, and makes the calls that follow. */
export interface Engine {
  readonly intake: Intake<Delivery, DeliveryOutcome>
  readonly memory: PipelineMemory
  /** What people ask without changing anything. */
  readonly desk: Desk
  /** Puts an event of our own into the inbox; resolves when it is on disk, to false for one that was there before. */
  submit(event: NewEvent): Promise<boolean>
  /** Goes on with everything that the store says is under way. */
  start(): void
  /** Makes up for an outage; see catch-up.ts. */
  catchUp(): Promise<CatchUpReport>
  /** Asks GitHub for deliveries that never arrived. */
  askForMissed(): Promise<Pick<CatchUpReport, 'missed' | 'askedAgain'>>
  /** Writes down that Sluice is alive, and looks for work that came from outside; rejects when the store cannot be written. */
  heartbeat(): Promise<void>
  /** Looks for events that another process wrote: the command line. */
  lookAround(): void
  /** Tells the fallback channel, once for each id. */
  tellFallback(id: string, message: Rendered): Promise<void>
  /** The check of the store's file found damage. */
  reportDamage(detail: string): Promise<void>
  /** How long the card that is furthest behind has been so, in ms; 0 when all are up to date. */
  cardStalenessMs(): number
  /** Resolves when the inbox is empty. */
  idle(): Promise<void>
  /** Finishes what is under way and begins nothing more. The rest is in the store. */
  stop(): Promise<void>
}

export function createEngine(options: EngineOptions): Engine {
  const { store, config, clock, log, chat, codeHost, random, observer } = options
  const newId = monotonicFactory(random)
  const memory = createPipelineMemory()
  const repositoryOf = repositoryLookup(config)
  const budget = options.budget ?? createSlackBudget(clock)

  async function defaultBranchOf(repository: string, view: Pipeline): Promise<string> {
    const known = await readSetting(store.db, `default_branch:${repository}`)
    return known ?? (view.isDefaultBranch ? view.branch : null) ?? 'main'
  }

  let known: { readonly teamId: string; readonly url: string } | null = null
  let asking: ReturnType<ChatPlatform['identify']> | null = null
  async function workspace() {
    if (known !== null) return known
    asking ??= chat.identify().finally(() => {
      asking = null
    })
    const identity = await asking
    if (identity.ok) known = identity.value
    return known
  }

  async function queueForFallback(tx: Db, id: string, message: Rendered): Promise<void> {
    const effect = { id: `fallback:${id}`, lane: 'fallback', type: 'notify_fallback', body: { message } }
    await addEffect(tx, { ...effect, at: clock.now() })
  }

  async function tellFallback(id: string, message: Rendered): Promise<void> {
    await store.transaction((tx) => queueForFallback(tx, id, message))
    worker.wake()
  }

  async function onChannelUnavailable(channel: string, code: string, at: number): Promise<void> {
    const concerned = config.repositories.filter((repository) => repository.channels.includes(channel))
    const repositories = concerned.map((repository) => repository.repo)
    const isNews = await store.transaction(async (tx) => {
      if (!(await channelBecameUnavailable(tx, channel, code, at))) return false
      const notice = channelUnavailableNotice({ channel, code, repositories })
      await queueForFallback(tx, `channel:${channel}:${at}`, notice)
      return true
    })
    if (!isNews) return
    log.warn({ channel, code }, 'a channel cannot be written to')
    worker.wake()
  }

  const context: DrawContext = {
    store,
    config,
    clock,
    chat,
    codeHost,
    budget,
    memory,
    repositoryOf,
    policyOf: policyLookup(config),
    environmentOf: environmentLookup(config),
    servicesOf: options.servicesOf,
    newId: () => newId(clock.now()),
    workspace,
    version: options.version,
    isStoreSound: options.isStoreSound,
    defaultBranchOf,
    onChannelUnavailable,
    log,
    random,
    usualDurations: createUsualDurations(store, clock, defaultBranchOf),
    pausedChannels: new Map(),
    onCardBehind: () => cards.wake(),
    onPosted: () => worker.wake(),
  }

  const stepAside = createStepAside(clock)
  /** The configuration may be another one than the cards of open releases were drawn by. */
  async function redrawOpenReleases(): Promise<void> {
    await store.transaction(async (tx) => touchCards(tx, await openReleases(tx, null), clock.now()))
    cards.wake()
  }

  const intake = createIntake(options.writeDeliveries, () => processor.wake())
  const processor = createProcessor({
    store,
    context,
    log,
    stepAside,
    onHandled: (type, { outcome, changedCards, setTimer, signs = [] }) => {
      observer?.onHandled?.({ type, outcome, signs })
      worker.wake()
      if (changedCards === true) cards.wake()
      if (setTimer === true) timers.wake()
    },
  })
  const callOutbox = {
    store,
    clock,
    log,
    random,
    perform: (effect: OutboxEffect) => performEffect(effect, context),
    asksOnly,
    onEvent: () => processor.wake(),
    onDead: (effect: OutboxEffect) => observer?.onDeadEffect?.(effect.type),
  }
  // In the order in which they get at the store.
  const workers = [
    createOutboxWorker({ ...callOutbox, lanes: 'urgent' }),
    createOutboxWorker({ ...callOutbox, lanes: 'usual' }),
    createOutboxWorker({ ...callOutbox, lanes: 'watching' }),
  ]
  const worker = {
    wake() {
      for (const one of workers) one.wake()
    },
    stop: async () => void (await Promise.all(workers.map((one) => one.stop()))),
  }
  const cards: CardSync = createCardSync({ store, clock, log, budget, draw: (id) => drawCard(id, context) })
  const timers = createTimerLoop({
    store,
    clock,
    log,
    onEvent: () => processor.wake(),
    untilHandled: () => processor.idle(),
  })

  return {
    intake: {
      async accept(delivery) {
        const outcome = await intake.accept(delivery)
        // Strangers make nothing wait.
        if (outcome.type !== 'forged') stepAside.noteArrival()
        return outcome
      },
    },
    memory,
    desk: createDesk(context),
    async submit(event) {
      const isNew = await store.transaction((tx) => addEvent(tx, { ...event, at: clock.now() }))
      processor.wake()
      return isNew
    },
    start() {
      processor.wake()
      worker.wake()
      cards.wake()
      timers.wake()
      redrawOpenReleases().catch((error: unknown) => log.error({ err: error }, 'open releases could not be looked at'))
    },
    askForMissed: () => askForMissed({ store, codeHost, clock, log }),
    async catchUp() {
      const report = await catchUp({ store, codeHost, clock, log })
      worker.wake()
      return report
    },
    async heartbeat() {
      const hasNews = await store.transaction(async (tx) => {
        await writeSetting(tx, 'alive_at', String(clock.now()))
        return await driveRollouts(tx, clock.now())
      })
      timers.wake()
      if (hasNews) processor.wake()
      // The command line may have queued something: another process cannot wake us.
      worker.wake()
    },
    lookAround: () => processor.wake(),
    tellFallback,
    reportDamage: (detail) =>
      tellFallback(
        `damaged:${new Date(clock.now()).toISOString().slice(0, 10)}`,
        storeDamagedNotice({ file: store.file, detail }),
      ),
    cardStalenessMs() {
      const since = cards.oldestDirtyAt()
      return since === null ? 0 : Math.max(0, clock.now() - since)
    },
    idle: () => processor.idle(),
    async stop() {
      await processor.stop()
      await Promise.all([worker.stop(), cards.stop(), timers.stop()])
    },
  }
}
