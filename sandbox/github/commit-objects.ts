/** Commits and pull requests as api.github.com shows them. */
import { fullRepository, iso, isoOrNull, nodeId, repositoryUrl, simpleUser, treeOf } from './rest-objects.ts'
import type { RestCommit, RestPull } from './rest-types.ts'
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
    stats: { total: 2, additions: 1, deletions: 1 },
    files: [],
  }
}

export function pullObject(state: GithubState, repository: RepositoryState, pull: PullState): RestPull {
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
    author_association: 'MEMBER',
    auto_merge: null,
    draft: pull.isDraft,
  }
}
