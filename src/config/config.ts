import type { StageDefinition } from '../pipeline/pipeline.ts'
import type { GatePolicy } from '../policy/gate-policy.ts'
import type { HealthPolicy, MetricsPolicy } from '../policy/metrics-policy.ts'
import type { RolloutPolicy } from '../policy/rollout-policy.ts'
import type { TrafficTarget } from '../policy/traffic-target.ts'
import type { Secret } from './secret.ts'

/** A load balancer of Cloudflare that splits an environment's traffic between two of its pools. All ids are public. */
export interface CloudflareTraffic {
  readonly type: 'cloudflare'
  readonly target: TrafficTarget
  readonly accountId: string
  readonly zoneId: string
  readonly loadBalancerId: string
  /** Id of each of the target's pools, by name. */
  readonly poolIds: Readonly<Record<string, string>>
  readonly apiUrl: string
}

/**
 * The rolling releases of a project on Vercel. There are no two pools that stay: the pools are `baseline` and `canary`, and
 * which deployments those are each release says anew.
 */
export interface VercelTraffic {
  readonly type: 'vercel'
  readonly target: TrafficTarget
  /** Name or id (`prj_…`). */
  readonly project: string
  /** Slug or id (`team_…`) of the team that owns it; null for a personal account. */
  readonly team: string | null
  /** That production is looked at by. */
  readonly domain: string
  readonly apiUrl: string
}

/** Where a change is deployed to. `aliases` are other names for it on GitHub or in commands. */
export interface EnvironmentConfig {
  readonly name: string
  readonly aliases: readonly string[]
  readonly url: string | null
  /** What it asks for before something reaches it, every default filled in. */
  readonly gate: GatePolicy
  /** Where its edge functions live: a Supabase project, by its ref. */
  readonly functions: { readonly host: 'supabase'; readonly project: string } | null
  /**
   * Where its frontend lives: a Vercel project and the team that owns it, each by name or id, and a domain of it. Where
   * traffic is split by Vercel it is the same project.
   */
  readonly frontend: {
    readonly host: 'vercel'
    readonly project: string
    readonly team: string | null
    readonly domain: string | null
  } | null
  /** What is measured while a release rolls out; null: nothing. */
  readonly metrics: MetricsPolicy | null
  /** What Sluice asks the arms itself; null: nothing. */
  readonly health: HealthPolicy | null
  readonly rollout: RolloutPolicy
  /** Where its traffic is split; null where releases get all of it at once. */
  readonly traffic: CloudflareTraffic | VercelTraffic | null
}

export interface RepositoryConfig {
  /** `owner/name`; compared without regard to case. */
  readonly repo: string
  /** Channel ids or `#names`, one card in each. At least one. */
  readonly channels: readonly string[]
  readonly stages: readonly StageDefinition[]
  readonly environments: readonly EnvironmentConfig[]
  /** Slack user group id (`S…`) that a failure on the default branch mentions. */
  readonly onCall: string | null
  /** Globs of the branches that get a card besides the default branch. */
  readonly branches: readonly string[]
  /** Whether commits of pull requests get a card. */
  readonly pullRequests: boolean
}

/** All of `sluice.yml`, defaults filled in, deeply frozen. Durations are milliseconds, sizes bytes. */
export interface Config {
  readonly repositories: readonly RepositoryConfig[]
  /** GitHub login (lower case) to Slack user id. */
  readonly people: ReadonlyMap<string, string>
  readonly slack: {
    readonly apiUrl: string
    /** Channel that hears of trouble with other channels and with Sluice itself. */
    readonly fallbackChannel: string | null
    /** Channel that the head of the audit log is posted to once a day. */
    readonly auditChannel: string | null
    /** Workspaces besides our own whose people may press buttons. */
    readonly allowedTeams: readonly string[]
    /** Guests who may press buttons. */
    readonly allowedGuests: readonly string[]
  }
  readonly github: { readonly apiUrl: string; readonly webUrl: string }
  readonly supabase: { readonly apiUrl: string }
  readonly vercel: { readonly apiUrl: string }
  readonly server: {
    readonly host: string
    readonly port: number
    readonly publicUrl: string | null
    readonly maxBodyBytes: number
  }
  readonly data: {
    readonly folder: string
    readonly payloadRetentionDays: number
    readonly pipelineRetentionDays: number
  }
  readonly audit: {
    /** Where the rows of the audit log are copied to: a Supabase project (or a PostgREST) and a table in it. */
    readonly mirror: { readonly url: string; readonly table: string } | null
  }
}

/** Secrets, only ever from the environment (`NAME` or `NAME_FILE`). */
export interface Secrets {
  readonly slackBotToken: Secret
  readonly slackSigningSecret: Secret | null
  /** Set: Socket Mode instead of HTTP. */
  readonly slackAppToken: Secret | null
  /** Newest first; more than one while a secret is being rotated. */
  readonly githubWebhookSecrets: readonly Secret[]
  readonly github:
    | { readonly type: 'token'; readonly token: Secret }
    | { readonly type: 'app'; readonly appId: number; readonly privateKey: Secret }
    | null
  /** May insert into the audit mirror's table, and nothing else. */
  readonly supabaseAuditKey: Secret | null
  /** What Supabase's gateway asks for besides. Public by nature, and treated like the others all the same. */
  readonly supabasePublishableKey: Secret | null
  /** For the Management API: reads and restores edge functions. */
  readonly supabaseAccessToken: Secret | null
  readonly vercelToken: Secret | null
  /** For the metrics sources of all environments; null where they ask for nothing. */
  readonly prometheus:
    | { readonly type: 'bearer'; readonly token: Secret }
    | { readonly type: 'basic'; readonly user: string; readonly password: Secret }
    | null
  /** Reads and sets the split of traffic. */
  readonly cloudflareApiToken: Secret | null
}
