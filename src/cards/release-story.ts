/** The whole story of a release on one screen: the last message of its thread, and `/deploy show`. */

import type { Identity } from '../policy/identity.ts'
import { type ReasonCode, reasons } from '../policy/reason-codes.ts'
import type { Client } from '../release/release.ts'
import { buttonRow } from './button.ts'
import { counted } from './counted.ts'
import { formatDuration } from './durations.ts'
import { escapeMrkdwn } from './escape.ts'
import { fitLines } from './fit-lines.ts'
import { releaseLabel } from './gate-headline.ts'
import { identity } from './people-words.ts'
import { type ReleaseGlance, rolloutLine } from './release-glance.ts'
import type { ReleaseCardContext, Rendered } from './rendered.ts'
import { wholeLook } from './rollout-looks.ts'
import { contextBlock, date, joined, type Line, link, name, outside, textBlocks, words } from './spans.ts'
import { type WayBack, wayBackButton } from './way-back-buttons.ts'

const maxRows = 30
/** Of a story that is longer the beginning and the end are shown. */
const firstRows = 10

/** One line of the audit log about the release. */
export interface StoryRow {
  readonly at: number
  readonly actor: Identity | 'sluice'
  /** `request`, `approve`, `reject`, … */
  readonly action: string
  /** Why it was refused, or what it led to; null for what simply happened. */
  readonly reason: ReasonCode | null
  readonly text: string | null
  readonly client: Client
}

/** What somebody did, and what somebody wanted to do who was refused. */
const deeds: ReadonlyMap<string, { readonly did: string; readonly wanted: string }> = new Map([
  ['request', { did: 'asked for the release', wanted: 'ask for the release' }],
  ['approve', { did: '✓ approved', wanted: 'approve' }],
  ['reject', { did: '✗ rejected', wanted: 'reject' }],
  ['withdraw', { did: 'took the approval back', wanted: 'take the approval back' }],
  ['cancel', { did: 'called it off', wanted: 'call it off' }],
  ['break_glass', { did: '🚨 broke the glass', wanted: 'break the glass' }],
  ['sign_off', { did: 'signed it off', wanted: 'sign it off' }],
  ['expire', { did: 'closed the gate, because nobody decided in time', wanted: 'close the gate' }],
  ['supersede', { did: 'replaced it by a newer release', wanted: 'replace it' }],
  ['void_approvals', { did: 'made the approvals void', wanted: 'make the approvals void' }],
  ['plan_changed', { did: 'saw that what would ship has changed', wanted: 'change the plan' }],
  ['queue', { did: 'put it into the queue', wanted: 'queue it' }],
  ['check', { did: 'read everything once more', wanted: 'read everything once more' }],
  ['run', { did: 'saw the workflow begin', wanted: 'begin' }],
  ['note', { did: 'noted', wanted: 'note' }],
  ['start', { did: 'started the workflow', wanted: 'start the workflow' }],
  ['complete', { did: 'saw it end well', wanted: 'end it' }],
  ['rollout_begin', { did: 'began the rollout', wanted: 'begin the rollout' }],
  ['roles', { did: 'saw which pool serves', wanted: 'look at the pools' }],
  ['check_passed', { did: 'saw a check pass', wanted: 'check it' }],
  ['set', { did: 'asked for a weight', wanted: 'set a weight' }],
  ['confirm', { did: 'read the weight back', wanted: 'read the weight back' }],
  ['hold', { did: '⏸️ held it', wanted: 'hold it' }],
  ['resume', { did: '▶️ let it go on', wanted: 'let it go on' }],
  ['advance', { did: 'sent it on', wanted: 'send it on' }],
  ['promote', { did: 'gave it all of the traffic', wanted: 'give it all of the traffic' }],
  ['extend', { did: 'made the window longer', wanted: 'make the window longer' }],
  ['reopen_window', { did: 'began the window anew', wanted: 'begin the window anew' }],
  ['traffic_changed', { did: 'saw that somebody else changed the split', wanted: 'change the split' }],
  ['adopt', { did: 'took the split as it was', wanted: 'take the split as it was' }],
  ['restore', { did: 'set the split again', wanted: 'set the split again' }],
  ['approve_step', { did: 'let a step begin', wanted: 'let a step begin' }],
  ['done_by_hand', { did: 'put the rest back by hand', wanted: 'end it as done by hand' }],
  ['roll_back', { did: '⏪ rolled it back', wanted: 'roll it back' }],
  ['leg_done', { did: 'put a part back', wanted: 'put a part back' }],
  ['rollback_incomplete', { did: '🚨 could not put all of it back yet', wanted: 'put it back' }],
  ['rolled_back', { did: 'saw all of it back', wanted: 'see it back' }],
  ['page', { did: 'called those on call', wanted: 'call people' }],
  ['remind', { did: 'reminded people of the hold', wanted: 'remind people' }],
  ['fail', { did: 'saw it fail', wanted: 'end it' }],
])

const clientWords: Readonly<Record<Client, string>> = {
  slack: '',
  cli: ' (command line)',
  github: ' (GitHub)',
  sluice: '',
}

/**
 * Oldest first, as it happened.
 *
 * @param rows - those of this release only
 * @param way - how to get back from it, or to it; null when there is none, or the story is told to everybody
 */
export function releaseStory(
  glance: ReleaseGlance,
  rows: readonly StoryRow[],
  context: ReleaseCardContext,
  way: WayBack | null = null,
): Rendered {
  const { release, title, url, rollout = null } = glance
  const look = wholeLook(release, rollout)
  const sorted = rows.toSorted((a, b) => a.at - b.at)
  const last = sorted.at(-1)
  const took = last === undefined ? null : last.at - release.requestedAt
  const heading: Line = joined([
    [words(`${look.symbol} `), words(look.word, 'bold')],
    [words(releaseLabel(release), 'bold')],
    ...(took === null || !(took > 0) ? [] : [[words(formatDuration(took))]]),
  ])
  const lines: Line[] = [heading]
  if (title !== null) lines.push([outside(title, undefined, 120)])
  lines.push(...rolloutLine(glance))
  const isCut = sorted.length > maxRows
  const shown = isCut ? [...sorted.slice(0, firstRows), ...sorted.slice(firstRows - maxRows)] : sorted
  shown.forEach((row, index) => {
    if (isCut && index === firstRows) {
      lines.push([words(`… ${counted(sorted.length - maxRows, 'line')} left out: `), command(release.id)])
    }
    lines.push(rowLine(row, context))
  })
  if (sorted.length === 0) lines.push([words('Nothing is on record about it.')])
  const foot: Line[] = [[words(name(release.id, 26))], ...(url === null ? [] : [[link('card', url)]])]
  const text = `${look.word}: ${releaseLabel(release)} - the whole story, ${counted(sorted.length, 'line')}`
  return {
    text: escapeMrkdwn(text),
    blocks: [
      ...textBlocks(fitLines(lines, 8500, context.layout, 'see the audit log'), context.layout),
      ...(way === null ? [] : buttonRow([wayBackButton(release, way)])),
      contextBlock(joined(foot)),
    ],
  }
}

function rowLine(row: StoryRow, context: ReleaseCardContext): Line {
  const who = row.actor === 'sluice' ? words('Sluice') : identity(row.actor, context)
  const isRefused = row.reason !== null && row.actor !== 'sluice'
  const known = deeds.get(row.action) ?? { did: name(row.action, 40), wanted: name(row.action, 40) }
  const deed = isRefused ? `wanted to ${known.wanted}: not done` : known.did
  const line: Line[] = [
    date(row.at, '{date_short_pretty} {time_secs}'),
    words(' '),
    who,
    words(` ${deed}`),
    words(clientWords[row.client]),
  ].map((span): Line => [span])
  if (row.reason !== null) line.push([words(' · '), words(reasons[row.reason])])
  if (row.text !== null && row.text.trim() !== '')
    line.push([words(' · “'), outside(row.text, undefined, 120), words('”')])
  return line.flat()
}

function command(releaseId: string) {
  return words(`sluice audit show ${name(releaseId, 26)}`, 'code')
}
