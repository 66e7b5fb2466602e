import { defaultStages } from '../pipeline/default-stages.ts'
import { digestOf } from '../policy/canonical-json.ts'
import type { Config, EnvironmentConfig, RepositoryConfig } from './config.ts'
import type { ConfigFile } from './config-schema.ts'
import { deepFreeze } from './deep-freeze.ts'
import { gateDefaults } from './gate-defaults.ts'
import { type EnvironmentFile, toGatePolicy } from './to-gate-policy.ts'
import { toHealthPolicy, toMetricsPolicy } from './to-metrics-policy.ts'
import { toRolloutPolicy } from './to-rollout-policy.ts'
import { withEnvironmentAliases } from './with-environment-aliases.ts'

/** The environments of a repository that configures none. */
const defaultEnvironments: readonly EnvironmentFile[] = [
  { name: 'dev', aliases: ['development'] },
  { name: 'staging', aliases: ['stage', 'stg', 'uat'] },
  { name: 'production', aliases: ['prod', 'live'] },
]

/** GitHub sends no larger payload (https://docs.github.com/en/webhooks/webhook-events-and-payloads). */
const GITHUB_PAYLOAD_CAP = 25 * 1024 * 1024

/** @returns the file's settings with every default filled in, deeply frozen */
export function toConfig(file: ConfigFile): Config {
  const { slack = {}, github = {}, supabase = {}, vercel = {}, server = {}, data = {}, audit = {} } = file
  const services = { vercel: { apiUrl: withoutSlash(vercel.api_url ?? 'https://api.vercel.com') } }
  return deepFreeze({
    repositories: file.repositories.map((repository) =>
      toRepository(repository, file.time_zone ?? gateDefaults.timeZone, services),
    ),
    people: new Map(Object.entries(file.people ?? {}).map(([login, user]) => [login.toLowerCase(), user])),
    slack: {
      // Slack's client joins method names to it as they are.
      apiUrl: `${withoutSlash(slack.api_url ?? 'https://slack.com/api')}/`,
      fallbackChannel: slack.fallback_channel ?? null,
      auditChannel: slack.audit_channel ?? null,
      allowedTeams: slack.allowed_teams ?? [],
      allowedGuests: slack.allowed_guests ?? [],
    },
    github: githubAddresses(github.api_url, github.web_url),
    supabase: { apiUrl: withoutSlash(supabase.api_url ?? 'https://api.supabase.com/v1') },
    vercel: services.vercel,
    server: {
      host: server.host ?? '0.0.0.0',
      port: server.port ?? 3000,
      publicUrl: server.public_url === undefined ? null : withoutSlash(server.public_url),
      maxBodyBytes: server.max_body_bytes ?? GITHUB_PAYLOAD_CAP,
    },
    data: {
      folder: data.folder ?? './data',
      payloadRetentionDays: data.payload_retention_days ?? 30,
      pipelineRetentionDays: data.pipeline_retention_days ?? 365,
    },
    audit: {
      mirror:
        audit.mirror === undefined
          ? null
          : { url: withoutSlash(audit.mirror.url), table: audit.mirror.table ?? 'sluice_audit' },
    },
  })
}

function toRepository(
  repository: ConfigFile['repositories'][number],
  timeZone: string,
  services: Pick<Config, 'vercel'>,
): RepositoryConfig {
  const written = repository.environments ?? defaultEnvironments
  const stages = repository.stages ?? defaultStages
  const context = { environments: written, stages: stages.map(({ name }) => name), timeZone }
  const environments = written.map((environment) => {
    const gate = toGatePolicy(environment, context)
    const metrics = toMetricsPolicy(environment.metrics)
    const health = toHealthPolicy(environment.health)
    const traffic = toTraffic(environment, services)
    const rollout = toRolloutPolicy(environment, timeZone)
    // How a release is judged and rolled out is a part of what was approved; how it may be rolled back later is not.
    const { hold, blueGreen } = rollout
    const isJudged = metrics !== null || health !== null
    const more = { ...(isJudged && { metrics, health }), ...(traffic !== null && { hold, blueGreen }) }
    const version = Object.keys(more).length > 0 ? digestOf({ gate: gate.version, ...more }) : gate.version
    return {
      name: environment.name,
      aliases: gate.aliases,
      url: gate.url,
      gate: { ...gate, version },
      metrics,
      health,
      rollout,
      traffic,
      ...toHosts(environment),
    }
  })
  return {
    repo: repository.repo,
    channels: repository.channel,
    stages: withEnvironmentAliases(stages, environments),
    environments,
    onCall: repository.on_call ?? null,
    branches: repository.branches ?? [],
    pullRequests: repository.pull_requests ?? true,
  }
}

/** A rolling release is one of the frontend. */
function toHosts({ functions, frontend, traffic }: EnvironmentFile): Pick<EnvironmentConfig, 'functions' | 'frontend'> {
  const vercel = traffic?.vercel ?? frontend?.vercel
  return {
    functions: functions === undefined ? null : { host: 'supabase', project: functions.supabase.project },
    frontend:
      vercel === undefined
        ? null
        : { host: 'vercel', project: vercel.project, team: vercel.team ?? null, domain: vercel.domain ?? null },
  }
}

function toTraffic({ traffic }: EnvironmentFile, { vercel }: Pick<Config, 'vercel'>): EnvironmentConfig['traffic'] {
  if (traffic?.vercel !== undefined) {
    const { project, team = null, domain } = traffic.vercel
    const target = { pools: ['baseline', 'canary'] } as const
    return { type: 'vercel', target, project, team, domain, apiUrl: vercel.apiUrl }
  }
  if (traffic?.cloudflare === undefined) return null
  const { account, zone, load_balancer, pools, api_url } = traffic.cloudflare
  const [first = '', second = ''] = Object.keys(pools)
  return {
    type: 'cloudflare',
    target: { pools: [first, second] },
    accountId: account,
    zoneId: zone,
    loadBalancerId: load_balancer,
    poolIds: pools,
    apiUrl: withoutSlash(api_url ?? 'https://api.cloudflare.com/client/v4'),
  }
}

/** One address is enough: the other follows from how GitHub builds them (github.com, *.ghe.com, Enterprise Server). */
function githubAddresses(apiUrl: string | undefined, webUrl: string | undefined): Config['github'] {
  if (apiUrl !== undefined) {
    const api = new URL(apiUrl)
    const web = `${api.protocol}//${api.host.replace(/^api\./, '')}`
    return { apiUrl: withoutSlash(apiUrl), webUrl: withoutSlash(webUrl ?? web) }
  }
  const web = new URL(webUrl ?? 'https://github.com')
  const isCloud = web.host === 'github.com' || web.host.endsWith('.ghe.com')
  const api = isCloud ? `${web.protocol}//api.${web.host}` : `${withoutSlash(web.href)}/api/v3`
  return { apiUrl: api, webUrl: withoutSlash(web.href) }
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '')
}
