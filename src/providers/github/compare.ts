/** How one commit stands to another, what is in between, and which branches hold it. */
import { z } from 'zod'
import type { CodeHost, Comparison } from '../../engine/code-host.ts'
import { compileCaseSensitiveGlob } from '../../pipeline/glob.ts'
import { allPages } from './all-pages.ts'
import { CommitObject, changedFiles, evidenceCommit, FileObject } from './evidence-objects.ts'
import type { GithubCalls, RepositoryClient } from './github-calls.ts'
import { GithubProblem } from './github-problem.ts'
import { nullWhenMissing } from './is-missing.ts'
import { mergedPullsOf } from './merged-pulls.ts'
import { defaultBranchOf } from './resolve-ref.ts'

const Status = z.enum(['ahead', 'behind', 'identical', 'diverged'])

const Compared = z.object({
  status: Status,
  ahead_by: z.number(),
  behind_by: z.number(),
  html_url: z.string(),
  commits: z.array(CommitObject),
  files: z.array(FileObject).nullish(),
})

const WholeCommit = CommitObject.extend({ html_url: z.string(), files: z.array(FileObject).nullish() })
const Branch = z.object({ name: z.string(), commit: z.object({ sha: z.string() }) })

/** Branches that are looked at one by one: each costs a call. */
const MAX_CANDIDATES = 30

export function compareCalls({ on }: GithubCalls): Pick<CodeHost, 'compare' | 'commit' | 'branchesWith'> {
  return {
    compare({ repository, base, head }) {
      const object = `${base}...${head}`
      return on(repository, 'repos.compareCommitsWithBasehead', object, async (client): Promise<Comparison> => {
        const { octokit, of } = client
        // Without a page: GitHub then gives the newest 250 commits and 300 files at once.
        const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...of, basehead: object })
        const compared = Compared.parse(data)
        return {
          status: compared.status,
          commits: compared.commits.map(evidenceCommit),
          aheadBy: compared.ahead_by,
          behindBy: compared.behind_by,
          pulls: await mergedPullsOf(client, compared.commits),
          ...changedFiles(compared.files ?? []),
          url: compared.html_url,
        }
      })
    },

    commit({ repository, sha }) {
      return on(repository, 'repos.getCommit', `commit ${sha}`, async (client): Promise<Comparison> => {
        const { data, headers } = await client.octokit.rest.repos.getCommit({ ...client.of, ref: sha })
        const commit = WholeCommit.parse(data)
        if (!commit.sha.startsWith(sha.toLowerCase())) throw new GithubProblem('not_found', 'is no commit')
        const files = changedFiles(commit.files ?? [])
        return {
          status: 'ahead',
          commits: [evidenceCommit(commit)],
          aheadBy: 1,
          behindBy: 0,
          pulls: await mergedPullsOf(client, [commit]),
          ...files,
          isFileListComplete: files.isFileListComplete && !/rel="next"/.test(headers.link ?? ''),
          url: commit.html_url,
        }
      })
    },

    branchesWith({ repository, sha, globs }) {
      return on(repository, 'repos.listBranches', `branches with ${sha}`, async (client) => {
        const found: string[] = []
        for (const branch of await candidates(client, globs)) {
          if (branch.commit.sha === sha || (await isAncestor(client, sha, branch.commit.sha))) found.push(branch.name)
        }
        return found
      })
    },
  }
}

async function candidates(
  client: RepositoryClient,
  globs: readonly string[],
): Promise<readonly z.infer<typeof Branch>[]> {
  const { octokit, of } = client
  const patterns: string[] = []
  for (const glob of globs) patterns.push(glob === '@default' ? await defaultBranchOf(client) : glob)
  const isPlain = (pattern: string) => !/[*?{}\\]/.test(pattern)
  const plain: z.infer<typeof Branch>[] = []
  for (const branch of new Set(patterns.filter(isPlain))) {
    const one = await nullWhenMissing(() => octokit.rest.repos.getBranch({ ...of, branch }))
    // GitHub follows a branch that was renamed: what it is called now is another branch to us.
    const parsed = one === null ? null : Branch.parse(one.data)
    if (parsed?.name === branch) plain.push(parsed)
  }
  // To be on an allowed branch is a permission, and git tells `Release` from `release`.
  const matchers = patterns.filter((one) => !isPlain(one)).map(compileCaseSensitiveGlob)
  if (matchers.length === 0) return plain
  const all = await allPages(Branch, null, (page) => octokit.rest.repos.listBranches({ ...of, ...page }))
  const matching = all.filter(
    ({ name }) => matchers.some((matches) => matches(name)) && plain.every((known) => known.name !== name),
  )
  return [...plain, ...matching].slice(0, MAX_CANDIDATES)
}

async function isAncestor({ octokit, of }: RepositoryClient, sha: string, head: string): Promise<boolean> {
  const basehead = `${sha}...${head}`
  // The second page: the answer without the files of the comparison, which come with the first and may be many.
  const page = { per_page: 1, page: 2 }
  // Missing: the commit is unknown, or the two have no history in common.
  const found = await nullWhenMissing(() => octokit.rest.repos.compareCommitsWithBasehead({ ...of, basehead, ...page }))
  if (found === null) return false
  const { status } = z.object({ status: Status }).parse(found.data)
  return status === 'ahead' || status === 'identical'
}
