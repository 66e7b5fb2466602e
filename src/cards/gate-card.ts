/**
 * The card of a release: what would ship, whether it is safe, who has to say yes, and the buttons to say it with. A
 * function of its input alone (no clock), so that an unchanged release needs no call to Slack.
 */
import type { KnownBlock } from '@slack/types'
import { isOpen } from '../release/release.ts'
import { approvalLines } from './approval-lines.ts'
import { buttonRow } from './button.ts'
import { evidenceBlocks } from './evidence-blocks.ts'
import { fitLines } from './fit-lines.ts'
import { gateButtons } from './gate-buttons.ts'
import type { GateCardInput, RolloutGlance } from './gate-card-input.ts'
import { gateHeadline } from './gate-headline.ts'
import { headerBlock } from './header-block.ts'
import { outcomeLines } from './outcome-lines.ts'
import { identity } from './people-words.ts'
import { preflightLines } from './preflight-lines.ts'
import type { Rendered } from './rendered.ts'
import { manualBlocks } from './rollback-lines.ts'
import { rolloutLines } from './rollout-lines.ts'
import { wholeLook } from './rollout-looks.ts'
import { contextBlock, date, joined, type Line, link, name, outside, textBlocks, words } from './spans.ts'
import { commitLink, repositoryUrl } from './subject.ts'
import { rulesOff, verdictLines } from './verdict-lines.ts'

// Slack refuses messages whose blocks hold much more than ten thousand characters altogether.
// What is below the buttons has about half of that, see evidence-blocks.ts.
const rooms = { subject: 1700, attention: 2000, approvals: 1200, rollout: 2700, manual: 1500 }
/** So many buttons stand beside each other without being squeezed. */
const perRow = 7

/**
 * The gate card in the layout that the workspace takes.
 *
 * @returns a message of at most 50 blocks within Slack's limits, whatever the release holds; what is left out is
 *   counted, and is in the messages of evidence-details.ts
 */
export function gateCard(input: GateCardInput): Rendered {
  const { release, context } = input
  const isUndecided = release.state.name === 'awaiting_approval' || release.state.name === 'queued'
  const { symbol, word } = wholeLook(release, input.rollout?.rollout ?? null)
  const show = (lines: readonly Line[], room: number): readonly KnownBlock[] =>
    lines.length === 0 ? [] : textBlocks(fitLines(lines, room, context.layout), context.layout)
  const approvals = show(approvalLines(input), rooms.approvals)
  const buttons = rows(gateButtons(input)).flatMap(buttonRow)
  const blocks: KnownBlock[] = [
    headerBlock(`${symbol} ${word}`, release),
    ...show([...subjectLines(input), ...outcomeLines(input)], rooms.subject),
    ...(input.rollout === null
      ? [
          ...show([...verdictLines(input, isUndecided), ...preflightLines(input.foresight ?? null)], rooms.attention),
          ...approvals,
          ...buttons,
        ]
      : // What is pressed now depends on where the traffic is, and no more on who approved it.
        [...rolloutBlocks({ ...input, rollout: input.rollout }, show), ...buttons, ...approvals]),
    ...evidenceBlocks(input),
    contextBlock(footLine(input)),
  ]
  const off = rulesOff(input.policy)
  if (isOpen(release) && off.length > 0) blocks.push(contextBlock([words(`Switched off here: ${off.join(', ')}`)]))
  return { text: gateHeadline(input), blocks }
}

/** The rollout, and what to do by hand where a part of a rollback cannot be done. */
function rolloutBlocks(
  input: GateCardInput & { readonly rollout: RolloutGlance },
  show: (lines: readonly Line[], room: number) => readonly KnownBlock[],
): readonly KnownBlock[] {
  const { phase } = input.rollout.rollout
  if (phase.name !== 'rollback_incomplete') return show(rolloutLines(input), rooms.rollout)
  const room = rooms.rollout - rooms.manual
  return [...show(rolloutLines(input), room), ...manualBlocks(phase.manualSteps, input.context.layout, rooms.manual)]
}

function rows<T>(buttons: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(buttons.length / perRow) }, (_, row) =>
    buttons.slice(row * perRow, (row + 1) * perRow),
  )
}

function subjectLines({ release, title, context }: GateCardInput): readonly Line[] {
  const { repository, ref, sha, requester, note } = release
  const lines: Line[] = []
  if (title !== null) lines.push([outside(title, 'bold', 120)])
  const parts: Line[] = [
    [link(repository, repositoryUrl(context.webUrl, repository))],
    [words(release.strategy, 'bold')],
    [commitLink(repository, sha, context)],
  ]
  if (!sha.startsWith(ref)) parts.push([outside(ref, 'code')])
  lines.push(joined(parts))
  const asked: Line[] = [
    [
      words('Asked for by '),
      identity(requester, context),
      words(' '),
      date(release.requestedAt, '{date_short_pretty} {time}'),
    ],
  ]
  if (release.state.name === 'awaiting_approval') {
    asked.push([words('⏰ open until '), date(release.state.expiresAt, '{date_short_pretty} {time}')])
  }
  lines.push(joined(asked))
  if (note !== null && note.trim() !== '') lines.push([words('“'), outside(note, undefined, 300), words('”')])
  return lines
}

function footLine({ release, links, policy }: GateCardInput): Line {
  const parts: Line[] = [[words('Read from GitHub '), date(release.evidence.readAt, '{date_short_pretty} {time_secs}')]]
  if (links.pipeline !== null) parts.push([link('pipeline', links.pipeline)])
  if (release.run !== null) parts.push([link('run', release.run.url)])
  if (policy.url !== null) parts.push([link(policy.environment, policy.url)])
  parts.push([words(`plan ${release.planDigest.slice(0, 12)}`)], [words(name(release.id, 26))])
  return joined(parts)
}
