/** Database migrations of a release, those that can lose data or break running code first. */
import type { DestructiveStatement, EvidenceMigration } from '../release/evidence.ts'
import type { Release } from '../release/release.ts'
import { counted } from './counted.ts'
import type { ReleaseCardContext } from './rendered.ts'
import { fileUrl } from './ship-lines.ts'
import { joined, type Line, link, outside, words } from './spans.ts'

/** How many destructive statements the top of the card shows; the list of migrations goes on from there. */
export const destructiveOnTop = 3
const maxDestructive = 8
const maxNames = 5

const kindWords: Readonly<Record<DestructiveStatement['kind'], string>> = {
  drop: 'Drops something',
  truncate: 'Empties a table',
  drop_column: 'Drops a column',
  narrow_type: 'Narrows a type',
  not_null_without_default: 'NOT NULL without a default',
  delete_all: 'Deletes rows',
  rename: 'Renames what running code may use',
}

/** All destructive statements, in the order of the files. */
export function destructive(migrations: readonly EvidenceMigration[]): readonly DestructiveStatement[] {
  return migrations.flatMap((migration) => migration.destructive)
}

export function migrationSummary(migrations: readonly EvidenceMigration[]): string {
  const count = counted(migrations.length, 'migration')
  const dangers = destructive(migrations).length
  const unread = migrations.filter(({ isRead }) => !isRead).length
  const parts = [count]
  if (dangers > 0) parts.push(counted(dangers, 'destructive statement'))
  if (unread > 0) parts.push(`${unread} could not be read`)
  if (dangers === 0 && unread === 0) parts.push('nothing destructive found')
  return parts.join(', ')
}

export function migrationLines(release: Release, context: ReleaseCardContext): readonly Line[] {
  const { migrations } = release.evidence.changes
  const dangers = destructive(migrations)
  const lines: Line[] = []
  if (dangers.length > 0) {
    const above = Math.min(dangers.length, destructiveOnTop)
    lines.push([words(`❗ ${counted(above, 'destructive statement is', 'destructive statements are')} shown above`)])
  }
  for (const one of dangers.slice(destructiveOnTop, maxDestructive)) lines.push(destructiveLine(one, release, context))
  if (dangers.length > maxDestructive) {
    lines.push([words(`❗ and ${counted(dangers.length - maxDestructive, 'more destructive statement')}`, 'bold')])
  }
  const unread = migrations.filter(({ isRead }) => !isRead)
  if (unread.length > 0) {
    lines.push([words('❔ Could not be read, so nothing is known of: '), ...names(unread, release, context)])
  }
  const changed = migrations.filter(({ change, isRead }) => change !== 'added' && isRead)
  if (changed.length > 0) {
    lines.push([words('⚠️ Not new but changed or removed: '), ...names(changed, release, context)])
  }
  const quiet = migrations.filter((one) => one.isRead && one.change === 'added' && one.destructive.length === 0)
  if (quiet.length > 0) lines.push([words('✓ Nothing destructive in: '), ...names(quiet, release, context)])
  return lines
}

/** `❗ Drops a column: ALTER TABLE … · 20260301_sessions.sql:12`, the place linked. */
export function destructiveLine(
  one: DestructiveStatement,
  release: Pick<Release, 'repository' | 'sha'>,
  context: ReleaseCardContext,
): Line {
  return [
    words('❗ '),
    words(kindWords[one.kind], 'bold'),
    words(': '),
    outside(one.statement, 'code', 90),
    words(' · '),
    link(`${fileName(one.path)}:${one.line}`, fileUrl(release, one.path, one.line, context), undefined, 70),
  ]
}

function names(migrations: readonly EvidenceMigration[], release: Release, context: ReleaseCardContext): Line {
  const shown = migrations
    .slice(0, maxNames)
    .map(({ path }): Line => [link(fileName(path), fileUrl(release, path, null, context), undefined, 60)])
  if (migrations.length > maxNames) shown.push([words(`${migrations.length - maxNames} more`)])
  return joined(shown, ', ')
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1) || path
}
