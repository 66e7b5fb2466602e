import { z } from 'zod'
import { checkZone } from './gate-checks.ts'
import { gateExamples } from './gate-examples.ts'
import { gateKeys, gateShape } from './gate-schema.ts'
import { hostsExamples, hostsKeys, hostsShape, supabaseShape, vercelShape } from './hosts-schema.ts'
import { measureExamples } from './metrics-examples.ts'
import { measureKeys, measureShape } from './metrics-schema.ts'
import { rolloutExamples, rolloutKeys, rolloutShape } from './rollout-schema.ts'
import { channel, flag, oneOrMany, oneOrMore, section, text } from './schema-parts.ts'
import { stepsExamples, stepsKeys } from './steps-schema.ts'
import { trafficExamples, trafficKeys, trafficSchema } from './traffic-schema.ts'
import { checkAddress, checkedText, checkId, checkPattern, checkRepository, checkTable } from './value-checks.ts'

/** The shape of sluice.yml as people write it: snake_case keys, strict, nothing filled in. `toConfig` does the rest. */

const pattern = checkedText(checkPattern)
const days = z.int().min(1).max(36_500)

const stageShape = { name: text, match: oneOrMore(pattern) }

const environmentShape = {
  name: text,
  aliases: oneOrMany(text).optional(),
  url: checkedText(checkAddress('anywhere')).optional(),
  traffic: trafficSchema.optional(),
  ...gateShape,
  ...rolloutShape,
  ...hostsShape,
  ...measureShape,
}

const repositoryShape = {
  repo: checkedText(checkRepository),
  channel: oneOrMore(channel),
  stages: z.array(z.strictObject(stageShape)).min(1).optional(),
  environments: z
    .array(
      z.preprocess((value) => (typeof value === 'string' ? { name: value } : value), z.strictObject(environmentShape)),
    )
    .optional(),
  on_call: checkedText(checkId('group')).optional(),
  branches: oneOrMany(text).optional(),
  pull_requests: flag.optional(),
}

const slackShape = {
  api_url: checkedText(checkAddress('loopback')).optional(),
  fallback_channel: channel.optional(),
  audit_channel: channel.optional(),
  allowed_teams: oneOrMany(checkedText(checkId('team'))).optional(),
  allowed_guests: oneOrMany(checkedText(checkId('user'))).optional(),
}

const githubShape = {
  api_url: checkedText(checkAddress('loopback')).optional(),
  web_url: checkedText(checkAddress('anywhere')).optional(),
}

const serverShape = {
  host: text.optional(),
  port: z.int().min(0).max(65_535).optional(),
  public_url: checkedText(checkAddress('anywhere')).optional(),
  max_body_bytes: z.int().min(1024).max(104_857_600).optional(),
}

const dataShape = {
  folder: text.optional(),
  payload_retention_days: days.optional(),
  pipeline_retention_days: days.optional(),
}

const mirrorShape = {
  url: checkedText(checkAddress('loopback')),
  table: checkedText(checkTable).optional(),
}

const auditShape = { mirror: z.strictObject(mirrorShape).optional() }

const fileShape = {
  repositories: z.array(z.strictObject(repositoryShape)).min(1),
  people: z.preprocess((value) => value ?? {}, z.record(z.string(), checkedText(checkId('user')))).optional(),
  time_zone: checkedText(checkZone).optional(),
  slack: section(slackShape),
  github: section(githubShape),
  supabase: section(supabaseShape),
  vercel: section(vercelShape),
  server: section(serverShape),
  data: section(dataShape),
  audit: section(auditShape),
}

export const fileSchema = z.strictObject(fileShape)

/** sluice.yml after the check. */
export type ConfigFile = z.infer<typeof fileSchema>

/** Which keys there are, by place; `[]` stands for any position in a list. */
export const knownKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['', Object.keys(fileShape)],
  ['repositories[]', Object.keys(repositoryShape)],
  ['repositories[].stages[]', Object.keys(stageShape)],
  ['repositories[].environments[]', Object.keys(environmentShape)],
  ...gateKeys,
  ...stepsKeys,
  ...rolloutKeys,
  ...hostsKeys,
  ...measureKeys,
  ...trafficKeys,
  ['slack', Object.keys(slackShape)],
  ['github', Object.keys(githubShape)],
  ['server', Object.keys(serverShape)],
  ['data', Object.keys(dataShape)],
  ['audit', Object.keys(auditShape)],
  ['audit.mirror', Object.keys(mirrorShape)],
])

/** How a value is written, by place: what an error shows to somebody who wrote another thing or nothing. */
export const examples: ReadonlyMap<string, string> = new Map([
  ['', "repositories:\n  - repo: acme/omnihub\n    channel: '#deploys'"],
  ['repositories', "repositories:\n  - repo: acme/omnihub\n    channel: '#deploys'"],
  ['repositories[]', "- repo: acme/omnihub\n  channel: '#deploys'"],
  ['repositories[].repo', 'repo: acme/omnihub'],
  ['repositories[].channel', "channel: '#deploys'"],
  ['repositories[].channel[]', "channel: ['#deploys', '#platform']"],
  ['repositories[].stages', "stages:\n  - name: Unit tests\n    match: ['unit*', 'test*']"],
  ['repositories[].stages[]', "- name: Unit tests\n  match: ['unit*', 'test*']"],
  ['repositories[].stages[].name', 'name: Unit tests'],
  ['repositories[].stages[].match', "match: ['unit*', 'test*']"],
  ['repositories[].stages[].match[]', "match: ['unit*', 'environment: staging']"],
  ['repositories[].environments', 'environments:\n  - name: staging\n    aliases: [stage]'],
  ['repositories[].environments[]', '- name: staging\n  aliases: [stage]'],
  ['repositories[].environments[].name', 'name: staging'],
  ['repositories[].environments[].aliases', 'aliases: [stage]'],
  ['repositories[].environments[].aliases[]', 'aliases: [stage]'],
  ['repositories[].environments[].url', 'url: https://staging.acme.example'],
  ['repositories[].on_call', 'on_call: S0123456789'],
  ['repositories[].branches', "branches: ['release/*']"],
  ['repositories[].branches[]', "branches: ['release/*']"],
  ['repositories[].pull_requests', 'pull_requests: false'],
  ...gateExamples,
  ...stepsExamples,
  ...rolloutExamples,
  ...hostsExamples,
  ...measureExamples,
  ...trafficExamples,
  ['time_zone', 'time_zone: Europe/Berlin'],
  ['people', 'people:\n  octocat: U0123456789'],
  ['people.*', 'octocat: U0123456789'],
  ['slack', "slack:\n  fallback_channel: '#sluice'"],
  ['slack.api_url', 'api_url: https://slack.com/api/'],
  ['slack.fallback_channel', "fallback_channel: '#sluice'"],
  ['slack.audit_channel', "audit_channel: '#audit'"],
  ['slack.allowed_teams', 'allowed_teams: [T0123456789]'],
  ['slack.allowed_teams[]', 'allowed_teams: [T0123456789]'],
  ['slack.allowed_guests', 'allowed_guests: [U0123456789]'],
  ['slack.allowed_guests[]', 'allowed_guests: [U0123456789]'],
  ['github', 'github:\n  api_url: https://github.acme.example/api/v3'],
  ['github.api_url', 'api_url: https://github.acme.example/api/v3'],
  ['github.web_url', 'web_url: https://github.acme.example'],
  ['server', 'server:\n  port: 3000'],
  ['server.host', 'host: 127.0.0.1'],
  ['server.port', 'port: 3000'],
  ['server.public_url', 'public_url: https://sluice.acme.example'],
  ['server.max_body_bytes', 'max_body_bytes: 26214400'],
  ['data', 'data:\n  folder: ./data'],
  ['data.folder', 'folder: ./data'],
  ['data.payload_retention_days', 'payload_retention_days: 30'],
  ['data.pipeline_retention_days', 'pipeline_retention_days: 365'],
  ['audit', 'audit:\n  mirror:\n    url: https://abcdefghijklmnopqrst.supabase.co'],
  ['audit.mirror', 'mirror:\n  url: https://abcdefghijklmnopqrst.supabase.co'],
  ['audit.mirror.url', 'url: https://abcdefghijklmnopqrst.supabase.co'],
  ['audit.mirror.table', 'table: sluice_audit'],
])
