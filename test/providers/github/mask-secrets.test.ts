import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskPrivateKeys, maskSecrets } from '../../../src/providers/github/mask-secrets.ts'

const alphanumeric = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'),
    minLength: length,
    maxLength: length,
  })

describe('maskSecrets', () => {
  test.each([
    ['token ghp_0123456789abcdefghijABCDEFGHIJ012345 was used', 'token [secret] was used'],
    ['ghs_0123456789abcdefghijABCDEFGHIJ012345', '[secret]'],
    ['github_pat_11AAAAAAA0aaaaaaaaaaaa_bbbbbbbbbb', '[secret]'],
    ['xoxb-1234567890-abcdefghijkl', '[secret]'],
    ['xapp-1-A0123-456-abcdef', '[secret]'],
    ['AWS key AKIAIOSFODNN7EXAMPLE found', 'AWS key [secret] found'],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123', 'jwt [secret]'],
    ['Authorization: Bearer abc.def.ghi', 'Authorization: [secret]'],
    ['curl -H "Authorization: token abcdef123"', 'curl -H "Authorization: [secret]"'],
    ['sent bearer c2VjcmV0LXRva2Vu', 'sent bearer [secret]'],
    ['password=hunter2 next', 'password=[secret] next'],
    ['DB_PASSWORD: hunter2', 'DB_PASSWORD: [secret]'],
    ['{"clientSecret": "a b c", "id": 1}', '{"clientSecret": [secret], "id": 1}'],
    ['SNYK_TOKEN=abc', 'SNYK_TOKEN=[secret]'],
    ['npx deploy --token abc123 --prod', 'npx deploy --token [secret] --prod'],
    ['postgres://app:s3cr3t@db.internal:5432/app', 'postgres://[secret]@db.internal:5432/app'],
    ['https://x-access-token@github.com/o/r', 'https://[secret]@github.com/o/r'],
    ['https://blob/log?se=2026&sig=abc%2Bdef', 'https://blob/log?se=2026&sig=[secret]'],
    ['https://hooks.slack.com/services/T0/B0/xyz', '[secret]'],
  ])('%j becomes %j', (text, expected) => {
    expect(maskSecrets(text)).toBe(expected)
  })

  test.each([
    'Unexpected token: }',
    'SyntaxError: Unexpected token o in JSON at position 1',
    'npm error 404 Not Found - GET https://packages.example.com/@scope/pkg',
    'expected 12.34 to be 12.35 // Object.is equality',
    'Tests  1 failed | 611 passed (612)',
    'fatal: could not read Username for https://github.com',
    'src/design.ts:12: wrong colour',
  ])('%j stays as it is', (text) => {
    expect(maskSecrets(text)).toBe(text)
  })

  test('masks a private key line by line, also without its beginning or its end', () => {
    const body = ['MIIEpAIBAAKCAQEA0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL', 'AQAB']
    const begin = '-----BEGIN RSA PRIVATE KEY-----'
    const end = '-----END RSA PRIVATE KEY-----'
    const masked = (lines: readonly string[]) => maskPrivateKeys(['before', ...lines, 'after: it'])
    expect(masked([begin, ...body, end])).toEqual([
      'before',
      '[secret]',
      '[secret]',
      '[secret]',
      '[secret]',
      'after: it',
    ])
    expect(masked([begin, ...body])).toEqual(['before', '[secret]', '[secret]', '[secret]', 'after: it'])
    expect(masked([...body, end])).toEqual(['before', '[secret]', '[secret]', '[secret]', 'after: it'])
  })

  test('masks known secrets as they are, in URLs, in JSON and in base64', () => {
    const secret = 'p@ss "word" ü/1'
    const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret), Buffer.from(secret).toString('base64')]
    for (const form of forms) expect(maskSecrets(`it is ${form}!`, [secret])).not.toContain(form)
  })

  test('a planted secret never survives, whatever is around it', () => {
    const planted = fc.oneof(
      alphanumeric(36).map((secret) => ({ secret, text: `ghp_${secret}` })),
      alphanumeric(24).map((secret) => ({ secret, text: `xoxb-${secret}` })),
      alphanumeric(20).map((secret) => ({ secret, text: `password=${secret}` })),
      alphanumeric(20).map((secret) => ({ secret, text: `MY_API_KEY: "${secret}"` })),
      alphanumeric(20).map((secret) => ({ secret, text: `Bearer ${secret}` })),
      alphanumeric(20).map((secret) => ({ secret, text: `https://user:${secret}@host/path` })),
      alphanumeric(20).map((secret) => ({ secret, text: `eyJ${secret}.${secret}.${secret}` })),
    )
    const around = fc.string({ unit: 'grapheme' }).map((text) => `${text} `)
    fc.assert(
      fc.property(around, planted, around, (before, { secret, text }, after) => {
        expect(maskSecrets(`${before}${text} ${after}`)).not.toContain(secret)
      }),
      { numRuns: 500 },
    )
  })

  test('takes no longer for text that is made to be slow', () => {
    const evil = [
      'password'.repeat(1_000),
      'eyJ-'.repeat(2_000),
      'a.'.repeat(4_000),
      'token '.repeat(1_300),
      'a:'.repeat(4_000),
    ]
    const startedAt = performance.now()
    for (const text of evil) maskSecrets(text)
    maskPrivateKeys(Array.from({ length: 200_000 }, () => 'ok'))
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })
})
