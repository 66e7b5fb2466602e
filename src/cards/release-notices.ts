/** Short messages about releases and locks: reminders, announcements, and the daily line about the audit log. */
import type { Identity } from '../policy/identity.ts'
import type { Release } from '../release/release.ts'
import { buttonRow } from './button.ts'
import { counted } from './counted.ts'
import { formatDuration, formatUtc } from './durations.ts'
import { escapeMrkdwn } from './escape.ts'
import type { LockGlance, MissingApproval } from './gate-card-input.ts'
import { releaseLabel } from './gate-headline.ts'
import { identity, identityName, peopleSet } from './people-words.ts'
import type { ReleaseCardContext, Rendered } from './rendered.ts'
import { date, group, joined, type Line, link, name, outside, textBlocks, words } from './spans.ts'
import { unlockButton } from './status-view.ts'
import { repositoryName } from './subject.ts'

const moment = '{date_short_pretty} {time}'
type Named = Pick<Release, 'repository' | 'sha' | 'environment' | 'strategy'>

/** In the thread of the card, before the gate closes: who is still asked for, and until when. */
export function approversReminder(
  input: {
    readonly release: Named
    readonly expiresAt: number
    readonly missing: readonly MissingApproval[]
    readonly cardUrl: string | null
  },
  context: ReleaseCardContext,
): Rendered {
  const { release, expiresAt, missing, cardUrl } = input
  const total = missing.reduce((sum, { count }) => sum + count, 0)
  const lines: Line[] = [
    [
      words('⏰ '),
      words(`${counted(total, 'approval')} still missing`, 'bold'),
      words(' for '),
      ...labelled(release, cardUrl),
    ],
    ...missing.slice(0, 6).map(({ count, from }): Line => [words(`○ ${count} of `), ...peopleSet(from)]),
    [words('The gate closes '), date(expiresAt, moment), words('; after that it has to be asked for again.')],
  ]
  const text = `${counted(total, 'approval')} still missing: ${releaseLabel(release)}, until ${formatUtc(expiresAt)}`
  return { text: escapeMrkdwn(text), blocks: textBlocks(lines, context.layout) }
}

/** To the owner of a lock that may have been forgotten. */
export function lockReminder(
  input: {
    readonly repository: string
    readonly environment: string
    readonly lock: LockGlance
    /** How long it has been held, ms. */
    readonly heldMs: number
    /** Releases that wait for it. */
    readonly waiting: number
  },
  context: ReleaseCardContext,
): Rendered {
  const { repository, environment, lock, heldMs, waiting } = input
  const where = `${name(environment, 40)} of ${repositoryName(repository)}`
  const held = formatDuration(heldMs)
  const lines: Line[] = [
    [words('🔒 You have locked '), words(where, 'bold'), words(` for ${held}: `), outside(lock.why, undefined, 200)],
    [
      words(
        waiting === 0
          ? 'No release waits for it yet.'
          : `${counted(waiting, 'release waits', 'releases wait')} for it.`,
      ),
    ],
  ]
  return {
    text: escapeMrkdwn(`You have locked ${where} for ${held}: ${name(lock.why, 120)}. Is it still needed?`),
    blocks: [...textBlocks(lines, context.layout), ...buttonRow([unlockButton({ repository, environment, lock })])],
  }
}

/** To the owner of a lock that somebody else has taken over or taken off. */
export function lockTakenOver(
  input: {
    readonly repository: string
    readonly environment: string
    readonly lock: LockGlance
    readonly by: Identity
    readonly what: 'taken over' | 'taken off'
    readonly at: number
  },
  context: ReleaseCardContext,
): Rendered {
  const { repository, environment, lock, by, what, at } = input
  const where = `${name(environment, 40)} of ${repositoryName(repository)}`
  const lines: Line[] = [
    [
      words('🔓 '),
      identity(by, context),
      words(` has ${what} your lock of `),
      words(where, 'bold'),
      words(' '),
      date(at, moment),
    ],
    [words('It was: '), outside(lock.why, undefined, 200)],
  ]
  const text = `${identityName(by)} has ${what} your lock of ${where}: ${name(lock.why, 120)}`
  return { text: escapeMrkdwn(text), blocks: textBlocks(lines, context.layout) }
}

/** To those on call and to the security channel. */
export function breakGlassAnnouncement(
  input: {
    readonly release: Named
    readonly by: Identity
    readonly at: number
    readonly why: string
    /** Names of the gates that were overridden. */
    readonly overridden: readonly string[]
    /** Slack user group to mention; null to mention none. */
    readonly onCall: string | null
    readonly cardUrl: string | null
  },
  context: ReleaseCardContext,
): Rendered {
  const { release, by, at, why, overridden, onCall, cardUrl } = input
  const mention = group(onCall)
  const gates = overridden.slice(0, 8).map((gate) => name(gate, 40))
  const lines: Line[] = [
    [
      words('🚨 '),
      words('BREAK GLASS', 'bold'),
      words(': '),
      identity(by, context),
      words(' releases '),
      ...labelled(release, cardUrl),
      words(' '),
      date(at, moment),
    ],
    [words('Why: '), outside(why, 'bold', 500)],
    [words(`Overridden: ${gates.join(', ') || 'nothing was closed'}`)],
    [words('A review is owed: the next ordinary release waits until somebody else has signed this one off.')],
  ]
  if (mention !== null) lines.push([words('On call: '), mention])
  const text = `BREAK GLASS by ${identityName(by)}: ${releaseLabel(release)} - ${name(why, 200)}`
  return { text: escapeMrkdwn(text), blocks: textBlocks(lines, context.layout) }
}

/** The head of the audit log's chain, posted daily where nobody who owns the data file can take it back. */
export function auditHead(
  input: { readonly rows: number; readonly hash: string; readonly at: number },
  context: ReleaseCardContext,
): Rendered {
  const { rows, hash, at } = input
  const line: Line = joined([
    [words('🔗 Audit log: '), words(counted(rows, 'row'), 'bold')],
    [words('head '), outside(hash, 'code', 64)],
    [date(at, moment)],
  ])
  const how: Line = [
    words('sluice audit verify', 'code'),
    words(' finds out whether the log still leads up to this head.'),
  ]
  return {
    text: escapeMrkdwn(`Audit log: ${counted(rows, 'row')}, head ${name(hash, 64)}, ${formatUtc(at)}`),
    blocks: textBlocks([line, how], context.layout),
  }
}

function labelled(release: Named, url: string | null): Line {
  return [link(releaseLabel(release), url, 'bold', 150)]
}
