/** What somebody has to have seen before pressing anything: the lines at the top of a gate card. */
import { incidentOf } from '../policy/incident.ts'
import { counted, listed } from './counted.ts'
import type { GateCardInput } from './gate-card-input.ts'
import { destructive, destructiveLine, destructiveOnTop } from './migration-lines.ts'
import { identity } from './people-words.ts'
import { proofState, proofSummary } from './proof-lines.ts'
import { takenAway } from './ship-lines.ts'
import { date, type Line, link, name, outside, words } from './spans.ts'

const ownGates: ReadonlySet<string> = new Set(['approvals', 'lock', 'freeze', 'queue', 'review', 'ci', 'branch'])

/** What is unusual about the release itself; empty when nothing is. */
export function attentionLines(input: GateCardInput): readonly Line[] {
  const { release } = input
  const { changes } = release.evidence
  const lines: Line[] = [...breakGlassLines(input)]
  if (release.voided !== null) {
    const { voided } = release
    const parts = listed(voided.changed.slice(0, 6).map((part) => name(part, 40))) || 'the plan'
    lines.push([
      words('⚠️ '),
      words(`${counted(voided.approvals, 'approval')} void`, 'bold'),
      words(` since `),
      date(voided.at, '{date_short_pretty} {time}'),
      words(`: what would ship has changed (${parts}). Look again.`),
    ])
  }
  const lost = takenAway(changes)
  const lostCount = changes.relation === 'behind' ? changes.commitCount : lost.length
  if (lostCount > 0) {
    const how = changes.relation === 'behind' ? 'This goes BACK' : 'This is no step forward alone'
    const what = `it takes away ${counted(lostCount, 'commit')} that ${lostCount === 1 ? 'is' : 'are'} live`
    lines.push([words('⏪ '), words(`${how}: ${what}.`, 'bold')])
  }
  if (changes.relation === 'same') lines.push([words('⚠️ Exactly this commit is live there already.', 'bold')])
  lines.push(...migrationWarnings(input))
  if (!changes.isFileListComplete) {
    lines.push([
      words('⚠️ GitHub did not list all changed files: there may be migrations that this card does not show.', 'bold'),
    ])
  }
  if (proofState(release.evidence) !== 'good') {
    const symbol = proofState(release.evidence) === 'bad' ? '❌' : '⏳'
    lines.push([words(`${symbol} `), words(proofSummary(release.evidence), 'bold'), words('.')])
    if (!release.evidence.isOnAllowedBranch) {
      lines.push([words('❌ The commit is on no branch that may be released here.', 'bold')])
    }
  }
  return lines
}

/** What keeps an approved release from starting: lock, freeze, queue, a sign-off that is owed. */
export function blockLines({
  lock,
  freeze,
  queue,
  owedReview,
  gates,
  context,
}: Pick<GateCardInput, 'lock' | 'freeze' | 'queue' | 'owedReview' | 'gates' | 'context'>): readonly Line[] {
  const lines: Line[] = []
  if (lock !== null) {
    const incident = incidentOf(lock.why)
    const until: Line =
      lock.expiresAt === null
        ? [words(' until it is taken off')]
        : [words(' until '), date(lock.expiresAt, '{date_short_pretty} {time}')]
    lines.push([
      words('🔒 '),
      words('Locked', 'bold'),
      ...(incident === null ? [] : [words(' for incident '), outside(incident, 'bold')]),
      words(' by '),
      identity(lock.by, context),
      ...until,
      words(': '),
      outside(lock.why, undefined, 200),
    ])
  }
  if (freeze !== null) {
    lines.push([
      words('❄️ '),
      words('Frozen', 'bold'),
      words(' until '),
      date(freeze.untilMs, '{date_short_pretty} {time}'),
      words(': '),
      outside(freeze.reason, undefined, 200),
    ])
  }
  if (queue !== null) {
    const place = queue.position <= 1 ? 'next in line' : `number ${queue.position} in line`
    lines.push([words('🕒 '), words(place, 'bold'), words(' for this environment, after '), before(queue.beforeUrl)])
  }
  if (owedReview !== null) {
    lines.push([
      words('🕒 '),
      words('A review is owed', 'bold'),
      words(': '),
      identity(owedReview.by, context),
      words(' broke the glass, and somebody else has to sign '),
      link('that release', owedReview.url),
      words(' off first'),
    ])
  }
  for (const gate of gates.filter(
    ({ id, state }) => !ownGates.has(id) && (state === 'closed' || state === 'unknown'),
  )) {
    const action: Line = gate.action === null ? [] : [words(' → '), outside(gate.action, undefined, 150)]
    lines.push([
      words(gate.state === 'closed' ? '✗ ' : '? '),
      outside(gate.name, 'bold'),
      words(': '),
      outside(gate.detail, undefined, 150),
      ...action,
    ])
  }
  return lines
}

function breakGlassLines({ release, review, gates, context }: GateCardInput): readonly Line[] {
  const { breakGlass } = release
  if (breakGlass === null) return []
  const lines: Line[] = [
    [
      words('🚨 '),
      words('BREAK GLASS', 'bold'),
      words(' by '),
      identity(breakGlass.by, context),
      words(' '),
      date(breakGlass.at, '{date_short_pretty} {time}'),
      words(': '),
      outside(breakGlass.why, undefined, 300),
    ],
  ]
  const overridden = gates.filter(({ state }) => state === 'overridden').slice(0, 8)
  if (overridden.length > 0) {
    lines.push([words(`🚨 Overridden: ${listed(overridden.map((gate) => name(gate.name, 40)))}.`)])
  }
  if (review === null) return lines
  if (review.signedOffBy === null) {
    return [
      ...lines,
      [
        words('🚨 '),
        words('A review is owed:', 'bold'),
        words(' the next ordinary release waits until somebody else has signed this one off.'),
      ],
    ]
  }
  const at: Line = review.at === null ? [] : [words(' '), date(review.at, '{date_short_pretty} {time}')]
  return [...lines, [words('✓ Signed off by '), identity(review.signedOffBy, context), ...at]]
}

function migrationWarnings({ release, context }: GateCardInput): readonly Line[] {
  const { migrations } = release.evidence.changes
  const dangers = destructive(migrations)
  const lines: Line[] = dangers.slice(0, destructiveOnTop).map((one) => destructiveLine(one, release, context))
  if (dangers.length > destructiveOnTop) {
    const rest = counted(dangers.length - destructiveOnTop, 'more destructive statement')
    lines.push([words('❗ '), words(`and ${rest}`, 'bold'), words(', listed below')])
  }
  const unread = migrations.filter(({ isRead }) => !isRead).length
  if (unread > 0) {
    const what = `${counted(unread, 'migration')} could not be read`
    lines.push([words('❔ '), words(what, 'bold'), words(': nothing is known of what they do.')])
  }
  return lines
}

function before(url: string | null): Line[number] {
  return link('the release before it', url)
}
