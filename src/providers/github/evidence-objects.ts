/** GitHub's commits, pull requests and files as the evidence of a release shows them. */
import { z } from 'zod'
import type { Comparison } from '../../engine/code-host.ts'
import { optionalTimeSchema, shaSchema } from '../../pipeline/github-objects.ts'
import type { ChangedFile, EvidenceCommit, EvidencePull } from '../../release/evidence.ts'

const person = z
  .object({ name: z.string().nullish(), email: z.string().nullish(), date: optionalTimeSchema })
  .nullish()
  .transform((value) => value ?? null)

/** GitHub gives `{}` for an author whom it knows no account of, in some years null. */
const account = z
  .object({ login: z.string().nullish() })
  .nullish()
  .transform((value) => value?.login ?? null)

export const CommitObject = z.object({
  sha: shaSchema,
  commit: z.object({ message: z.string(), author: person, committer: person }),
  author: account,
  parents: z.array(z.object({ sha: shaSchema })),
})
export type CommitObject = z.infer<typeof CommitObject>

export const FileObject = z.object({
  sha: z.string().nullish(),
  filename: z.string(),
  previous_filename: z.string().nullish(),
  status: z.string(),
  additions: z.number(),
  deletions: z.number(),
})
export type FileObject = z.infer<typeof FileObject>

export const PullObject = z.object({
  number: z.number().int(),
  title: z.string(),
  html_url: z.string(),
  user: account,
  merged_at: optionalTimeSchema,
  updated_at: optionalTimeSchema,
  merge_commit_sha: z.string().nullish(),
  head: z.object({ sha: shaSchema }),
})
export type PullObject = z.infer<typeof PullObject>

const CO_AUTHOR = /^co-authored-by:\s*(.*?)\s*<([^<>\s]+)>\s*$/gim

export function evidenceCommit(commit: CommitObject): EvidenceCommit {
  const { message, author, committer } = commit.commit
  return {
    sha: commit.sha,
    title: message.split('\n')[0]?.trim() ?? '',
    authorLogin: commit.author,
    authorName: author?.name || null,
    authorEmail: author?.email?.toLowerCase() || null,
    coAuthors: [...message.matchAll(CO_AUTHOR)].map(([, name = '', email = '']) => ({
      name,
      email: email.toLowerCase(),
    })),
    // When it came to be on its branch: the author's date survives rebases and may be years old.
    at: committer?.date ?? author?.date ?? null,
  }
}

export function evidencePull(pull: PullObject): EvidencePull {
  return { number: pull.number, title: pull.title, url: pull.html_url, authorLogin: pull.user }
}

/** @returns null for a file that GitHub lists although it did not change */
function changedFile(file: FileObject): ChangedFile | null {
  const change = changeOf(file.status)
  if (change === null) return null
  return {
    path: file.filename,
    previousPath: change === 'renamed' ? (file.previous_filename ?? null) : null,
    change,
    additions: file.additions,
    deletions: file.deletions,
    // Of a removed file GitHub gives the blob that is gone.
    blob: change === 'removed' ? null : (file.sha ?? null),
  }
}

function changeOf(status: string): ChangedFile['change'] | null {
  switch (status) {
    case 'added':
    case 'copied':
      return 'added'
    case 'removed':
    case 'renamed':
      return status
    case 'unchanged':
      return null
    default:
      // `modified`, and `changed` for a file's mode alone.
      return 'modified'
  }
}

/** GitHub lists at most so many files of a comparison: a list that is this long may go on. */
const MAX_FILES = 300

export function changedFiles(files: readonly FileObject[]): Pick<Comparison, 'files' | 'isFileListComplete'> {
  return {
    files: files.slice(0, MAX_FILES).flatMap((file) => changedFile(file) ?? []),
    isFileListComplete: files.length < MAX_FILES,
  }
}
