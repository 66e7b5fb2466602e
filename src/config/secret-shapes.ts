/**
 * What a secret looks like, by its own shape or by the name of the key it stands under. Nothing here asks for a word
 * boundary before a token: a token that was pasted into the middle of something else is a token still.
 */

interface Shape {
  readonly pattern: RegExp
  /** What people call it. */
  readonly is: string
  /** The environment variable that it belongs in; null when Sluice has no use for it. */
  readonly variable: string | null
}

const shapes: readonly Shape[] = [
  { pattern: /xoxb-[\w.%-]{6,}/gi, is: 'a Slack bot token', variable: 'SLACK_BOT_TOKEN' },
  { pattern: /xapp-[\w.%-]{6,}/gi, is: 'a Slack app-level token', variable: 'SLACK_APP_TOKEN' },
  { pattern: /xox[a-z](?:\.xox[a-z])?-[\w.%-]{6,}/gi, is: 'a Slack token', variable: null },
  { pattern: /(?:gh[a-z]_[\w.-]{16,}|github_pat_\w{16,})/gi, is: 'a GitHub token', variable: 'GITHUB_TOKEN' },
  {
    pattern: /-----BEGIN [A-Z0-9 ]*PRIVATE KEY[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY[ A-Z]*-----|$(?![\s\S]))/g,
    is: 'a private key',
    variable: 'GITHUB_APP_PRIVATE_KEY',
  },
  {
    pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/[^\s"'<>]+/gi,
    is: 'the address of a Slack webhook, which anybody who has it can post to',
    variable: null,
  },
  { pattern: /cf[ua]t_[\w-]{16,}/gi, is: 'a Cloudflare API token', variable: 'CLOUDFLARE_API_TOKEN' },
  { pattern: /cfk_[\w-]{16,}/gi, is: 'a Global API Key of Cloudflare, which may do everything', variable: null },
  { pattern: /(?:AKIA|ASIA)[0-9A-Z]{16}/g, is: 'a cloud access key', variable: null },
  {
    pattern:
      /(?<![A-Za-z0-9])(?:glpat|npm|sbp|hvs|dop_v1|pypi|sk|rk|whsec)[_-](?=[\w.-]{0,200}\d)(?=[\w.-]{0,200}[A-Z])[\w.-]{20,}/g,
    is: 'an access token',
    variable: null,
  },
  { pattern: /sbp_(?:[a-z\d]+_)?[0-9a-f]{40}/gi, is: 'a Supabase access token', variable: 'SUPABASE_ACCESS_TOKEN' },
  { pattern: /sb_secret_[\w-]{16,}/gi, is: 'a Supabase secret key', variable: null },
  { pattern: /eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, is: 'a signed token', variable: null },
  {
    pattern: /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/?#"'<>@]{1,256}@/gi,
    is: 'an address with a password in it',
    variable: null,
  },
]

/** Signing secrets look like this, and so do commit shas and the ids in many addresses: hidden wherever it stands. */
const hexadecimal = /[0-9a-f]{32,}/gi

const secretKey = /token|secret|passw(?:or)?d|passphrase|private_?key|api_?key|access_?key|credential/i
const secretKeyInText = new RegExp(
  `(?:${secretKey.source.replaceAll('_?', '[_-]?')})[\\w.-]{0,80}["']?\\s{0,200}[:=]`,
  'gi',
)

export interface SecretLook {
  readonly is: string
  readonly variable: string | null
}

/** @returns what kind of secret a text holds, or null when it looks like none */
export function secretLook(text: string): SecretLook | null {
  const shape = shapes.find(({ pattern }) => text.search(pattern) >= 0)
  if (shape !== undefined) return { is: shape.is, variable: shape.variable }
  return /^\s*[0-9a-f]{32,}\s*$/i.test(text) ? { is: 'a signing secret or another key', variable: null } : null
}

/** Whether a key is named like one that holds a secret: `bot_token`, `webhookSecret`, `api-key`. */
export function isSecretKey(key: string): boolean {
  return secretKey.test(key.replaceAll('-', '_'))
}

/** Where in a text, whatever it is, something is named like a secret and gets a value: from the name to after `:`. */
export function secretKeySpans(text: string): readonly Span[] {
  return spansOf(text, secretKeyInText)
}

/** `[start, end)` in a text. */
export type Span = readonly [number, number]

/** Everything in a text that must not be shown, because it is a token or could well be one. */
export function secretSpans(text: string): readonly Span[] {
  return [...shapes.map(({ pattern }) => pattern), hexadecimal].flatMap((pattern) => spansOf(text, pattern))
}

/** What in a text is a token beyond doubt, wherever it stands. */
export function certainSecretSpans(text: string): readonly Span[] {
  return shapes.flatMap(({ pattern }) => spansOf(text, pattern))
}

function spansOf(text: string, pattern: RegExp): readonly Span[] {
  return [...text.matchAll(pattern)].map((match): Span => [match.index, match.index + match[0].length])
}

/**
 * Which variable the value of a key in sluice.yml was meant for.
 *
 * @param path - the keys that lead to it, `['slack', 'bot_token']`
 * @returns null when Sluice has no such secret
 */
export function variableForKey(path: readonly string[]): string | null {
  const key = (path.at(-1) ?? '').toLowerCase().replaceAll('-', '_')
  const whole = path.join('_').toLowerCase().replaceAll('-', '_')
  if (/vercel/.test(whole)) return 'VERCEL_TOKEN'
  if (/supabase|functions/.test(whole) && /token/.test(key)) return 'SUPABASE_ACCESS_TOKEN'
  if (/supabase|mirror/.test(whole)) return 'SUPABASE_AUDIT_KEY'
  if (/prometheus|metrics/.test(whole)) return /passw/.test(key) ? 'PROMETHEUS_PASSWORD' : 'PROMETHEUS_TOKEN'
  if (/cloudflare/.test(whole)) return 'CLOUDFLARE_API_TOKEN'
  if (/signing/.test(key)) return 'SLACK_SIGNING_SECRET'
  if (/webhook/.test(key)) return 'GITHUB_WEBHOOK_SECRET'
  if (/private_?key/.test(key)) return 'GITHUB_APP_PRIVATE_KEY'
  if (/bot_?token/.test(key)) return 'SLACK_BOT_TOKEN'
  if (/app_?token/.test(key)) return 'SLACK_APP_TOKEN'
  if (/token/.test(key) && /slack/.test(whole)) return 'SLACK_BOT_TOKEN'
  if (/token/.test(key) && /github|gh_/.test(whole)) return 'GITHUB_TOKEN'
  return null
}
