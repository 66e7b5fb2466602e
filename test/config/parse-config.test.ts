import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { formatProblems } from '../../src/config/config-problem.ts'
import { examples, knownKeys } from '../../src/config/config-schema.ts'
import { parseConfig } from '../../src/config/parse-config.ts'
import { defaultStages } from '../../src/pipeline/default-stages.ts'

const minimal = "repositories: [{ repo: acme/omnihub, channel: '#deploys' }]\n"

function configOf(text: string): Config {
  const parsed = parseConfig(text, 'sluice.yml')
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems))
  return parsed.config
}

function printed(text: string): string {
  const parsed = parseConfig(text, 'sluice.yml')
  return parsed.ok ? 'ok' : formatProblems(parsed.problems)
}

/** Without the gates of environments, which have tests of their own. */
function withoutGates(config: Config) {
  return {
    ...config,
    repositories: config.repositories.map((repository) => ({
      ...repository,
      environments: repository.environments.map(({ name, aliases, url }) => ({ name, aliases, url })),
    })),
  }
}

/** The problems in short: `line:column key: what`. */
function problems(text: string): readonly string[] {
  const parsed = parseConfig(text, 'sluice.yml')
  return parsed.ok ? [] : parsed.problems.map(({ line, column, key, what }) => `${line}:${column} ${key}: ${what}`)
}

function withRepository(lines: string): string {
  return `repositories:\n  - repo: acme/omnihub\n    channel: '#deploys'\n${lines}`
}

describe('a good file', () => {
  it('needs only repo and channel; everything else has a default', () => {
    expect(withoutGates(configOf(minimal))).toEqual({
      repositories: [
        {
          repo: 'acme/omnihub',
          channels: ['#deploys'],
          stages: defaultStages,
          environments: [
            { name: 'dev', aliases: ['development'], url: null },
            { name: 'staging', aliases: ['stage', 'stg', 'uat'], url: null },
            { name: 'production', aliases: ['prod', 'live'], url: null },
          ],
          onCall: null,
          branches: [],
          pullRequests: true,
        },
      ],
      people: new Map(),
      slack: {
        apiUrl: 'https://slack.com/api/',
        fallbackChannel: null,
        auditChannel: null,
        allowedTeams: [],
        allowedGuests: [],
      },
      github: { apiUrl: 'https://api.github.com', webUrl: 'https://github.com' },
      supabase: { apiUrl: 'https://api.supabase.com/v1' },
      vercel: { apiUrl: 'https://api.vercel.com' },
      server: { host: '0.0.0.0', port: 3000, publicUrl: null, maxBodyBytes: 26_214_400 },
      data: { folder: './data', payloadRetentionDays: 30, pipelineRetentionDays: 365 },
      audit: { mirror: null },
    })
  })

  it('sets everything that the configuration has', () => {
    const config = configOf(`
repositories:
  - repo: acme/omnihub
    channel: ['#deploys', C0123456789]
    stages: [{ name: Checks, match: 'lint*' }, { name: Ship, match: ['environment: live', '!*smoke*'] }]
    environments: [dev, { name: live, aliases: prod, url: 'https://acme.example' }]
    on_call: S0123456789
    branches: release/*
    pull_requests: false
people: { OctoCat: U0123456789, 12345: W0123456789 }
slack:
  api_url: http://127.0.0.1:9000/api
  fallback_channel: '#sluice'
  audit_channel: '#audit'
  allowed_teams: T0123456789
  allowed_guests: [U0000000001]
github: { api_url: 'https://ghe.acme.example/api/v3/', web_url: 'https://ghe.acme.example/' }
supabase: { api_url: 'http://127.0.0.1:9001/v1/' }
vercel: { api_url: 'http://127.0.0.1:9002' }
server: { host: '::1', port: 8080, public_url: 'https://sluice.acme.example/', max_body_bytes: 1048576 }
data: { folder: /var/lib/sluice, payload_retention_days: 7, pipeline_retention_days: 90 }
audit: { mirror: { url: 'https://x.supabase.co', table: other } }
`)
    expect(withoutGates(config)).toEqual({
      repositories: [
        {
          repo: 'acme/omnihub',
          channels: ['#deploys', 'C0123456789'],
          stages: [
            { name: 'Checks', match: ['lint*'] },
            { name: 'Ship', match: ['environment: prod', 'approval: prod', 'environment: live', '!*smoke*'] },
          ],
          environments: [
            { name: 'dev', aliases: [], url: null },
            { name: 'live', aliases: ['prod'], url: 'https://acme.example' },
          ],
          onCall: 'S0123456789',
          branches: ['release/*'],
          pullRequests: false,
        },
      ],
      people: new Map([
        ['octocat', 'U0123456789'],
        ['12345', 'W0123456789'],
      ]),
      slack: {
        apiUrl: 'http://127.0.0.1:9000/api/',
        fallbackChannel: '#sluice',
        auditChannel: '#audit',
        allowedTeams: ['T0123456789'],
        allowedGuests: ['U0000000001'],
      },
      github: { apiUrl: 'https://ghe.acme.example/api/v3', webUrl: 'https://ghe.acme.example' },
      supabase: { apiUrl: 'http://127.0.0.1:9001/v1' },
      vercel: { apiUrl: 'http://127.0.0.1:9002' },
      server: { host: '::1', port: 8080, publicUrl: 'https://sluice.acme.example', maxBodyBytes: 1_048_576 },
      data: { folder: '/var/lib/sluice', payloadRetentionDays: 7, pipelineRetentionDays: 90 },
      audit: { mirror: { url: 'https://x.supabase.co', table: 'other' } },
    })
  })

  it.each([
    ['api_url: https://ghe.acme.example/api/v3', 'https://ghe.acme.example/api/v3', 'https://ghe.acme.example'],
    ['web_url: https://ghe.acme.example', 'https://ghe.acme.example/api/v3', 'https://ghe.acme.example'],
    ['api_url: https://api.acme.ghe.com', 'https://api.acme.ghe.com', 'https://acme.ghe.com'],
    ['web_url: https://acme.ghe.com', 'https://api.acme.ghe.com', 'https://acme.ghe.com'],
  ])('one address of GitHub is enough: %s', (line, apiUrl, webUrl) => {
    expect(configOf(`${minimal}github: { ${line} }\n`).github).toEqual({ apiUrl, webUrl })
  })

  it('may share parts by anchors, aliases and merge keys', () => {
    const { repositories } = configOf(`repositories:
  - &common
    repo: acme/omnihub
    channel: '#deploys'
    stages: &stages [{ name: Checks, match: 'lint*' }]
  - <<: *common
    repo: acme/other
  - { repo: acme/third, channel: '#third', stages: *stages }
`)
    expect(repositories.map(({ repo, channels, stages }) => [repo, channels[0], stages[0]?.name])).toEqual([
      ['acme/omnihub', '#deploys', 'Checks'],
      ['acme/other', '#deploys', 'Checks'],
      ['acme/third', '#third', 'Checks'],
    ])
  })

  it('takes a section that has all its lines commented out for an empty one', () => {
    expect(configOf(`${minimal}slack:\n  # fallback_channel: x\npeople:\n`)).toEqual(configOf(minimal))
  })

  it('may begin with a byte order mark and have Windows line ends', () => {
    expect(configOf(`\uFEFF${withRepository('').replaceAll('\n', '\r\n')}`)).toEqual(configOf(minimal))
  })

  it('is the example that comes with Sluice', () => {
    const config = configOf(readFileSync(new URL('../../sluice.example.yml', import.meta.url), 'utf8'))
    expect(config.repositories.map(({ repo }) => repo)).toEqual(['acme/omnihub-docs', 'acme/omnihub'])
    expect(config.repositories[1]?.stages.map(({ name }) => name)).toEqual(defaultStages.map(({ name }) => name))
    // What the example shows as a default is the default.
    const bare = configOf(minimal)
    expect(config.data).toEqual(bare.data)
    expect(config.github).toEqual(bare.github)
    expect(config.slack.apiUrl).toBe(bare.slack.apiUrl)
    expect({ ...config.server, publicUrl: null }).toEqual(bare.server)
    const [gate, bareGate] = [config.repositories[1], bare.repositories[0]].map((repository) => {
      const production = repository?.environments.find(({ name }) => name === 'production')
      // What is about Acme.
      const own = { version: '', aliases: [], url: null, requesters: null, approvals: [], checklist: [], paths: [] }
      const gate = { ...production?.gate, ...own, freezes: [], risks: [], breakGlass: null, shiftsTraffic: false }
      const rollout = production?.rollout
      return { gate, rollout: { ...rollout, drill: { ...rollout?.drill, zone: 'UTC' } } }
    })
    expect(gate).toEqual(bareGate)
  })

  it('may name a channel and a mirror for the audit log; without them there are none', () => {
    const config = configOf(`${minimal}slack: { audit_channel: '#audit' }
audit: { mirror: { url: https://x.supabase.co/, table: other } }
`)
    expect(config.slack.auditChannel).toBe('#audit')
    expect(config.audit.mirror).toEqual({ url: 'https://x.supabase.co', table: 'other' })
    const bare = configOf(`${minimal}audit:\n`)
    expect([bare.slack.auditChannel, bare.audit.mirror]).toEqual([null, null])
  })

  it.each([
    ['mirror: { url: http://x.supabase.co }', /would send tokens over the network unencrypted/],
    ['mirror: { url: https://x.supabase.co, table: public.audit }', /is not the name of a table/],
    ['mirror: { table: audit }', /url/],
    [
      `mirror: { url: https://x.supabase.co, key: ${['eyJhbGciOiJI', 'eyJyb2xlIjoi', 'x'].join('.')} }`,
      /SUPABASE_AUDIT_KEY/,
    ],
  ])('says what is wrong with %s', (line, message) => {
    expect(printed(`${minimal}audit:\n  ${line}\n`)).toMatch(message)
  })

  it('is frozen all the way down, maps included', () => {
    const config = configOf(`${minimal}people: { octocat: U0123456789 }\n`)
    const seen = new Set<object>()
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || seen.has(value)) return
      seen.add(value)
      expect(Object.isFrozen(value)).toBe(true)
      for (const part of value instanceof Map ? value.values() : Object.values(value)) walk(part)
    }
    walk(config)
    expect(seen.size).toBeGreaterThan(20)
    const people = config.people
    if (!(people instanceof Map)) throw new Error('people is a map')
    expect(() => people.set('mallory', 'U1')).toThrow(/cannot be changed/)
    expect(() => people.clear()).toThrow(/cannot be changed/)
    expect(people.get('octocat')).toBe('U0123456789')
  })
})

describe('a broken file', () => {
  it('gets every problem in one go, each with its place, its line and a way to mend it', () => {
    expect(
      printed(`repositorys:
  - repo: https://github.com/acme/omnihub.git
    chanel: deploys
    pull_requests: ture
port: 3000
server:
  port: '8080'
`),
    ).toBe(`Sluice cannot start: its configuration has 7 problems.

sluice.yml:1:1  repositorys
   1 | repositorys:
     | ^^^^^^^^^^^
  Unknown key "repositorys".
  Did you mean "repositories"?

sluice.yml:2:11  repositorys[0].repo
   2 |   - repo: https://github.com/acme/omnihub.git
     |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  "https://github.com/acme/omnihub.git" is not the name of a repository, which is owner/name.
  Write "acme/omnihub".

sluice.yml:3:5  repositorys[0].chanel
   3 |     chanel: deploys
     |     ^^^^^^
  Unknown key "chanel".
  Did you mean "channel"?

sluice.yml:3:13  repositorys[0].chanel
   3 |     chanel: deploys
     |             ^^^^^^^
  "deploys" is neither a channel's name with # nor a channel's id.
  Did you mean '#deploys'? Write the # and keep the quotes: without them YAML takes it for a comment.

sluice.yml:4:20  repositorys[0].pull_requests
   4 |     pull_requests: ture
     |                    ^^^^
  "ture" is not one of the possible values: true and false.
  Did you mean "pull_requests: true"?

sluice.yml:5:1  port
   5 | port: 3000
     | ^^^^
  Unknown key "port".
  It belongs under "server".

sluice.yml:7:9  server.port
   7 |   port: '8080'
     |         ^^^^^^
  "8080" is text, and a whole number is wanted here.
  Write the number without quotes: 8080`)
  })

  it('explains a channel that YAML took for a comment', () => {
    expect(printed('repositories:\n  - repo: acme/omnihub\n    channel: #deploys\n')).toBe(
      `Sluice cannot start: its configuration has one problem.

sluice.yml:3:5  repositories[0].channel
   3 |     channel: #deploys
     |     ^^^^^^^
  There is no value here: to YAML, a # after a space begins a comment.
  Put the value in quotes. Write it like this: channel: '#deploys'`,
    )
  })

  it('points at the quote that was not closed, not at the end of the file', () => {
    expect(printed("repositories:\n  - repo: acme/omnihub\n    channel: '#deploys\n    on_call: S0123456789\n")).toBe(
      `Sluice cannot start: its configuration has one problem.

sluice.yml:3:14  repositories[0].channel
   3 |     channel: '#deploys
     |              ^
  The quote ' that begins here is never closed.
  Write ' where the value ends.`,
    )
  })

  it('still checks what stands before the place where the YAML breaks, and says nothing of what comes after', () => {
    expect(problems("repositories:\n  - repo: acme\n    channel: '#a'\n  -repo: x\nnonsense: 1\n")).toEqual([
      '2:11 repositories[0].repo: "acme" is not the name of a repository, which is owner/name.',
      expect.stringMatching(/^4:3 repositories\S*: The indentation does not fit/),
    ])
  })

  it.each<[string, string, readonly string[]]>([
    ['an empty file', '', ['1:1 : The file is empty.']],
    ['a list', '- a\n', ['1:1 : This is a list, and a mapping (keys with values) is wanted here.']],
    [
      'a missing key',
      'repositories:\n  - repo: acme/omnihub\n',
      ['2:5 repositories[0]: The key "channel" is missing here.'],
    ],
    ['no repositories', 'repositories: []\n', ['1:15 repositories: The list is empty.']],
    [
      'the same repository in another case',
      "repositories:\n  - repo: acme/omnihub\n    channel: '#a'\n  - repo: Acme/OmniHub\n    channel: '#b'\n",
      ['4:11 repositories[1].repo: This repository is already in line 2.'],
    ],
    [
      'the same stage twice',
      withRepository("    stages:\n      - { name: Build, match: 'a' }\n      - { name: build, match: 'b' }\n"),
      ['6:17 repositories[0].stages[1].name: This stage is already in line 5.'],
    ],
    [
      'an alias that leads to two environments',
      withRepository('    environments:\n      - { name: dev, aliases: [test] }\n      - { name: test }\n'),
      ['6:17 repositories[0].environments[1].name: This environment is already in line 5.'],
    ],
    [
      'a login in two spellings',
      `${minimal}people:\n  Bob: U0123456789\n  bob: U0123456789\n`,
      ['4:3 people.bob: This GitHub login is already in line 3.'],
    ],
    [
      'a key twice',
      `${minimal}data: {}\ndata: {}\n`,
      ['3:1 data: This key is already set further up in the same mapping.'],
    ],
    [
      'unquoted patterns',
      withRepository('    stages:\n      - name: Lint\n        match: [*lint*, !smoke*]\n'),
      [
        '6:17 repositories[0].stages[0].match[0]: A value that begins with * refers to an anchor (&name), and there is no such anchor before it.',
        '6:25 repositories[0].stages[0].match: A value that begins with ! is a tag in YAML, not text.',
      ],
    ],
    [
      'a pattern that YAML reads as a mapping',
      withRepository('    stages:\n      - name: Ship\n        match:\n          - environment: live\n'),
      ['7:13 repositories[0].stages[0].match[0]: This is a mapping, and text is wanted here.'],
    ],
    [
      'a slip in the prefix of a pattern',
      withRepository("    stages: [{ name: Ship, match: 'enviroment: live' }]\n"),
      ['4:35 repositories[0].stages[0].match: "enviroment: live" begins with "enviroment:".'],
    ],
    [
      'numbers out of range',
      `${minimal}server: { port: 70000, max_body_bytes: 3 }\n`,
      [
        '2:17 server.port: 70000 is too large: the most is 65535.',
        '2:40 server.max_body_bytes: 3 is too small: the least is 1024.',
      ],
    ],
    [
      'a Slack name where an id is wanted',
      `${withRepository("    on_call: '@platform'\n")}people: { octocat: '@mona' }\n`,
      [
        '4:14 repositories[0].on_call: "@platform" is not the id of a Slack user group.',
        '5:20 people.octocat: "@mona" is not the id of a Slack user.',
      ],
    ],
    [
      'a token sent over an open line',
      `${minimal}github: { api_url: 'http://ghe.acme.example/api/v3' }\n`,
      ['2:20 github.api_url: "http://ghe.acme.example/api/v3" would send tokens over the network unencrypted.'],
    ],
    ['a tab', 'repositories:\n\t- repo: a/b\n', [expect.stringMatching(/^2:1 .*indented with a tab/)]],
    ['two documents', `${minimal}---\n${minimal}`, [expect.stringMatching(/^2:1 .*A second document begins here\./)]],
    [
      'a key that no object should have',
      `${minimal}__proto__: { a: 1 }\n`,
      ['2:1 __proto__: A key of this name is not possible.'],
    ],
    ['a list nested in itself', `repositories: &a [*a]\n`, [expect.stringContaining('refers to an anchor')]],
    ['very deep nesting', '['.repeat(50_000), [expect.stringContaining('nested too deeply')]],
    ['a huge file', ' '.repeat(1_000_001), ['null:null : The file is larger than 1 MB.']],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  it.each([
    ['channels', 'channel'],
    ['Channel', 'channel'],
    ['onCall', 'on_call'],
    ['on-call', 'on_call'],
    ['enviroments', 'environments'],
    ['branch', 'branches'],
    ['braches', 'branches'],
    ['chanenl', 'channel'],
    ['rope', 'repo'],
    ['pullrequest', 'pull_requests'],
  ])('the key %s is taken for %s', (written, meant) => {
    const text = `repositories:\n  - ${written}: x\n`
    expect(printed(text)).toContain(`Unknown key "${written}".\n  Did you mean "${meant}"?`)
  })

  it('lists the keys that are possible when none is near', () => {
    expect(printed(`${minimal}data: { compression: 9 }\n`)).toContain(
      'Possible here: folder, payload_retention_days and pipeline_retention_days.',
    )
  })

  it('has an example for every key, to show to somebody who wrote something else', () => {
    for (const [place, keys] of knownKeys) {
      for (const key of keys)
        expect(examples.get(place === '' ? key : `${place}.${key}`), `${place} ${key}`).toContain(key)
    }
  })

  it('keeps control characters and direction marks off the terminal', () => {
    const text = printed(`${minimal}"na\\x1b[31mme\\u202e": 1\n"x\u202ey": 2\n`)
    expect(text).not.toContain('\u001b')
    expect(text).not.toContain('\u202e')
  })

  it('shows a long line only around the place', () => {
    const text = printed(
      `repositories: [{ repo: acme/omnihub, channel: ['#${'a'.repeat(60)}', '#${'b'.repeat(60)}', nope] }]\n`,
    )
    const [, excerpt = '', caret = ''] = /^( +1 \| .*)\n(.*\^)$/m.exec(text) ?? []
    expect(excerpt.length).toBeLessThan(140)
    expect(excerpt.slice(caret.indexOf('^'), caret.length)).toBe('nope')
  })
})
