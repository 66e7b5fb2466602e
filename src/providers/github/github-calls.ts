/** What every call to GitHub has around it: the client for the owner, the measure, and failures as values. */
import type { Octokit } from '@octokit/rest'
import type { CodeHostFailure, CodeHostResult } from '../../engine/code-host.ts'
import type { GithubClients } from './github-clients.ts'
import { type CallDescription, githubFailure } from './github-failure.ts'

/** One call to GitHub, for metrics. `outcome` is `ok` or the type of the failure. */
export interface GithubCall {
  readonly service: 'github'
  readonly method: string
  readonly outcome: 'ok' | CodeHostFailure['type']
  readonly seconds: number
}

/** Runs a part without which the rest still helps; null when it may not be read or is not there. */
export type OptionalPart = <T>(method: string, part: () => Promise<T>) => Promise<T | null>

/** What a call on one repository has at hand. */
export interface RepositoryClient {
  readonly octokit: Octokit
  /** To be spread into Octokit's parameters. */
  readonly of: { readonly owner: string; readonly repo: string }
  readonly optional: OptionalPart
}

export interface GithubCalls {
  readonly clients: GithubClients
  call<T>(description: CallDescription, work: () => Promise<T>): Promise<CodeHostResult<T>>
  optionalFor(object: string): OptionalPart
  /** @param object - what it is about, without the repository: `run 12` */
  on<T>(
    repository: string,
    method: string,
    object: string,
    work: (client: RepositoryClient) => Promise<T>,
  ): Promise<CodeHostResult<T>>
}

export function githubCalls(clients: GithubClients, onCall?: (call: GithubCall) => void): GithubCalls {
  const call: GithubCalls['call'] = async (description, work) => {
    const startedAt = performance.now()
    const done = (outcome: GithubCall['outcome']) => {
      const seconds = (performance.now() - startedAt) / 1000
      onCall?.({ service: 'github', method: description.method, outcome, seconds })
    }
    try {
      const value = await work()
      done('ok')
      return { ok: true, value }
    } catch (error) {
      const failure = githubFailure(error, description, Date.now(), clients.secrets)
      done(failure.type)
      if (failure.type === 'unauthorized') clients.forgetInstallations()
      return { ok: false, failure }
    }
  }
  /** A part whose absence is no failure of the whole; trouble that passes is, so that the whole is tried again. */
  const optionalFor =
    (object: string): OptionalPart =>
    async <T>(method: string, work: () => Promise<T>): Promise<T | null> => {
      let thrown: unknown
      const result = await call({ method, object }, () =>
        work().catch((error: unknown) => {
          thrown = error
          throw error
        }),
      )
      if (result.ok) return result.value
      const { failure } = result
      // "Upgrade to GitHub Pro …": the repository's plan does not have the thing at all.
      const isOfHigherPlan = failure.type === 'rejected' && / 403 Upgrade to GitHub/.test(failure.detail)
      const isMissing = failure.type === 'not_found' || failure.type === 'unauthorized' || isOfHigherPlan
      const isBadCredential = failure.type === 'unauthorized' && / 401 /.test(failure.detail)
      if (isMissing && !isBadCredential) return null
      throw thrown
    }
  return {
    clients,
    call,
    optionalFor,
    on(repository, method, what, work) {
      const object = what === '' ? repository : `${what} of ${repository}`
      return call({ method, object }, async () => {
        const { owner, repo } = splitRepository(repository)
        const octokit = await clients.forOwner(owner)
        return work({ octokit, of: { owner, repo }, optional: optionalFor(object) })
      })
    },
  }
}

export function splitRepository(repository: string): { readonly owner: string; readonly repo: string } {
  const [owner = '', repo = ''] = repository.split('/')
  return { owner, repo }
}
