import type { ComparedCommits } from '../../../src/release/evidence/changes-of.ts'
import type { ChangedFile, EvidenceCommit } from '../../../src/release/evidence.ts'

export function changedFile(path: string, part: Partial<ChangedFile> = {}): ChangedFile {
  return { path, previousPath: null, change: 'modified', additions: 1, deletions: 0, blob: `blob of ${path}`, ...part }
}

export function added(path: string, part: Partial<ChangedFile> = {}): ChangedFile {
  return changedFile(path, { change: 'added', ...part })
}

export function removed(path: string, part: Partial<ChangedFile> = {}): ChangedFile {
  return changedFile(path, { change: 'removed', additions: 0, deletions: 1, blob: null, ...part })
}

export function renamed(previousPath: string, path: string, part: Partial<ChangedFile> = {}): ChangedFile {
  return changedFile(path, { change: 'renamed', previousPath, additions: 0, ...part })
}

function commit(sha: string): EvidenceCommit {
  return { sha, title: sha, authorLogin: null, authorName: null, authorEmail: null, coAuthors: [], at: null }
}

export function compared(files: readonly ChangedFile[], shas: readonly string[] = ['a']): ComparedCommits {
  return {
    commits: shas.map(commit),
    aheadBy: shas.length,
    pulls: [],
    files,
    isFileListComplete: true,
    url: `https://github.com/acme/omnihub/compare/${shas.join('-')}`,
  }
}
