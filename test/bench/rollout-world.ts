/** A world of many environments, each with a load balancer of its own, and all that a rollout is watched and put back by. */
import { readFile, writeFile } from 'node:fs/promises'
import { parse, stringify } from 'yaml'
import {
  type OtherBalancer,
  type SimulatedCloudflare,
  startSimulatedCloudflare,
} from '../../sandbox/cloudflare/simulated-cloudflare.ts'
import { startWorld, type World } from '../../sandbox/start-world.ts'
import { type SimulatedManagement, startSimulatedManagement } from '../../sandbox/supabase/simulated-management.ts'
import { type SimulatedVercel, startSimulatedVercel } from '../../sandbox/vercel/simulated-vercel.ts'
import type { Config, Secrets } from '../../src/config/config.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { startCounters } from './counters.ts'
import { startFront } from './front.ts'

export interface EnvironmentSpec {
  readonly name: string
  /** `owner/name` */
  readonly repository: string
  /** Between two checks, as in sluice.yml. */
  readonly interval: string
  /** Whether edge functions and a frontend are put back with it. */
  readonly hasHosts: boolean
  /** Id of the Slack group whose people may deploy there; everybody when left out. */
  readonly group?: string
}

/** An environment with its balancer. */
export interface Place extends EnvironmentSpec {
  readonly channel: string
  readonly channelId: string
  /** Of its repository. */
  readonly sha: string
  readonly balancer: OtherBalancer
  /** Null where there is nothing to put back but the traffic. */
  readonly hosts: Hosts | null
}

/** Where edge functions and the frontend of one environment are. */
export interface Hosts {
  readonly supabase: SimulatedManagement
  readonly vercel: SimulatedVercel
}

export interface RolloutBenchWorld {
  readonly world: World
  /** For `startApp`, besides the world's own. */
  readonly env: Readonly<Record<string, string>>
  readonly cloudflare: SimulatedCloudflare
  readonly config: Config
  readonly secrets: Secrets
  readonly places: readonly Place[]
  close(): Promise<void>
}

/** More than anybody asks for: what the services' limits allow is not what is measured. */
const noLimit = 100_000_000

/** Sluice is for the caller to start. */
export async function startRolloutBenchWorld(specs: readonly EnvironmentSpec[]): Promise<RolloutBenchWorld> {
  const repositories = [...new Set(specs.map(({ repository }) => repository))]
  const channelOf = (repository: string) => `#deploys-${repositories.indexOf(repository) + 1}`
  const world = await startWorld({
    repositories: Object.fromEntries(repositories.map((repository) => [repository, [channelOf(repository)]])),
    startsSluice: false,
    slack: { rateLimits: false, ackTimeoutMs: 20_000 },
    github: { rateLimit: noLimit },
  })
  const [cloudflare, counters] = await Promise.all([startSimulatedCloudflare({ rateLimit: noLimit }), startCounters()])
  const shas = new Map(
    repositories.map((repository) => {
      const files = { 'src/fees.ts': 'export const fee = 1\n' }
      return [repository, world.github.commitFiles(repository, 'main', { message: 'Round fees', files }).sha]
    }),
  )
  const places = await Promise.all(
    specs.map(async (spec, index): Promise<Place> => {
      const channel = channelOf(spec.repository)
      const channelId = world.slack.channel(channel).id
      const sha = shas.get(spec.repository) ?? ''
      const hosts = spec.hasHosts ? await startHosts(index) : null
      return { ...spec, channel, channelId, sha, balancer: cloudflare.addBalancer(), hosts }
    }),
  )
  const allHosts = places.flatMap(({ hosts }) => (hosts === null ? [] : [hosts]))
  const supabase = await startFront(new Map(allHosts.map((one) => [one.supabase.project, one.supabase.url])))
  const vercel = await startFront(new Map(allHosts.map((one) => [one.vercel.project, one.vercel.url])))

  const settingsOf = (place: Place) => ({
    name: place.name,
    strategies: ['canary'],
    ...(place.group === undefined ? {} : { requesters: { groups: [place.group] } }),
    approvers: { people: ['U0LEAD00001'], count: 1 },
    require_staging: false,
    branches: 'any',
    traffic: {
      cloudflare: {
        account: cloudflare.accountId,
        zone: cloudflare.zoneId,
        load_balancer: place.balancer.loadBalancerId,
        pools: place.balancer.poolIds,
        api_url: cloudflare.apiUrl,
      },
    },
    ...(place.hosts === null
      ? {}
      : {
          functions: { supabase: { project: place.hosts.supabase.project } },
          frontend: { vercel: { project: place.hosts.vercel.project, team: place.hosts.vercel.team } },
        }),
    metrics: {
      source: counters.url,
      select: `{environment="${place.name}"}`,
      warm_up: '0s',
      interval: place.interval,
      lag: '5s',
    },
    health: {
      canary: `${counters.url}/health`,
      baseline: `${counters.url}/health/baseline`,
      interval: place.interval,
    },
  })
  const file = world.env.SLUICE_CONFIG ?? ''
  const written = parse(await readFile(file, 'utf8')) as { repositories: { readonly repo: string }[] }
  const settings = {
    ...written,
    repositories: written.repositories.map((repository) => ({
      ...repository,
      environments: places.filter((place) => place.repository === repository.repo).map(settingsOf),
    })),
    supabase: { api_url: `${supabase.url}/v1` },
    vercel: { api_url: vercel.url },
  }
  await writeFile(file, stringify(settings, { aliasDuplicateObjects: false }))

  const env = {
    CLOUDFLARE_API_TOKEN: cloudflare.token,
    // Every simulated one takes the same.
    ...(allHosts[0] === undefined
      ? {}
      : { SUPABASE_ACCESS_TOKEN: allHosts[0].supabase.token, VERCEL_TOKEN: allHosts[0].vercel.token }),
  }
  const configuration = await readConfiguration({ path: file, env: { ...world.env, ...env } })
  if (!configuration.ok) throw new Error(configuration.message.slice(0, 2000))
  const { config, secrets } = configuration
  return {
    world,
    env,
    cloudflare,
    config,
    secrets,
    places,
    async close() {
      await world.close()
      const stopped = allHosts.flatMap((hosts) => [hosts.supabase.stop(), hosts.vercel.stop()])
      await Promise.all([cloudflare.close(), supabase.close(), vercel.close(), counters.close(), ...stopped])
    },
  }
}

/** With something live. */
async function startHosts(index: number): Promise<Hosts> {
  const letters = [...String(index).padStart(4, '0')].map((digit) => 'abcdefghij'[Number(digit)]).join('')
  const [supabase, vercel] = await Promise.all([
    startSimulatedManagement({ limit: noLimit, project: `benchproject${letters}zzzz` }),
    startSimulatedVercel({ limit: noLimit, project: `web${letters}` }),
  ])
  const hosts = { supabase, vercel }
  deployTo(hosts, 'of before')
  return hosts
}

/** What a workflow leaves: a new version of the functions, and of the frontend. */
export function deployTo({ supabase, vercel }: Hosts, version: string): void {
  for (const slug of ['orders', 'notify']) supabase.functions.deploy(slug, `${slug} ${version}`)
  const { production } = vercel
  const { id } = production.deploy({})
  const isLive = production.behind(`${vercel.project}.example`) === id
  if (isLive) return
  // After a rollback a new one goes live only when it is promoted.
  vercel.setPromotionTime(0)
  production.order('promote', id)
  production.job()
  vercel.setPromotionTime(promotionMs)
}
const promotionMs = 2_000
