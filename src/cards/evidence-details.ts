/**
 * The whole evidence of a release, for its thread: what the card has to cut. As many messages as it takes, each within
 * Slack's limits; the first one says how many there are.
 */
import type { Release } from '../release/release.ts'
import { counted } from './counted.ts'
import { escapeMrkdwn } from './escape.ts'
import { releaseLabel } from './gate-headline.ts'
import { destructiveLine } from './migration-lines.ts'
import type { ReleaseCardContext, Rendered } from './rendered.ts'
import { commitLine, fileUrl, pullLine, shipSummary, takenAway } from './ship-lines.ts'
import { type Line, link, mrkdwn, outside, sections, words } from './spans.ts'

/** Characters of mrkdwn in one message; Slack refuses messages with much more than ten thousand. */
const room = 9000
const mostMessages = 20

/**
 * Every commit, pull request, migration, changed file and check that the evidence lists.
 *
 * @param maxMessages - at least 1; what does not fit into so many is counted in the last one
 */
export function evidenceDetails(
  release: Release,
  context: ReleaseCardContext,
  maxMessages = mostMessages,
): readonly Rendered[] {
  const pages = paged(allLines(release, context))
  const shown = pages.slice(0, maxMessages)
  const label = releaseLabel(release)
  return shown.map((lines, index) => {
    const number = shown.length === 1 ? '' : `, part ${index + 1} of ${shown.length}`
    const title: Line = [words(`Evidence${number}`, 'bold'), words(`: ${shipSummary(release.evidence.changes)}`)]
    const rest = index === shown.length - 1 ? pages.slice(maxMessages).flat().length : 0
    const end: Line[] = rest === 0 ? [] : [[words(`and ${counted(rest, 'more line')}: see the diff`)]]
    return { text: escapeMrkdwn(`Evidence${number}: ${label}`), blocks: sections([title, ...lines, ...end]) }
  })
}

function allLines(release: Release, context: ReleaseCardContext): readonly Line[] {
  const { changes, checks } = release.evidence
  const { repository } = release
  const file = (path: string): Line => [link(path, fileUrl(release, path, null, context), undefined, 200)]
  const removed = takenAway(changes)
  const added = changes.relation === 'behind' ? [] : changes.commits
  return [
    ...list('Commits taken away', removed, (commit) => commitLine(commit, repository, context)),
    ...list('Pull requests', changes.pulls, pullLine),
    ...list('Commits', added, (commit) => commitLine(commit, repository, context), changes.commitCount),
    ...list('Migrations', changes.migrations, (migration) => [
      ...file(migration.path),
      words(` ${migration.change}${migration.isRead ? '' : ', could not be read'}`),
    ]),
    ...list(
      'Destructive statements',
      changes.migrations.flatMap(({ destructive }) => destructive),
      (one) => destructiveLine(one, release, context),
    ),
    ...list('Configuration', changes.configuration, file),
    ...list('Dependencies', changes.dependencies, file),
    ...list('Changed files', changes.paths, file, changes.fileCount),
    ...list('Checks', checks, (check) => [
      link(check.name, check.url),
      words(` ${check.state}${check.isRequired ? ', required' : ''}`),
    ]),
  ]
}

/** A heading and a line for each item; GitHub may have more (`total`) than it lists. */
function list<T>(title: string, items: readonly T[], show: (item: T) => Line, total = items.length): readonly Line[] {
  if (items.length === 0) return []
  const more = total > items.length ? ` (GitHub lists ${items.length} of ${total})` : ` (${items.length})`
  return [[words(`${title}${more}`, 'bold')], ...items.map((item): Line => [words('• '), ...show(item)])]
}

function paged(lines: readonly Line[]): readonly (readonly Line[])[] {
  const pages: Line[][] = [[]]
  let used = 0
  for (const line of lines) {
    const length = mrkdwn(line).length + 1
    if (used + length > room) {
      pages.push([])
      used = 0
    }
    pages.at(-1)?.push(line)
    used += length
  }
  return pages[0]?.length === 0
    ? [[[outside('Nothing is listed: there is nothing to compare with.', undefined, 80)]]]
    : pages
}
