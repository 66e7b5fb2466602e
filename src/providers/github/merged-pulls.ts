/** The pull requests that brought commits to where they are, in a few calls however many commits there are. */
import { z } from 'zod'
import type { EvidencePull } from '../../release/evidence.ts'
import { type CommitObject, evidencePull, PullObject } from './evidence-objects.ts'
import type { RepositoryClient } from './github-calls.ts'
import { nullWhenMissing } from './is-missing.ts'

const MAX_PAGES = 3
/** Pull requests that are asked for one by one. */
const MAX_SINGLE = 20
/** How far GitHub's clock and the committers' may be apart. */
const SLACK_MS = 3_600_000

/**
 * First the pull requests that changed last: one that was merged with these commits changed at that moment at the
 * latest. What a title only claims (`… (#12)`) counts when that pull request's merge commit is one of these commits.
 *
 * @returns newest merge first; null parts (a token that may not read pull requests) count as none
 */
export async function mergedPullsOf(
  client: RepositoryClient,
  commits: readonly CommitObject[],
): Promise<readonly EvidencePull[]> {
  if (commits.length === 0) return []
  const found = await client.optional('pulls.list', () => findPulls(client, commits))
  return (found ?? []).toSorted((a, b) => (b.merged_at ?? 0) - (a.merged_at ?? 0)).map(evidencePull)
}

async function findPulls(
  { octokit, of }: RepositoryClient,
  commits: readonly CommitObject[],
): Promise<readonly PullObject[]> {
  const shas = new Set(commits.map(({ sha }) => sha))
  const times = commits.flatMap(({ commit }) => commit.committer?.date ?? [])
  const oldestMs = times.length === commits.length ? Math.min(...times) - SLACK_MS : 0
  const found = new Map<number, PullObject>()
  const keep = (pull: PullObject) => {
    if (pull.merged_at !== null && shas.has(pull.merge_commit_sha ?? '')) found.set(pull.number, pull)
  }

  let isSeenToTheEnd = false
  for (let page = 1; page <= MAX_PAGES && !isSeenToTheEnd; page += 1) {
    const query = { state: 'closed', sort: 'updated', direction: 'desc', per_page: 100, page } as const
    const { data, headers } = await octokit.rest.pulls.list({ ...of, ...query })
    const pulls = z.array(PullObject).parse(data)
    for (const pull of pulls) keep(pull)
    const oldest = pulls.at(-1)?.updated_at ?? 0
    isSeenToTheEnd = oldest < oldestMs || !/rel="next"/.test(headers.link ?? '')
  }
  if (isSeenToTheEnd) return [...found.values()]

  const claimed = commits.flatMap(({ commit }) => numberIn(commit.message) ?? []).filter((one) => !found.has(one))
  for (const pull_number of [...new Set(claimed)].slice(-MAX_SINGLE)) {
    const pull = await nullWhenMissing(() => octokit.rest.pulls.get({ ...of, pull_number }))
    if (pull !== null) keep(PullObject.parse(pull.data))
  }
  return [...found.values()]
}

/** The pull request that GitHub names in the titles of merges and squashes. */
function numberIn(message: string): number | null {
  const title = message.split('\n')[0] ?? ''
  const digits = /^Merge pull request #(\d{1,9}) from |\(#(\d{1,9})\)\s*$/.exec(title)
  const number = digits?.[1] ?? digits?.[2]
  return number === undefined ? null : Number(number)
}
