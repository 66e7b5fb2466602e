/** Files at a commit, and the artifacts that a commit's runs have made. */
import { z } from 'zod'
import type { CodeHost } from '../../engine/code-host.ts'
import { allPages } from './all-pages.ts'
import type { GithubCalls, RepositoryClient } from './github-calls.ts'
import { nullWhenMissing } from './is-missing.ts'

const MAX_TEXT_BYTES = 1024 * 1024

/** A folder comes as a list. Of a file above 1 MB there is no content, and `encoding` is `none`. */
const Content = z.union([
  z.object({
    type: z.string(),
    sha: z.string(),
    encoding: z.string().nullish(),
    content: z.string().nullish(),
  }),
  z.array(z.unknown()).transform(() => null),
])

const Run = z.object({ id: z.number(), workflow_id: z.number(), event: z.string().nullish() })
const Artifact = z.object({
  id: z.number(),
  name: z.string(),
  expired: z.boolean(),
  digest: z.string().nullish(),
})

/**
 * What is started for a deployment is no build: were its artifacts counted, a release would change what was approved
 * by carrying it out.
 */
const NO_BUILDS = new Set(['workflow_dispatch', 'repository_dispatch', 'deployment', 'deployment_status'])
const MAX_WORKFLOWS = 20

export function contentCalls({ on }: GithubCalls): Pick<CodeHost, 'fileText' | 'blobSha' | 'artifactsOf'> {
  return {
    fileText({ repository, sha, path }) {
      return on(repository, 'repos.getContent', `${path} at ${sha}`, async (client) => {
        const file = await contentOf(client, path, sha)
        if (file === null || file.encoding !== 'base64') return null
        return textOf(Buffer.from(file.content ?? '', 'base64'))
      })
    },
    blobSha({ repository, ref, path }) {
      return on(repository, 'repos.getContent', `${path} at ${ref}`, async (client) => {
        const file = await contentOf(client, path, ref)
        return file?.sha ?? null
      })
    },
    artifactsOf({ repository, sha }) {
      return on(repository, 'actions.listWorkflowRunsForRepo', `artifacts of ${sha}`, async (client) => {
        const { octokit, of } = client
        const runs = await allPages(Run, 'workflow_runs', (page) =>
          octokit.rest.actions.listWorkflowRunsForRepo({ ...of, head_sha: sha, status: 'success', ...page }),
        )
        const newest = new Map<number, number>()
        for (const run of runs.filter(({ event }) => !NO_BUILDS.has(event ?? '')).toSorted((a, b) => a.id - b.id)) {
          newest.set(run.workflow_id, run.id)
        }
        const digests = new Map<string, string>()
        const newestRuns = [...newest.values()].sort((a, b) => a - b).slice(-MAX_WORKFLOWS)
        for (const run_id of newestRuns) {
          const artifacts = await allPages(Artifact, 'artifacts', (page) =>
            octokit.rest.actions.listWorkflowRunArtifacts({ ...of, run_id, ...page }),
          )
          for (const { id, name, expired, digest } of artifacts.toSorted((a, b) => a.id - b.id)) {
            // Before GitHub knew digests an artifact's id was all that told it from another.
            if (!expired) digests.set(name, digest || `id:${id}`)
          }
        }
        return [...digests]
          .map(([name, digest]) => ({ name, digest }))
          .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
      })
    },
  }
}

async function contentOf({ octokit, of }: RepositoryClient, path: string, ref: string) {
  const found = await nullWhenMissing(() => octokit.rest.repos.getContent({ ...of, path, ref }))
  const content = found === null ? null : Content.parse(found.data)
  // Neither a folder nor a submodule nor a link is a file.
  return content?.type === 'file' ? content : null
}

/** @returns null for what is no text */
function textOf(bytes: Buffer): string | null {
  if (bytes.length > MAX_TEXT_BYTES || bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // Not UTF-8, so no text that we can read: the caller is told so.
    return null
  }
}
