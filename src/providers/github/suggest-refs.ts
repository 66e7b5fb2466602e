/** What can be deployed, for a typeahead that has three seconds: five calls side by side. */
import { z } from 'zod'
import type { CodeHost, RefSuggestion } from '../../engine/code-host.ts'
import { CommitObject, evidenceCommit } from './evidence-objects.ts'
import type { GithubCalls } from './github-calls.ts'
import { defaultBranchOf } from './resolve-ref.ts'

/** A hundred together: Slack shows no more. */
const MAX_COMMITS = 40
const MAX_NAMED = 30

const Named = z.object({ name: z.string(), commit: z.object({ sha: z.string() }) })
const Run = z.object({
  id: z.number(),
  head_sha: z.string(),
  workflow_id: z.number(),
  status: z.string().nullish(),
  conclusion: z.string().nullish(),
})
const Runs = z.object({ workflow_runs: z.array(Run) })

export function suggestCalls({ on }: GithubCalls): Pick<CodeHost, 'suggestRefs'> {
  return {
    suggestRefs({ repository, text }) {
      return on(repository, 'repos.listCommits', 'refs', async (client) => {
        const { octokit, of, optional } = client
        const branch = await defaultBranchOf(client)
        const query = { ...of, per_page: 100 }
        const [commits, branches, tags, runs] = await Promise.all([
          octokit.rest.repos
            .listCommits({ ...query, sha: branch })
            .then(({ data }) => z.array(CommitObject).parse(data)),
          octokit.rest.repos.listBranches(query).then(({ data }) => z.array(Named).parse(data)),
          octokit.rest.repos.listTags(query).then(({ data }) => z.array(Named).parse(data)),
          optional('actions.listWorkflowRunsForRepo', async () => {
            const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({ ...query, branch, event: 'push' })
            return Runs.parse(data).workflow_runs
          }),
        ])
        const green = greenCommits(runs ?? [])
        const suggest = (type: RefSuggestion['type'], ref: string, sha: string, title: string): RefSuggestion => ({
          type,
          ref,
          title,
          isGreen: green.get(sha) ?? null,
        })
        const titles = new Map(commits.map((commit) => [commit.sha, evidenceCommit(commit).title]))
        const titleOf = (sha: string) => titles.get(sha) ?? sha.slice(0, 7)
        const wanted = text.trim().toLowerCase()
        const some = (all: readonly RefSuggestion[], most: number) =>
          all.filter((one) => holds(one, wanted)).slice(0, most)
        return [
          ...some(
            commits.map(({ sha }) => suggest('commit', sha.slice(0, 12), sha, titleOf(sha))),
            MAX_COMMITS,
          ),
          ...some(
            branches.map(({ name, commit: { sha } }) => suggest('branch', name, sha, titleOf(sha))),
            MAX_NAMED,
          ),
          ...some(
            tags.map(({ name, commit: { sha } }) => suggest('tag', name, sha, titleOf(sha))),
            MAX_NAMED,
          ),
        ]
      })
    },
  }
}

function holds({ type, ref, title }: RefSuggestion, text: string): boolean {
  if (ref.toLowerCase().includes(text) || title.toLowerCase().includes(text)) return true
  // More of a sha than is shown.
  return type === 'commit' && text.length > ref.length && text.startsWith(ref)
}

/** Whether all of a commit's newest runs have ended well; a commit with one that is under way is in it with null. */
function greenCommits(runs: readonly z.infer<typeof Run>[]): ReadonlyMap<string, boolean | null> {
  const newest = new Map<string, z.infer<typeof Run>>()
  for (const run of runs.toSorted((a, b) => a.id - b.id)) newest.set(`${run.head_sha} ${run.workflow_id}`, run)
  const green = new Map<string, boolean | null>()
  for (const { head_sha, status, conclusion } of newest.values()) {
    const isGood = status !== 'completed' ? null : ['success', 'skipped', 'neutral'].includes(conclusion ?? '')
    const before = green.get(head_sha)
    // One that failed decides; one that is under way leaves it open.
    green.set(head_sha, before === false || isGood === false ? false : before === null ? null : isGood)
  }
  return green
}
