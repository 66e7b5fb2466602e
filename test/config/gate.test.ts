import { describe, expect, it } from 'vitest'
import { formatProblems } from '../../src/config/config-problem.ts'
import { parseConfig } from '../../src/config/parse-config.ts'
import { digestOf } from '../../src/policy/canonical-json.ts'
import type { GatePolicy } from '../../src/policy/gate-policy.ts'

const HOUR = 3_600_000
const utc = (text: string) => Date.parse(`${text}Z`)

function fileWith(environments: string, rest = ''): string {
  return `repositories:\n  - repo: acme/omnihub\n    channel: '#deploys'\n${rest}    environments:\n${environments}`
}

function gatesOf(text: string): Readonly<Record<string, GatePolicy>> {
  const parsed = parseConfig(text, 'sluice.yml')
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems))
  const environments = parsed.config.repositories[0]?.environments ?? []
  return Object.fromEntries(environments.map(({ name, gate }) => [name, gate]))
}

/** The gate of production, which is given these lines. */
function production(lines: string, top = ''): GatePolicy {
  const written = lines.split('\n').map((line) => `        ${line}\n`)
  const gate = gatesOf(`${fileWith(`      - staging\n      - name: production\n${written.join('')}`)}${top}`).production
  if (gate === undefined) throw new Error('production is configured above')
  return gate
}

describe('the gate of an environment', () => {
  it('is closed for production and open for the others when nothing is said', () => {
    const gates = gatesOf("repositories: [{ repo: acme/omnihub, channel: '#deploys' }]")
    const common = {
      url: null,
      mode: 'dispatch',
      workflowRef: null,
      steps: [
        { percent: 5, windowMs: HOUR / 4 },
        { percent: 10, windowMs: HOUR / 4 },
        { percent: 25, windowMs: HOUR / 4 },
        { percent: 50, windowMs: HOUR / 2 },
        { percent: 100, windowMs: 0 },
      ],
      requesters: null,
      approvals: [],
      allowsSelfApproval: false,
      allowsAuthorApproval: false,
      expiresAfterMs: 4 * HOUR,
      remindBeforeMs: HOUR / 2,
      branches: ['@default'],
      checks: [],
      paths: [],
      migrations: ['supabase/migrations/*.sql'],
      checklist: [],
      supersedes: false,
      freezes: [],
      risks: [],
      breakGlass: null,
      shiftsTraffic: false,
      version: expect.stringMatching(/^[0-9a-f]{64}$/),
    }
    expect(gates.dev).toEqual({
      ...common,
      environment: 'dev',
      aliases: ['development'],
      workflow: 'cd-dev.yml',
      strategies: ['direct'],
      needsApproval: false,
      requiresCi: false,
      requiresBuiltSha: false,
      requiresStaging: null,
    })
    expect(gates.production).toEqual({
      ...common,
      environment: 'production',
      aliases: ['prod', 'live'],
      workflow: 'cd-production.yml',
      strategies: ['canary', 'blue-green'],
      needsApproval: true,
      requiresCi: true,
      requiresBuiltSha: true,
      requiresStaging: { environment: 'staging', smokeStages: ['Smoke staging'], maxAgeMs: 7 * 24 * HOUR },
    })
  })

  it('sets everything that a gate has', () => {
    expect(
      production(`aliases: prod
url: https://acme.example
mode: protection-rule
workflow: release.yaml
strategies: [blue-green, canary]
steps: [1% 1h 30m, { percent: 20, window: 90s }, { percent: 60%, window: 2m }, 100]
requesters: { groups: S0000000001, teams: Acme/Devs }
approvers:
  - { groups: [S0000000002], count: 2 }
  - { teams: acme/leads, people: [U0000000001, U0000000001] }
self_approval: true
author_approval: true
checklist: Look at the migrations
expires_after: 1d
remind_before: false
branches: [main, 'release/*']
require_ci: true
require_built_sha: true
checks: Security scan
require_staging: { environment: STAGING, smoke_stages: [], max_age: 12h }
paths: packages/api/**
migrations: [db/*.sql]
supersede: true
freeze: weekends
risks:
  - { destructive_migrations: true, approvers: { teams: acme/database } }
  - { name: Keys, paths: src/auth/**, approvers: { people: U0000000009 } }
  - { changed_lines: 2000, approvers: { groups: S0000000003, count: 2 } }
  - { failed_within: 1d, approvers: { groups: S0000000003 } }
break_glass: { people: U0000000002, channel: '#security' }`),
    ).toEqual({
      shiftsTraffic: false,
      environment: 'production',
      aliases: ['prod'],
      url: 'https://acme.example',
      mode: 'protection_rule',
      workflow: 'release.yaml',
      workflowRef: null,
      strategies: ['blue-green', 'canary'],
      steps: [
        { percent: 1, windowMs: 1.5 * HOUR },
        { percent: 20, windowMs: 90_000 },
        { percent: 60, windowMs: 120_000 },
        { percent: 100, windowMs: 0 },
      ],
      requesters: { users: [], groups: ['S0000000001'], teams: ['acme/devs'] },
      approvals: [
        { from: { users: [], groups: ['S0000000002'], teams: [] }, count: 2 },
        { from: { users: ['U0000000001'], groups: [], teams: ['acme/leads'] }, count: 1 },
      ],
      needsApproval: true,
      allowsSelfApproval: true,
      allowsAuthorApproval: true,
      expiresAfterMs: 24 * HOUR,
      remindBeforeMs: null,
      branches: ['main', 'release/*'],
      requiresCi: true,
      requiresBuiltSha: true,
      checks: ['Security scan'],
      requiresStaging: { environment: 'staging', smokeStages: [], maxAgeMs: 12 * HOUR },
      paths: ['packages/api/**'],
      migrations: ['db/*.sql'],
      checklist: ['Look at the migrations'],
      supersedes: true,
      freezes: [{ type: 'weekly', days: [6, 0], fromMinute: 0, toMinute: 1440, zone: 'UTC', reason: 'weekend' }],
      risks: [
        {
          name: 'destructive migrations',
          when: { type: 'destructive_migration' },
          approvals: [{ from: { users: [], groups: [], teams: ['acme/database'] }, count: 1 }],
        },
        {
          name: 'Keys',
          when: { type: 'paths', globs: ['src/auth/**'] },
          approvals: [{ from: { users: ['U0000000009'], groups: [], teams: [] }, count: 1 }],
        },
        {
          name: 'more than 2000 changed lines',
          when: { type: 'changed_lines', moreThan: 2000 },
          approvals: [{ from: { users: [], groups: ['S0000000003'], teams: [] }, count: 2 }],
        },
        {
          name: 'a failed release within 1d',
          when: { type: 'recent_failure', withinMs: 24 * HOUR },
          approvals: [{ from: { users: [], groups: ['S0000000003'], teams: [] }, count: 1 }],
        },
      ],
      breakGlass: { people: { users: ['U0000000002'], groups: [], teams: [] }, channel: '#security' },
      version: expect.any(String),
    })
  })

  it('is protected by any of its names, by its approvers, or by saying so', () => {
    const gates = gatesOf(
      fileWith(`      - { name: eu, aliases: [PROD] }
      - { name: us, protected: true }
      - { name: qa, approvers: { people: U0000000001 } }
      - { name: live, protected: false }
      - dev
`),
    )
    const asks = Object.entries(gates).map(([name, { needsApproval, requiresCi }]) => [name, needsApproval, requiresCi])
    expect(asks).toEqual([
      ['eu', true, true],
      ['us', true, true],
      ['qa', true, false],
      ['live', false, false],
      ['dev', false, false],
    ])
  })

  it('lets each rule be switched off', () => {
    const gate = production(
      'require_ci: false\nrequire_staging: false\nbranches: any\nremind_before: false\nmigrations: []',
    )
    expect(gate).toMatchObject({
      requiresCi: false,
      requiresStaging: null,
      branches: null,
      remindBeforeMs: null,
      migrations: [],
    })
  })

  it('asks for the checks that an unprotected environment names', () => {
    const { dev } = gatesOf(fileWith('      - { name: dev, checks: [Unit tests] }\n'))
    expect(dev).toMatchObject({ needsApproval: false, requiresCi: true, checks: ['Unit tests'] })
  })

  it('asks for the environment that comes before it, by whatever name, with the smoke tests that there are', () => {
    const { production: gate } = gatesOf(
      fileWith(
        '      - { name: uat-eu, aliases: [uat] }\n      - production\n',
        "    stages: [{ name: smoke UAT, match: 'x' }]\n",
      ),
    )
    expect(gate?.requiresStaging).toMatchObject({ environment: 'uat-eu', smokeStages: ['smoke UAT'] })
    expect(gatesOf(fileWith('      - dev\n      - production\n')).production?.requiresStaging).toBeNull()
    expect(production('require_staging: true').requiresStaging).toEqual(production('aliases: []').requiresStaging)
    expect(production('require_staging: staging').requiresStaging).toEqual(production('aliases: []').requiresStaging)
  })

  it('reminds halfway when it expires sooner than the reminder would come', () => {
    expect(production('expires_after: 20m')).toMatchObject({ expiresAfterMs: HOUR / 3, remindBeforeMs: HOUR / 6 })
  })

  it('may be shared by several environments through merge keys', () => {
    const gates = gatesOf(
      fileWith(`      - staging
      - &gate { name: eu, protected: true, approvers: &who { groups: S0000000001, count: 2 } }
      - { <<: *gate, name: us, approvers: [*who, { teams: acme/us }] }
`),
    )
    expect(gates.us?.approvals).toEqual([...(gates.eu?.approvals ?? []), expect.anything()])
  })
})

describe('the version of a gate', () => {
  it('is the digest of everything else in it', () => {
    const { version, ...rest } = production('approvers: { groups: S0000000001 }')
    expect(version).toBe(digestOf(rest))
  })

  it('does not change with the order of keys, comments or the way that a default is said', () => {
    const plain = production('approvers: { groups: S0000000001 }').version
    const other =
      "# Ask them.\nexpires_after: 240m\napprovers: [{ count: 1, groups: [S0000000001] }]\nbranches: ['@default']"
    expect(production(other).version).toBe(plain)
  })

  it.each([
    'approvers: { groups: S0000000002 }',
    'approvers: { groups: S0000000001, count: 2 }',
    'approvers: { groups: S0000000001 }\nsteps: [5% 16m, 100%]',
    'approvers: { groups: S0000000001 }\nfreeze: weekends',
    'approvers: { groups: S0000000001 }\nself_approval: true',
    'approvers: { groups: S0000000001 }\nrequire_staging: { max_age: 8d }',
  ])('changes with %j', (lines) => {
    expect(production(lines).version).not.toBe(production('approvers: { groups: S0000000001 }').version)
  })
})

describe('a freeze window', () => {
  const freeze = (written: string, top = 'time_zone: Europe/Berlin\n') => production(`freeze: ${written}`, top).freezes
  const weekly = { type: 'weekly', zone: 'Europe/Berlin' }

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['weekends', { days: [6, 0], fromMinute: 0, toMinute: 1440, reason: 'weekend' }],
    [
      '[no production after 16:00 on Friday]',
      { days: [5], fromMinute: 960, toMinute: 1440, reason: 'Friday after 16:00' },
    ],
    ['[after 16:00 on Friday]', { days: [5], fromMinute: 960, toMinute: 1440, reason: 'Friday after 16:00' }],
    ['fri after 16:00', { days: [5], fromMinute: 960, toMinute: 1440, reason: 'Friday after 16:00' }],
    ['Fridays from 16:00', { days: [5], fromMinute: 960, toMinute: 1440, reason: 'Friday after 16:00' }],
    [
      'mon-thu 18:00-08:00',
      { days: [1, 2, 3, 4], fromMinute: 1080, toMinute: 480, reason: 'Mon, Tue, Wed, Thu 18:00 to 08:00' },
    ],
    [
      'weekdays before 9:00',
      { days: [1, 2, 3, 4, 5], fromMinute: 0, toMinute: 540, reason: 'Mon, Tue, Wed, Thu, Fri before 09:00' },
    ],
    [
      '22:00 to 06:00',
      { days: [1, 2, 3, 4, 5, 6, 0], fromMinute: 1320, toMinute: 360, reason: 'every day 22:00 to 06:00' },
    ],
    ["'fri, sat-mon'", { days: [1, 5, 6, 0], fromMinute: 0, toMinute: 1440, reason: 'Mon, Fri, Sat, Sun' }],
    [
      '{ days: [fri, sat], from: 16:00, to: 08:00, reason: Quiet }',
      { days: [5, 6], fromMinute: 960, toMinute: 480, reason: 'Quiet' },
    ],
    [
      '{ days: weekends, time_zone: America/New_York }',
      { days: [6, 0], fromMinute: 0, toMinute: 1440, zone: 'America/New_York', reason: 'weekend' },
    ],
  ])('can be written as %s', (written, expected) => {
    expect(freeze(written)).toEqual([{ ...weekly, ...expected }])
  })

  it('can be a cron expression with a length', () => {
    expect(freeze("{ cron: '0 16  * * fri', for: 14h }")).toEqual([
      {
        type: 'cron',
        expression: '0 16 * * fri',
        durationMs: 14 * HOUR,
        zone: 'Europe/Berlin',
        reason: '14h from each 0 16 * * fri (Europe/Berlin)',
      },
    ])
  })

  it.each<[string, string, string]>([
    // A day without a time is frozen to its end.
    ['2026-12-20 to 2027-01-03', '2026-12-19T23:00', '2027-01-03T23:00'],
    ['2026-12-24', '2026-12-23T23:00', '2026-12-24T23:00'],
    ['{ from: 2026-07-01 18:00, to: 2026-07-02T08:00 }', '2026-07-01T16:00', '2026-07-02T06:00'],
    ['{ from: 2026-07-01T18:00:00-05:00, to: 2026-07-02 08:00Z }', '2026-07-01T23:00', '2026-07-02T08:00'],
    // Clocks go back in this night, and 02:30 comes twice.
    ['{ from: 2026-10-25 02:30, to: 2026-10-25 03:00 }', '2026-10-25T00:30', '2026-10-25T02:00'],
  ])('can be dates: %s', (written, from, to) => {
    expect(freeze(written)).toEqual([
      { type: 'range', fromMs: utc(from), toMs: utc(to), reason: expect.stringMatching(/^2026-.* to 202/) },
    ])
  })

  it('counts in UTC when no zone is named', () => {
    expect(freeze('weekends', '')[0]).toMatchObject({ zone: 'UTC' })
  })
})
