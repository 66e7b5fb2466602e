/**
 * The whole world in one process: a Slack, a GitHub, and the very Sluice that runs in production between them, all
 * talking real HTTP on 127.0.0.1. The demo, the end-to-end tests and the benchmarks begin here.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import { readConfiguration } from '../src/config/read-configuration.ts'
import { type Sluice, type StartOptions, startSluice } from '../src/start-sluice.ts'
import { type SimulatedGithub, type SimulatedGithubOptions, startSimulatedGithub } from './github/simulated-github.ts'
import { type SimulatedSlack, type SimulatedSlackOptions, startSimulatedSlack } from './slack/simulated-slack.ts'
import { writeWorldConfig } from './world-config.ts'

export interface WorldOptions {
  /** `owner/name` to the channels of its cards; one repository and `#deploys` when left out. */
  readonly repositories?: Readonly<Record<string, readonly string[]>>
  readonly slack?: SimulatedSlackOptions
  readonly github?: Omit<SimulatedGithubOptions, 'repositories'>
  /** More lines for sluice.yml, at its top level. */
  readonly config?: string
  readonly socketMode?: boolean
  readonly log?: Logger
  readonly budget?: StartOptions['budget']
  readonly clock?: StartOptions['clock']
}

export interface World {
  readonly slack: SimulatedSlack
  readonly github: SimulatedGithub
  /** The one that runs now. */
  readonly sluice: () => Sluice
  /** Environment and configuration file for a Sluice in a process of its own. */
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
  stopSluice(): Promise<void>
  startSluice(): Promise<void>
  /** Resolves when nothing is under way any more: every webhook answered, every card up to date, every effect done. */
  settled(timeoutMs?: number): Promise<void>
  /** Ends everything and deletes the data. */
  close(): Promise<void>
}

const defaultRepositories = { 'omnihub/app': ['#deploys'] }
const webhookSecret = 'sandbox-webhook-secret'

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const repositories = options.repositories ?? defaultRepositories
  const folder = await mkdtemp(join(tmpdir(), 'sluice-world-'))
  const slack = await startSimulatedSlack(options.slack)
  for (const channel of new Set([...Object.values(repositories).flat(), '#sluice'])) {
    const known = Object.values(slack.state.channels).some(({ name }) => `#${name}` === channel)
    if (!known) slack.addChannel(channel.slice(1))
  }
  const github = await startSimulatedGithub({
    repositories: Object.keys(repositories).map((fullName) => ({ fullName })),
    ...options.github,
  })
  // Known beforehand and kept over restarts: GitHub and Slack go on sending there.
  const port = await freePort()
  const env: Record<string, string> = {
    SLACK_BOT_TOKEN: slack.botToken,
    ...(options.socketMode === true
      ? { SLACK_APP_TOKEN: slack.appToken }
      : { SLACK_SIGNING_SECRET: slack.signingSecret }),
    GITHUB_WEBHOOK_SECRET: webhookSecret,
    GITHUB_TOKEN: 'sandbox-token',
  }
  const configFile = await writeWorldConfig({
    folder,
    repositories,
    slackApiUrl: slack.apiUrl,
    githubApiUrl: github.apiUrl,
    port,
    more: options.config ?? '',
  })
  const log = options.log ?? pino({ level: 'silent' })

  let sluice: Sluice | null = null
  async function start(): Promise<void> {
    const configuration = await readConfiguration({ path: configFile, env })
    if (!configuration.ok) throw new Error(configuration.message)
    const { config, secrets } = configuration
    sluice = await startSluice({
      config,
      secrets,
      log,
      ...(options.budget === undefined ? {} : { budget: options.budget }),
      ...(options.clock === undefined ? {} : { clock: options.clock }),
    })
  }
  slack.setRequestUrl(`http://127.0.0.1:${port}/slack/events`)
  await start()
  for (const fullName of Object.keys(repositories)) {
    github.addHook(fullName, { url: `http://127.0.0.1:${port}/github/webhooks`, secret: webhookSecret })
  }
  await github.settle()

  const running = (): Sluice => {
    if (sluice === null) throw new Error('Sluice is stopped')
    return sluice
  }
  async function stop(): Promise<void> {
    await sluice?.stop()
    sluice = null
  }

  return {
    slack,
    github,
    sluice: running,
    env: { ...env, SLUICE_CONFIG: configFile },
    folder,
    stopSluice: stop,
    startSluice: start,
    async settled(timeoutMs = 30_000) {
      await github.settle()
      const deadline = Date.now() + timeoutMs
      while (!(await running().isIdle())) {
        if (Date.now() > deadline) throw new Error(`Sluice is still at work after ${timeoutMs} ms`)
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    },
    async close() {
      await stop()
      await github.close()
      await slack.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
