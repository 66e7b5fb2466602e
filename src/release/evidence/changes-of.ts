import type {
  ChangedArea,
  ChangedFile,
  EvidenceChanges,
  EvidenceCommit,
  EvidenceMigration,
  EvidencePull,
} from '../evidence.ts'
import { classifyFiles } from './classify-files.ts'

/** A comparison of two commits as the code host gives it. */
interface Compared {
  readonly status: 'ahead' | 'behind' | 'identical' | 'diverged'
  readonly commits: readonly EvidenceCommit[]
  readonly aheadBy: number
  readonly behindBy: number
  readonly pulls: readonly EvidencePull[]
  readonly files: readonly ChangedFile[]
  readonly isFileListComplete: boolean
  readonly url: string
}

const maxAreas = 20

/**
 * What a release would change in its environment.
 *
 * @param input.forward - from what is live to the commit; the commit alone when nothing is live
 * @param input.back - the other way round, where something is taken away
 */
export function changesOf(input: {
  readonly live: EvidenceChanges['live']
  readonly sha: string
  readonly forward: Compared
  readonly back: Compared | null
  readonly migrations: readonly EvidenceMigration[]
  readonly policy: { readonly migrations: readonly string[] }
}): EvidenceChanges {
  const { live, forward, back, migrations, policy } = input
  const relation = live === null ? 'first' : relations[forward.status]
  // GitHub compares from where the histories part, so that what a release takes away is only in the other direction.
  const shown = relation === 'behind' && back !== null ? back : forward
  const lost = relation === 'diverged' && back !== null ? back : null
  const files = lost === null ? shown.files : union(shown.files, lost.files)
  const { configuration, dependencies } = classifyFiles(files, policy)
  return {
    live,
    relation,
    commits: shown.commits,
    commitCount: relation === 'behind' ? forward.behindBy : forward.aheadBy,
    takenAway: lost?.commits ?? [],
    pulls: shown.pulls,
    areas: areasOf(files),
    fileCount: files.length,
    isFileListComplete: shown.isFileListComplete && (lost === null || lost.isFileListComplete),
    additions: sum(files.map(({ additions }) => additions)),
    deletions: sum(files.map(({ deletions }) => deletions)),
    migrations,
    configuration: configuration.map(({ path }) => path),
    dependencies: dependencies.map(({ path }) => path),
    paths: [
      ...new Set(files.flatMap(({ path, previousPath }) => (previousPath === null ? [path] : [path, previousPath]))),
    ],
    diffUrl: shown.url,
  }
}

const relations = { ahead: 'ahead', behind: 'behind', identical: 'same', diverged: 'diverged' } as const

/** Files by their first folder, or first two below `packages`, `apps` and the like; most changed first. */
export function areasOf(files: readonly ChangedFile[]): readonly ChangedArea[] {
  const areas = [...Map.groupBy(files, ({ path }) => areaName(path))].map(([name, group]) => ({
    name,
    files: group.length,
    additions: sum(group.map(({ additions }) => additions)),
    deletions: sum(group.map(({ deletions }) => deletions)),
  }))
  return areas.toSorted((a, b) => size(b) - size(a) || (a.name < b.name ? -1 : 1)).slice(0, maxAreas)
}

const containers = new Set(['packages', 'apps', 'services', 'libs', 'modules', 'crates'])

function areaName(path: string): string {
  const folders = path.split('/').slice(0, -1)
  const [first, second] = folders
  if (first === undefined) return '(top folder)'
  return containers.has(first) && second !== undefined ? `${first}/${second}` : first
}

function size({ additions, deletions }: ChangedArea): number {
  return additions + deletions
}

function union(a: readonly ChangedFile[], b: readonly ChangedFile[]): readonly ChangedFile[] {
  const known = new Set(a.map(({ path }) => path))
  return [...a, ...b.filter(({ path }) => !known.has(path))]
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
