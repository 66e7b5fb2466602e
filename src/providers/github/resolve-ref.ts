/**
 * The commit that somebody means. It is found by its exact name or not at all: a ref that is not understood must never
 * end up at the head of a branch, least of all in a rollback.
 */
import { z } from 'zod'
import type { CodeHost, ResolvedRef } from '../../engine/code-host.ts'
import { shaSchema } from '../../pipeline/github-objects.ts'
import { CommitObject, evidenceCommit, evidencePull, PullObject } from './evidence-objects.ts'
import type { GithubCalls, RepositoryClient } from './github-calls.ts'
import { GithubProblem } from './github-problem.ts'
import { nullWhenMissing } from './is-missing.ts'

/** `main~50` is the furthest that is walked to; GitHub does not know `~` and `^`, so each step may cost a call. */
const MAX_STEPS_BACK = 50

/** From here on a list of a hundred commits costs less than the commits one by one. */
const MIN_STEPS_TO_LIST = 3

const Ref = z.object({ object: z.object({ type: z.string(), sha: shaSchema }) })
const Run = z.object({ head_sha: shaSchema })
const Repository = z.object({ default_branch: z.string() })

export function resolveRefCalls({ on }: GithubCalls): Pick<CodeHost, 'resolveRef' | 'defaultBranch'> {
  return {
    resolveRef({ repository, ref: input }) {
      const object = input.type === 'ref' ? `ref "${input.ref}"` : `${input.type} ${idOf(input)}`
      return on(repository, 'repos.getCommit', object, async (client): Promise<ResolvedRef | null> => {
        const found = await resolve(client, input)
        // A repository that is not there (any more), or not for us, must not look like a ref that is not there.
        if (found === null) await client.octokit.rest.repos.get(client.of)
        return found
      })
    },
    defaultBranch(repository) {
      return on(repository, 'repos.get', '', (client) => defaultBranchOf(client))
    },
  }
}

export async function defaultBranchOf({ octokit, of }: RepositoryClient): Promise<string> {
  return Repository.parse((await octokit.rest.repos.get(of)).data).default_branch
}

type RefQuery = Parameters<CodeHost['resolveRef']>[0]['ref']

function idOf(input: Exclude<RefQuery, { type: 'ref' }>): number {
  return input.type === 'pull' ? input.number : input.runId
}

async function resolve(client: RepositoryClient, input: RefQuery): Promise<ResolvedRef | null> {
  const { octokit, of } = client
  switch (input.type) {
    case 'ref': {
      const commit = await commitOfRef(client, input.ref)
      return commit === null ? null : resolved(commit)
    }
    case 'pull': {
      const found = await nullWhenMissing(() => octokit.rest.pulls.get({ ...of, pull_number: input.number }))
      if (found === null) return null
      const pull = PullObject.parse(found.data)
      // Before the merge `merge_commit_sha` is GitHub's trial merge, which is on no branch.
      const sha = pull.merged_at === null ? pull.head.sha : shaSchema.parse(pull.merge_commit_sha)
      const commit = await commitAt(client, sha)
      return commit === null ? null : { ...resolved(commit), pull: evidencePull(pull) }
    }
    case 'run': {
      const found = await nullWhenMissing(() => octokit.rest.actions.getWorkflowRun({ ...of, run_id: input.runId }))
      if (found === null) return null
      const commit = await commitAt(client, Run.parse(found.data).head_sha)
      return commit === null ? null : resolved(commit)
    }
  }
}

function resolved(commit: CommitObject): ResolvedRef {
  return { sha: commit.sha, commit: evidenceCommit(commit), pull: null }
}

async function commitOfRef(client: RepositoryClient, ref: string): Promise<CommitObject | null> {
  const parsed = parseRevision(ref)
  if (parsed === null) return null
  const steps = parsed.steps.reduce((sum, step) => sum + (step.type === 'back' ? step.count : 1), 0)
  if (steps > MAX_STEPS_BACK) {
    throw new GithubProblem('rejected', `goes back by more than ${MAX_STEPS_BACK} commits; name the commit by its sha`)
  }
  const start = await commitNamed(client, parsed.name)
  if (start === null || parsed.steps.length === 0) return start
  const nearby = steps < MIN_STEPS_TO_LIST ? new Map<string, CommitObject>() : await commitsBefore(client, start)
  let commit: CommitObject = start
  for (const step of parsed.steps) {
    const times = step.type === 'back' ? step.count : 1
    const parentIndex = step.type === 'back' ? 0 : step.number - 1
    for (let time = 0; time < times; time += 1) {
      const parent = commit.parents[parentIndex]?.sha
      const found = parent === undefined ? null : (nearby.get(parent) ?? (await commitAt(client, parent)))
      if (found === null) return null
      commit = found
    }
  }
  return commit
}

type RevisionStep =
  /** `~3`: along first parents. */
  | { readonly type: 'back'; readonly count: number }
  /** `^2`: to that parent. */
  | { readonly type: 'parent'; readonly number: number }

/** Takes `main~2^` apart; null when there is more after the name than is understood (`@{1}`, `^{tree}`, `a..b`). */
function parseRevision(ref: string): { readonly name: string; readonly steps: readonly RevisionStep[] } | null {
  const [, name = '', suffix = ''] = /^([^~^]*)((?:[~^]\d*)*)$/.exec(ref.trim()) ?? []
  // What git forbids in names, so that nothing is asked for that cannot be.
  const isName = name !== '' && !/[\s:?*[\\\p{Cc}]|\.\.|@\{|\/\/|^\/|\/$|\.$|^-/u.test(name)
  if (!isName) return null
  const steps = [...suffix.matchAll(/([~^])(\d*)/g)].flatMap(([, sign, digits = '']): readonly RevisionStep[] => {
    const number = digits === '' ? 1 : Number(digits)
    // `~0` and `^0` are the commit itself.
    if (number === 0) return []
    return sign === '~' ? [{ type: 'back', count: number }] : [{ type: 'parent', number }]
  })
  return { name, steps }
}

async function commitNamed(client: RepositoryClient, name: string): Promise<CommitObject | null> {
  if (name === 'HEAD' || name === '@') return commitNamed(client, `refs/heads/${await defaultBranchOf(client)}`)
  if (shaSchema.safeParse(name.toLowerCase()).success) return commitAt(client, name.toLowerCase())
  const [, kind, rest = name] = /^(?:refs\/)?(heads|tags)\/(.+)$/.exec(name) ?? []
  const branch = kind === 'tags' ? null : await shaOfRef(client, `heads/${rest}`)
  const tag = kind === 'heads' ? null : await shaOfRef(client, `tags/${rest}`)
  if (branch !== null && tag !== null && branch !== tag) {
    throw new GithubProblem('rejected', `is a branch and a tag; write refs/heads/${rest} or refs/tags/${rest}`)
  }
  const sha = branch ?? tag
  if (sha !== null) return commitAt(client, sha)
  if (!/^[0-9a-f]{7,63}$/i.test(name)) return null
  const commit = await nullWhenMissing(() => getCommit(client, name.toLowerCase()))
  return commit?.sha.startsWith(name.toLowerCase()) ? commit : null
}

/** The commit that a ref points at, through the object of an annotated tag; null when there is no such ref. */
async function shaOfRef({ octokit, of }: RepositoryClient, ref: string): Promise<string | null> {
  const found = await nullWhenMissing(() => octokit.rest.git.getRef({ ...of, ref }))
  if (found === null) return null
  let { object } = Ref.parse(found.data)
  // A tag may point at a tag; nobody builds long chains of them.
  for (let depth = 0; object.type === 'tag' && depth < 5; depth += 1) {
    object = Ref.parse((await octokit.rest.git.getTag({ ...of, tag_sha: object.sha })).data).object
  }
  return object.type === 'commit' ? object.sha : null
}

/** The commit with exactly this full sha. */
async function commitAt(client: RepositoryClient, sha: string): Promise<CommitObject | null> {
  const commit = await nullWhenMissing(() => getCommit(client, sha))
  return commit?.sha === sha ? commit : null
}

async function getCommit({ octokit, of }: RepositoryClient, ref: string): Promise<CommitObject> {
  // One file a page: only the commit is wanted, and a large one lists 300 of them with their patches.
  return CommitObject.parse((await octokit.rest.repos.getCommit({ ...of, ref, per_page: 1 })).data)
}

/** The newest hundred commits up to this one by their sha: most walks are over in one call. */
async function commitsBefore(
  { octokit, of }: RepositoryClient,
  start: CommitObject,
): Promise<ReadonlyMap<string, CommitObject>> {
  const { data } = await octokit.rest.repos.listCommits({ ...of, sha: start.sha, per_page: 100 })
  return new Map(
    z
      .array(CommitObject)
      .parse(data)
      .map((commit) => [commit.sha, commit]),
  )
}
