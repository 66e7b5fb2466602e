import type { Config, EnvironmentConfig } from '../../config/config.ts'
import { parseConfig } from '../../config/parse-config.ts'
import { UsageError } from '../usage-error.ts'

/** What stands in the configuration otherwise. All ids are public. */
export interface PlaceFlags {
  readonly cloudflareAccount?: string
  readonly cloudflareZone?: string
  readonly loadBalancer?: string
  /** `blue=ID,green=ID` */
  readonly pools?: string
  readonly cloudflareApi?: string
  readonly vercelProject?: string
  readonly vercelTeam?: string
  readonly vercelDomain?: string
  readonly vercelApi?: string
}

/** The flag that each key of the configuration comes from. */
const flagOfKey = {
  account: '--cloudflare-account',
  zone: '--cloudflare-zone',
  load_balancer: '--load-balancer',
  pools: '--pools',
  api_url: '--cloudflare-api or --vercel-api',
  project: '--vercel-project',
  team: '--vercel-team',
  domain: '--vercel-domain',
} as const

/** Whether an environment is described by flags, so that no configuration is wanted. */
export function isDescribed({ cloudflareZone, loadBalancer, pools, vercelProject }: PlaceFlags): boolean {
  return [cloudflareZone, loadBalancer, pools, vercelProject].some((flag) => flag !== undefined)
}

/**
 * An environment made of flags. They are checked as the configuration is, so that a slip is found before anything is moved.
 *
 * @throws UsageError when one is missing or is not what it should be
 */
export function environmentOfFlags(
  name: string,
  flags: PlaceFlags,
): { readonly config: Config; readonly environment: EnvironmentConfig } {
  const { vercelProject, vercelApi } = flags
  const file = {
    repositories: [
      {
        repo: 'command/line',
        channel: '#none',
        environments: [
          {
            name,
            ...(isTrafficDescribed(flags) ? { traffic: { cloudflare: cloudflareOf(flags) } } : {}),
            ...(vercelProject === undefined ? {} : { frontend: { vercel: vercelOf(flags, vercelProject) } }),
          },
        ],
      },
    ],
    ...(vercelApi === undefined ? {} : { vercel: { api_url: vercelApi } }),
  }
  // JSON is YAML.
  const parsed = parseConfig(JSON.stringify(file), 'flags')
  if (!parsed.ok)
    throw new UsageError(parsed.problems.map(({ key, what, mend }) => `${flagOf(key)}: ${what} ${mend}`).join('\n'))
  const environment = parsed.config.repositories[0]?.environments[0]
  if (environment === undefined) throw new Error('One environment was described, and none was read.')
  return { config: parsed.config, environment }
}

function isTrafficDescribed({ cloudflareAccount, cloudflareZone, loadBalancer, pools }: PlaceFlags): boolean {
  return [cloudflareAccount, cloudflareZone, loadBalancer, pools].some((flag) => flag !== undefined)
}

function cloudflareOf({ cloudflareAccount, cloudflareZone, loadBalancer, pools, cloudflareApi }: PlaceFlags) {
  return {
    account: required(cloudflareAccount, flagOfKey.account),
    zone: required(cloudflareZone, flagOfKey.zone),
    load_balancer: required(loadBalancer, flagOfKey.load_balancer),
    pools: poolsOf(required(pools, flagOfKey.pools)),
    ...(cloudflareApi === undefined ? {} : { api_url: cloudflareApi }),
  }
}

function vercelOf({ vercelTeam, vercelDomain }: PlaceFlags, project: string) {
  return {
    project,
    ...(vercelTeam === undefined ? {} : { team: vercelTeam }),
    ...(vercelDomain === undefined ? {} : { domain: vercelDomain }),
  }
}

function required(value: string | undefined, flag: string): string {
  if (value !== undefined) return value
  throw new UsageError(
    `${flag} is missing: traffic needs --cloudflare-account, --cloudflare-zone, --load-balancer and --pools`,
  )
}

function poolsOf(text: string): Readonly<Record<string, string>> {
  const entries = text.split(',').map((part) => part.split('=').map((word) => word.trim()))
  if (entries.some((parts) => parts.length !== 2 || parts.includes(''))) {
    throw new UsageError('--pools is written like blue=ID,green=ID')
  }
  return Object.fromEntries(entries as [string, string][])
}

function flagOf(key: string): string {
  const names = key.split('.')
  const [name, flag] = Object.entries(flagOfKey).findLast(([one]) => names.includes(one)) ?? [null, key]
  return name === null ? flag : flag
}
