/** All of Sluice on a free port, with the simulated Slack and GitHub, and senders of signed and unsigned requests. */
import { createHmac, randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import Database from 'better-sqlite3'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { type SimulatedGithub, startSimulatedGithub } from '../../sandbox/github/simulated-github.ts'
import { type SimulatedSlack, startSimulatedSlack } from '../../sandbox/slack/simulated-slack.ts'
import type { Config, RepositoryConfig } from '../../src/config/config.ts'
import { Secret } from '../../src/config/secret.ts'
import { defaultStages } from '../../src/pipeline/default-stages.ts'
import { type Sluice, startSluice } from '../../src/start-sluice.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

const secret = 'the newest secret'
export const oldSecret = 'the one before'
export const maxBodyBytes = 200_000

export interface Answer {
  readonly status: number
  readonly text: string
}

export interface Running {
  readonly url: string
  readonly sluice: Sluice
  readonly slack: SimulatedSlack
  readonly github: SimulatedGithub
  readonly raw: Database.Database
  readonly log: readonly { readonly level: number; readonly msg: string }[]
  get(path: string, method?: string): Promise<Answer>
  /** Sends a delivery as GitHub does; what is named differs from that. */
  deliver(event: string, payload: unknown, given?: Delivery): Promise<Answer>
}

export interface Delivery {
  readonly secret?: string
  readonly guid?: string
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Instead of the payload's JSON. */
  readonly body?: string | Buffer
  /** Without `content-length`. */
  readonly isChunked?: boolean
}

export function sign(body: string | Buffer, key = secret): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
}

export async function startRunning(
  given: { readonly repositories?: readonly string[]; readonly folder?: string; readonly botToken?: string } = {},
): Promise<Running> {
  const slack = await startSimulatedSlack({ rateLimits: false })
  slack.addChannel('deploys')
  slack.addChannel('ops')
  const github = await startSimulatedGithub({ repositories: [{ fullName: 'acme/shop' }] })
  const folder = given.folder ?? temporaryFolder()
  const repositoryOf = (repo: string): RepositoryConfig => ({
    repo,
    channels: ['#deploys'],
    stages: defaultStages,
    environments: [],
    onCall: null,
    branches: [],
    pullRequests: true,
  })
  const config: Config = {
    repositories: (given.repositories ?? ['acme/shop']).map(repositoryOf),
    people: new Map(),
    slack: { apiUrl: slack.apiUrl, fallbackChannel: '#ops', auditChannel: null, allowedTeams: [], allowedGuests: [] },
    github: { apiUrl: github.apiUrl, webUrl: 'https://github.com' },
    supabase: { apiUrl: '' },
    vercel: { apiUrl: '' },
    server: { host: '127.0.0.1', port: 0, publicUrl: null, maxBodyBytes },
    data: { folder, payloadRetentionDays: 30, pipelineRetentionDays: 365 },
    audit: { mirror: null },
  }
  const log: { level: number; msg: string }[] = []
  const sluice = await startSluice({
    config,
    secrets: {
      slackBotToken: new Secret(given.botToken ?? slack.botToken),
      slackSigningSecret: new Secret(slack.signingSecret),
      slackAppToken: null,
      githubWebhookSecrets: [new Secret(secret), new Secret(oldSecret)],
      github: { type: 'token', token: new Secret('sandbox-token') },
      supabaseAuditKey: null,
      supabasePublishableKey: null,
      supabaseAccessToken: null,
      vercelToken: null,
      prometheus: null,
      cloudflareApiToken: null,
    },
    log: pino({ level: 'info' }, { write: (line: string) => log.push(JSON.parse(line)) }),
  })
  slack.setRequestUrl(`http://127.0.0.1:${sluice.port}/slack/events`)
  const raw = new Database(`${folder}/sluice.db`)
  onTestFinished(async () => {
    await sluice.stop()
    raw.close()
    await slack.stop()
    await github.close()
  })
  const url = `http://127.0.0.1:${sluice.port}`
  return {
    url,
    sluice,
    slack,
    github,
    raw,
    log,
    get: (path, method = 'GET') => send(url, { path, method, headers: {}, body: null, isChunked: false }),
    deliver(event, payload, { secret: key = secret, guid = randomUUID(), headers = {}, body, isChunked = false } = {}) {
      const content = body ?? JSON.stringify(payload)
      const all = {
        'content-type': 'application/json',
        'x-github-event': event,
        'x-github-delivery': guid,
        'x-hub-signature-256': sign(content, key),
        ...headers,
      }
      return send(url, { path: '/github/webhooks', method: 'POST', headers: all, body: content, isChunked })
    },
  }
}

/** Writes the whole body and then reads the answer, as GitHub does: no answer counts that comes with a broken connection. */
function send(
  url: string,
  message: {
    readonly path: string
    readonly method: string
    readonly headers: Readonly<Record<string, string | undefined>>
    readonly body: string | Buffer | null
    readonly isChunked: boolean
  },
): Promise<Answer> {
  const { path, method, body, isChunked } = message
  const headers = Object.fromEntries(Object.entries(message.headers).filter(([, value]) => value !== undefined))
  if (body !== null && !isChunked) headers['content-length'] = String(Buffer.byteLength(body))
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}${path}`, { method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.on('error', reject)
    })
    request.on('error', reject)
    if (body === null) request.end()
    else if (isChunked) {
      request.write(body)
      request.end()
    } else request.end(body)
  })
}
