/**
 * Octokit, with the right credential for whom it speaks to: one token for everything, or an App with its own
 * installation for each owner of repositories. It never waits or repeats: the engine does.
 */

import { createPrivateKey } from 'node:crypto'
import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/rest'
import { z } from 'zod'
import type { Secrets } from '../../config/config.ts'
import { GithubProblem } from './github-problem.ts'

export interface GithubClients {
  readonly type: 'token' | 'app'
  /** @throws a `GithubProblem`, or what Octokit throws while the installation is looked up */
  forOwner(owner: string): Promise<Octokit>
  /** Speaks as the App itself; the same as any other for a token. @throws a `GithubProblem` */
  forApp(): Octokit
  /** After a 401: installations are looked up and their tokens asked for anew. */
  forgetInstallations(): void
  /** Every secret in here, to keep it out of messages. */
  readonly secrets: readonly string[]
}

export interface GithubClientsOptions {
  readonly auth: Secrets['github']
  readonly apiUrl: string
  /** Longest time for one HTTP request, milliseconds. */
  readonly timeoutMs: number
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const Installations = z.array(
  z.object({
    id: z.number(),
    account: z.object({ login: z.string() }).nullish(),
    suspended_at: z.unknown().optional(),
  }),
)

export function githubClients({ auth, apiUrl, timeoutMs }: GithubClientsOptions): GithubClients {
  // A time-out for each HTTP request of its own, those for tokens and for further pages too. (A hook that sets a
  // signal would not do: hooks that are wrapped by it get to see the options as they were.)
  const fetchInTime: typeof fetch = (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
  const baseUrl = apiUrl.replace(/\/+$/, '')
  const common = { baseUrl, userAgent: 'sluice', log: silent, request: { fetch: fetchInTime } }

  if (auth === null || auth.type === 'token') {
    const client = auth === null ? null : new Octokit({ ...common, auth: auth.token.reveal() })
    const get = () => {
      if (client !== null) return client
      throw new GithubProblem(
        'unauthorized',
        'neither GITHUB_TOKEN nor GITHUB_APP_ID with GITHUB_APP_PRIVATE_KEY is set',
      )
    }
    return {
      type: 'token',
      forOwner: async () => get(),
      forApp: get,
      forgetInstallations() {},
      secrets: auth === null ? [] : [auth.token.reveal()],
    }
  }

  const privateKey = auth.privateKey.reveal()
  const appAuth = { appId: auth.appId, privateKey }
  const app = new Octokit({ ...common, authStrategy: createAppAuth, auth: appAuth })
  const clients = new Map<string, Promise<Octokit>>()
  const clientFor = async (owner: string): Promise<Octokit> => {
    const installationId = await findInstallation(app, owner)
    if (installationId === null) throw new GithubProblem('unauthorized', `the App is not installed for "${owner}"`)
    return new Octokit({ ...common, authStrategy: createAppAuth, auth: { ...appAuth, installationId } })
  }
  return {
    type: 'app',
    async forOwner(owner) {
      checkKey(privateKey)
      const key = owner.toLowerCase()
      const known = clients.get(key)
      if (known !== undefined) return known
      const client = clientFor(key)
      clients.set(key, client)
      // Only what worked is remembered: the App may be installed a minute later.
      client.catch(() => clients.delete(key))
      return client
    },
    forApp() {
      checkKey(privateKey)
      return app
    },
    forgetInstallations: () => clients.clear(),
    secrets: [privateKey],
  }
}

function checkKey(privateKey: string): void {
  try {
    createPrivateKey(privateKey)
  } catch {
    // What the parser says may quote the key.
    throw new GithubProblem('unauthorized', 'GITHUB_APP_PRIVATE_KEY is not a private key in PEM form')
  }
}

async function findInstallation(app: Octokit, owner: string): Promise<number | null> {
  for (let page = 1; ; page += 1) {
    const { data } = await app.rest.apps.listInstallations({ per_page: 100, page })
    const installations = Installations.parse(data)
    const found = installations.find(({ account }) => account?.login.toLowerCase() === owner)
    if (found !== undefined) return found.id
    if (installations.length < 100) return null
  }
}
