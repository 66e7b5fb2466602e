import { readFile } from 'node:fs/promises'
import type { Config, Secrets } from './config.ts'
import { type ConfigProblem, formatProblems } from './config-problem.ts'
import { deepFreeze } from './deep-freeze.ts'
import { type ParsedConfig, parseConfig } from './parse-config.ts'
import { checkSecrets, type Environment, gatherSecrets, type SecretsResult } from './read-secrets.ts'
import type { Secret } from './secret.ts'
import { listOf } from './suggest.ts'
import { checkAddress } from './value-checks.ts'

export type Configuration =
  | { readonly ok: true; readonly config: Config; readonly secrets: Secrets }
  | { readonly ok: false; readonly message: string; readonly problems: readonly ConfigProblem[] }

/**
 * Reads everything that Sluice is told from outside: the file, and the environment (secrets, `SLUICE_CONFIG`, `PORT`).
 *
 * @param options.path - the file; without it `SLUICE_CONFIG`, and without that `sluice.yml` in the working directory
 * @param options.env - usually `process.env`; not changed
 * @returns configuration and secrets, frozen, or every problem at once with `message` ready to be printed
 */
export async function readConfiguration(options: {
  readonly path?: string | undefined
  readonly env: Environment
}): Promise<Configuration> {
  const { env } = options
  const file = options.path ?? nonEmpty(env.SLUICE_CONFIG) ?? 'sluice.yml'
  const gathered = await gatherSecrets(env)
  // Neither an App's id nor a user's name is secret; to hide them would hide port numbers and common words too.
  const open = ['GITHUB_APP_ID', 'PROMETHEUS_USER']
  const known = new Map<string, string>([...gathered.values].filter(([name]) => !open.includes(name)))
  const parsed = await readConfigFile(file, known)
  const secrets = checkSecrets(gathered, env)
  const port = portFrom(env)
  const needed = neededSecrets(parsed, secrets)
  const prometheus = prometheusAddressOf(parsed, secrets)

  if (parsed.ok && secrets.ok && port.ok && needed.ok && prometheus.ok) {
    const { config } = parsed
    const withPort =
      port.value === null ? config : deepFreeze({ ...config, server: { ...config.server, port: port.value } })
    return { ok: true, config: withPort, secrets: secrets.secrets }
  }
  const problems = [parsed, secrets, port, needed, prometheus].flatMap(problemsOf)
  return { ok: false, message: formatProblems(problems), problems }
}

async function readConfigFile(file: string, known: ReadonlyMap<string, string>): Promise<ParsedConfig> {
  try {
    return parseConfig(await readFile(file, 'utf8'), file, known)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    const what = code === 'ENOENT' ? 'There is no such file.' : `The file cannot be read (${code}).`
    const mend =
      'Copy sluice.example.yml there, or name another file in SLUICE_CONFIG. The least that works is:\n' +
      "repositories:\n  - repo: acme/omnihub\n    channel: '#deploys'"
    return { ok: false, problems: [{ file, line: null, column: null, key: '', excerpt: null, what, mend }] }
  }
}

/** Hosts that start a container tell it in PORT where to listen. */
function portFrom(env: Environment) {
  const written = nonEmpty(env.PORT)
  if (written === undefined) return { ok: true as const, value: null }
  const port = /^\d{1,5}$/.test(written.trim()) ? Number(written) : Number.NaN
  if (port <= 65_535) return { ok: true as const, value: port }
  const problem: ConfigProblem = {
    file: 'environment',
    line: null,
    column: null,
    key: 'PORT',
    excerpt: null,
    what: 'PORT is not a number from 0 to 65535.',
    mend: 'Set it to the port that Sluice listens on, like 3000, or unset it to use server.port.',
  }
  return { ok: false as const, problems: [problem] }
}

/** Some are needed only where the file asks for what they are for, so neither half can tell by itself. */
function neededSecrets(parsed: ParsedConfig, secrets: SecretsResult) {
  if (!parsed.ok || !secrets.ok) return { ok: true as const }
  const { audit, repositories } = parsed.config
  const { supabaseAuditKey, supabaseAccessToken, vercelToken, cloudflareApiToken } = secrets.secrets
  const environments = repositories.flatMap((repository) => repository.environments)
  const problems: ConfigProblem[] = []
  const need = (key: string, value: Secret | null, isNeeded: boolean, by: string, mend: string) => {
    if (!isNeeded || value !== null) return
    const what = `${key} is not set, and ${by} needs it.`
    problems.push({ file: 'environment', line: null, column: null, key, excerpt: null, what, mend })
  }
  need(
    'SUPABASE_AUDIT_KEY',
    supabaseAuditKey,
    audit.mirror !== null,
    'audit.mirror',
    'Make a key that may only insert, as docs/configure.md says, or take audit.mirror out of the file.',
  )
  const withFunctions = environments.find(({ functions }) => functions !== null)
  need(
    'SUPABASE_ACCESS_TOKEN',
    supabaseAccessToken,
    withFunctions !== undefined,
    `functions.supabase of ${withFunctions?.name ?? ''}`,
    'Set it to an access token (sbp_…) from supabase.com, Account, Access Tokens, or take "functions" out of the file.',
  )
  const splitBy = (type: 'cloudflare' | 'vercel') =>
    repositories.flatMap(({ repo, environments }) =>
      environments.flatMap(({ name, traffic }) => (traffic?.type === type ? [`${name} of ${repo}`] : [])),
    )
  const [byVercel, byCloudflare] = [splitBy('vercel'), splitBy('cloudflare')]
  const withFrontend = environments.find(({ frontend }) => frontend !== null)
  need(
    'VERCEL_TOKEN',
    vercelToken,
    withFrontend !== undefined,
    byVercel.length > 0 ? `the traffic of ${listOf(byVercel)}` : `frontend.vercel of ${withFrontend?.name ?? ''}`,
    `Set it to a token from vercel.com, Account Settings, Tokens, or take "${byVercel.length > 0 ? 'traffic' : 'frontend'}" out of the file.`,
  )
  need(
    'CLOUDFLARE_API_TOKEN',
    cloudflareApiToken,
    byCloudflare.length > 0,
    `the traffic of ${listOf(byCloudflare)}`,
    'Make an API token with the permissions that docs/configure.md lists, or take "traffic" out of the file.',
  )
  return problems.length === 0 ? { ok: true as const } : { ok: false as const, problems }
}

/** Many Prometheus servers are reached inside of a cluster, unencrypted and without a password; with one that is not safe. */
function prometheusAddressOf(parsed: ParsedConfig, secrets: SecretsResult) {
  if (!parsed.ok || !secrets.ok || secrets.secrets.prometheus === null) return { ok: true as const }
  const key = secrets.secrets.prometheus.type === 'bearer' ? 'PROMETHEUS_TOKEN' : 'PROMETHEUS_PASSWORD'
  const address = parsed.config.repositories
    .flatMap(({ environments }) => environments.map(({ metrics }) => metrics?.source.url))
    .find((url) => url !== undefined && checkAddress('loopback')(url) !== null)
  if (address === undefined) return { ok: true as const }
  const problem: ConfigProblem = {
    file: 'environment',
    line: null,
    column: null,
    key,
    excerpt: null,
    what: `${key} would go unencrypted to ${new URL(address).host}.`,
    mend: `Write an address with https under "metrics.source", or unset ${key}.`,
  }
  return { ok: false as const, problems: [problem] }
}

function problemsOf(result: { readonly ok: boolean; readonly problems?: readonly ConfigProblem[] }) {
  return result.problems ?? []
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text
}
