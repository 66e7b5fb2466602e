/** An engine over a real store, with the simulated Slack and GitHub over real HTTP, and a clock that the test moves. */
import Database from 'better-sqlite3'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { type SimulatedGithub, startSimulatedGithub } from '../../sandbox/github/simulated-github.ts'
import {
  type SimulatedSlack,
  type SimulatedSlackOptions,
  startSimulatedSlack,
} from '../../sandbox/slack/simulated-slack.ts'
import type { Message } from '../../sandbox/slack/state.ts'
import type { Config, RepositoryConfig } from '../../src/config/config.ts'
import { Secret } from '../../src/config/secret.ts'
import type { ChatPlatform } from '../../src/engine/chat-platform.ts'
import type { CodeHost } from '../../src/engine/code-host.ts'
import { createEngine, type Engine } from '../../src/engine/engine.ts'
import type { NewEvent } from '../../src/engine/events.ts'
import { defaultStages } from '../../src/pipeline/default-stages.ts'
import type { Fact } from '../../src/pipeline/facts.ts'
import { githubCodeHost } from '../../src/providers/github/github-code-host.ts'
import { slackChatPlatform } from '../../src/providers/slack/slack-chat-platform.ts'
import { writeHere } from '../../src/store/deliveries.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { atMs, repository, sha } from '../pipeline/facts.ts'
import { temporaryFolder } from '../store/temporary-store.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'
import { readAsIs } from './read-as-is.ts'

export const publicUrl = 'http://127.0.0.1:9/'

export interface WorldOptions {
  readonly slack?: SimulatedSlackOptions
  readonly repository?: Partial<RepositoryConfig>
  readonly config?: Partial<Config>
  readonly slackConfig?: Partial<Config['slack']>
  readonly channels?: readonly string[]
}

export interface World {
  readonly clock: FakeClock
  readonly slack: SimulatedSlack
  readonly github: SimulatedGithub
  readonly store: Store
  readonly raw: Database.Database
  readonly config: Config
  readonly log: readonly LogLine[]
  /** The engine that runs now. */
  engine(): Engine
  /** Hands the engine facts, as a delivery would. */
  tell(...facts: readonly Fact[]): Promise<void>
  submit(event: NewEvent): Promise<boolean>
  /** Moves time on and lets all that is due happen. */
  run(ms: number): Promise<void>
  /** The process dies (what is under way never ends) and a new one starts on the same file. */
  crash(): Promise<void>
  /** The next call of this method never comes back to the engine, though it may reach the service. */
  loseNext(method: keyof ChatPlatform | keyof CodeHost, when: 'before' | 'after'): void
  /** Top messages of a channel and their threads. */
  messages(channel?: string): readonly Message[]
  thread(channel?: string, index?: number): readonly Message[]
  countOf(method: string): number
}

export interface LogLine {
  readonly level: number
  readonly msg: string
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const clock = fakeClock(atMs(0))
  const slack = await startSimulatedSlack({ clock, rateLimits: false, ...options.slack })
  const channels = options.channels ?? ['#deploys']
  for (const channel of [...channels, '#ops']) slack.addChannel(channel.slice(1))
  const github = await startSimulatedGithub({ repositories: [{ fullName: repository }], clock })
  const file = `${temporaryFolder()}/sluice.db`
  const config = configOf(options, { slackUrl: slack.apiUrl, githubUrl: github.apiUrl, channels })
  const log: LogLine[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => log.push(JSON.parse(line)) })

  let pending = 0
  const losses: { readonly method: string; readonly when: 'before' | 'after' }[] = []
  function counted<T extends object>(service: T): T {
    const wrap =
      (name: string, method: (...args: unknown[]) => Promise<unknown>) =>
      async (...args: unknown[]): Promise<unknown> => {
        const loss = losses.findIndex((candidate) => candidate.method === name)
        const [lost] = loss === -1 ? [] : losses.splice(loss, 1)
        if (lost?.when === 'before') return await new Promise(() => {})
        pending += 1
        const result = await method.apply(service, args).finally(() => {
          pending -= 1
        })
        return lost === undefined ? result : await new Promise(() => {})
      }
    return Object.fromEntries(Object.entries(service).map(([name, method]) => [name, wrap(name, method)])) as T
  }
  async function settled(): Promise<void> {
    for (let quiet = 0; quiet < 6; ) {
      await new Promise((resolve) => setImmediate(resolve))
      quiet = pending === 0 ? quiet + 1 : 0
    }
  }

  let random = 0
  let store = openStore({ file })
  const raw = new Database(file)
  let engine: Engine
  function start(): void {
    const chat: ChatPlatform = counted(slackChatPlatform({ token: new Secret(slack.botToken), apiUrl: slack.apiUrl }))
    const codeHost: CodeHost = counted(
      githubCodeHost({
        auth: { type: 'token', token: new Secret('sandbox-token') },
        apiUrl: github.apiUrl,
        repositories: [repository],
        publicUrl,
      }),
    )
    engine = createEngine({
      writeDeliveries: writeHere(store, readAsIs),
      store,
      config,
      clock,
      log: logger,
      chat,
      codeHost,
      servicesOf: async () => null,
      random: () => {
        random = (random + 0.37) % 1
        return random
      },
      version: '0.0.0',
      isStoreSound: () => true,
    })
    engine.start()
  }
  start()
  onTestFinished(async () => {
    // What was lost on purpose never ends, so the engine is not asked to wait for it.
    await Promise.race([engine.stop(), settled()])
    await slack.stop()
    await github.close()
    raw.close()
    await store.close()
  })

  let told = 0
  return {
    clock,
    slack,
    github,
    get store() {
      return store
    },
    raw,
    config,
    log,
    engine: () => engine,
    async tell(...facts) {
      told += 1
      await engine.submit({ id: `told:${told}`, type: 'github.facts', body: { facts } })
      await settled()
    },
    async submit(event) {
      const isNew = await engine.submit(event)
      await settled()
      return isNew
    },
    run: (ms) => clock.advance(ms, settled),
    async crash() {
      await settled()
      // A dead process writes nothing more: its connection is closed under it.
      void engine.stop().catch(() => {})
      await store.close()
      store = openStore({ file })
      start()
      await settled()
    },
    loseNext: (method, when) => losses.push({ method, when }),
    messages: (channel = channels[0] ?? '') => slack.messages(channel).filter(({ threadTs }) => threadTs === null),
    thread(channel = channels[0] ?? '', index = 0) {
      const card = slack.messages(channel).filter(({ threadTs }) => threadTs === null)[index]
      return card === undefined ? [] : slack.thread(channel, card.ts).slice(1)
    },
    countOf: (method) => slack.calls.filter((call) => call.method === method).length,
  }
}

function configOf(
  options: WorldOptions,
  given: { readonly slackUrl: string; readonly githubUrl: string; readonly channels: readonly string[] },
): Config {
  return {
    repositories: [
      {
        repo: repository,
        channels: given.channels,
        stages: defaultStages,
        environments: [],
        onCall: 'SONCALL1',
        branches: [],
        pullRequests: true,
        ...options.repository,
      },
    ],
    people: new Map(),
    slack: {
      apiUrl: given.slackUrl,
      fallbackChannel: '#ops',
      auditChannel: null,
      allowedTeams: [],
      allowedGuests: [],
      ...options.slackConfig,
    },
    github: { apiUrl: given.githubUrl, webUrl: 'https://github.com' },
    supabase: { apiUrl: '' },
    vercel: { apiUrl: '' },
    server: { host: '127.0.0.1', port: 0, publicUrl, maxBodyBytes: 1_000_000 },
    data: { folder: '', payloadRetentionDays: 30, pipelineRetentionDays: 365 },
    audit: { mirror: null },
    ...options.config,
  }
}

/** Facts about the commit number `n` instead of the one that the builders speak of. */
export function of(n: number, fact: Fact): Fact {
  return { ...fact, sha: shaOf(n) }
}

function shaOf(n: number): string {
  return n === 0 ? sha : String(n).padStart(40, '0')
}
