import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { appKey } from '../sandbox/github/app-key.ts'
import { fastWorld, monaId, smallPipeline } from './fast-world.ts'

/** A logger that says everything, and what it said. */
function listeningLog() {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
  return { log: pino({ level: 'trace' }, stream), lines }
}

describe.each([
  { variant: 'a repository hook, by HTTP', options: {} },
  { variant: 'a GitHub App, by Socket Mode', options: { appKey, socketMode: true } },
])('secrets, with $variant', ({ options }) => {
  it('are in no log line, message, answer or row of the store, whatever goes wrong', { timeout: 30_000 }, async () => {
    const { log, lines } = listeningLog()
    const world = await fastWorld({ ...options, auditMirror: true, log, factor: 30 })
    const { slack, github, supabase } = world
    supabase?.failNext({ kind: 'bad_gateway' })
    supabase?.failNext({ kind: 'reset_after' })
    supabase?.rotateKeys()
    const failing = smallPipeline({ message: 'First', outcomes: ['failure', 'success'] })
    const [workflow] = failing.workflows
    const printed = Object.values(world.env).filter(
      (value) => value.startsWith('xoxb-') || value.startsWith('sandbox-'),
    )
    const unit = workflow?.jobs.map((job) =>
      job.key === 'unit'
        ? { ...job, failure: { step: 'Run npm test', log: ['FAIL', ...printed.map((secret) => `token=${secret}`)] } }
        : job,
    )
    for (const kind of [
      'reset_after',
      'http500',
      'invalid_json',
      'invalid_auth',
      'fatal_error',
      'ratelimited',
      'invalid_blocks',
    ]) {
      slack.failNext({ method: 'chat.postMessage', kind })
      slack.failNext({ method: 'chat.update', kind })
      slack.failNext({ method: 'users.info', kind, after: 1 })
    }
    for (const kind of [
      'unauthorized',
      'forbidden',
      'bad_gateway',
      'malformed',
      'reset',
      'internal_error',
      'not_found',
    ] as const) {
      github.faults.failNext({ kind })
    }
    await world.run({ ...failing, workflows: [{ name: 'CI', on: ['push'], jobs: unit ?? [] }] })
    const alert = Object.values(slack.channel('#deploys').messages).find(({ metadata }) =>
      String(metadata?.event_payload.id).startsWith('alert:'),
    )
    const channel = slack.channel('#deploys').id
    await slack.press({ user: monaId, channel, ts: alert?.ts ?? '', actionId: 'rerun_failed_jobs' })
    await slack.openHome(monaId)
    await slack.sendEvent({ type: 'app_home_opened', user: monaId, channel, tab: 'home', view: 'nonsense' })
    const strangers = [
      await fetch(`${world.sluiceUrl}/github/webhooks`, { method: 'POST', body: '{}' }),
      await fetch(`${world.sluiceUrl}/github/webhooks`, {
        method: 'POST',
        body: 'x',
        headers: { 'x-hub-signature-256': 'sha256=00' },
      }),
      await fetch(`${world.sluiceUrl}/slack/events`, {
        method: 'POST',
        body: '{"type":"url_verification"}',
        headers: { 'x-slack-signature': 'v0=00', 'x-slack-request-timestamp': '1' },
      }),
      await fetch(`${world.sluiceUrl}/readyz`),
      await fetch(`${world.sluiceUrl}/metrics`),
    ]
    const answers = await Promise.all(strangers.map((response) => response.text()))
    slack.revokeToken(slack.botToken)
    await fetch(`${world.sluiceUrl}/readyz`)
    await world.stopSluice()
    await world.startSluice()
    await world.sluice().engine.catchUp()
    await supabase?.until(() => supabase.calls.some(({ status }) => status === 401), 'a refusal')

    expect(lines.length).toBeGreaterThan(2)
    const keyLines = appKey.split('\n').filter((line) => line.length > 40)
    const secrets = [
      ...[
        'SLACK_BOT_TOKEN',
        'SLACK_APP_TOKEN',
        'SLACK_SIGNING_SECRET',
        'GITHUB_WEBHOOK_SECRET',
        'GITHUB_TOKEN',
        'SUPABASE_AUDIT_KEY',
        'SUPABASE_PUBLISHABLE_KEY',
      ].flatMap((name) => world.env[name] ?? []),
      ...keyLines,
    ]
    expect(secrets.length).toBeGreaterThan(3)
    const { channels, ephemerals, views } = slack.state
    const { db } = world.sluice().store
    const stored = await Promise.all([
      db.selectFrom('inbox').selectAll().execute(),
      db.selectFrom('outbox').selectAll().execute(),
      db.selectFrom('alerts').selectAll().execute(),
      db.selectFrom('audit').selectAll().execute(),
      db.selectFrom('settings').selectAll().execute(),
    ])
    const told = {
      log: lines.join(''),
      slack: JSON.stringify({ channels, ephemerals, views }),
      answers: answers.join('\n'),
      github: JSON.stringify(
        github.deliveries().map(({ responseBody, responseHeaders }) => [responseBody, responseHeaders]),
      ),
      store: JSON.stringify(stored),
    }
    for (const [where, text] of Object.entries(told)) {
      for (const secret of secrets) expect(text.includes(secret), `${where} holds ${secret.slice(0, 12)}…`).toBe(false)
      // What GitHub gives to an App's installation, and the App's own signed token.
      expect(text, where).not.toMatch(/ghs_\w{10}|eyJ\w{10,}\.eyJ/)
    }
  })
})
