/** A simulated GitHub and the code host that asks it, for one test. */
import { onTestFinished } from 'vitest'
import {
  type SimulatedGithub,
  type SimulatedGithubOptions,
  startSimulatedGithub,
} from '../../../sandbox/github/simulated-github.ts'
import { Secret } from '../../../src/config/secret.ts'
import type { CodeHost, CodeHostResult } from '../../../src/engine/code-host.ts'
import { type GithubCodeHostOptions, githubCodeHost } from '../../../src/providers/github/github-code-host.ts'
import { appKey } from '../../sandbox/github/app-key.ts'
import { RECEIVER_SECRET, startWebhookReceiver } from '../../sandbox/github/webhook-receiver.ts'

export const TOKEN = 'sandbox-token-of-the-test'
export const repository = 'omnihub/app'

export interface WithGithub {
  readonly github: SimulatedGithub
  readonly receiver: Awaited<ReturnType<typeof startWebhookReceiver>>
  readonly codeHost: CodeHost
  /** Paths that were asked for since the last call of this, with their methods. */
  requests(): readonly string[]
}

/** With the App's installation as credential, or with a personal token. */
export async function withGithub(
  options: Partial<SimulatedGithubOptions> = {},
  host: Partial<GithubCodeHostOptions> & { readonly isApp?: boolean } = {},
): Promise<WithGithub> {
  const receiver = await startWebhookReceiver()
  const webhook = { url: receiver.url, secret: RECEIVER_SECRET }
  const github = await startSimulatedGithub({
    repositories: [{ fullName: repository }],
    people: [{ login: 'mona', name: 'Mona Lisa', email: 'Mona@omnihub.dev' }],
    tokens: [{ token: TOKEN, login: 'sluice-bot' }],
    app: { id: 7, slug: 'sluice', privateKey: appKey, installations: [{ id: 70, account: 'omnihub' }], webhook },
    ...options,
  })
  onTestFinished(async () => {
    await github.settle()
    await github.close()
    await receiver.close()
  })
  const { isApp = false, ...rest } = host
  const codeHost = githubCodeHost({
    auth: isApp
      ? { type: 'app', appId: 7, privateKey: new Secret(appKey) }
      : { type: 'token', token: new Secret(TOKEN) },
    apiUrl: github.apiUrl,
    repositories: [repository],
    publicUrl: null,
    ...rest,
  })
  let seen = 0
  return {
    github,
    receiver,
    codeHost,
    requests() {
      const fresh = github.requests.slice(seen)
      seen = github.requests.length
      return fresh.map(({ method, path }) => `${method} ${decodeURIComponent(path)}`)
    },
  }
}

/** What was answered. @throws when it failed */
export function valueIn<T>(result: CodeHostResult<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.failure))
  return result.value
}
