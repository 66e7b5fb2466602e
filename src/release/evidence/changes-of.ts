import type { ChangedFile, EvidenceChanges, EvidenceCommit, EvidenceMigration, EvidencePull } from '../evidence.ts'
import { areasOf, classifyFiles, pathsOf } from './classify-files.ts'
import { scanMigration } from './scan-migration.ts'

/** One direction of a comparison, as the code host gives it: what `head` has that `base` has not. */
export interface ComparedCommits {
  readonly commits: readonly EvidenceCommit[]
  readonly aheadBy: number
  readonly pulls: readonly EvidencePull[]
  readonly files: readonly ChangedFile[]
  readonly isFileListComplete: boolean
  readonly url: string
}

/**
 * How the commit stands to what is live, with the comparisons that tell what lies between them. A comparison lists only
 * what its head adds, so that going back needs the one the other way round.
 */
export type Compared =
  /** Nothing is live: the commit against its first parent. */
  | { readonly relation: 'first'; readonly commit: ComparedCommits }
  | { readonly relation: 'same' }
  /** `live...commit` */
  | { readonly relation: 'ahead'; readonly forward: ComparedCommits }
  /** `commit...live` */
  | { readonly relation: 'behind'; readonly backward: ComparedCommits }
  | { readonly relation: 'diverged'; readonly forward: ComparedCommits; readonly backward: ComparedCommits }

/** The relation that a comparison of what is live (base) with the commit (head) says. */
export function relationOf(
  status: 'ahead' | 'behind' | 'identical' | 'diverged',
): 'ahead' | 'behind' | 'same' | 'diverged' {
  return status === 'identical' ? 'same' : status
}

/** The files that differ between what is live and the commit, as changes that the release makes. */
export function changedFiles(compared: Compared): readonly ChangedFile[] {
  switch (compared.relation) {
    case 'first':
      return compared.commit.files
    case 'same':
      return []
    case 'ahead':
      return compared.forward.files
    case 'behind':
      return compared.backward.files.map(takenBack)
    case 'diverged':
      return joinFiles(compared.forward.files, compared.backward.files)
  }
}

export interface ChangesInput {
  readonly live: EvidenceChanges['live']
  readonly compared: Compared
  /** Globs of migration files. */
  readonly migrations: readonly string[]
  /**
   * Texts of the migrations that `classifyFiles(changedFiles(compared), …)` names, by path, read where it says; null or
   * missing for those that could not be read.
   */
  readonly texts: ReadonlyMap<string, string | null>
}

/**
 * What a release would change. Of a first release nobody can say what it changes: only its own commit is listed, and the
 * list of files counts as incomplete.
 */
export function changesOf({ live, compared, migrations, texts }: ChangesInput): EvidenceChanges {
  const files = changedFiles(compared)
  const classified = classifyFiles(files, { migrations })
  return {
    live,
    relation: compared.relation,
    ...commitsOf(compared),
    areas: areasOf(files),
    fileCount: files.length,
    additions: sum(files.map(({ additions }) => additions)),
    deletions: sum(files.map(({ deletions }) => deletions)),
    migrations: classified.migrations.map(({ path, blob, change }): EvidenceMigration => {
      const text = texts.get(path) ?? null
      const destructive = text === null ? [] : scanMigration(path, text)
      return { path, blob: blob ?? '', change, destructive, isRead: text !== null }
    }),
    configuration: classified.configuration,
    dependencies: classified.dependencies,
    paths: pathsOf(files),
  }
}

type CommitPart = Pick<
  EvidenceChanges,
  'commits' | 'commitCount' | 'takenAway' | 'pulls' | 'isFileListComplete' | 'diffUrl'
>

function commitsOf(compared: Compared): CommitPart {
  switch (compared.relation) {
    case 'first':
      return { ...partOf(compared.commit), commitCount: compared.commit.commits.length, isFileListComplete: false }
    case 'same':
      return { commits: [], commitCount: 0, takenAway: [], pulls: [], isFileListComplete: true, diffUrl: null }
    case 'ahead':
      return partOf(compared.forward)
    case 'behind':
      return partOf(compared.backward)
    case 'diverged': {
      const { forward, backward } = compared
      const isFileListComplete = forward.isFileListComplete && backward.isFileListComplete
      return { ...partOf(forward), takenAway: backward.commits, isFileListComplete }
    }
  }
}

function partOf({ commits, aheadBy, pulls, isFileListComplete, url }: ComparedCommits): CommitPart {
  return { commits, commitCount: aheadBy, takenAway: [], pulls, isFileListComplete, diffUrl: url }
}

/** The change that undoes a change. What the file holds then is not in the list that it comes from. */
function takenBack(file: ChangedFile): ChangedFile {
  const { path, previousPath, change, additions, deletions } = file
  const back = { additions: deletions, deletions: additions, blob: null, previousPath: null } as const
  switch (change) {
    case 'added':
      return { ...back, path, change: 'removed' }
    case 'removed':
      return { ...back, path, change: 'added' }
    case 'modified':
      return { ...back, path, change }
    case 'renamed':
      return previousPath === null
        ? { ...back, path, change: 'modified' }
        : { ...back, path: previousPath, previousPath: path, change }
  }
}

/** Both sides of commits that went different ways. What both did alike (a cherry-pick) is no change. */
function joinFiles(forward: readonly ChangedFile[], backward: readonly ChangedFile[]): readonly ChangedFile[] {
  const added = new Map(forward.map((file) => [file.path, file]))
  const taken = new Map(backward.map((file) => [file.path, file]))
  const joined: ChangedFile[] = []
  for (const file of forward) {
    const other = taken.get(file.path)
    if (other === undefined) joined.push(file)
    else if (!isSameChange(file, other)) joined.push(joinChange(file, takenBack(other)))
  }
  return [...joined, ...backward.filter(({ path }) => !added.has(path)).map(takenBack)]
}

function isSameChange(a: ChangedFile, b: ChangedFile): boolean {
  return a.change === b.change && a.blob === b.blob && a.previousPath === b.previousPath
}

function joinChange(file: ChangedFile, back: ChangedFile): ChangedFile {
  const additions = file.additions + back.additions
  const deletions = file.deletions + back.deletions
  // Both had added it: it is there before and after. The live one had removed it: it comes back.
  const change = back.change === 'removed' ? 'modified' : back.change === 'added' ? 'added' : file.change
  return {
    ...file,
    change: file.change === 'removed' || file.change === 'renamed' ? file.change : change,
    additions,
    deletions,
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
