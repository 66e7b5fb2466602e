import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { type Environment, readSecrets } from '../../src/config/read-secrets.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

// Put together here so that no scanner takes them for real ones.
const botToken = ['xoxb', '1234567890', 'abcdefghijkl'].join('-')
const appToken = ['xapp', '1', 'A0123456789', 'abcdefghijkl'].join('-')
const signingSecret = '0123456789abcdef'.repeat(2)
const pem = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
)
const enough: Environment = {
  SLACK_BOT_TOKEN: botToken,
  SLACK_SIGNING_SECRET: signingSecret,
  GITHUB_WEBHOOK_SECRET: 'correct horse battery staple',
}
const path = write(
  'sluice.yml',
  "repositories: [{ repo: acme/omnihub, channel: '#deploys' }]\nserver: { port: 4000 }\n",
)

async function secretsOf(env: Environment) {
  const result = await readSecrets(env)
  if (!result.ok) throw new Error(result.problems.map(({ what }) => what).join('\n'))
  return result.secrets
}

/** In short: `NAME: what`. */
async function complaints(env: Environment): Promise<readonly string[]> {
  const result = await readSecrets(env)
  return result.ok ? [] : result.problems.map(({ key, what }) => `${key}: ${what}`)
}

describe('secrets', () => {
  it('come from the environment, and never show themselves', async () => {
    const secrets = await secretsOf({ ...enough, GITHUB_TOKEN: `ghp_${'a1'.repeat(18)}` })
    expect(secrets.slackBotToken.reveal()).toBe(botToken)
    expect(secrets.slackSigningSecret?.reveal()).toBe(signingSecret)
    expect(secrets.slackAppToken).toBeNull()
    expect(secrets.githubWebhookSecrets.map((secret) => secret.reveal())).toEqual(['correct horse battery staple'])
    expect(secrets.github?.type).toBe('token')
    for (const shown of [inspect(secrets, { depth: 9 }), JSON.stringify(secrets), String(secrets.slackBotToken)]) {
      expect(shown).toContain('[secret]')
      expect(shown).not.toMatch(/xoxb|ghp_|horse|0123/)
    }
    expect(Object.isFrozen(secrets) && Object.isFrozen(secrets.github)).toBe(true)
  })

  it('may each be in a file, whose last line end does not count', async () => {
    const secrets = await secretsOf({
      SLACK_BOT_TOKEN_FILE: write('bot', `${botToken}\n`),
      SLACK_SIGNING_SECRET_FILE: write('signing', `${signingSecret}\r\n`),
      GITHUB_WEBHOOK_SECRET_FILE: write('webhook', 'with a space \n'),
      GITHUB_WEBHOOK_SECRET_PREVIOUS_FILE: write('previous', 'older'),
      GITHUB_APP_ID_FILE: write('id', '12345\n'),
      GITHUB_APP_PRIVATE_KEY_FILE: write('key', pem),
    })
    expect(secrets.slackBotToken.reveal()).toBe(botToken)
    expect(secrets.slackSigningSecret?.reveal()).toBe(signingSecret)
    expect(secrets.githubWebhookSecrets.map((secret) => secret.reveal())).toEqual(['with a space ', 'older'])
    const { github } = secrets
    if (github?.type !== 'app') throw new Error('an App was set up')
    expect(github.appId).toBe(12345)
    expect(github.privateKey.reveal()).toBe(pem.trimEnd())
  })

  it('include a private key that was put on one line', async () => {
    const { github } = await secretsOf({
      ...enough,
      GITHUB_APP_ID: '7',
      GITHUB_APP_PRIVATE_KEY: pem.replaceAll('\n', '\\n'),
    })
    expect(github?.type === 'app' && github.privateKey.reveal()).toBe(pem)
  })

  it('need no signing secret with Socket Mode, and no GitHub credentials at all', async () => {
    const { SLACK_SIGNING_SECRET: _, ...rest } = enough
    const secrets = await secretsOf({ ...rest, SLACK_APP_TOKEN: appToken })
    expect(secrets.slackAppToken?.reveal()).toBe(appToken)
    expect(secrets.slackSigningSecret).toBeNull()
    expect(secrets.github).toBeNull()
  })

  it('count as not set when they are set to nothing', async () => {
    expect((await secretsOf({ ...enough, SLACK_APP_TOKEN: '', GITHUB_TOKEN_FILE: '' })).slackAppToken).toBeNull()
  })

  it('are one secret when the previous one is the present one', async () => {
    const same = enough.GITHUB_WEBHOOK_SECRET
    expect((await secretsOf({ ...enough, GITHUB_WEBHOOK_SECRET_PREVIOUS: same })).githubWebhookSecrets).toHaveLength(1)
  })

  it.each<[string, Environment, readonly string[]]>([
    [
      'nothing set',
      {},
      [
        'SLACK_BOT_TOKEN: SLACK_BOT_TOKEN is not set.',
        'SLACK_SIGNING_SECRET: SLACK_SIGNING_SECRET is not set.',
        'GITHUB_WEBHOOK_SECRET: GITHUB_WEBHOOK_SECRET is not set.',
      ],
    ],
    [
      'a secret given twice',
      { ...enough, SLACK_BOT_TOKEN_FILE: path },
      ['SLACK_BOT_TOKEN: SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both set.'],
    ],
    [
      'a file that is not there, a folder, and an empty file',
      {
        SLACK_BOT_TOKEN_FILE: join(folder, 'nothing'),
        SLACK_SIGNING_SECRET_FILE: folder,
        GITHUB_WEBHOOK_SECRET_FILE: write('empty', '\n'),
      },
      [
        'SLACK_BOT_TOKEN_FILE: The file that SLACK_BOT_TOKEN_FILE names cannot be read: there is no such file (ENOENT).',
        'SLACK_SIGNING_SECRET_FILE: The file that SLACK_SIGNING_SECRET_FILE names cannot be read: it is a folder (EISDIR).',
        'GITHUB_WEBHOOK_SECRET_FILE: The file that GITHUB_WEBHOOK_SECRET_FILE names is empty.',
      ],
    ],
    [
      'a secret where its file is wanted',
      { ...enough, SLACK_APP_TOKEN_FILE: appToken },
      ['SLACK_APP_TOKEN_FILE: SLACK_APP_TOKEN_FILE holds a secret, and the path of a file is wanted.'],
    ],
    [
      'tokens that were swapped',
      { ...enough, SLACK_BOT_TOKEN: appToken, SLACK_APP_TOKEN: botToken },
      [
        'SLACK_BOT_TOKEN: The value of SLACK_BOT_TOKEN looks like a Slack app-level token.',
        'SLACK_APP_TOKEN: The value of SLACK_APP_TOKEN looks like a Slack bot token.',
      ],
    ],
    [
      'wrong prefixes',
      { ...enough, SLACK_BOT_TOKEN: 'xoxp-1234567890', SLACK_APP_TOKEN: 'something' },
      [
        'SLACK_BOT_TOKEN: The value of SLACK_BOT_TOKEN does not begin with xoxb-.',
        'SLACK_APP_TOKEN: The value of SLACK_APP_TOKEN does not begin with xapp-.',
      ],
    ],
    [
      'quotes that became a part of the value, and white space',
      { ...enough, SLACK_BOT_TOKEN: `"${botToken}"`, SLACK_SIGNING_SECRET: `${signingSecret} ` },
      [
        'SLACK_BOT_TOKEN: The value of SLACK_BOT_TOKEN has quotes around it.',
        'SLACK_SIGNING_SECRET: The value of SLACK_SIGNING_SECRET has white space in it.',
      ],
    ],
    [
      'a token and an App',
      { ...enough, GITHUB_TOKEN: 'x', GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: pem },
      ['GITHUB_TOKEN: Both a token and a GitHub App are set up, and Sluice cannot tell which one to be.'],
    ],
    [
      'half an App',
      { ...enough, GITHUB_APP_ID: 'Iv1.abc' },
      [
        'GITHUB_APP_ID: GITHUB_APP_ID is not a number.',
        'GITHUB_APP_PRIVATE_KEY: GITHUB_APP_PRIVATE_KEY is not set, and a GitHub App needs it.',
      ],
    ],
    [
      'a key that is none',
      { ...enough, GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: pem.slice(0, 200) },
      ['GITHUB_APP_PRIVATE_KEY: GITHUB_APP_PRIVATE_KEY is not a private key in PEM format.'],
    ],
    [
      'only the previous webhook secret',
      { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, GITHUB_WEBHOOK_SECRET_PREVIOUS: 'x' },
      [
        'GITHUB_WEBHOOK_SECRET: GITHUB_WEBHOOK_SECRET is not set.',
        'GITHUB_WEBHOOK_SECRET_PREVIOUS: The previous webhook secret is set without the present one.',
      ],
    ],
  ])('are refused with %s', async (_, env, expected) => {
    expect(await complaints(env)).toEqual(expected)
  })

  it('that are missing are looked for under nearly the same name', async () => {
    const result = await readSecrets({ ...enough, SLACK_BOT_TOKEN: undefined, SLACK_BOT_TOKN: botToken })
    expect(result.ok ? [] : result.problems.map(({ mend }) => mend)).toEqual([
      'SLACK_BOT_TOKN is set: is it a slip for this one? Set it to the Bot User OAuth Token (xoxb-…) from your Slack app, OAuth & Permissions.',
    ])
  })
})

describe('the configuration as a whole', () => {
  it('is the file that is named, with the secrets beside it', async () => {
    const result = await readConfiguration({ path, env: enough })
    expect(result.ok && result.config.repositories[0]?.repo).toBe('acme/omnihub')
    expect(result.ok && result.config.server.port).toBe(4000)
    expect(result.ok && result.secrets.slackBotToken.reveal()).toBe(botToken)
  })

  it('is the file that SLUICE_CONFIG names, listening on PORT, and still frozen', async () => {
    const result = await readConfiguration({ env: { ...enough, SLUICE_CONFIG: path, PORT: '8080' } })
    if (!result.ok) throw new Error(result.message)
    expect(result.config.server).toEqual({ host: '0.0.0.0', port: 8080, publicUrl: null, maxBodyBytes: 26_214_400 })
    expect(Object.isFrozen(result.config) && Object.isFrozen(result.config.server)).toBe(true)
  })

  it('reports the file and the environment together, the value of no secret among it', async () => {
    const broken = write('broken.yml', 'repositories:\n  - repo: acme/omnihub\n    chanel: abcdefghijklmnop\n')
    const result = await readConfiguration({
      path: broken,
      env: { ...enough, SLACK_BOT_TOKEN: 'wrong', GITHUB_WEBHOOK_SECRET: 'abcdefghijklmnop', PORT: 'http' },
    })
    expect(result.ok ? '' : result.message.replaceAll(broken, 'sluice.yml')).toBe(
      `Sluice cannot start: its configuration has 4 problems.

sluice.yml:3:5  repositories[0].chanel
   3 |     chanel: [secret]
     |     ^^^^^^
  Unknown key "chanel".
  Did you mean "channel"?

sluice.yml:3:13  repositories[0].chanel
   3 |     chanel: [secret]
     |             ^^^^^^^^
  This value is the same as GITHUB_WEBHOOK_SECRET, and secrets do not belong in this file.
  Take it out of the file and set GITHUB_WEBHOOK_SECRET (or GITHUB_WEBHOOK_SECRET_FILE) in the environment.
  If the file was committed or shared, replace the secret by a new one: the old one is known.

environment  SLACK_BOT_TOKEN
  The value of SLACK_BOT_TOKEN does not begin with xoxb-.
  Set it to the Bot User OAuth Token (xoxb-…) from your Slack app, OAuth & Permissions.

environment  PORT
  PORT is not a number from 0 to 65535.
  Set it to the port that Sluice listens on, like 3000, or unset it to use server.port.`,
    )
  })

  it('says what the least file is when there is none', async () => {
    const result = await readConfiguration({ path: join(folder, 'none.yml'), env: enough })
    expect(result.ok ? '' : result.message).toContain(
      'none.yml\n  There is no such file.\n  Copy sluice.example.yml there',
    )
  })

  it.each(['-1', '65536', '3000.5', 'tcp://10.0.0.1:80', '0x50'])('refuses %s as PORT', async (PORT) => {
    const result = await readConfiguration({ path, env: { ...enough, PORT } })
    expect(result.ok ? [] : result.problems.map(({ key }) => key)).toEqual(['PORT'])
  })
})

describe('the keys of the audit mirror', () => {
  const token = (role: string) =>
    [{ alg: 'HS256' }, { role }, {}].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const mirrored = write(
    'mirrored.yml',
    "repositories: [{ repo: acme/omnihub, channel: '#deploys' }]\naudit: { mirror: { url: https://x.supabase.co/ } }\n",
  )

  it('are read like every other secret', async () => {
    const key = token('sluice_audit')
    const env = { ...enough, SUPABASE_AUDIT_KEY: key, SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_abc' }
    const result = await readConfiguration({ path: mirrored, env })
    if (!result.ok) throw new Error(result.message)
    expect(result.config.audit.mirror).toEqual({ url: 'https://x.supabase.co', table: 'sluice_audit' })
    expect(result.secrets.supabaseAuditKey?.reveal()).toBe(key)
    expect(result.secrets.supabasePublishableKey?.reveal()).toBe('sb_publishable_abc')
    expect(inspect(result.secrets, { depth: 9 })).not.toContain(key)
  })

  it('are asked for where a mirror is configured, and only there', async () => {
    const result = await readConfiguration({ path: mirrored, env: enough })
    expect(result.ok ? '' : result.message).toMatch(/SUPABASE_AUDIT_KEY is not set, and audit\.mirror needs it\./)
    expect(await readConfiguration({ path, env: enough })).toMatchObject({ ok: true })
  })

  it.each([
    ['SUPABASE_AUDIT_KEY', token('service_role'), /a key that may do everything in the project/],
    ['SUPABASE_AUDIT_KEY', `sb_${'secret'}_abcdefghijklmnopqrst`, /a key that may do everything in the project/],
    ['SUPABASE_PUBLISHABLE_KEY', token('service_role'), /a key that may do everything in the project/],
    ['SUPABASE_AUDIT_KEY', token('anon'), /the project's publishable key/],
    ['SUPABASE_AUDIT_KEY', 'sb_publishable_abc', /the project's publishable key/],
    ['SUPABASE_AUDIT_KEY', 'a b', /white space/],
  ])('are refused when they are not what they should be: %s=%s', async (name, value, message) => {
    const said = (await complaints({ ...enough, [name]: value })).join()
    expect(said).toMatch(message)
    expect(said).not.toContain(value)
  })

  it.each([token('anon'), 'sb_publishable_abc', 'anything'])('the publishable one may be %s', async (value) => {
    expect(await complaints({ ...enough, SUPABASE_PUBLISHABLE_KEY: value })).toEqual([])
  })
})

describe('the credentials of the metrics source', () => {
  const measured = (name: string, url: string) =>
    write(
      name,
      `repositories: [{ repo: acme/omnihub, channel: '#deploys', environments: [{ name: qa, metrics: { source: '${url}' } }] }]\n`,
    )

  it.each<[string, Environment, object | null]>([
    ['none', {}, null],
    ['a token', { PROMETHEUS_TOKEN: 'hush-hush' }, { type: 'bearer' }],
    [
      'a user and a password, with any characters',
      { PROMETHEUS_USER: '12345', PROMETHEUS_PASSWORD: 'hush hush:' },
      { type: 'basic', user: '12345' },
    ],
  ])('are %s', async (_, given, expected) => {
    const result = await readConfiguration({ path, env: { ...enough, ...given } })
    if (!result.ok) throw new Error(result.message)
    if (expected === null) expect(result.secrets.prometheus).toBeNull()
    else expect(result.secrets.prometheus).toMatchObject(expected)
    expect(inspect(result.secrets, { depth: 9 })).not.toContain('hush')
  })

  it.each<[string, Environment, RegExp]>([
    ['both kinds', { PROMETHEUS_TOKEN: 'a', PROMETHEUS_USER: 'b', PROMETHEUS_PASSWORD: 'c' }, /one of them/],
    ['a user alone', { PROMETHEUS_USER: 'b' }, /PROMETHEUS_PASSWORD is not set/],
    ['a password alone', { PROMETHEUS_PASSWORD: 'c' }, /PROMETHEUS_USER is not set/],
    ['a user with a colon', { PROMETHEUS_USER: 'b:c', PROMETHEUS_PASSWORD: 'c' }, /has a colon/],
    ['a token with a space', { PROMETHEUS_TOKEN: 'Bearer abc' }, /white space/],
  ])('are refused when they are %s', async (_, given, message) => {
    expect((await complaints({ ...enough, ...given })).join()).toMatch(message)
  })

  it('never go over the network unencrypted', async () => {
    const plain = measured('plain.yml', 'http://prometheus:9090')
    const env = { ...enough, PROMETHEUS_TOKEN: 'hush-hush' }
    const result = await readConfiguration({ path: plain, env })
    expect(result.ok ? '' : result.message).toContain('PROMETHEUS_TOKEN would go unencrypted to prometheus:9090.')
    expect(await readConfiguration({ path: plain, env: enough })).toMatchObject({ ok: true })
    const safe = measured('safe.yml', 'https://prometheus.acme.example')
    expect(await readConfiguration({ path: safe, env })).toMatchObject({ ok: true })
    const local = measured('local.yml', 'http://localhost:9090')
    expect(await readConfiguration({ path: local, env })).toMatchObject({ ok: true })
  })
})
