/** What a release would bring, and what it would take away. */
import type { EvidenceChanges, EvidenceCommit, EvidencePull } from '../release/evidence.ts'
import type { Release } from '../release/release.ts'
import { counted, grouped } from './counted.ts'
import { formatDuration } from './durations.ts'
import type { ReleaseCardContext } from './rendered.ts'
import { date, joined, type Line, link, outside, words } from './spans.ts'
import { commitLink, repositoryUrl, shortSha } from './subject.ts'

const maxPulls = 6
const maxCommits = 6
const maxAreas = 5
const maxPaths = 4

/** The shortest that can be said of it: `12 commits, 48 files, +1,203 −311`. */
export function shipSummary(changes: EvidenceChanges): string {
  const size = `${counted(changes.fileCount, 'file')}, +${grouped(changes.additions)} −${grouped(changes.deletions)}`
  switch (changes.relation) {
    case 'first':
      return 'the first release that is known of'
    case 'same':
      return 'nothing: it is live already'
    case 'ahead': {
      const pulls = changes.pulls.length === 0 ? '' : ` in ${counted(changes.pulls.length, 'pull request')}`
      return `${counted(changes.commitCount, 'commit')}${pulls}, ${size}`
    }
    case 'behind':
      return `takes away ${counted(changes.commitCount, 'commit')}, ${size}`
    case 'diverged':
      return `${counted(changes.commitCount, 'commit')}, takes away ${counted(changes.takenAway.length, 'commit')}, ${size}`
  }
}

/** What would ship, most telling first. */
export function shipLines(release: Release, context: ReleaseCardContext): readonly Line[] {
  const { changes } = release.evidence
  const lines: Line[] = [sinceLine(release, context)]
  if (changes.relation === 'first' || changes.relation === 'same') return [...lines, ...pathLines(release, context)]
  const removed = takenAway(changes)
  if (removed.length > 0) {
    const count = changes.relation === 'behind' ? changes.commitCount : removed.length
    lines.push([words(`Takes away ${counted(count, 'commit')} that ${count === 1 ? 'is' : 'are'} live:`, 'bold')])
    lines.push(...commitLines(removed, count, release.repository, context))
  }
  if (changes.relation !== 'behind') {
    lines.push(...pullLines(changes.pulls))
    if (changes.pulls.length === 0) {
      lines.push(...commitLines(changes.commits, changes.commitCount, release.repository, context))
    }
  }
  return [...lines, ...pathLines(release, context)]
}

/** The commits that are live now and would not be any more. */
export function takenAway(changes: EvidenceChanges): readonly EvidenceCommit[] {
  if (changes.relation === 'behind') return changes.takenAway.length > 0 ? changes.takenAway : changes.commits
  return changes.relation === 'diverged' ? changes.takenAway : []
}

/** One line for a commit: sha, first line, author. */
export function commitLine(commit: EvidenceCommit, repository: string, context: ReleaseCardContext): Line {
  const author = commit.authorLogin ?? commit.authorName
  const start: Line = [commitLink(repository, commit.sha, context), words(' '), outside(commit.title, undefined, 80)]
  return author === null ? start : [...start, words(' · '), outside(author, undefined, 40)]
}

/** One line for a pull request: number, title, author. Authors are named and not mentioned: most of them sleep. */
export function pullLine(pull: EvidencePull): Line {
  const start: Line = [link(`#${pull.number}`, pull.url), words(' '), outside(pull.title, undefined, 80)]
  return pull.authorLogin === null ? start : [...start, words(' · '), outside(pull.authorLogin, undefined, 40)]
}

/** Whether the new version serves, or did. */
function isOut({ name }: Release['state']): boolean {
  return name === 'completed' || name === 'rolling_out' || name === 'rolled_back'
}

function sinceLine({ evidence, repository, state }: Release, context: ReleaseCardContext): Line {
  const { changes, readAt } = evidence
  if (changes.live === null) return [words('Nothing is known to be live there, so there is nothing to compare with.')]
  const { live } = changes
  const age = readAt > live.since ? ` (${formatDuration(readAt - live.since)})` : ''
  const start: Line = [
    words(isOut(state) ? 'Live before: ' : 'Live now: '),
    commitLink(repository, live.sha, context),
    words(' since '),
    date(live.since, '{date_short_pretty} {time}'),
    words(age),
  ]
  return changes.diffUrl === null
    ? start
    : joined([start, [link(`diff to ${shortSha(changes.live.sha)}`, changes.diffUrl)]])
}

function pullLines(pulls: readonly EvidencePull[]): readonly Line[] {
  const lines = pulls.slice(0, maxPulls).map(pullLine)
  const rest = pulls.length - maxPulls
  return rest > 0 ? [...lines, [words(`and ${counted(rest, 'more pull request')}`)]] : lines
}

function commitLines(
  commits: readonly EvidenceCommit[],
  count: number,
  repository: string,
  context: ReleaseCardContext,
): readonly Line[] {
  // Newest first: GitHub lists the oldest first.
  const lines = commits
    .toReversed()
    .slice(0, maxCommits)
    .map((commit) => commitLine(commit, repository, context))
  const rest = count - lines.length
  return rest > 0 ? [...lines, [words(`and ${counted(rest, 'more commit')}`)]] : lines
}

function pathLines(release: Release, context: ReleaseCardContext): readonly Line[] {
  const { changes } = release.evidence
  const lines: Line[] = []
  if (changes.areas.length > 0) {
    const shown = changes.areas
      .slice(0, maxAreas)
      .map((area): Line => [outside(area.name, 'code', 40), words(` ${grouped(area.files)}`)])
    const rest = changes.areas.length - maxAreas
    if (rest > 0) shown.push([words(`${rest} more`)])
    lines.push([words('Files by area: '), ...joined(shown, ', ')])
  }
  lines.push(...namedPaths('Configuration', changes.configuration, release, context))
  lines.push(...namedPaths('Dependencies', changes.dependencies, release, context))
  return lines
}

function namedPaths(
  label: string,
  paths: readonly string[],
  release: Release,
  context: ReleaseCardContext,
): readonly Line[] {
  if (paths.length === 0) return []
  const shown = paths
    .slice(0, maxPaths)
    .map((path): Line => [link(path, fileUrl(release, path, null, context), 'code', 60)])
  if (paths.length > maxPaths) shown.push([words(`${paths.length - maxPaths} more`)])
  return [[words(`${label}: `), ...joined(shown, ', ')]]
}

/** Address of a file as the release has it, at a line. */
export function fileUrl(
  release: Pick<Release, 'repository' | 'sha'>,
  path: string,
  line: number | null,
  context: ReleaseCardContext,
): string | null {
  const url = repositoryUrl(context.webUrl, release.repository, 'blob', release.sha, path)
  return url === null || line === null ? url : `${url}#L${line}`
}
