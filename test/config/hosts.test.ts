import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { formatProblems } from '../../src/config/config-problem.ts'
import { parseConfig } from '../../src/config/parse-config.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-hosts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ref = 'abcdefghijklmnopqrst'
const file = (production: string, more = '') =>
  `repositories:\n  - repo: acme/omnihub\n    channel: '#deploys'\n    environments:\n      - name: production\n${production.replaceAll(/^/gm, '        ')}\n${more}`
const hosts = `functions: { supabase: { project: ${ref} } }\nfrontend: { vercel: { project: omnihub-web } }`

function parse(text: string) {
  const parsed = parseConfig(text, 'sluice.yml')
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems))
  return parsed.config
}

function problemsOf(text: string): string {
  const parsed = parseConfig(text, 'sluice.yml')
  return parsed.ok ? '' : formatProblems(parsed.problems)
}

describe('hosts of an environment', () => {
  it('are none by default', () => {
    const [environment] = parse(file('aliases: [prod]')).repositories[0]?.environments ?? []
    expect(environment).toMatchObject({ functions: null, frontend: null })
  })

  it('are read with their defaults', () => {
    const config = parse(file(hosts))
    expect(config.repositories[0]?.environments[0]).toMatchObject({
      functions: { host: 'supabase', project: ref },
      frontend: { host: 'vercel', project: 'omnihub-web', team: null, domain: null },
    })
    expect([config.supabase.apiUrl, config.vercel.apiUrl]).toEqual([
      'https://api.supabase.com/v1',
      'https://api.vercel.com',
    ])
  })

  it('may have a team, a domain and another address', () => {
    const written = 'frontend: { vercel: { project: prj_1, team: team_1, domain: omnihub.acme.example } }'
    const config = parse(file(written, 'vercel: { api_url: http://127.0.0.1:8080/ }\n'))
    expect(config.repositories[0]?.environments[0]?.frontend).toEqual({
      host: 'vercel',
      project: 'prj_1',
      team: 'team_1',
      domain: 'omnihub.acme.example',
    })
    expect(config.vercel.apiUrl).toBe('http://127.0.0.1:8080')
  })

  it('are no part of what is approved', () => {
    const version = (text: string) => parse(text).repositories[0]?.environments[0]?.gate.version
    expect(version(file(hosts))).toBe(version(file('aliases: []')))
  })

  it.each([
    ['functions: { supabase: { project: OmniHub } }', 'not the ref of a Supabase project', 'Copy the Project ID'],
    [`functions: { supabase: { project: 'https://${ref}.supabase.co' } }`, 'not the ref', `Write "${ref}".`],
    [
      `functions: { supabase: { project: 'https://supabase.com/dashboard/project/${ref}' } }`,
      'not the ref',
      `"${ref}"`,
    ],
    ['functions: { supabase: {} }', '"project" is missing', 'project: abcdefghijklmnopqrst'],
    ['functions: { supabse: { project: abcdefghijklmnopqrst } }', 'Unknown key "supabse"', 'Did you mean "supabase"?'],
    ['frontend: { vercel: { projct: a } }', 'Unknown key "projct"', 'Did you mean "project"?'],
    ['frontend: { vercel: { project: acme/omnihub-web } }', 'not the name or id', 'Write "omnihub-web", and the team'],
    ["frontend: { vercel: { project: a, team: '@acme' } }", 'not the slug or id of a Vercel team', 'Write "acme".'],
    ["frontend: { vercel: { project: a, domain: 'https://a.example/x' } }", 'not the name of a domain', '"a.example"'],
  ])('%s is explained', (written, what, mend) => {
    const problems = problemsOf(file(written))
    expect(problems).toContain(what)
    expect(problems).toContain(mend)
    expect(problems).toMatch(/sluice\.yml:6:\d+/)
  })

  it('must not be those of another environment of the repository', () => {
    const twice = `${file(hosts)}      - name: staging\n${hosts.replaceAll(/^/gm, '        ')}\n`
    const problems = problemsOf(twice)
    expect(problems).toMatch(/This Supabase project is already in line 6\./)
    expect(problems).toMatch(/This Vercel project is already in line 7\./)
  })

  it('may be reached without encryption on this machine only', () => {
    expect(problemsOf(file(hosts, 'supabase: { api_url: http://api.example }\n'))).toMatch(/unencrypted/)
  })
})

describe('their tokens', () => {
  const enough = {
    SLACK_BOT_TOKEN: ['xoxb', '1234567890', 'abcdefghijkl'].join('-'),
    SLACK_SIGNING_SECRET: '0123456789abcdef'.repeat(2),
    GITHUB_WEBHOOK_SECRET: 'correct horse battery staple',
  }
  // Put together here so that no scanner takes it for a real one.
  const accessToken = ['sbp', '0123456789abcdef0123456789abcdef01234567'].join('_')
  const path = join(folder, 'sluice.yml')
  writeFileSync(path, file(hosts))

  it('are needed where there is something that they are for', async () => {
    const result = await readConfiguration({ path, env: enough })
    const message = result.ok ? '' : result.message
    expect(message).toMatch(/SUPABASE_ACCESS_TOKEN is not set, and functions\.supabase of production needs it\./)
    expect(message).toMatch(/VERCEL_TOKEN is not set, and frontend\.vercel of production needs it\./)
  })

  it('come from the environment or from files', async () => {
    const tokenFile = join(folder, 'vercel-token')
    writeFileSync(tokenFile, 'vercelTokenOfTheTests\n')
    const env = { ...enough, SUPABASE_ACCESS_TOKEN: accessToken, VERCEL_TOKEN_FILE: tokenFile }
    const result = await readConfiguration({ path, env })
    if (!result.ok) throw new Error(result.message)
    expect(result.secrets.supabaseAccessToken?.reveal()).toBe(accessToken)
    expect(result.secrets.vercelToken?.reveal()).toBe('vercelTokenOfTheTests')
  })

  it.each([
    ['SUPABASE_ACCESS_TOKEN', ['sb', 'secret', 'abcdefghijklmnopqrst'].join('_'), /a key of one project/],
    ['SUPABASE_ACCESS_TOKEN', 'abc', /which begins with sbp_/],
    ['VERCEL_TOKEN', 'a b', /characters in it that no token has/],
    ['VERCEL_TOKEN', 'a\u0001b', /characters in it that no token has/],
    ['VERCEL_TOKEN', accessToken, /looks like a Supabase access token/],
  ])('%s is refused when it is another thing', async (name, value, what) => {
    const env = { ...enough, SUPABASE_ACCESS_TOKEN: accessToken, VERCEL_TOKEN: 'vercelToken', [name]: value }
    const result = await readConfiguration({ path, env })
    expect(result.ok ? '' : result.message).toMatch(what)
  })

  it('do not belong in the file', () => {
    const problems = problemsOf(file(hosts, `vercel: { token: ${'abc1'.repeat(6)} }\n`))
    expect(problems).toMatch(/VERCEL_TOKEN/)
    expect(problems).not.toContain('abc1abc1')
    const other = problemsOf(file(hosts, `# ${accessToken}\n`))
    expect(other).toMatch(/SUPABASE_ACCESS_TOKEN/)
    expect(other).not.toContain(accessToken)
  })
})
