import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatProblems } from '../../src/config/config-problem.ts'
import { parseConfig } from '../../src/config/parse-config.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'

const example = readFileSync(new URL('../../sluice.example.yml', import.meta.url), 'utf8')
const files = [
  "repositories: [{ repo: acme/omnihub, channel: '#deploys' }]\n",
  "repositories:\n  - repo: acme\n    chanel: deploys\n    stages:\n      - name: Lint\n        match: [*lint*, !x]\npeople: { a: b, 'c': d }\n",
  "repositories:\n  - repo: 'acme/omnihub\n    channel: [a, {b\nserver:\n\tport: x\n",
  example,
]
const file = fc.constantFrom(...files)
const letters = (alphabet: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength })
const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const random = letters(alphanumeric, 24, 40)
/** What the services hand out; hexadecimal is what a signing secret looks like. */
const token = fc.oneof(
  random.map((text) => `xoxb-1234567890-${text}`),
  random.map((text) => `xapp-1-A0123456789-${text}`),
  random.map((text) => `ghp_${text}`),
  random.map((text) => `github_pat_${text}`),
  letters('0123456789abcdef', 32, 64),
)
/** Text that means something to YAML. */
const noise = fc.string({ unit: fc.constantFrom(...'\n\n  :-[]{}\'"#&*!|>,?%@a'), maxLength: 6 })

function print(text: string, known: ReadonlyMap<string, string> = new Map()): string {
  const parsed = parseConfig(text, 'sluice.yml', known)
  return parsed.ok ? '' : formatProblems(parsed.problems)
}

/** Puts each piece in at its place, given as a share of the text. */
function sprinkle(text: string, pieces: readonly (readonly [number, string])[]): string {
  return [...pieces]
    .sort((a, b) => b[0] - a[0])
    .reduce((result, [share, piece]) => {
      const at = Math.floor(share * text.length)
      return result.slice(0, at) + piece + result.slice(at)
    }, text)
}

const share = fc.double({ min: 0, max: 1, noNaN: true })
const runs = { numRuns: 300 }

describe('any text', () => {
  it('is answered with a configuration or with problems, never with an exception', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...'\n\n  :-[]{}\'"#&*!|>,?%@a<~1'), maxLength: 80 }),
      fc
        .tuple(file, fc.array(fc.tuple(share, noise), { maxLength: 6 }))
        .map(([base, pieces]) => sprinkle(base, pieces)),
    )
    fc.assert(
      fc.property(text, (input) => {
        const parsed = parseConfig(input, 'sluice.yml')
        if (parsed.ok) return
        expect(parsed.problems.length).toBeGreaterThan(0)
        for (const { excerpt, what, mend } of parsed.problems) {
          expect(excerpt === null || (excerpt.caret <= excerpt.text.length && excerpt.caretLength > 0)).toBe(true)
          expect(`${what}${mend}`).not.toMatch(/undefined|\[object/)
        }
      }),
      runs,
    )
  })
})

describe('a secret in the file', () => {
  it('is never shown, wherever in whichever text its token stands', () => {
    fc.assert(
      fc.property(
        file,
        token,
        share,
        fc.array(fc.tuple(share, noise), { maxLength: 3 }),
        (base, secret, at, pieces) => {
          expect(print(sprinkle(sprinkle(base, pieces), [[at, secret]]))).not.toContain(secret)
        },
      ),
      runs,
    )
  })

  it('is never shown when only its key says that it is one, also in a file that cannot be read', () => {
    const key = fc.constantFrom('password', 'bot_token', 'webhookSecret', '"api-key"', 'private_key', 'DB_PASSWORD')
    const form = fc.constantFrom<(secret: string, indent: string) => string>(
      (secret) => secret,
      (secret) => `'${secret}'`,
      (secret) => `"${secret}" # note`,
      (secret, indent) => `|\n${indent}  ${secret}\n${indent}  ${secret}`,
      (secret, indent) => `>-\n${indent}  ${secret}`,
      (secret, indent) => `\n${indent}  ${secret}`,
      (secret, indent) => `\n${indent}  - a\n${indent}  - { b: ${secret} }`,
      (secret) => `[a, ${secret}`,
      (secret) => `"a\n${secret}`,
    )
    const block = fc
      .tuple(key, form, letters(alphanumeric, 12, 20), fc.constantFrom('', '  ', '    '))
      .map(([name, write, secret, indent]) => ({ secret, text: `\n${indent}${name}: ${write(secret, indent)}\n` }))
    fc.assert(
      fc.property(
        file,
        block,
        share,
        fc.array(fc.tuple(share, noise), { maxLength: 3 }),
        (base, { secret, text }, at, pieces) => {
          expect(print(sprinkle(sprinkle(base, pieces), [[at, text]]))).not.toContain(secret)
        },
      ),
      runs,
    )
  })

  it.each<(secret: string) => string>([
    (secret) => `    environments: [{ name: production, requesters: { teams: '@acme/${secret}' } }]`,
    (secret) => `    environments: [{ name: production, workflow: x/${secret}.yml }]`,
    (secret) => `    environments: [{ name: x${secret}, require_staging: ${secret}y }]`,
    (secret) => `    environments: [{ name: production, freeze: 'on ${secret}' }]`,
    (secret) =>
      `    stages: [{ name: x${secret}, match: a }]\n    environments: [{ name: a, require_staging: { smoke_stages: no } }]`,
    (secret) => `    channel: 'x-${secret}'`,
    (secret) => `  - repo: https://github.com/acme/x${secret}`,
  ])('is not shown in what is proposed instead either, as a part of a value: %s', (write) => {
    const secret = 'tr0ub4dor-and-3-horses'
    const text = `repositories:\n  - repo: acme/omnihub\n${write(secret)}\n`
    const parsed = parseConfig(text, 'sluice.yml', new Map([['SLACK_SIGNING_SECRET', secret]]))
    expect(parsed.ok).toBe(false)
    expect(parsed.ok ? '' : formatProblems(parsed.problems)).not.toContain(secret)
  })

  it('is never shown when it is the value of a variable, whatever it looks like', () => {
    fc.assert(
      fc.property(file, letters('abcdefghijklmnop', 8, 12), share, (base, secret, at) => {
        const known = new Map([['GITHUB_WEBHOOK_SECRET', secret]])
        expect(print(sprinkle(base, [[at, `\nslack: ${secret}\n`]]), known)).not.toContain(secret)
      }),
      { numRuns: 300 },
    )
  })

  it('is said to be there, where it belongs, and that it is known now', () => {
    const secret = ['xoxb', '1234567890', 'abcdefabcdef'].join('-')
    expect(
      print(`${files[0]}slack: { bot_token: ${secret} }\n`),
    ).toBe(`Sluice cannot start: its configuration has one problem.

sluice.yml:2:21  slack.bot_token
   2 | slack: { bot_token: [secret] }
     |                     ^^^^^^^^
  This value is a Slack bot token, and secrets do not belong in this file.
  Take it out of the file and set SLACK_BOT_TOKEN (or SLACK_BOT_TOKEN_FILE) in the environment.
  If the file was committed or shared, replace the secret by a new one: the old one is known.`)
  })

  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' })

  it.each([
    [
      'a token under a key that is possible',
      "fallback_channel: 'TOKEN'",
      `xoxb-${'1'.repeat(12)}-abcdef`,
      'SLACK_BOT_TOKEN',
    ],
    ['a token as a key', 'TOKEN: 1', `ghp_${'a1'.repeat(18)}`, 'GITHUB_TOKEN'],
    ['a token in a comment', 'api_url: https://slack.com/api/ # TOKEN', `xapp-1-${'A1'.repeat(10)}`, 'SLACK_APP_TOKEN'],
    ['a signing secret by its key', 'signing_secret: TOKEN', 'not-in-hexadecimal', 'SLACK_SIGNING_SECRET'],
    ['a webhook secret by its key', 'webhook_secret: TOKEN', 'correct horse', 'GITHUB_WEBHOOK_SECRET'],
    ['an escaped token', 'fallback_channel: "TOKEN"', 'xo\\x78b-1234567890-abcdef', 'SLACK_BOT_TOKEN'],
    ['a token over two lines', 'fallback_channel: "TOKEN"', 'xoxb-1234567890\\\n    -abcdefghi', 'SLACK_BOT_TOKEN'],
    [
      'a private key',
      `private_key: |\n${String(pem).replaceAll(/^/gm, '    ')}`,
      String(pem),
      'GITHUB_APP_PRIVATE_KEY',
    ],
  ])('%s is refused', (_, line, secret, variable) => {
    const text = print(`${files[0]}slack:\n  ${line.replace('TOKEN', secret)}\n`)
    expect(text).toContain(variable)
    expect(text).toContain('[secret]')
    for (const part of secret.split('\n').filter((each) => each.length > 6)) expect(text).not.toContain(part.trim())
  })

  it('is refused when it is the value of a variable, under any key', () => {
    const text = print(
      `${files[0]}slack: { fallback_channel: hunter2hunter2 }\n`,
      new Map([['GITHUB_WEBHOOK_SECRET', 'hunter2hunter2']]),
    )
    expect(text).toContain('This value is the same as GITHUB_WEBHOOK_SECRET')
    expect(text).not.toContain('hunter2')
  })

  it.each([
    'people: { secret-santa: U0123456789, token-bot: U0123456780 }',
    '# built from 3f786850e387550fdab836ed7e6dc881de23001b\n',
    "slack: { fallback_channel: '#secret-token-talk' }",
  ])('is not suspected in %s', (line) => {
    expect(print(`${files[0]}${line}\n`)).toBe('')
  })
})

describe('a secret in the environment', () => {
  it('is never shown, whatever is wrong with it', async () => {
    const names = [
      'SLACK_BOT_TOKEN',
      'SLACK_SIGNING_SECRET',
      'SLACK_APP_TOKEN',
      'GITHUB_WEBHOOK_SECRET',
      'GITHUB_TOKEN',
      'GITHUB_APP_ID',
      'GITHUB_APP_PRIVATE_KEY',
    ]
    const name = fc.constantFrom(...names, ...names.map((each) => `${each}_FILE`))
    const value = fc
      .tuple(fc.constantFrom('', 'xoxb-', 'xapp-', 'ghp_', '"', ' ', '/'), random)
      .map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { minKeys: 1 }), async (env) => {
        const result = await readConfiguration({ path: '/nowhere/sluice.yml', env })
        if (result.ok) throw new Error('there is no such file')
        for (const secret of Object.values(env)) expect(result.message).not.toContain(secret.slice(-24))
      }),
      { numRuns: 300 },
    )
  })
})
