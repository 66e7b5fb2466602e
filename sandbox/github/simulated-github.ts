/**
 * A GitHub in this process: the REST API that Sluice uses on a real port, webhooks that are really sent, and
 * scripted pipelines that make things happen on it. It has GitHub's limits and bad habits: a webhook is sent once,
 * lists come in pages, tokens expire, and calls fail when they are told to.
 */
import { type Access, type AppOptions, createAccess, type TokenOptions } from './access.ts'
import { type Clock, realClock } from './clock.ts'
import type { Emission } from './emission.ts'
import { createFaults, createRateLimiter, type Faults, type RateLimiter } from './faults.ts'
import { installationPayload, pingPayload } from './hook-payloads.ts'
import { type LogHost, startLogHost } from './log-host.ts'
import { createPlayer, type PlayedStep } from './player.ts'
import { notFound } from './rest-answer.ts'
import { type SeenRequest, startRestServer } from './rest-server.ts'
import type { RouteRequest } from './router.ts'
import { actionsRoutes } from './routes-actions.ts'
import { deploymentRoutes } from './routes-deployments.ts'
import { gitRoutes } from './routes-git.ts'
import { hookRoutes } from './routes-hooks.ts'
import { protectionRoutes } from './routes-protection.ts'
import { repositoryRoutes } from './routes-repository.ts'
import { teamRoutes } from './routes-teams.ts'
import { workflowRoutes } from './routes-workflows.ts'
import type { PipelineScript } from './scripted-pipeline.ts'
import { createScripting, type GithubScripting } from './scripting.ts'
import { seededRandom } from './seeded-random.ts'
import type { GithubState, HookState, RepositoryState, UserState } from './state.ts'
import { addRepository, createState, newId, repositoryOf, userOf } from './state-access.ts'
import {
  createWebhookSender,
  type DeliveryConditions,
  type OutgoingWebhook,
  type StoredDelivery,
  type WebhookTarget,
} from './webhook-sender.ts'

export interface RepositoryOptions {
  readonly fullName: string
  readonly isPrivate?: boolean
  readonly defaultBranch?: string
}

export interface HookOptions {
  readonly url: string
  readonly secret: string
  /** Event names; all of them when left out. */
  readonly events?: readonly string[]
}

export interface SimulatedGithubOptions {
  readonly repositories: readonly RepositoryOptions[]
  /** Tokens that are good; `sandbox-token` of `sandbox-user` when left out. */
  readonly tokens?: readonly TokenOptions[]
  readonly app?: AppOptions
  readonly people?: readonly { readonly login: string; readonly name?: string; readonly email?: string }[]
  readonly clock?: Clock
  readonly seed?: number
  /** Requests an hour and a token; 5000 when left out. */
  readonly rateLimit?: number
  /** How many deliveries are remembered; 5000 when left out. */
  readonly keepDeliveries?: number
  readonly conditions?: DeliveryConditions
  /** A free port when left out. */
  readonly port?: number
  readonly webUrl?: string
}

export interface SimulatedGithub extends GithubScripting {
  /** Base address of the REST API: what `github.apiUrl` is set to. */
  readonly apiUrl: string
  readonly state: GithubState
  readonly faults: Faults
  readonly access: Access
  readonly rateLimiter: RateLimiter
  readonly logHost: LogHost
  readonly requests: readonly SeenRequest[]
  repository(fullName: string): RepositoryState
  addRepository(options: RepositoryOptions): RepositoryState
  /** Adds a repository hook. `ping` goes out at once; wait for it with `settle`. */
  addHook(fullName: string, hook: HookOptions): HookState
  /** Tells the App that it was installed, as GitHub does. */
  installApp(account: string): Promise<void>
  /** What a job's log says from now on, word for word; null for the one that is made from its steps. */
  setLog(jobId: number, text: string | null): void
  /** GitHub has thrown the log away: 410. */
  expireLog(jobId: number): void
  load(script: PipelineScript): void
  /** One step of what was loaded (or of a run that was run again); null when nothing is left. */
  step(): Promise<PlayedStep | null>
  /** Walks everything that is loaded, without waiting. */
  walk(): Promise<readonly PlayedStep[]>
  /** Plays in real time. `speed` 10 is ten times as fast; objects carry the time at which things really happened. */
  play(script: PipelineScript, options?: { readonly clock?: Clock; readonly speed?: number }): Promise<void>
  /** Newest first. */
  deliveries(filter?: { readonly hookId?: number; readonly type?: 'repository' | 'app' }): readonly StoredDelivery[]
  setConditions(conditions: DeliveryConditions): void
  /** Sends a delivery again, by its id or guid: new id, same guid. */
  redeliver(idOrGuid: number | string): Promise<void>
  /** Waits until every webhook has been answered or has failed. */
  settle(): Promise<void>
  /** What GitHub does when it says that time has come: the simulation's own clock, UTC milliseconds. */
  now(): number
  close(): Promise<void>
}

export async function startSimulatedGithub(options: SimulatedGithubOptions): Promise<SimulatedGithub> {
  const clock = options.clock ?? realClock
  const random = seededRandom(options.seed ?? 1)
  const state = createState(options.webUrl ?? 'https://github.com')
  const app = options.app ?? null
  const requests: SeenRequest[] = []
  const logs = new Map<number, string>()
  const goneLogs = new Set<number>()
  const access = createAccess({
    tokens: options.tokens ?? [{ token: 'sandbox-token', login: 'sandbox-user' }],
    app,
    clock,
  })
  const faults = createFaults()
  const rateLimiter = createRateLimiter(options.rateLimit ?? 5000, clock)
  const sender = createWebhookSender({
    clock,
    random,
    newId: () => newId(state),
    conditions: options.conditions ?? {},
    keep: options.keepDeliveries ?? 5000,
  })

  const addOne = (repository: RepositoryOptions) => {
    const { fullName, ...rest } = repository
    return addRepository(state, fullName, { at: clock.now(), ...rest })
  }
  for (const repository of options.repositories) addOne(repository)
  for (const { login, name, email } of options.people ?? []) {
    const known = userOf(state, login)
    const user: UserState = { ...known, name: name ?? null, email: email ?? null }
    state.users.set(login.toLowerCase(), user)
  }

  /** The last of the webhooks that go one after the other. */
  let last: Promise<void> = Promise.resolve()
  const emit = async (emissions: readonly Emission[], inOrder: boolean): Promise<void> => {
    const webhooks = emissions.flatMap((emission) => webhooksFor(emission, app))
    if (!inOrder) {
      await Promise.all(webhooks.map((webhook) => sender.send(webhook)))
      return
    }
    for (const webhook of webhooks) last = last.then(() => sender.send(webhook))
    await last
  }
  const settle = async (): Promise<void> => {
    await player.settle()
    for (let seen: Promise<void> | null = null; seen !== last; ) {
      seen = last
      await seen
      await sender.settle()
    }
  }
  const player = createPlayer({
    state,
    clock,
    emit,
    onError: (error) => {
      throw error
    },
  })

  const tell = (emissions: readonly Emission[]) => void emit(emissions, true)
  const repositoryFor = ({ params, caller }: RouteRequest): RepositoryState => {
    const repository = state.repositories.get(`${params.owner}/${params.repo}`.toLowerCase())
    if (repository === undefined || caller.type === 'app') throw notFound()
    if (caller.type === 'installation' && caller.account.toLowerCase() !== repository.owner.toLowerCase()) {
      throw notFound()
    }
    return repository
  }
  const logHost = await startLogHost(clock)
  const server = await startRestServer({
    routes: [
      ...actionsRoutes({ state, player, logHost, repositoryFor, logOf: (id) => logs.get(id) ?? null, goneLogs }),
      ...hookRoutes({ state, sender, access, app, repositoryFor }),
      ...workflowRoutes({ state, player, repositoryFor }),
      ...deploymentRoutes({ state, player, repositoryFor, tell }),
      ...protectionRoutes({ state, repositoryFor }),
      ...gitRoutes({ state, repositoryFor }),
      ...repositoryRoutes({ state, repositoryFor }),
      ...teamRoutes(state),
    ],
    access,
    faults,
    rateLimiter,
    clock,
    random: random.next,
    port: options.port ?? 0,
    onRequest: (request) => requests.push(request),
  })
  state.apiUrl = server.url

  return {
    ...createScripting({ state, player, tell }),
    apiUrl: server.url,
    state,
    faults,
    access,
    rateLimiter,
    logHost,
    requests,
    repository: (fullName) => repositoryOf(state, fullName),
    addRepository: addOne,
    addHook(fullName, { url, secret, events = ['*'] }) {
      const repository = repositoryOf(state, fullName)
      const hook: HookState = { id: newId(state), url, secret, events, isActive: true, createdAt: clock.now() }
      repository.hooks.push(hook)
      void sender.send({
        target: { type: 'repository', hookId: hook.id, url, secret },
        event: 'ping',
        action: null,
        installationId: null,
        repositoryId: repository.id,
        body: JSON.stringify(pingPayload(state, repository, hook)),
      })
      return hook
    },
    async installApp(account) {
      const installation = app?.installations.find((one) => one.account === account)
      const target = appTarget(app)
      if (app === null || target === null || installation === undefined) {
        throw new Error(`The App has no webhook, or no installation for "${account}".`)
      }
      const repositories = [...state.repositories.values()].filter((one) => one.owner === account)
      const identity = { id: installation.id, account, appId: app.id, appSlug: app.slug }
      await sender.send({
        target,
        event: 'installation',
        action: 'created',
        installationId: installation.id,
        repositoryId: null,
        body: JSON.stringify(installationPayload(state, identity, repositories, 'created')),
      })
    },
    setLog: (jobId, text) => (text === null ? logs.delete(jobId) : logs.set(jobId, text)),
    expireLog: (jobId) => goneLogs.add(jobId),
    load: (script) => player.load(script),
    step: () => player.step(),
    async walk() {
      const steps: PlayedStep[] = []
      for (let step = await player.step(); step !== null; step = await player.step()) steps.push(step)
      await settle()
      return steps
    },
    async play(script, { speed = 1, clock: otherClock } = {}) {
      await player.play(script, otherClock === undefined ? { speed } : { speed, clock: otherClock })
      await settle()
    },
    deliveries: (filter) => sender.deliveries(filter),
    setConditions: (conditions) => sender.setConditions(conditions),
    async redeliver(idOrGuid) {
      const delivery = sender.deliveries().find(({ id, guid }) => id === idOrGuid || guid === idOrGuid)
      if (delivery === undefined) throw new Error(`There is no delivery ${idOrGuid}.`)
      await sender.redeliver(delivery)
    },
    settle,
    now: () => player.now(),
    async close() {
      player.stop()
      await Promise.all([server.close(), logHost.close()])
    },
  }
}

/** Who hears of it: the repository's own hooks, and the App where it is installed. */
function webhooksFor(emission: Emission, app: AppOptions | null): readonly OutgoingWebhook[] {
  const { repository, event, payload } = emission
  const action = typeof payload.action === 'string' ? payload.action : null
  const same = { event, action, repositoryId: repository.id }
  const hears = (events: readonly string[]) => events.includes('*') || events.includes(event)
  const hooks =
    emission.isForAppsOnly === true ? [] : repository.hooks.filter((hook) => hook.isActive && hears(hook.events))
  const plainBody = hooks.length === 0 ? '' : JSON.stringify(payload)
  const toHooks = hooks.map(({ id, url, secret }) => ({
    ...same,
    target: { type: 'repository' as const, hookId: id, url, secret },
    installationId: null,
    body: plainBody,
  }))
  const target = appTarget(app)
  const installation = app?.installations.find((one) => one.account.toLowerCase() === repository.owner.toLowerCase())
  if (target === null || installation === undefined || !hears(app?.webhook?.events ?? ['*'])) return toHooks
  const node_id = Buffer.from(`Installation:${installation.id}`).toString('base64url')
  const body = JSON.stringify({ ...payload, installation: { id: installation.id, node_id } })
  return [...toHooks, { ...same, target, installationId: installation.id, body }]
}

function appTarget(app: AppOptions | null): WebhookTarget | null {
  if (!app?.webhook) return null
  return { type: 'app', hookId: app.id, url: app.webhook.url, secret: app.webhook.secret }
}
