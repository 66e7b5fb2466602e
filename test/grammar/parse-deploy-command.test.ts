import { describe, expect, test } from 'vitest'
import type { DeployCommand, GrammarContext, GrammarProblem, RefInput } from '../../src/grammar/deploy-command.ts'
import { parseDeployCommand } from '../../src/grammar/parse-deploy-command.ts'
import { ofEnterprise, ofGateway, ofNone, ofOmnihub, ofTwo } from './grammar-contexts.ts'

type Request = Extract<DeployCommand, { type: 'request' }>

const omnihub = 'acme/omnihub'
const production = { repository: omnihub, environment: 'production' }
/** As it is without naming the repository. */
const ofProduction = { repository: null, environment: 'production' }
const anywhere = { repository: null, environment: null }

function request(part: Partial<Request> = {}): Request {
  return { type: 'request', ...production, strategy: null, ref: null, note: null, ...part }
}

function ref(text: string): RefInput {
  return { type: 'ref', ref: text }
}

function pull(number: number): RefInput {
  return { type: 'pull', number }
}

function commandOf(text: string, context: GrammarContext = ofOmnihub): DeployCommand {
  const parsed = parseDeployCommand(text, context)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.problem.message}`)
  return parsed.command
}

function problemOf(text: string, context: GrammarContext = ofOmnihub): GrammarProblem {
  const parsed = parseDeployCommand(text, context)
  if (parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.command)}`)
  return parsed.problem
}

const canary = 'canary'
const sha = '4f3c2b1a9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a'
const at = (path: string) => `https://github.com/acme/omnihub/${path}`

describe('a request for a release', () => {
  test.each<[string, Request]>([
    ['staging', request({ environment: 'staging' })],
    ['prod', request()],
    ['PROD', request()],
    ['prod canary', request({ strategy: canary })],
    ['prod blue-green', request({ strategy: 'blue-green' })],
    ['prod bluegreen', request({ strategy: 'blue-green' })],
    ['prod blue green', request({ strategy: 'blue-green' })],
    ['Blue-Green to Production, please.', request({ strategy: 'blue-green' })],
    ['prod canary v1.4.2', request({ strategy: canary, ref: ref('v1.4.2') })],
    ['v1.4.2 canary prod', request({ strategy: canary, ref: ref('v1.4.2') })],
    ['omnihub prod canary main~1', request({ strategy: canary, ref: ref('main~1') })],
    ['ACME/OmniHub prod canary v1.4.2^', request({ strategy: canary, ref: ref('v1.4.2^') })],
    ['/deploy prod canary', request({ strategy: canary })],
    ['prod remote', request({ ref: ref('remote') })],
    ['prod ref:restore', request({ ref: ref('restore') })],
    ['deploy main to production with canary', request({ strategy: canary, ref: ref('main') })],
    ['branch main to the live environment', request({ ref: ref('main') })],
    ['--canary prod', request({ strategy: canary })],
    ['—canary —env=prod', request({ strategy: canary })],
    ['--env=prod --strategy=canary --ref=main', request({ strategy: canary, ref: ref('main') })],
    ['--env prod --strategy canary --ref main', request({ strategy: canary, ref: ref('main') })],
    ['env:prod strategy:canary ref:main', request({ strategy: canary, ref: ref('main') })],
    ['--prod --canary', request({ strategy: canary })],
    ['repo:acme/omnihub prod', request()],
    ['"prod" \'canary\' `main`', request({ strategy: canary, ref: ref('main') })],
    ['“prod” ‘canary’ „main“', request({ strategy: canary, ref: ref('main') })],
    ['*prod*, canary;', request({ strategy: canary })],
    ['prod canary​', request({ strategy: canary })],
    ['  prod\n\tcanary ', request({ strategy: canary })],
    ['prod production live', request()],
    ['prod main main', request({ ref: ref('main') })],
    ['prod develop', request({ ref: ref('develop') })],
    ['prod feature/login-form', request({ ref: ref('feature/login-form') })],
    ['prod dependabot/npm/left-pad@2', request({ ref: ref('dependabot/npm/left-pad@2') })],
    [`prod ${sha}`, request({ ref: ref(sha) })],
    ['prod 4f3c2b1', request({ ref: ref('4f3c2b1') })],
    ['prod 1234567', request({ ref: ref('1234567') })],
    ['prod ref:123', request({ ref: ref('123') })],
    ['prod #123', request({ ref: pull(123) })],
    ['prod PR #123', request({ ref: pull(123) })],
    ['PR 123 prod', request({ ref: pull(123) })],
    ['pull request #123 to prod', request({ ref: pull(123) })],
    ['pr#123 prod', request({ ref: pull(123) })],
    ['omnihub#123 prod', request({ ref: pull(123) })],
    ['acme/omnihub@v2 prod', request({ ref: ref('v2') })],
    ['prod run 17423342', request({ ref: { type: 'run', runId: 17423342 } })],
    ['prod run:17423342', request({ ref: { type: 'run', runId: 17423342 } })],
    ['prod ref:prodd', request({ ref: ref('prodd') })],
    ['prod --ref status', request({ ref: ref('status') })],
    ['prod ref:staging', request({ ref: ref('staging') })],
    ['prod ref:rollback', request({ ref: ref('rollback') })],
    ['prod --ref "release/2026 "', request({ ref: ref('release/2026') })],
    ['<#C012AB3CD|production> canary', request({ strategy: canary })],
    ['<@U012AB3CD> prod canary', request({ strategy: canary })],
    ['prod note: fixes “login” & <@U012AB3CD|jane>', request({ note: 'fixes “login” & @jane' })],
    ['prod --note "fixes the login" canary', request({ strategy: canary, note: 'fixes the login' })],
    ['--note fixes the login --env prod', request({ note: 'fixes the login' })],
    ['prod note:"say \\"hi\\" to staging"', request({ note: 'say "hi" to staging' })],
    ['prod note:it’s fine &lt;really&gt;', request({ note: 'it’s fine <really>' })],
  ])('%s', (text, expected) => {
    expect(commandOf(text)).toEqual(expected)
  })

  test.each<[string, RefInput]>([
    [at('pull/123'), pull(123)],
    [`<${at('pull/123')}|Fix the login (#123)>`, pull(123)],
    [`<${at('pull/123/files#diff-1')}>`, pull(123)],
    [`(${at('pull/123')}).`, pull(123)],
    [at(`pull/123/commits/${sha}`), ref(sha)],
    [at(`commit/${sha}?diff=split`), ref(sha)],
    [at('tree/release/2026-03'), ref('release/2026-03')],
    [at('commits/main'), ref('main')],
    [at('releases/tag/v1.4.2'), ref('v1.4.2')],
    [at('tree/fix%23123'), ref('fix#123')],
    [at('actions/runs/17423342'), { type: 'run', runId: 17423342 }],
    [at('actions/runs/17423342/job/5#step:3:1'), { type: 'run', runId: 17423342 }],
    ['github.com/acme/omnihub/pull/123', pull(123)],
    [`ref:${at('pull/123')}`, pull(123)],
  ])('a pasted %s', (address, expected) => {
    expect(commandOf(`prod ${address} canary`)).toEqual(request({ strategy: canary, ref: expected }))
  })

  test('a pasted address names its repository', () => {
    expect(commandOf('prod https://github.com/acme/omnihub-docs/pull/7')).toEqual(
      request({ repository: 'acme/omnihub-docs', ref: pull(7) }),
    )
    expect(commandOf('https://ghe.acme.example:8443/acme/omnihub/pull/7 prod', ofEnterprise)).toEqual(
      request({ ref: pull(7) }),
    )
    expect(problemOf('prod https://github.com/acme/omnihub/pull/7', ofEnterprise).reason).toBe('unknown_word')
  })

  test('a repository is named by its name where that is clear, and must be where there is no single one', () => {
    const docs = request({ repository: 'acme/omnihub-docs' })
    expect(commandOf('omnihub-docs prod', ofNone)).toEqual(docs)
    expect(commandOf('omnihub-docs prod', ofTwo)).toEqual(docs)
    expect(commandOf('omnihub-docs prod v2')).toEqual({ ...docs, ref: ref('v2') })
    expect(commandOf('gateway prod', ofGateway)).toMatchObject({ repository: 'acme/gateway', environment: 'prod' })
    expect(problemOf('prod', ofTwo)).toMatchObject({ reason: 'missing', word: null, suggestion: null })
    expect(problemOf('gateway prod v1', ofNone)).toMatchObject({ reason: 'ambiguous', word: 'gateway' })
    expect(commandOf('globex/gateway prod', ofNone)).toMatchObject({ repository: 'globex/gateway' })
  })

  test('names with spaces and names that are words of the language have a way to be said', () => {
    expect(commandOf('prod eu v1', ofGateway)).toMatchObject({ environment: 'Prod EU', ref: ref('v1') })
    expect(commandOf('"Prod EU"', ofGateway)).toMatchObject({ environment: 'Prod EU', ref: null })
    expect(commandOf('prod canary', ofGateway)).toMatchObject({ environment: 'prod', strategy: 'canary' })
    expect(commandOf('canary direct', ofGateway)).toMatchObject({ environment: 'canary', strategy: 'direct' })
    expect(commandOf('env:canary canary', ofGateway)).toMatchObject({ environment: 'canary', strategy: 'canary' })
    expect(problemOf('canary', ofGateway)).toMatchObject({ reason: 'ambiguous', word: 'canary', suggestion: null })
  })
})

describe('what is not understood', () => {
  test.each<[string, GrammarProblem['reason'], string | null, string | null]>([
    ['prodd', 'unknown_word', 'prodd', 'prod'],
    ['prodd canary', 'unknown_word', 'prodd', 'prod canary'],
    ['pordd', 'unknown_word', 'pordd', null],
    ['prdo', 'unknown_word', 'prdo', 'prod'],
    ['prod cannary', 'unknown_word', 'cannary', 'prod canary'],
    ['prodd cannary v1.4.2', 'unknown_word', 'prodd', 'prod canary v1.4.2'],
    ['prod can', 'unknown_word', 'can', null],
    ['prod canar', 'unknown_word', 'canar', 'prod canary'],
    ['prod blue', 'unknown_word', 'blue', 'prod blue-green'],
    ['omnihbu prod', 'unknown_word', 'omnihbu', 'omnihub prod'],
    ['acme/omnihbu prod', 'unknown_repository', 'acme/omnihbu', 'acme/omnihub prod'],
    ['acme/website prod', 'unknown_repository', 'acme/website', null],
    ['prod stauts', 'unknown_word', 'stauts', 'prod status'],
    ['hsitory prod', 'unknown_word', 'hsitory', 'history prod'],
    ['lok prod the status page is red', 'unknown_word', 'lok', 'lock prod the status page is red'],
    ['qa', 'unknown_word', 'qa', null],
    ['qa canary', 'unknown_word', 'qa', null],
    ['v1.4.2', 'missing', null, null],
    ['canary', 'missing', null, null],
    ['canary main', 'missing', null, null],
    ['prod staging', 'too_many', 'staging', null],
    ['from staging to prod', 'too_many', 'prod', null],
    ['prod canary blue-green', 'too_many', 'blue-green', null],
    ['prod main v1.4.2', 'too_many', 'v1.4.2', null],
    ['prod main #12', 'too_many', 'main', null],
    ['acme/omnihub acme/omnihub-docs prod', 'too_many', 'acme/omnihub-docs', null],
    ['prod direct', 'not_allowed', 'direct', null],
    ['dev canary', 'not_allowed', 'canary', null],
    ['prod omnihub-docs', 'ambiguous', 'omnihub-docs', null],
    ['prod 123', 'ambiguous', '123', null],
    ['omnihub-docs staging main', 'unknown_word', 'staging', null],
    ['prod rollback', 'unknown_word', 'rollback', 'rollback prod'],
    ['prod promote', 'unknown_word', 'promote', 'promote prod'],
    ['prod hold', 'unknown_word', 'hold', null],
    ['prod abort', 'unknown_word', 'abort', null],
    ['restart prod', 'unknown_word', 'restart', null],
    ['rolback prod login fails', 'unknown_word', 'rolback', 'rollback prod login fails'],
    ['hlod prod errors', 'unknown_word', 'hlod', 'hold prod errors'],
    ['pro canary', 'unknown_word', 'pro', 'production canary'],
    ['hold', 'missing', null, null],
    ['hold prod', 'missing', null, null],
    ['hold prod because', 'missing', null, null],
    ['hold prodd errors', 'unknown_word', 'prodd', 'hold prod errors'],
    ['rollback prodd', 'unknown_word', 'prodd', 'rollback prod'],
    ['rollback omnihbu errors', 'unknown_word', 'omnihbu', 'rollback omnihub errors'],
    ['rollback because prod is broken', 'ambiguous', 'prod', 'rollback prod because prod is broken'],
    ['rollback prod staging is next', 'too_many', 'staging', null],
    ['rollback prod v1.4.1', 'not_allowed', 'v1.4.1', null],
    ['rollback prod to v1.4.1', 'not_allowed', 'v1.4.1', null],
    ['rollback prod to main~1 now', 'not_allowed', 'main~1', null],
    ['rollback #123', 'not_allowed', '#123', null],
    ['rollback 4f3c2b1', 'not_allowed', '4f3c2b1', null],
    ['rollback prod --force', 'unknown_word', '--force', null],
    ['rollback sandbox', 'unknown_word', 'sandbox', null],
    ['hold prod for 30m errors', 'not_allowed', 'for', null],
    ['hold prod for:30m errors', 'not_allowed', 'for', null],
    ['extend prod', 'missing', null, null],
    ['extend prod 15', 'unknown_word', '15', null],
    ['extend prod 2 days', 'unknown_word', '2 days', null],
    ['extend prod 15 min --for 1h', 'too_many', '--for', null],
    ['extend prodd 15 min', 'unknown_word', 'prodd', 'extend prod 15 min'],
    ['promote prod canary', 'unknown_word', 'canary', null],
    ['promote prod blue-green', 'unknown_word', 'blue-green', 'promote prod'],
    ['resume prod main', 'unknown_word', 'main', 'resume prod'],
    ['promote prod staging', 'too_many', 'staging', null],
    ['advance qa', 'unknown_word', 'qa', 'advance'],
    ['not prod', 'unknown_word', 'not', null],
    ['prod now', 'unknown_word', 'now', null],
    ['prod --force', 'unknown_word', '--force', null],
    ['prod --cannary', 'unknown_word', '--cannary', 'prod --canary'],
    ['--evn=prod', 'unknown_word', '--evn=prod', '--env=prod'],
    ['--env=prodd', 'unknown_word', 'prodd', '--env=prod'],
    ['prod strategy:cannary', 'unknown_word', 'cannary', 'prod strategy:canary'],
    ['prod strategy:', 'missing', 'strategy:', null],
    ['prod foo:bar', 'unknown_word', 'foo:bar', null],
    ['prod @jane', 'unknown_word', '@jane', null],
    ['prod <@U012AB3CD|jane>', 'unknown_word', '@jane', 'prod'],
    ['prod <#C012AB3CD|deploys>', 'unknown_word', '#deploys', 'prod'],
    ['#deploys prod', 'unknown_word', '#deploys', null],
    ['"prod canary"', 'unknown_word', 'prod canary', 'prod canary'],
    ['prod "fix the login"', 'unknown_word', 'fix the login', null],
    ['prod https://example.com/acme/omnihub/pull/1', 'unknown_word', 'https://example.com/acme/omnihub/pull/1', null],
    ['prod https://github.com/acme/omnihub/issues/1', 'unknown_word', at('issues/1'), null],
    [
      'prod https://github.com/acme/website/pull/1',
      'unknown_repository',
      'https://github.com/acme/website/pull/1',
      null,
    ],
    ['prod ref:a..b', 'unknown_word', 'a..b', null],
    ['prod main:x', 'unknown_word', 'main:x', null],
    ['prod pr:x', 'unknown_word', 'x', null],
    ['note: to production', 'missing', null, null],
    ['prod lock', 'unknown_word', 'lock', null],
    ['status history', 'unknown_word', 'history', null],
    ['prod status history', 'too_many', 'history', null],
    ['show', 'missing', null, null],
    ['show 01J', 'unknown_word', '01J', null],
    ['lock', 'missing', null, null],
    ['lock prod', 'missing', null, null],
    ['lock prodd moving the database', 'unknown_word', 'prodd', 'lock prod moving the database'],
    ['lock prod staging is down', 'too_many', 'staging', null],
    ['lock prod 2h migration', 'ambiguous', '2h', 'lock prod for 2h migration'],
    ['lock prod waiting for 2h of quiet', 'ambiguous', 'for 2h', null],
    ['lock prod migration --untill 2h', 'unknown_word', '--untill', null],
    ['lock prod migration for 0h', 'unknown_word', '0h', null],
    ['lock prod migration for 2h --for 3h', 'too_many', '3h', null],
    ['freeze prod load test', 'missing', null, null],
    ['prod lock moving the database', 'unknown_word', 'lock', 'lock prod moving the database'],
    ['unlock prod done', 'unknown_word', 'done', 'unlock prod'],
    ['who prod canary', 'unknown_word', 'canary', 'who prod'],
    ['why prod canary', 'unknown_word', 'canary', 'why prod'],
    ['plan prod note:x', 'unknown_word', 'note:', 'plan prod'],
    ['status prod v1', 'unknown_word', 'v1', 'status prod'],
    ['history prod 500', 'not_allowed', '500', null],
    ['cancel prod', 'unknown_word', 'prod', null],
    ['cancel #12', 'unknown_word', '#12', null],
    ['cancel v1.4.2', 'unknown_word', 'v1.4.2', null],
    ['cancel canary', 'unknown_word', 'canary', null],
    ['lock prod until 17:00', 'ambiguous', 'until', null],
    ['lock prod for two hours', 'ambiguous', 'for', null],
    ['lock staging and prod: migration', 'ambiguous', 'and', null],
    ['prod 2h', 'unknown_word', '2h', null],
    ['prod & canary', 'unknown_word', '&', null],
    ['prod prod2', 'unknown_word', 'prod2', null],
    ['prod canary canry', 'unknown_word', 'canry', null],
    ['direct develop', 'unknown_word', 'develop', 'direct development'],
    ['cancel omnihub wrong commit', 'unknown_word', 'omnihub', null],
    [
      'cancel wrong commit 01J8Z3N5V7XQ2M4K6P8R0T1W3Y',
      'ambiguous',
      '01J8Z3N5V7XQ2M4K6P8R0T1W3Y',
      'cancel 01J8Z3N5V7XQ2M4K6P8R0T1W3Y wrong commit',
    ],
    ['help lokc', 'unknown_word', 'lokc', 'help lock'],
    ['help me', 'unknown_word', 'me', 'help'],
  ])('%s', (text, reason, word, suggestion) => {
    const problem = problemOf(text)
    expect({ ...problem, message: '' }).toEqual({ reason, word, suggestion, message: '' })
    expect(problem.message).toMatch(/\S.{10,}/)
  })

  test('the message says the way out', () => {
    expect(problemOf('prod prodd').message).toContain('ref:prodd')
    expect(problemOf('prod direct').message).toContain('canary and blue-green')
    expect(problemOf('qa').message).toContain('dev, staging or production')
    expect(problemOf('prod', ofTwo).message).toContain('acme/omnihub or acme/omnihub-docs')
    expect(problemOf('prod lock').message).toContain('ref:lock')
  })
})

describe('the other commands', () => {
  const id = '01J8Z3N5V7XQ2M4K6P8R0T1W3Y'
  const hour = 3_600_000
  test.each<[string, DeployCommand]>([
    ['', { type: 'open_modal', repository: null }],
    ['  /deploy ', { type: 'open_modal', repository: null }],
    ['omnihub', { type: 'open_modal', repository: omnihub }],
    ['omnihub-docs', { type: 'open_modal', repository: 'acme/omnihub-docs' }],
    ['help', { type: 'help', topic: null }],
    ['HELP lock', { type: 'help', topic: 'lock' }],
    ['lock help', { type: 'help', topic: 'lock' }],
    ['lock prod --help', { type: 'help', topic: 'lock' }],
    ['--help', { type: 'help', topic: null }],
    ['-h', { type: 'help', topic: null }],
    ['?', { type: 'help', topic: null }],
    ['help canary', { type: 'help', topic: 'strategies' }],
    ['status', { type: 'status', repository: null, environment: null }],
    ['status prod', { type: 'status', repository: null, environment: 'production' }],
    ['prod status', { type: 'status', repository: null, environment: 'production' }],
    ['status omnihub live', { type: 'status', repository: omnihub, environment: 'production' }],
    ['history', { type: 'history', repository: null, environment: null, limit: 10 }],
    ['history prod 20', { type: 'history', repository: null, environment: 'production', limit: 20 }],
    ['20 history omnihub', { type: 'history', repository: omnihub, environment: null, limit: 20 }],
    ['history --limit=5', { type: 'history', repository: null, environment: null, limit: 5 }],
    [`show ${id}`, { type: 'show', releaseId: id }],
    [`show \`${id.toLowerCase()}\`.`, { type: 'show', releaseId: id }],
    ['plan prod canary', { type: 'plan', ...production, strategy: 'canary', ref: null }],
    ['plan canary v1.4.2 prod', { type: 'plan', ...production, strategy: 'canary', ref: ref('v1.4.2') }],
    ['why prod', { type: 'why', ...production, ref: null }],
    ['why prod main~1', { type: 'why', ...production, ref: ref('main~1') }],
    ['who prod', { type: 'who', ...production }],
    ['unlock production', { type: 'unlock', ...production }],
    ['unfreeze prod', { type: 'unfreeze', ...production }],
    ['lock prod moving the database', { type: 'lock', ...production, why: 'moving the database', forMs: null }],
    [
      'lock prod moving the database for 2h',
      { type: 'lock', ...production, why: 'moving the database', forMs: 2 * hour },
    ],
    ['lock prod for 90 min: moving it', { type: 'lock', ...production, why: 'moving it', forMs: 1.5 * hour }],
    [
      'lock prod "don’t touch, prod is fragile" for 1h30m',
      { type: 'lock', ...production, why: 'don’t touch, prod is fragile', forMs: 1.5 * hour },
    ],
    [
      'lock omnihub prod --for 2 hours canary looks bad',
      { type: 'lock', ...production, why: 'canary looks bad', forMs: 2 * hour },
    ],
    ['lock env:prod reason:"see #12" for:1d', { type: 'lock', ...production, why: 'see #12', forMs: 24 * hour }],
    [
      'lock prod see the note: do not deploy',
      { type: 'lock', ...production, why: 'see the note: do not deploy', forMs: null },
    ],
    [
      'lock prod "waiting for 2h of quiet"',
      { type: 'lock', ...production, why: 'waiting for 2h of quiet', forMs: null },
    ],
    ['freeze prod load test for 2h', { type: 'freeze', ...production, why: 'load test', forMs: 2 * hour }],
    ['freeze prod for 2h load test', { type: 'freeze', ...production, why: 'load test', forMs: 2 * hour }],
    ['cancel', { type: 'cancel', releaseId: null, why: null }],
    ['cancel wrong commit', { type: 'cancel', releaseId: null, why: 'wrong commit' }],
    [`cancel ${id}`, { type: 'cancel', releaseId: id, why: null }],
    [`cancel ${id} prod is on fire`, { type: 'cancel', releaseId: id, why: 'prod is on fire' }],
    ['cancel "prod is on fire"', { type: 'cancel', releaseId: null, why: 'prod is on fire' }],
  ])('%s', (text, expected) => {
    expect(commandOf(text)).toEqual(expected)
  })

  test.each<[string, DeployCommand]>([
    ['hold prod errors look odd', { type: 'hold', ...ofProduction, why: 'errors look odd' }],
    ['hold prod because errors look odd', { type: 'hold', ...ofProduction, why: 'errors look odd' }],
    ['hold prod because of 5xx errors', { type: 'hold', ...ofProduction, why: '5xx errors' }],
    ['hold on prod: errors', { type: 'hold', ...ofProduction, why: 'errors' }],
    ['hold "because I say so"', { type: 'hold', ...anywhere, why: 'because I say so' }],
    ['hold omnihub prod reason:"x y"', { type: 'hold', ...production, why: 'x y' }],
    ['hold --env prod --reason p95 doubled', { type: 'hold', ...ofProduction, why: 'p95 doubled' }],
    ['hold errors look odd', { type: 'hold', ...anywhere, why: 'errors look odd' }],
    ['rollback', { type: 'rollback', ...anywhere, why: null }],
    ['rollback prod', { type: 'rollback', ...ofProduction, why: null }],
    ['roll back prod login fails', { type: 'rollback', ...ofProduction, why: 'login fails' }],
    ['ROLL-BACK live: login fails', { type: 'rollback', ...ofProduction, why: 'login fails' }],
    ['rollback prod 500s since 14:02', { type: 'rollback', ...ofProduction, why: '500s since 14:02' }],
    ['rollback prod #123 broke the login', { type: 'rollback', ...ofProduction, why: '#123 broke the login' }],
    ['rollback prod because prod is broken', { type: 'rollback', ...ofProduction, why: 'prod is broken' }],
    ['rollback "prod is on fire"', { type: 'rollback', ...anywhere, why: 'prod is on fire' }],
    ['rollback in production because login fails', { type: 'rollback', ...ofProduction, why: 'login fails' }],
    ['extend prod 15 min', { type: 'extend', ...ofProduction, ms: 15 * 60_000 }],
    ['extend by 1h30m', { type: 'extend', ...anywhere, ms: 1.5 * hour }],
    ['extend prod for 15m', { type: 'extend', ...ofProduction, ms: 15 * 60_000 }],
    ['extend --for 20 min --env prod', { type: 'extend', ...ofProduction, ms: 20 * 60_000 }],
    ['extend 90s on prod', { type: 'extend', ...ofProduction, ms: 90_000 }],
    ['resume', { type: 'resume', ...anywhere }],
    ['resume prod', { type: 'resume', ...ofProduction }],
    ['advance the production', { type: 'advance', ...ofProduction }],
    ['promote omnihub prod', { type: 'promote', ...production }],
    ['adopt prod', { type: 'adopt', ...ofProduction }],
    ['restore prod', { type: 'restore', ...ofProduction }],
    ['approve-step prod', { type: 'approve_step', ...ofProduction }],
    ['approve step', { type: 'approve_step', ...anywhere }],
    ['rollback help', { type: 'help', topic: 'rollback' }],
    ['help roll-back', { type: 'help', topic: 'rollback' }],
  ])('%s', (text, expected) => {
    expect(commandOf(text)).toEqual(expected)
  })

  test('where several repositories have an environment of that name, a rollout’s repository may stay open', () => {
    expect(commandOf('rollback prod', ofTwo)).toEqual({ type: 'rollback', ...ofProduction, why: null })
    expect(commandOf('rollback omnihub-docs prod', ofTwo)).toMatchObject({ repository: 'acme/omnihub-docs' })
    expect(commandOf('hold eu errors', ofGateway)).toMatchObject({ environment: 'Prod EU', why: 'errors' })
    expect(problemOf('rollback prod', ofNone)).toMatchObject({ reason: 'ambiguous', word: 'prod' })
  })

  test('a word that stops a rollout somewhere else leads to the one that does it here', () => {
    expect(problemOf('abort prod').message).toContain('hold')
    expect(problemOf('rollback prod to v1.4.1').message).toContain('without rollback')
  })

  test('a repository behind the environment counts only where one has to be named', () => {
    expect(commandOf('lock prod omnihub-docs is broken')).toMatchObject({
      repository: omnihub,
      why: 'omnihub-docs is broken',
    })
    expect(commandOf('lock prod omnihub-docs broken links', ofTwo)).toMatchObject({
      repository: 'acme/omnihub-docs',
      why: 'broken links',
    })
    expect(problemOf('lock prod broken links', ofTwo).reason).toBe('missing')
  })

  test('a reason or note that is too long is refused and not cut', () => {
    expect(problemOf(`lock prod ${'x'.repeat(501)}`).reason).toBe('not_allowed')
    expect(problemOf(`prod note:${'x'.repeat(501)}`).reason).toBe('not_allowed')
  })
})
