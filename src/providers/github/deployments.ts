/** GitHub's own record of deployments: what is live, how a deployment ended, and our entries in it. */
import { z } from 'zod'
import type { CodeHost } from '../../engine/code-host.ts'
import { type DeploymentStatus, deploymentStatusSchema, shaSchema, timeSchema } from '../../pipeline/github-objects.ts'
import { allPages } from './all-pages.ts'
import type { GithubCalls, RepositoryClient } from './github-calls.ts'
import { GithubProblem } from './github-problem.ts'

/** How many deployments of an environment are looked at for one that succeeded. */
const MAX_LOOKED_AT = 30
/** GitHub refuses longer ones. */
const MAX_DESCRIPTION_LENGTH = 140

const Deployment = z.object({
  id: z.number(),
  sha: shaSchema,
  environment: z.string(),
  created_at: timeSchema,
  payload: z.unknown(),
})
type Deployment = z.infer<typeof Deployment>

const Created = z.object({ id: z.number() })
const OurPayload = z.object({ sluice_release: z.string() })

type DeploymentCalls = Pick<
  CodeHost,
  'liveDeployment' | 'deploymentOf' | 'createDeployment' | 'findDeployment' | 'setDeploymentStatus'
>

export function deploymentCalls({ on }: GithubCalls): DeploymentCalls {
  return {
    liveDeployment({ repository, environments }) {
      const object = `deployments to ${environments.join(', ')}`
      return on(repository, 'repos.listDeployments', object, async (client) => {
        for (const deployment of await newestTo(client, environments)) {
          const [newest] = await statusesOf(client, deployment.id)
          if (newest?.state === 'success') return { sha: deployment.sha, at: newest.created_at }
        }
        return null
      })
    },

    deploymentOf({ repository, environments, sha }) {
      const object = `deployments of ${sha} to ${environments.join(', ')}`
      return on(repository, 'repos.listDeployments', object, async (client) => {
        const [newest] = (await ofCommit(client, sha)).filter(isTo(environments))
        if (newest === undefined) return null
        const statuses = await statusesOf(client, newest.id)
        // `inactive` says that a later deployment took its place, and hides how this one ended.
        const status = statuses.find(({ state }) => state !== 'inactive') ?? statuses[0]
        return { id: newest.id, state: status?.state ?? 'pending', at: status?.created_at ?? newest.created_at }
      })
    },

    createDeployment({ repository, sha, environment, releaseId, description, isProduction }) {
      const object = `deployment of ${sha} to ${environment}`
      return on(repository, 'repos.createDeployment', object, async ({ octokit, of }) => {
        const { status, data } = await octokit.rest.repos.createDeployment({
          ...of,
          ref: sha,
          task: 'deploy',
          // Otherwise GitHub merges the default branch into what was approved, or refuses because of a status.
          auto_merge: false,
          required_contexts: [],
          payload: { sluice_release: releaseId },
          environment,
          description: shortened(description),
          transient_environment: false,
          production_environment: isProduction,
        })
        if (status !== 201) throw new GithubProblem('rejected', `answered ${status} and made no deployment`)
        return Created.parse(data).id
      })
    },

    findDeployment({ repository, sha, environment, releaseId }) {
      const object = `deployment of ${sha} to ${environment}`
      return on(repository, 'repos.listDeployments', object, async (client) => {
        const found = (await ofCommit(client, sha)).filter(isTo([environment]))
        return found.find(({ payload }) => releaseIn(payload) === releaseId)?.id ?? null
      })
    },

    setDeploymentStatus({ repository, deploymentId, state, environmentUrl, logUrl, description }) {
      const object = `deployment ${deploymentId}`
      return on(repository, 'repos.createDeploymentStatus', object, async ({ octokit, of }) => {
        await octokit.rest.repos.createDeploymentStatus({
          ...of,
          deployment_id: deploymentId,
          state,
          description: shortened(description),
          ...(environmentUrl === null ? {} : { environment_url: environmentUrl }),
          ...(logUrl === null ? {} : { log_url: logUrl }),
        })
      })
    },
  }
}

/** Of all the environments together, newest first. */
async function newestTo(
  { octokit, of }: RepositoryClient,
  environments: readonly string[],
): Promise<readonly Deployment[]> {
  const found: Deployment[] = []
  for (const environment of environments) {
    const query = { ...of, environment, per_page: MAX_LOOKED_AT }
    found.push(...z.array(Deployment).parse((await octokit.rest.repos.listDeployments(query)).data))
  }
  return found.toSorted(newestFirst).slice(0, MAX_LOOKED_AT)
}

/** Newest first. */
async function ofCommit({ octokit, of }: RepositoryClient, sha: string): Promise<readonly Deployment[]> {
  const found = await allPages(Deployment, null, (page) => octokit.rest.repos.listDeployments({ ...of, sha, ...page }))
  return found.toSorted(newestFirst)
}

function newestFirst(a: Deployment, b: Deployment): number {
  return b.created_at - a.created_at || b.id - a.id
}

function isTo(environments: readonly string[]): (deployment: Deployment) => boolean {
  const names = new Set(environments.map((name) => name.toLowerCase()))
  return ({ environment }) => names.has(environment.toLowerCase())
}

/** Newest first. */
async function statusesOf({ octokit, of }: RepositoryClient, id: number): Promise<readonly DeploymentStatus[]> {
  const query = { ...of, deployment_id: id, per_page: 30 }
  const statuses = z.array(deploymentStatusSchema).parse((await octokit.rest.repos.listDeploymentStatuses(query)).data)
  return statuses.toSorted((a, b) => b.created_at - a.created_at || b.id - a.id)
}

/** The release in a payload, which GitHub gives back as the object that it was, or as JSON. */
function releaseIn(payload: unknown): string | null {
  const parsed = OurPayload.safeParse(typeof payload === 'string' ? fromJson(payload) : payload)
  return parsed.success ? parsed.data.sluice_release : null
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Somebody else's payload: none of ours.
    return null
  }
}

function shortened(text: string): string {
  return text.length <= MAX_DESCRIPTION_LENGTH ? text : `${text.slice(0, MAX_DESCRIPTION_LENGTH - 1)}…`
}
