/** Branches, refs, tags and files as api.github.com shows them. */
import { commitObject } from './commit-objects.ts'
import { blobShaOf, sha1 } from './git.ts'
import { iso, nodeId, repositoryUrl } from './rest-objects.ts'
import type {
  RestBlob,
  RestBranch,
  RestContentFile,
  RestContentFolder,
  RestGitRef,
  RestGitTag,
  RestStatusChecks,
} from './rest-types.ts'
import type { CommitState, FileTree, GithubState, RepositoryState, RequiredCheckState, TagState } from './state.ts'
import { fullNameOf } from './state-access.ts'

/** Above this the contents API gives no content. */
const MAX_CONTENT_BYTES = 1024 * 1024

export function branchObject(
  state: GithubState,
  repository: RepositoryState,
  name: string,
  commit: CommitState,
): RestBranch {
  const url = `${repositoryUrl(state, repository)}/branches/${name}`
  const required = repository.protection.get(name)
  return {
    name,
    commit: commitObject(state, repository, commit),
    _links: { self: url, html: `${state.webUrl}/${fullNameOf(repository)}/tree/${name}` },
    protected: required !== undefined,
    protection: {
      enabled: required !== undefined,
      required_status_checks: {
        enforcement_level: required === undefined ? 'off' : 'non_admins',
        ...contextsOf(required ?? []),
      },
    },
    protection_url: `${url}/protection`,
  }
}

function contextsOf(required: readonly RequiredCheckState[]) {
  return {
    contexts: required.map(({ context }) => context),
    checks: required.map(({ context, appId }) => ({ context, app_id: appId })),
  }
}

export function statusChecksObject(
  state: GithubState,
  repository: RepositoryState,
  branch: string,
  required: readonly RequiredCheckState[],
): RestStatusChecks {
  const url = `${repositoryUrl(state, repository)}/branches/${branch}/protection/required_status_checks`
  return { url, strict: false, ...contextsOf(required), contexts_url: `${url}/contexts` }
}

export function gitRefObject(
  state: GithubState,
  repository: RepositoryState,
  { ref, type, sha }: { readonly ref: string; readonly type: string; readonly sha: string },
): RestGitRef {
  const url = `${repositoryUrl(state, repository)}/git`
  return {
    ref,
    node_id: nodeId('Ref', ref),
    url: `${url}/${ref}`,
    object: { type, sha, url: `${url}/${type}s/${sha}` },
  }
}

export function gitTagObject(
  state: GithubState,
  repository: RepositoryState,
  tag: TagState,
  annotation: NonNullable<TagState['annotation']>,
): RestGitTag {
  const url = `${repositoryUrl(state, repository)}/git`
  return {
    node_id: nodeId('Tag', annotation.sha),
    tag: tag.name,
    sha: annotation.sha,
    url: `${url}/tags/${annotation.sha}`,
    message: annotation.message,
    tagger: { date: iso(annotation.at), email: `${annotation.by}@users.noreply.github.com`, name: annotation.by },
    object: { sha: tag.sha, type: 'commit', url: `${url}/commits/${tag.sha}` },
    verification: { verified: false, reason: 'unsigned', payload: null, signature: null, verified_at: null },
  }
}

export function blobObject(state: GithubState, repository: RepositoryState, content: string | Uint8Array): RestBlob {
  const bytes = Buffer.from(content)
  const sha = blobShaOf(content)
  return {
    content: base64(bytes),
    encoding: 'base64',
    url: `${repositoryUrl(state, repository)}/git/blobs/${sha}`,
    sha,
    size: bytes.length,
    node_id: nodeId('Blob', sha),
  }
}

export function fileContent(
  state: GithubState,
  repository: RepositoryState,
  ref: string,
  path: string,
  content: string | Uint8Array,
): RestContentFile {
  const bytes = Buffer.from(content)
  const isTooLarge = bytes.length > MAX_CONTENT_BYTES
  return {
    type: 'file',
    encoding: isTooLarge ? 'none' : 'base64',
    ...entry(state, repository, ref, path, blobShaOf(content), bytes.length),
    content: isTooLarge ? '' : base64(bytes),
  }
}

/** What is directly in the folder, files and folders. */
export function folderContent(
  state: GithubState,
  repository: RepositoryState,
  ref: string,
  folder: string,
  inside: readonly (readonly [string, string | Uint8Array])[],
): RestContentFolder {
  const folders = new Map<string, FileTree>()
  const items: RestContentFolder = []
  for (const [path, content] of inside) {
    const [name = '', ...deeper] = path.slice(folder.length + 1).split('/')
    const bytes = Buffer.from(content)
    if (deeper.length > 0) folders.set(`${folder}/${name}`, new Map())
    else items.push({ type: 'file', ...entry(state, repository, ref, path, blobShaOf(content), bytes.length) })
  }
  for (const path of folders.keys()) {
    items.push({ type: 'dir', ...entry(state, repository, ref, path, sha1(`tree ${ref} ${path}`), 0) })
  }
  return items
}

function entry(state: GithubState, repository: RepositoryState, ref: string, path: string, sha: string, size: number) {
  const url = `${repositoryUrl(state, repository)}/contents/${path}?ref=${ref}`
  const git = `${repositoryUrl(state, repository)}/git/blobs/${sha}`
  const html = `${state.webUrl}/${fullNameOf(repository)}/blob/${ref}/${path}`
  return {
    size,
    name: path.split('/').at(-1) ?? path,
    path,
    sha,
    url,
    git_url: git,
    html_url: html,
    download_url: html.replace('/blob/', '/raw/'),
    _links: { self: url, git, html },
  }
}

/** In lines of sixty, as GitHub sends it. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll(/(.{60})/g, '$1\n')
}
