/** GitHub as a `CodeHost`. Each call is tried once; what fails comes back as a value that says what to do next. */
import { z } from 'zod'
import type { Secrets } from '../../config/config.ts'
import type { CodeHost, CodeHostFailure, CodeHostResult, Delivery } from '../../engine/code-host.ts'
import { checkCalls } from './checks.ts'
import { compareCalls } from './compare.ts'
import { contentCalls } from './contents.ts'
import { appDeliveries, repositoryDeliveries } from './deliveries.ts'
import { deploymentCalls } from './deployments.ts'
import { failureDetails } from './failure-details.ts'
import { type GithubCall, githubCalls, splitRepository } from './github-calls.ts'
import { githubClients } from './github-clients.ts'
import { presentState } from './present-state.ts'
import { resolveRefCalls } from './resolve-ref.ts'
import { suggestCalls } from './suggest-refs.ts'
import { teamCalls } from './teams.ts'
import { workflowCalls } from './workflows.ts'

export type { GithubCall }

export interface GithubCodeHostOptions {
  /** Null: nothing was configured, and every call says so. */
  readonly auth: Secrets['github']
  readonly apiUrl: string
  /** `owner/name` of every repository that is followed. */
  readonly repositories: readonly string[]
  /** Where GitHub reaches us; repository hooks that point elsewhere are none of ours. */
  readonly publicUrl: string | null
  readonly onCall?: (call: GithubCall) => void
  /** Longest time for one HTTP request; 10 seconds when left out. */
  readonly timeoutMs?: number
}

const Run = z.object({ run_attempt: z.number().nullish(), status: z.string(), conclusion: z.string().nullish() })
const User = z.object({ email: z.string().nullish() })

export function githubCodeHost(options: GithubCodeHostOptions): CodeHost {
  const { repositories, publicUrl, onCall, timeoutMs = 10_000 } = options
  const clients = githubClients({ auth: options.auth, apiUrl: options.apiUrl, timeoutMs })

  const calls = githubCalls(clients, onCall)
  const { call, on, optionalFor } = calls

  const deliveriesOf = async (repository: string, sinceMs: number, ourUrl: string) =>
    call({ method: 'repos.listWebhookDeliveries', object: `hooks of ${repository}` }, async () => {
      const { owner, repo } = splitRepository(repository)
      return repositoryDeliveries(await clients.forOwner(owner), { owner, repo }, ourUrl, sinceMs)
    })

  const newestFirst = (found: readonly Delivery[]) => found.toSorted((a, b) => b.deliveredAt - a.deliveredAt)

  return {
    failureDetails({ repository, jobId }) {
      const object = `job ${jobId} of ${repository}`
      return call({ method: 'actions.getJobForWorkflowRun', object }, async () => {
        const { owner, repo } = splitRepository(repository)
        const octokit = await clients.forOwner(owner)
        const optional = optionalFor(object)
        return failureDetails({ octokit, owner, repo, jobId, timeoutMs, secrets: clients.secrets, optional })
      })
    },

    runState({ repository, runId }) {
      return on(repository, 'actions.getWorkflowRun', `run ${runId}`, async ({ octokit, of }) => {
        const run = Run.parse((await octokit.rest.actions.getWorkflowRun({ ...of, run_id: runId })).data)
        return { attempt: run.run_attempt ?? 1, status: run.status, conclusion: run.conclusion ?? null }
      })
    },

    rerunFailedJobs({ repository, runId }) {
      return on(repository, 'actions.reRunWorkflowFailedJobs', `run ${runId}`, async ({ octokit, of }) => {
        await octokit.rest.actions.reRunWorkflowFailedJobs({ ...of, run_id: runId })
      })
    },

    async deliveriesSince(sinceMs) {
      if (clients.type === 'app') {
        const found = await call({ method: 'apps.listWebhookDeliveries', object: 'the App' }, () =>
          appDeliveries(clients.forApp(), sinceMs),
        )
        return found.ok ? { ok: true, value: newestFirst(found.value) } : found
      }
      if (publicUrl === null) return { ok: false, failure: noPublicUrl }
      const results: CodeHostResult<readonly Delivery[]>[] = []
      for (const repository of repositories) results.push(await deliveriesOf(repository, sinceMs, publicUrl))
      const failures = results.flatMap((result) => (result.ok ? [] : [result.failure]))
      // One repository whose hooks we may not see does not keep the others from catching up.
      const passing = failures.find(({ type }) => type === 'rate_limited' || type === 'unavailable')
      const worst = passing ?? (failures.length === results.length ? failures[0] : undefined)
      if (worst !== undefined) return { ok: false, failure: worst }
      return { ok: true, value: newestFirst(results.flatMap((result) => (result.ok ? result.value : []))) }
    },

    redeliver({ id, guid, hook }) {
      if (hook === null) {
        return call({ method: 'apps.redeliverWebhookDelivery', object: `delivery ${guid}` }, async () => {
          await clients.forApp().request(`POST /app/hook/deliveries/${id}/attempts`)
        })
      }
      const object = `delivery ${guid} of ${hook.repository}`
      return call({ method: 'repos.redeliverWebhookDelivery', object }, async () => {
        const { owner, repo } = splitRepository(hook.repository)
        const octokit = await clients.forOwner(owner)
        await octokit.request(`POST /repos/${owner}/${repo}/hooks/${hook.hookId}/deliveries/${id}/attempts`)
      })
    },

    ...resolveRefCalls(calls),
    ...compareCalls(calls),
    ...checkCalls(calls),
    ...contentCalls(calls),
    ...deploymentCalls(calls),
    ...suggestCalls(calls),
    ...teamCalls(calls),
    ...workflowCalls(calls),

    presentState({ repository, sha }) {
      const object = `commit ${sha} of ${repository}`
      return call({ method: 'repos.getCommit', object }, async () => {
        const { owner, repo } = splitRepository(repository)
        const octokit = await clients.forOwner(owner)
        return presentState({ octokit, owner, repo, sha, optional: optionalFor(object) })
      })
    },

    async emailOf(login) {
      const owner = repositories[0] === undefined ? login : splitRepository(repositories[0]).owner
      const result = await call({ method: 'users.getByUsername', object: login }, async () => {
        const octokit = await clients.forOwner(owner)
        return User.parse((await octokit.rest.users.getByUsername({ username: login })).data).email || null
      })
      // A login without an account (a bot, somebody who left) has no address.
      return !result.ok && result.failure.type === 'not_found' ? { ok: true, value: null } : result
    },
  }
}

const noPublicUrl: CodeHostFailure = {
  type: 'rejected',
  detail:
    'Missed webhooks cannot be looked for: server.public_url is not set in sluice.yml, so it is not known which hooks are ours. Set it to the address that GitHub reaches Sluice at.',
}
