/** Users, repositories, commits and pull requests as api.github.com shows them. */
import { createHash } from 'node:crypto'
import type { RestApp, RestMinimalRepository, RestRepository, RestSimpleUser, RestUser } from './rest-types.ts'
import type { GithubState, RepositoryState } from './state.ts'
import { fullNameOf, userOf } from './state-access.ts'

export function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

export function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at)
}

export function nodeId(type: string, id: number | string): string {
  return Buffer.from(`${type}:${id}`).toString('base64url')
}

export function repositoryUrl(state: GithubState, repository: RepositoryState): string {
  return `${state.apiUrl}/repos/${fullNameOf(repository)}`
}

export function treeOf(sha: string): string {
  return createHash('sha1').update(`tree ${sha}`).digest('hex')
}

export function simpleUser(state: GithubState, login: string): RestSimpleUser {
  const user = userOf(state, login)
  const url = `${state.apiUrl}/users/${encodeURIComponent(user.login)}`
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId('User', user.id),
    avatar_url: `${state.webUrl}/avatars/${user.id}`,
    gravatar_id: '',
    url,
    html_url: `${state.webUrl}/${user.type === 'Bot' ? `apps/${user.login.replace('[bot]', '')}` : user.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    user_view_type: 'public',
    site_admin: false,
  }
}

export function publicUser(state: GithubState, login: string): RestUser {
  const user = userOf(state, login)
  return {
    ...simpleUser(state, login),
    user_view_type: 'public',
    name: user.name,
    company: null,
    blog: '',
    location: null,
    email: user.email,
    notification_email: user.email,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 3,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2024-01-01T00:00:00Z',
  }
}

export function minimalRepository(state: GithubState, repository: RepositoryState): RestMinimalRepository {
  const full = fullNameOf(repository)
  const url = repositoryUrl(state, repository)
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: full,
    private: repository.isPrivate,
    owner: simpleUser(state, repository.owner),
    html_url: `${state.webUrl}/${full}`,
    description: null,
    fork: false,
    url,
    forks_url: `${url}/forks`,
    keys_url: `${url}/keys{/key_id}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    teams_url: `${url}/teams`,
    hooks_url: `${url}/hooks`,
    issue_events_url: `${url}/issues/events{/number}`,
    events_url: `${url}/events`,
    assignees_url: `${url}/assignees{/user}`,
    branches_url: `${url}/branches{/branch}`,
    tags_url: `${url}/tags`,
    blobs_url: `${url}/git/blobs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    trees_url: `${url}/git/trees{/sha}`,
    statuses_url: `${url}/statuses/{sha}`,
    languages_url: `${url}/languages`,
    stargazers_url: `${url}/stargazers`,
    contributors_url: `${url}/contributors`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    commits_url: `${url}/commits{/sha}`,
    git_commits_url: `${url}/git/commits{/sha}`,
    comments_url: `${url}/comments{/number}`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    contents_url: `${url}/contents/{+path}`,
    compare_url: `${url}/compare/{base}...{head}`,
    merges_url: `${url}/merges`,
    archive_url: `${url}/{archive_format}{/ref}`,
    downloads_url: `${url}/downloads`,
    issues_url: `${url}/issues{/number}`,
    pulls_url: `${url}/pulls{/number}`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    labels_url: `${url}/labels{/name}`,
    releases_url: `${url}/releases{/id}`,
    deployments_url: `${url}/deployments`,
  }
}

export function fullRepository(
  state: GithubState,
  repository: RepositoryState,
): Omit<RestRepository, 'temp_clone_token'> & { has_downloads: boolean } {
  const full = fullNameOf(repository)
  const host = state.webUrl.replace(/^https?:\/\//, '')
  const minimal = minimalRepository(state, repository)
  return {
    id: minimal.id,
    node_id: minimal.node_id,
    name: minimal.name,
    full_name: minimal.full_name,
    private: minimal.private,
    owner: simpleUser(state, repository.owner),
    html_url: minimal.html_url,
    description: minimal.description,
    fork: minimal.fork,
    ...urlsOf(minimal),
    created_at: iso(repository.createdAt),
    updated_at: iso(repository.pushedAt),
    pushed_at: iso(repository.pushedAt),
    git_url: `git://${host}/${full}.git`,
    ssh_url: `git@${host}:${full}.git`,
    clone_url: `${state.webUrl}/${full}.git`,
    svn_url: `${state.webUrl}/${full}`,
    homepage: null,
    size: 1024,
    stargazers_count: 0,
    watchers_count: 0,
    language: 'TypeScript',
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: 0,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.isPrivate ? 'private' : 'public',
    forks: 0,
    open_issues: 0,
    watchers: 0,
    default_branch: repository.defaultBranch,
    custom_properties: {},
    subscribers_count: 1,
    network_count: 0,
  }
}

type UrlKey = Extract<keyof RestMinimalRepository & keyof RestRepository, `${string}_url` | 'url'>

/** The addresses that the short and the long form of a repository share, all but the six that only the long one has. */
function urlsOf(minimal: RestMinimalRepository): Pick<RestMinimalRepository, Exclude<UrlKey, LongOnly | 'html_url'>> {
  const { id, node_id, name, full_name, private: _, owner, html_url, description, fork, ...urls } = minimal
  return urls
}

type LongOnly = 'git_url' | 'ssh_url' | 'clone_url' | 'svn_url' | 'mirror_url' | 'temp_clone_url'

export function appObject(state: GithubState, slug: string): RestApp {
  const owner = simpleUser(state, slug === 'github-actions' ? 'github' : slug)
  return {
    id: slug === 'github-actions' ? 15_368 : owner.id,
    slug,
    node_id: nodeId('App', slug),
    client_id: `Iv1.${createHash('sha1').update(slug).digest('hex').slice(0, 16)}`,
    owner,
    name: slug === 'github-actions' ? 'GitHub Actions' : slug,
    description: '',
    external_url: `${state.webUrl}/apps/${slug}`,
    html_url: `${state.webUrl}/apps/${slug}`,
    created_at: '2018-07-30T09:30:17Z',
    updated_at: '2024-04-10T20:33:16Z',
    permissions: { actions: 'write', checks: 'write', contents: 'read', deployments: 'write', metadata: 'read' },
    events: [],
  }
}
