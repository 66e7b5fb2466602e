import type { KnownBlock } from '@slack/types'
import { approvalLines } from './approval-lines.ts'
import { type ButtonInput, buttonRow } from './button.ts'
import { requestValue } from './button-values.ts'
import { escapeMrkdwn } from './escape.ts'
import { evidenceBlocks } from './evidence-blocks.ts'
import { fitLines } from './fit-lines.ts'
import { requestActions } from './gate-actions.ts'
import type { GateCardInput } from './gate-card-input.ts'
import { releaseLabel } from './gate-headline.ts'
import { headerBlock } from './header-block.ts'
import { proofSummary } from './proof-lines.ts'
import type { Rendered } from './rendered.ts'
import { shipSummary } from './ship-lines.ts'
import { contextBlock, date, joined, type Line, outside, textBlocks, words } from './spans.ts'
import { commitLink } from './subject.ts'
import { rulesOff, verdictLines } from './verdict-lines.ts'

const rooms = { attention: 2000, approvals: 1200 }

/**
 * `/deploy plan`: the whole release that would be made, as its card would show it, with the button that asks for it.
 *
 * @param input - a release as it would begin, at its gate; its id is not shown, because it has none
 */
export function planView(input: GateCardInput): Rendered {
  const { release, title, context } = input
  const { repository, ref, sha, strategy, evidence } = release
  const subject: Line[] = [[words(strategy, 'bold')], [commitLink(repository, sha, context)]]
  if (!sha.startsWith(ref)) subject.push([outside(ref, 'code')])
  const show = (lines: readonly Line[], room: number): readonly KnownBlock[] =>
    textBlocks(fitLines(lines, room, context.layout, 'see the diff'), context.layout)
  const off = rulesOff(input.policy)
  const text = `Plan, nothing was made: ${releaseLabel(release)} - ${shipSummary(evidence.changes)} - ${proofSummary(evidence)}`
  return {
    text: escapeMrkdwn(text),
    blocks: [
      headerBlock('📝 Plan', release),
      contextBlock([words('Nothing was made and nobody was asked. This is what a request would look like now.')]),
      ...show([...(title === null ? [] : [[outside(title, 'bold', 120)]]), joined(subject)], 900),
      ...show(verdictLines(input, true), rooms.attention),
      ...show(approvalLines(input), rooms.approvals),
      ...buttonRow([askButton(input)]),
      ...evidenceBlocks(input),
      contextBlock([words('Read from GitHub '), date(evidence.readAt, '{date_short_pretty} {time_secs}')]),
      ...(off.length === 0 ? [] : [contextBlock([words(`Switched off here: ${off.join(', ')}`)])]),
    ],
  }
}

function askButton({ release }: GateCardInput): ButtonInput {
  const { repository, environment, strategy, sha } = release
  return {
    action: requestActions.request,
    text: 'Ask for this release',
    value: requestValue({ repository, environment, strategy, ref: sha }),
    style: 'primary',
    confirm: {
      title: 'Ask for this release?',
      text: `The card for ${releaseLabel(release)} is posted, and those who may approve are asked.`,
      yes: 'Ask',
    },
  }
}
