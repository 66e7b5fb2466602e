/** Commits and pull requests as api.github.com shows them. */
import { changesBetween, changesOf, type Divergence, type FileChange } from './git.ts'
import { fullRepository, iso, isoOrNull, nodeId, repositoryUrl, simpleUser, treeOf } from './rest-objects.ts'
import type { RestCommit, RestComparison, RestFile, RestPull, RestWholePull } from './rest-types.ts'
import type { CommitState, GithubState, PullState, RepositoryState } from './state.ts'
import { fullNameOf } from './state-access.ts'

export function commitObject(state: GithubState, repository: RepositoryState, commit: CommitState): RestCommit {
  const url = repositoryUrl(state, repository)
  const html = `${state.webUrl}/${fullNameOf(repository)}`
  const person = { name: commit.authorName, email: commit.authorEmail, date: iso(commit.at) }
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', commit.sha),
    commit: {
      author: person,
      committer: person,
      message: commit.message,
      tree: { sha: treeOf(commit.sha), url: `${url}/git/trees/${treeOf(commit.sha)}` },
      url: `${url}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    },
    url: `${url}/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    author: commit.authorLogin === null ? null : simpleUser(state, commit.authorLogin),
    committer: commit.authorLogin === null ? null : simpleUser(state, commit.authorLogin),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
  }
}

/** At most so many files are listed of one commit or comparison, for a commit on each page. */
export const MAX_FILES = 300

/** A commit with what it changed against its first parent: as a single commit is shown, not those in lists. */
export function wholeCommit(
  state: GithubState,
  repository: RepositoryState,
  commit: CommitState,
  page = 1,
): RestCommit {
  const changes = changesOf(repository, commit)
  const additions = changes.reduce((sum, change) => sum + change.additions, 0)
  const deletions = changes.reduce((sum, change) => sum + change.deletions, 0)
  return {
    ...commitObject(state, repository, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: changes
      .slice((page - 1) * MAX_FILES, page * MAX_FILES)
      .map((change) => fileObject(state, repository, commit.sha, change)),
  }
}

function fileObject(state: GithubState, repository: RepositoryState, sha: string, change: FileChange): RestFile {
  const path = change.path.split('/').map(encodeURIComponent).join('/')
  const html = `${state.webUrl}/${fullNameOf(repository)}`
  return {
    sha: change.blob,
    filename: change.path,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${html}/blob/${sha}/${path}`,
    raw_url: `${html}/raw/${sha}/${path}`,
    contents_url: `${repositoryUrl(state, repository)}/contents/${path}?ref=${sha}`,
    ...(change.previousPath === null ? {} : { previous_filename: change.previousPath }),
  }
}

/**
 * @param page - of the commits; null for the answer without pages, which is the newest 250 of them. Files come in the
 *   latter and on the first page, at most 300.
 */
export function comparisonObject(
  state: GithubState,
  repository: RepositoryState,
  sides: { readonly base: CommitState; readonly head: CommitState; readonly names: string },
  divergence: Divergence,
  page: { readonly number: number; readonly size: number } | null,
): RestComparison {
  const url = `${repositoryUrl(state, repository)}/compare/${sides.names}`
  const html = `${state.webUrl}/${fullNameOf(repository)}/compare/${sides.names}`
  const { ahead, behind, mergeBase, status } = divergence
  const commits =
    page === null ? ahead.slice(-250) : ahead.slice((page.number - 1) * page.size, page.number * page.size)
  const changes = changesBetween(mergeBase.files, sides.head.files).slice(0, MAX_FILES)
  return {
    url,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: commitObject(state, repository, sides.base),
    merge_base_commit: commitObject(state, repository, mergeBase),
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: commits.map((commit) => commitObject(state, repository, commit)),
    files:
      page === null || page.number === 1
        ? changes.map((change) => fileObject(state, repository, sides.head.sha, change))
        : [],
  }
}

/** A pull request as it is shown alone. */
export function wholePull(state: GithubState, repository: RepositoryState, pull: PullState): RestWholePull {
  return {
    ...pullFields(state, repository, pull),
    merged: pull.mergedAt !== null,
    mergeable: null,
    rebaseable: null,
    mergeable_state: 'unknown',
    merged_by: pull.mergedBy === null ? null : simpleUser(state, pull.mergedBy),
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: 1,
    deletions: 1,
    changed_files: 1,
  }
}

export function pullObject(state: GithubState, repository: RepositoryState, pull: PullState): RestPull {
  return pullFields(state, repository, pull)
}

/** What a pull request has in lists and alone. */
function pullFields(state: GithubState, repository: RepositoryState, pull: PullState) {
  const url = `${repositoryUrl(state, repository)}/pulls/${pull.number}`
  const issueUrl = `${repositoryUrl(state, repository)}/issues/${pull.number}`
  const html = `${state.webUrl}/${fullNameOf(repository)}/pull/${pull.number}`
  const statusesUrl = `${repositoryUrl(state, repository)}/statuses/${pull.headSha}`
  const side = (ref: string, sha: string) => ({
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    user: simpleUser(state, repository.owner),
    repo: fullRepository(state, repository),
  })
  return {
    url,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueUrl,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repositoryUrl(state, repository)}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: statusesUrl,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: simpleUser(state, pull.authorLogin),
    body: pull.body,
    labels: [],
    milestone: null,
    active_lock_reason: null,
    created_at: iso(pull.createdAt),
    updated_at: iso(pull.updatedAt),
    closed_at: isoOrNull(pull.mergedAt),
    merged_at: isoOrNull(pull.mergedAt),
    merge_commit_sha: pull.mergeCommitSha,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: side(pull.headRef, pull.headSha),
    base: side(pull.baseRef, pull.baseSha),
    _links: {
      comments: { href: `${issueUrl}/comments` },
      commits: { href: `${url}/commits` },
      statuses: { href: statusesUrl },
      html: { href: html },
      issue: { href: issueUrl },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${repositoryUrl(state, repository)}/pulls/comments{/number}` },
      self: { href: url },
    },
    author_association: 'MEMBER' as const,
    auto_merge: null,
    draft: pull.isDraft,
  }
}
