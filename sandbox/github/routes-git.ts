/** `/repos/{owner}/{repo}/…` of git: commits, comparisons, branches, tags, refs, files. */
import { commitOf } from './actions-objects.ts'
import { commitObject, comparisonObject, MAX_FILES, wholeCommit } from './commit-objects.ts'
import { blobShaOf, changesOf, compareCommits, historyOf, shaOfRef } from './git.ts'
import { blobObject, branchObject, fileContent, folderContent, gitRefObject, gitTagObject } from './git-objects.ts'
import { type Answer, answer, httpError, linkTo, notFound, pageOf, perPageOf } from './rest-answer.ts'
import { repositoryUrl } from './rest-objects.ts'
import type { RestShortBranch, RestTag } from './rest-types.ts'
import type { Route, RouteRequest } from './router.ts'
import type { CommitState, GithubState, RepositoryState } from './state.ts'

export interface GitRoutesOptions {
  readonly state: GithubState
  readonly repositoryFor: (request: RouteRequest) => RepositoryState
}

export function gitRoutes({ state, repositoryFor }: GitRoutesOptions): readonly Route[] {
  const base = '/repos/{owner}/{repo}'
  const refsWith = (repository: RepositoryState, prefix: string) => [
    ...[...repository.branches]
      .map(([name, sha]) => ({ ref: `refs/heads/${name}`, type: 'commit', sha }))
      .filter(({ ref }) => ref.startsWith(prefix)),
    ...[...repository.tags.values()]
      .map(({ name, sha, annotation }) => ({
        ref: `refs/tags/${name}`,
        type: annotation === null ? 'commit' : 'tag',
        sha: annotation?.sha ?? sha,
      }))
      .filter(({ ref }) => ref.startsWith(prefix)),
  ]
  return [
    {
      path: `GET ${base}/commits`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const ref = request.url.searchParams.get('sha') ?? repository.defaultBranch
        if (repository.commits.size === 0) throw httpError(409, 'Git Repository is empty.')
        const sha = shaOfRef(repository, ref)
        if (sha === null) throw notFound()
        return pageOf(request.url, historyOf(repository, sha), (one) => commitObject(state, repository, one))
      },
    },
    {
      path: `GET ${base}/compare/{+basehead}`,
      handle: (request) => compare(state, repositoryFor(request), request),
    },
    {
      path: `GET ${base}/branches`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const branches = [...repository.branches].toSorted(([a], [b]) => (a < b ? -1 : 1))
        return pageOf(request.url, branches, ([name, sha]): RestShortBranch => {
          const commit = { sha, url: `${repositoryUrl(state, repository)}/commits/${sha}` }
          return { name, commit, protected: repository.protection.has(name) }
        })
      },
    },
    {
      path: `GET ${base}/branches/{branch}`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const name = request.params.branch ?? ''
        const sha = repository.branches.get(name)
        if (sha === undefined) throw httpError(404, 'Branch not found')
        return answer(branchObject(state, repository, name, commitOf(repository, sha)))
      },
    },
    {
      path: `GET ${base}/tags`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const tags = [...repository.tags.values()].toSorted((a, b) => (a.name > b.name ? -1 : 1))
        return pageOf(request.url, tags, ({ name, sha }): RestTag => {
          const url = repositoryUrl(state, repository)
          return {
            name,
            commit: { sha, url: `${url}/commits/${sha}` },
            zipball_url: `${url}/zipball/refs/tags/${name}`,
            tarball_url: `${url}/tarball/refs/tags/${name}`,
            node_id: `REF_${name}`,
          }
        })
      },
    },
    {
      path: `GET ${base}/git/ref/{+ref}`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const found = refsWith(repository, '').find(({ ref }) => ref === `refs/${request.params.ref}`)
        if (found === undefined) throw notFound()
        return answer(gitRefObject(state, repository, found))
      },
    },
    {
      path: `GET ${base}/git/matching-refs/{+ref}`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const found = refsWith(repository, `refs/${request.params.ref}`)
        return pageOf(request.url, found, (one) => gitRefObject(state, repository, one))
      },
    },
    {
      path: `GET ${base}/git/tags/{tag_sha}`,
      handle: (request) => {
        const repository = repositoryFor(request)
        const tag = [...repository.tags.values()].find(({ annotation }) => annotation?.sha === request.params.tag_sha)
        if (!tag?.annotation) throw notFound()
        return answer(gitTagObject(state, repository, tag, tag.annotation))
      },
    },
    {
      path: `GET ${base}/git/blobs/{file_sha}`,
      handle: (request) => {
        const repository = repositoryFor(request)
        for (const commit of repository.commits.values()) {
          for (const content of commit.files.values()) {
            if (blobShaOf(content) === request.params.file_sha) return answer(blobObject(state, repository, content))
          }
        }
        throw notFound()
      },
    },
    {
      path: `GET ${base}/contents/{+path}`,
      handle: (request) => contents(state, repositoryFor(request), request),
    },
  ]
}

function compare(state: GithubState, repository: RepositoryState, { params, url }: RouteRequest): Answer {
  const names = params.basehead ?? ''
  const sides = names.split('...').map((name) => repository.commits.get(shaOfRef(repository, name) ?? ''))
  const [base, head] = sides
  if (sides.length !== 2 || base === undefined || head === undefined) throw notFound()
  const divergence = compareCommits(repository, base.sha, head.sha)
  if (divergence === null) throw httpError(404, `No common ancestor between ${names.replace('...', ' and ')}.`)
  const query = url.searchParams
  const isPaged = query.has('page') || query.has('per_page')
  const page = isPaged ? { number: Number(query.get('page') ?? 1), size: perPageOf(url) } : null
  const hasMore = page !== null && page.number * page.size < divergence.ahead.length
  const headers = hasMore ? { link: linkTo(url, { page: String(page.number + 1) }, 'next') } : {}
  return answer(comparisonObject(state, repository, { base, head, names }, divergence, page), 200, headers)
}

/** A single commit: its files come in pages of 300, whatever `per_page` says above that. */
export function commitAnswer(state: GithubState, repository: RepositoryState, commit: CommitState, url: URL): Answer {
  const page = Number(url.searchParams.get('page') ?? 1)
  const whole = wholeCommit(state, repository, commit, page)
  const size = url.searchParams.has('per_page') ? perPageOf(url) : MAX_FILES
  const hasMore = changesOf(repository, commit).length > page * size
  const headers = hasMore ? { link: linkTo(url, { page: String(page + 1) }, 'next') } : {}
  return answer({ ...whole, files: whole.files?.slice(0, size) ?? [] }, 200, headers)
}

function contents(state: GithubState, repository: RepositoryState, { params, url }: RouteRequest): Answer {
  const ref = url.searchParams.get('ref') ?? repository.defaultBranch
  const commit = repository.commits.get(shaOfRef(repository, ref) ?? '')
  if (commit === undefined) throw httpError(404, `No commit found for the ref ${ref}`)
  const path = params.path ?? ''
  const content = commit.files.get(path)
  if (content !== undefined) return answer(fileContent(state, repository, ref, path, content))
  const inside = [...commit.files].filter(([name]) => name.startsWith(`${path}/`))
  if (inside.length === 0) throw notFound()
  return answer(folderContent(state, repository, ref, path, inside))
}
