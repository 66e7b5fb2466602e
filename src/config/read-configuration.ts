import { readFile } from 'node:fs/promises'
import type { Config, Secrets } from './config.ts'
import { type ConfigProblem, formatProblems } from './config-problem.ts'
import { deepFreeze } from './deep-freeze.ts'
import { type ParsedConfig, parseConfig } from './parse-config.ts'
import { checkSecrets, type Environment, gatherSecrets, type SecretsResult } from './read-secrets.ts'
import { listOf } from './suggest.ts'

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
  // An App's id is no secret; to hide it would hide port numbers too.
  const known = new Map<string, string>([...gathered.values].filter(([name]) => name !== 'GITHUB_APP_ID'))
  const parsed = await readConfigFile(file, known)
  const secrets = checkSecrets(gathered, env)
  const port = portFrom(env)
  const mirror = mirrorKeyOf(parsed, secrets)
  const cloudflare = cloudflareTokenOf(parsed, secrets)

  if (parsed.ok && secrets.ok && port.ok && mirror.ok && cloudflare.ok) {
    const { config } = parsed
    const withPort =
      port.value === null ? config : deepFreeze({ ...config, server: { ...config.server, port: port.value } })
    return { ok: true, config: withPort, secrets: secrets.secrets }
  }
  const problems = [parsed, secrets, port, mirror, cloudflare].flatMap(problemsOf)
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

/** The key is needed only where a mirror is configured, so neither half can tell by itself. */
function mirrorKeyOf(parsed: ParsedConfig, secrets: SecretsResult) {
  const isMissing = parsed.ok && parsed.config.audit.mirror !== null && secrets.ok
  if (!isMissing || secrets.secrets.supabaseAuditKey !== null) return { ok: true as const }
  const problem = missing(
    'SUPABASE_AUDIT_KEY',
    'audit.mirror needs it',
    'Make a key that may only insert, as docs/configure.md says, or take audit.mirror out of the file.',
  )
  return { ok: false as const, problems: [problem] }
}

/** The token is needed only where traffic is split by Cloudflare. */
function cloudflareTokenOf(parsed: ParsedConfig, secrets: SecretsResult) {
  if (!parsed.ok || !secrets.ok || secrets.secrets.cloudflareApiToken !== null) return { ok: true as const }
  const places = parsed.config.repositories.flatMap(({ repo, environments }) =>
    environments.flatMap(({ name, traffic }) => (traffic === null ? [] : [`${name} of ${repo}`])),
  )
  if (places.length === 0) return { ok: true as const }
  const problem = missing(
    'CLOUDFLARE_API_TOKEN',
    `the traffic of ${listOf(places)} needs it`,
    'Make an API token with the permissions that docs/configure.md lists, or take "traffic" out of the file.',
  )
  return { ok: false as const, problems: [problem] }
}

function missing(key: string, whatFor: string, mend: string): ConfigProblem {
  const what = `${key} is not set, and ${whatFor}.`
  return { file: 'environment', line: null, column: null, key, excerpt: null, what, mend }
}

function problemsOf(result: { readonly ok: boolean; readonly problems?: readonly ConfigProblem[] }) {
  return result.problems ?? []
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text
}
