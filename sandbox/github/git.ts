/** What git knows: objects by their content, the graph of commits, and what differs between two trees. */
import { createHash } from 'node:crypto'
import type { CommitState, FileTree, RepositoryState } from './state.ts'

export function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}

/** The sha that git gives to this content. */
export function blobShaOf(content: string | Uint8Array): string {
  const bytes = Buffer.from(content)
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

/** The files of a commit on top of another: new contents by path, null for what is removed. */
export function treeWith(
  parent: Pick<CommitState, 'files'> | null,
  changes: Readonly<Record<string, string | Uint8Array | null>>,
): FileTree {
  const files = new Map(parent?.files ?? [])
  for (const [path, content] of Object.entries(changes)) {
    if (content === null) files.delete(path)
    else files.set(path, content)
  }
  return files
}

/** The commit and all that it comes from, newest first; those of one moment children first. */
export function historyOf(repository: RepositoryState, sha: string): readonly CommitState[] {
  const found = new Map<string, CommitState>()
  const open = [sha]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const commit = repository.commits.get(next)
    if (commit === undefined || found.has(next)) continue
    found.set(next, commit)
    open.push(...commit.parents)
  }
  return childrenFirst(found)
}

function childrenFirst(commits: ReadonlyMap<string, CommitState>): readonly CommitState[] {
  const children = new Map<string, number>()
  for (const commit of commits.values()) {
    for (const parent of commit.parents) children.set(parent, (children.get(parent) ?? 0) + 1)
  }
  let ready = [...commits.values()].filter(({ sha }) => !children.has(sha))
  const ordered: CommitState[] = []
  while (ready.length > 0) {
    const [newest, ...rest] = ready.toSorted((a, b) => b.at - a.at)
    if (newest === undefined) break
    ordered.push(newest)
    ready = rest
    for (const parent of newest.parents) {
      const left = (children.get(parent) ?? 0) - 1
      children.set(parent, left)
      const commit = commits.get(parent)
      if (left === 0 && commit !== undefined) ready.push(commit)
    }
  }
  return ordered
}

/**
 * The sha that a ref means to GitHub: a branch, a tag, `heads/…`, `tags/…`, `HEAD`, or a sha of at least four digits
 * that only one commit begins with. `~` and `^` mean nothing to it.
 */
export function shaOfRef(repository: RepositoryState, ref: string): string | null {
  const [, kind, rest = ref] = /^(?:refs\/)?(heads|tags)\/(.+)$/.exec(ref) ?? []
  const branch = kind === 'tags' ? undefined : repository.branches.get(rest)
  const tag = kind === 'heads' ? undefined : repository.tags.get(rest)?.sha
  if (ref === 'HEAD') return repository.branches.get(repository.defaultBranch) ?? null
  if (branch !== undefined || tag !== undefined) return branch ?? tag ?? null
  const bySha = ref.toLowerCase()
  if (!/^[0-9a-f]{4,64}$/.test(bySha)) return null
  const object = [...repository.tags.values()].find(({ annotation }) => annotation?.sha === bySha)
  if (object !== undefined) return object.sha
  const found = [...repository.commits.keys()].filter((sha) => sha.startsWith(bySha))
  return found.length === 1 ? (found[0] ?? null) : null
}

export interface Divergence {
  readonly status: 'ahead' | 'behind' | 'identical' | 'diverged'
  /** In the head and not in the base, oldest first. */
  readonly ahead: readonly CommitState[]
  readonly behind: readonly CommitState[]
  readonly mergeBase: CommitState
}

/** @returns null when the two have no commit in common */
export function compareCommits(repository: RepositoryState, base: string, head: string): Divergence | null {
  const ofBase = historyOf(repository, base)
  const ofHead = historyOf(repository, head)
  const baseShas = new Set(ofBase.map(({ sha }) => sha))
  const headShas = new Set(ofHead.map(({ sha }) => sha))
  const mergeBase = ofHead.find(({ sha }) => baseShas.has(sha))
  if (mergeBase === undefined) return null
  const ahead = ofHead.filter(({ sha }) => !baseShas.has(sha)).toReversed()
  const behind = ofBase.filter(({ sha }) => !headShas.has(sha)).toReversed()
  const isAhead = ahead.length > 0
  const isBehind = behind.length > 0
  const status = isAhead && isBehind ? 'diverged' : isAhead ? 'ahead' : isBehind ? 'behind' : 'identical'
  return { status, ahead, behind, mergeBase }
}

export interface FileChange {
  readonly path: string
  readonly previousPath: string | null
  readonly status: 'added' | 'modified' | 'removed' | 'renamed'
  /** Of the new content; of the old one for a removed file, as GitHub has it. */
  readonly blob: string
  readonly additions: number
  readonly deletions: number
}

/** What became of the files, by path. A file that was moved without a change is renamed. */
export function changesBetween(before: FileTree, after: FileTree): readonly FileChange[] {
  const removed = [...before.keys()].filter((path) => !after.has(path))
  const left = new Set(removed)
  const changes: FileChange[] = []
  for (const [path, content] of after) {
    const old = before.get(path)
    const blob = blobShaOf(content)
    if (old !== undefined) {
      if (old !== content && blobShaOf(old) !== blob) {
        changes.push({ path, previousPath: null, status: 'modified', blob, ...countLines(old, content) })
      }
      continue
    }
    const from = [...left].find((candidate) => blobShaOf(before.get(candidate) ?? '') === blob)
    if (from === undefined) {
      changes.push({ path, previousPath: null, status: 'added', blob, ...countLines('', content) })
    } else {
      left.delete(from)
      changes.push({ path, previousPath: from, status: 'renamed', blob, additions: 0, deletions: 0 })
    }
  }
  for (const path of left) {
    const old = before.get(path) ?? ''
    changes.push({ path, previousPath: null, status: 'removed', blob: blobShaOf(old), ...countLines(old, '') })
  }
  return changes.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** A commit against its first parent. */
export function changesOf(repository: RepositoryState, commit: CommitState): readonly FileChange[] {
  const parent = repository.commits.get(commit.parents[0] ?? '')
  return changesBetween(parent?.files ?? new Map(), commit.files)
}

function countLines(before: string | Uint8Array, after: string | Uint8Array) {
  // Of binary files GitHub counts no lines.
  if (typeof before !== 'string' || typeof after !== 'string') return { additions: 0, deletions: 0 }
  const [a, b] = [linesOf(before), linesOf(after)]
  const same = sameLines(a, b)
  return { additions: b.length - same, deletions: a.length - same }
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** Length of the longest common subsequence of lines. */
function sameLines(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0)
  for (const line of a) {
    const next = [0]
    for (const [index, other] of b.entries()) {
      next.push(line === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0))
    }
    row = next
  }
  return row[b.length] ?? 0
}
