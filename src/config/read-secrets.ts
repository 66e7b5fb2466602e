import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { distance } from 'fastest-levenshtein'
import { cloudflareTokenFault } from './cloudflare-token-fault.ts'
import type { Secrets } from './config.ts'
import type { ConfigProblem } from './config-problem.ts'
import { prometheusCredentials, prometheusFault } from './prometheus-credentials.ts'
import { Secret } from './secret.ts'
import { secretLook } from './secret-shapes.ts'
import { supabaseKeyFault, supabaseTokenFault } from './supabase-key-fault.ts'
import { vercelTokenFault } from './vercel-token-fault.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The variables that hold secrets; each may also come from the file that NAME_FILE names. */
const names = [
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_APP_TOKEN',
  'GITHUB_WEBHOOK_SECRET',
  'GITHUB_WEBHOOK_SECRET_PREVIOUS',
  'GITHUB_TOKEN',
  'GITHUB_APP_ID',
  'GITHUB_APP_PRIVATE_KEY',
  'SUPABASE_AUDIT_KEY',
  'SUPABASE_PUBLISHABLE_KEY',
  'SUPABASE_ACCESS_TOKEN',
  'VERCEL_TOKEN',
  'PROMETHEUS_TOKEN',
  'PROMETHEUS_USER',
  'PROMETHEUS_PASSWORD',
  'CLOUDFLARE_API_TOKEN',
] as const

type Name = (typeof names)[number]

/** What the environment holds, before anybody asked whether it makes sense. */
export interface GatheredSecrets {
  readonly values: ReadonlyMap<Name, string>
  /** Set in some way, readable or not. */
  readonly present: ReadonlySet<Name>
  readonly problems: readonly ConfigProblem[]
}

export type SecretsResult =
  | { readonly ok: true; readonly secrets: Secrets }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/**
 * Reads the secrets from the environment and from the files that it names. A variable that is set to nothing counts
 * as not set. No problem ever holds a value, nor a path: somebody may have put the secret itself into NAME_FILE.
 */
export async function readSecrets(env: Environment): Promise<SecretsResult> {
  return checkSecrets(await gatherSecrets(env), env)
}

export async function gatherSecrets(env: Environment): Promise<GatheredSecrets> {
  const values = new Map<Name, string>()
  const present = new Set<Name>()
  const problems: ConfigProblem[] = []
  await Promise.all(
    names.map(async (name) => {
      const direct = env[name] ?? ''
      const path = env[`${name}_FILE`] ?? ''
      if (direct !== '' || path !== '') present.add(name)
      if (direct !== '') values.set(name, direct)
      if (direct !== '' && path !== '') {
        problems.push(problem(name, `${name} and ${name}_FILE are both set.`, 'Keep one of them.'))
      } else if (path !== '') {
        const read = await readSecretFile(name, path)
        if (read.ok) values.set(name, read.value)
        else problems.push(read.problem)
      }
    }),
  )
  return { values, present, problems }
}

async function readSecretFile(name: Name, path: string) {
  const variable = `${name}_FILE`
  const fail = (what: string, mend: string) => ({ ok: false as const, problem: problem(variable, what, mend) })
  if (secretLook(path) !== null) {
    return fail(`${variable} holds a secret, and the path of a file is wanted.`, `Put the secret into ${name}.`)
  }
  try {
    const value = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '').replace(/[\r\n]+$/, '')
    if (value.trim() !== '') return { ok: true as const, value }
    return fail(`The file that ${variable} names is empty.`, 'Write the secret into it, or unset the variable.')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    return fail(
      `The file that ${variable} names cannot be read: ${readErrors[code] ?? code}.`,
      'Check the path and that the user Sluice runs as may read it.',
    )
  }
}

const readErrors: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file (ENOENT)',
  EACCES: 'reading it is not permitted (EACCES)',
  EISDIR: 'it is a folder (EISDIR)',
  ENOTDIR: 'a part of its path is not a folder (ENOTDIR)',
}

/** Whether what was gathered is complete and looks right; the services have the last word. */
export function checkSecrets(
  { values, present, problems: gathered }: GatheredSecrets,
  env: Environment,
): SecretsResult {
  const problems = [...gathered]
  const complain = (name: string, what: string, mend: string) => problems.push(problem(name, what, mend))

  for (const [name, value] of values) {
    const fault = faultOf(name, value)
    if (fault !== null) complain(name, fault.what, fault.mend)
  }
  const isSocketMode = present.has('SLACK_APP_TOKEN')
  for (const name of ['SLACK_BOT_TOKEN', 'SLACK_SIGNING_SECRET', 'GITHUB_WEBHOOK_SECRET'] as const) {
    if (present.has(name) || (name === 'SLACK_SIGNING_SECRET' && isSocketMode)) continue
    complain(name, `${name} is not set.`, `${slipOf(name, env)}${sources[name]}`)
  }
  if (present.has('GITHUB_WEBHOOK_SECRET_PREVIOUS') && !present.has('GITHUB_WEBHOOK_SECRET')) {
    complain(
      'GITHUB_WEBHOOK_SECRET_PREVIOUS',
      'The previous webhook secret is set without the present one.',
      'While you rotate the secret set both; otherwise set only GITHUB_WEBHOOK_SECRET.',
    )
  }
  const hasId = present.has('GITHUB_APP_ID')
  const hasKey = present.has('GITHUB_APP_PRIVATE_KEY')
  if (present.has('GITHUB_TOKEN') && (hasId || hasKey)) {
    complain(
      'GITHUB_TOKEN',
      'Both a token and a GitHub App are set up, and Sluice cannot tell which one to be.',
      'Unset GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY.',
    )
  } else if (hasId !== hasKey) {
    const missing = hasId ? 'GITHUB_APP_PRIVATE_KEY' : 'GITHUB_APP_ID'
    complain(missing, `${missing} is not set, and a GitHub App needs it.`, `${slipOf(missing, env)}${sources[missing]}`)
  }
  const fault = prometheusFault((name) => present.has(name))
  if (fault !== null) complain(fault.name, fault.what, `${slipOf(fault.name, env)}${fault.mend}`)
  if (problems.length > 0) return { ok: false, problems: problems.sort(byName) }
  return { ok: true, secrets: toSecrets(values) }
}

/** In the order of the table in docs/configure.md. */
function byName(a: ConfigProblem, b: ConfigProblem): number {
  const rank = ({ key }: ConfigProblem) => names.findIndex((name) => name === key || `${name}_FILE` === key)
  return rank(a) - rank(b)
}

const sources = {
  SLACK_BOT_TOKEN: 'Set it to the Bot User OAuth Token (xoxb-…) from your Slack app, OAuth & Permissions.',
  SLACK_SIGNING_SECRET:
    'Set it to the Signing Secret from your Slack app, Basic Information; or set SLACK_APP_TOKEN to use Socket Mode, which needs none.',
  GITHUB_WEBHOOK_SECRET: 'Make one (openssl rand -hex 32), and give the same to GitHub in the settings of the webhook.',
  GITHUB_APP_ID: "Set it to the App ID from the GitHub App's settings, General.",
  GITHUB_APP_PRIVATE_KEY:
    "Set it to a private key from the GitHub App's settings, or GITHUB_APP_PRIVATE_KEY_FILE to its file.",
} as const

/** A variable with nearly this name was most likely meant to be it. */
function slipOf(name: Name, env: Environment): string {
  const known: readonly string[] = names.flatMap((each) => [each, `${each}_FILE`])
  const slip = Object.keys(env).find(
    (key) => !known.includes(key) && (distance(key, name) <= 2 || distance(key, `${name}_FILE`) <= 2),
  )
  return slip === undefined ? '' : `${slip} is set: is it a slip for this one? `
}

function faultOf(name: Name, value: string): { readonly what: string; readonly mend: string } | null {
  if (/^(['"])[\s\S]*\1$/.test(value)) {
    return {
      what: `The value of ${name} has quotes around it.`,
      mend: 'Take them away: whatever read the value (a Docker env file, for one) took them for a part of it.',
    }
  }
  const look = secretLook(value)
  const belongs = look?.variable ?? null
  if (
    belongs !== null &&
    belongs !== name &&
    !(belongs === 'GITHUB_APP_PRIVATE_KEY' && name.startsWith('GITHUB_WEBHOOK'))
  ) {
    return { what: `The value of ${name} looks like ${look?.is}.`, mend: `That one belongs in ${belongs}.` }
  }
  switch (name) {
    case 'SLACK_BOT_TOKEN':
      return tokenFault(name, value, 'xoxb-', sources.SLACK_BOT_TOKEN)
    case 'SLACK_APP_TOKEN':
      return tokenFault(
        name,
        value,
        'xapp-',
        'Set it to an App-Level Token with the scope connections:write from your Slack app, Basic Information; or unset it to receive events by HTTP.',
      )
    case 'GITHUB_APP_ID':
      return /^[1-9]\d{0,14}$/.test(value.trim())
        ? null
        : { what: 'GITHUB_APP_ID is not a number.', mend: `${sources.GITHUB_APP_ID} It is not the Client ID.` }
    case 'GITHUB_APP_PRIVATE_KEY':
      return isPrivateKey(pemOf(value))
        ? null
        : {
            what: 'GITHUB_APP_PRIVATE_KEY is not a private key in PEM format.',
            mend: 'Give the whole file that GitHub let you download, from -----BEGIN to the end; GITHUB_APP_PRIVATE_KEY_FILE is the simplest way.',
          }
    case 'SUPABASE_AUDIT_KEY':
    case 'SUPABASE_PUBLISHABLE_KEY':
      return supabaseKeyFault(name, value)
    case 'SUPABASE_ACCESS_TOKEN':
      return supabaseTokenFault(value)
    case 'VERCEL_TOKEN':
      return vercelTokenFault(value)
    case 'PROMETHEUS_USER':
      return value.includes(':')
        ? {
            what: 'PROMETHEUS_USER has a colon in it.',
            mend: 'Write the user alone; PROMETHEUS_PASSWORD is for the password.',
          }
        : null
    case 'CLOUDFLARE_API_TOKEN':
      return cloudflareTokenFault(value)
    case 'SLACK_SIGNING_SECRET':
    case 'GITHUB_TOKEN':
    case 'PROMETHEUS_TOKEN':
      return /\s/.test(value)
        ? { what: `The value of ${name} has white space in it.`, mend: 'Copy it again, without spaces or line ends.' }
        : null
    case 'GITHUB_WEBHOOK_SECRET':
    case 'GITHUB_WEBHOOK_SECRET_PREVIOUS':
    case 'PROMETHEUS_PASSWORD':
      // Any text will do, spaces too: it is whatever was typed into GitHub's form.
      return null
    default:
      return name satisfies never
  }
}

function tokenFault(name: Name, value: string, prefix: string, source: string) {
  if (!value.startsWith(prefix)) return { what: `The value of ${name} does not begin with ${prefix}.`, mend: source }
  if (/^[\x21-\x7e]{11,}$/.test(value)) return null
  return {
    what: `The value of ${name} is cut short, or has characters in it that no token has.`,
    mend: 'Copy it again.',
  }
}

/** Many secret stores keep a key on one line, with `\n` for its line ends. */
function pemOf(value: string): string {
  return value.includes('\n') ? value : value.replaceAll('\\n', '\n')
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    // Why the key cannot be read is a matter of bytes; that it cannot be is all that its owner needs.
    return false
  }
}

function toSecrets(values: ReadonlyMap<Name, string>): Secrets {
  const secret = (name: Name): Secret | null => {
    const value = values.get(name)
    return value === undefined ? null : new Secret(value)
  }
  const token = secret('GITHUB_TOKEN')
  const privateKey = values.get('GITHUB_APP_PRIVATE_KEY')
  const webhook = [values.get('GITHUB_WEBHOOK_SECRET'), values.get('GITHUB_WEBHOOK_SECRET_PREVIOUS')]
  return Object.freeze<Secrets>({
    slackBotToken: new Secret(values.get('SLACK_BOT_TOKEN') ?? ''),
    slackSigningSecret: secret('SLACK_SIGNING_SECRET'),
    slackAppToken: secret('SLACK_APP_TOKEN'),
    githubWebhookSecrets: Object.freeze(
      [...new Set(webhook.filter((value) => value !== undefined))].map((value) => new Secret(value)),
    ),
    github:
      token !== null
        ? Object.freeze({ type: 'token' as const, token })
        : privateKey === undefined
          ? null
          : Object.freeze({
              type: 'app' as const,
              appId: Number(values.get('GITHUB_APP_ID')),
              privateKey: new Secret(pemOf(privateKey)),
            }),
    supabaseAuditKey: secret('SUPABASE_AUDIT_KEY'),
    supabasePublishableKey: secret('SUPABASE_PUBLISHABLE_KEY'),
    supabaseAccessToken: secret('SUPABASE_ACCESS_TOKEN'),
    vercelToken: secret('VERCEL_TOKEN'),
    prometheus: prometheusCredentials((name) => values.get(name)),
    cloudflareApiToken: secret('CLOUDFLARE_API_TOKEN'),
  })
}

function problem(key: string, what: string, mend: string): ConfigProblem {
  return { file: 'environment', line: null, column: null, key, excerpt: null, what, mend }
}
