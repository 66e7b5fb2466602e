/**
 * The whole world in one process: a Slack, a GitHub, and the very Sluice that runs in production between them, all
 * talking real HTTP on 127.0.0.1. The demo, the end-to-end tests and the benchmarks begin here.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import { readConfiguration } from '../src/config/read-configuration.ts'
import { type Sluice, type StartOptions, startSluice } from '../src/start-sluice.ts'
import { freePort } from './free-port.ts'
import { type SimulatedGithub, type SimulatedGithubOptions, startSimulatedGithub } from './github/simulated-github.ts'
import { type RolloutOptions, type RolloutWorld, startRolloutWorld } from './rollout/rollout-world.ts'
import { type SimulatedSlack, type SimulatedSlackOptions, startSimulatedSlack } from './slack/simulated-slack.ts'
import { type SimulatedSupabase, startSimulatedSupabase } from './supabase/simulated-supabase.ts'
import { writeWorldConfig } from './world-config.ts'

export interface WorldOptions {
  /** `owner/name` to the channels of its cards; one repository and `#deploys` when left out. */
  readonly repositories?: Readonly<Record<string, readonly string[]>>
  readonly slack?: SimulatedSlackOptions
  readonly github?: Omit<SimulatedGithubOptions, 'repositories'>
  /** More settings for each repository in sluice.yml: `{ on_call: 'S0ONCALL' }`. */
  readonly repositorySettings?: Readonly<Record<string, unknown>>
  /** More settings for sluice.yml's `slack`. */
  readonly slackSettings?: Readonly<Record<string, unknown>>
  /** More lines for sluice.yml, at its top level. */
  readonly config?: string
  readonly socketMode?: boolean
  /** Webhooks and tokens of a GitHub App instead of repository hooks and a personal token; its key in PEM. */
  readonly appKey?: string
  /** Whether Sluice runs in this process. Default true; with false it is for the caller to start, with `env`. */
  readonly startsSluice?: boolean
  /** A Supabase project that the audit log is copied to. */
  readonly auditMirror?: boolean
  /**
   * A load balancer, edge functions, a frontend and a service to roll out with, in the configuration of one environment. The
   * production workflow has to be defined with `does: world.rollout.deploy`.
   */
  readonly rollout?: boolean | RolloutOptions
  readonly log?: Logger
  readonly budget?: StartOptions['budget']
  readonly clock?: StartOptions['clock']
}

export interface World {
  readonly slack: SimulatedSlack
  readonly github: SimulatedGithub
  /** Null unless `auditMirror` was asked for. */
  readonly supabase: SimulatedSupabase | null
  /** Null unless it was asked for. */
  readonly rollout: RolloutWorld | null
  /** The one that runs now. */
  readonly sluice: () => Sluice
  /** Environment and configuration file for a Sluice in a process of its own. */
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
  /** Where Sluice listens, running or not. */
  readonly sluiceUrl: string
  stopSluice(): Promise<void>
  startSluice(): Promise<void>
  /** Resolves when nothing is under way any more: every webhook answered, every card up to date, every effect done. */
  settled(timeoutMs?: number): Promise<void>
  /** Ends everything and deletes the data. */
  close(): Promise<void>
}

const defaultRepositories = { 'omnihub/app': ['#deploys'] }
const webhookSecret = 'sandbox-webhook-secret'
const appId = 4711

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const repositories = options.repositories ?? defaultRepositories
  const folder = await mkdtemp(join(tmpdir(), 'sluice-world-'))
  const slack = await startSimulatedSlack(options.slack)
  for (const channel of new Set([...Object.values(repositories).flat(), '#sluice'])) {
    const known = Object.values(slack.state.channels).some(({ name }) => `#${name}` === channel)
    if (!known) slack.addChannel(channel.slice(1))
  }
  // Known beforehand and kept over restarts: GitHub and Slack go on sending there.
  const port = await freePort()
  const sluiceUrl = `http://127.0.0.1:${port}`
  const hook = { url: `${sluiceUrl}/github/webhooks`, secret: webhookSecret }
  const { appKey } = options
  const owners = new Set(Object.keys(repositories).map((fullName) => fullName.split('/')[0] ?? ''))
  const github = await startSimulatedGithub({
    repositories: Object.keys(repositories).map((fullName) => ({ fullName })),
    ...(appKey === undefined ? {} : { app: appOf(appKey, owners, hook) }),
    ...options.github,
  })
  const supabase =
    options.auditMirror === true ? await startSimulatedSupabase(options.clock && { clock: options.clock }) : null
  const rollout = options.rollout ? await startRolloutWorld(options.rollout === true ? {} : options.rollout) : null
  const env: Record<string, string> = {
    ...rollout?.env,
    ...(supabase === null
      ? {}
      : { SUPABASE_AUDIT_KEY: supabase.auditKey, SUPABASE_PUBLISHABLE_KEY: supabase.publishableKey }),
    SLACK_BOT_TOKEN: slack.botToken,
    ...(options.socketMode === true
      ? { SLACK_APP_TOKEN: slack.appToken }
      : { SLACK_SIGNING_SECRET: slack.signingSecret }),
    GITHUB_WEBHOOK_SECRET: webhookSecret,
    ...(appKey === undefined
      ? { GITHUB_TOKEN: 'sandbox-token' }
      : { GITHUB_APP_ID: String(appId), GITHUB_APP_PRIVATE_KEY: appKey }),
  }
  const configFile = await writeWorldConfig({
    folder,
    repositories,
    slackApiUrl: slack.apiUrl,
    githubApiUrl: github.apiUrl,
    port,
    repositorySettings: options.repositorySettings ?? {},
    slackSettings: options.slackSettings ?? {},
    auditMirrorUrl: supabase?.url ?? null,
    rollout: rollout?.settings ?? null,
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
  slack.setRequestUrl(`${sluiceUrl}/slack/events`)
  if (options.startsSluice !== false) await start()
  if (appKey === undefined) for (const fullName of Object.keys(repositories)) github.addHook(fullName, hook)
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
    supabase,
    rollout,
    sluice: running,
    env: { ...env, SLUICE_CONFIG: configFile },
    folder,
    sluiceUrl,
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
      await supabase?.stop()
      await rollout?.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function appOf(
  privateKey: string,
  owners: ReadonlySet<string>,
  webhook: { readonly url: string; readonly secret: string },
): NonNullable<SimulatedGithubOptions['app']> {
  const installations = [...owners].map((account, index) => ({ id: 1000 + index, account }))
  return { id: appId, slug: 'sluice-sandbox', privateKey, installations, webhook }
}
