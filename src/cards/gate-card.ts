/**
 * The card of a release: what would ship, whether it is safe, who has to say yes, and the buttons to say it with. A
 * function of its input alone (no clock), so that an unchanged release needs no call to Slack.
 */
import type { KnownBlock, TaskCardBlock } from '@slack/types'
import type { GatePolicy } from '../policy/gate-policy.ts'
import { isOpen } from '../release/release.ts'
import { approvalLines } from './approval-lines.ts'
import { attentionLines, blockLines } from './attention-lines.ts'
import { buttonRow } from './button.ts'
import { fitLines } from './fit-lines.ts'
import { gateButtons } from './gate-buttons.ts'
import type { GateCardInput } from './gate-card-input.ts'
import { gateHeadline } from './gate-headline.ts'
import { migrationLines, migrationSummary } from './migration-lines.ts'
import { nextLines } from './next-lines.ts'
import { outcomeLines } from './outcome-lines.ts'
import { identity } from './people-words.ts'
import { proofLines, proofState, proofSummary } from './proof-lines.ts'
import { releaseLook } from './release-looks.ts'
import type { Rendered } from './rendered.ts'
import { shipLines, shipSummary, takenAway } from './ship-lines.ts'
import {
  contextBlock,
  date,
  joined,
  type Line,
  link,
  name,
  outside,
  richText,
  sections,
  textBlocks,
  words,
} from './spans.ts'
import { commitLink, repositoryName, repositoryUrl } from './subject.ts'

// Slack refuses messages whose blocks hold much more than ten thousand characters altogether.
const rooms = { subject: 1700, attention: 2000, approvals: 1200, ship: 1700, migrations: 1000, proof: 1000, next: 800 }

/**
 * The gate card in the layout that the workspace takes.
 *
 * @returns a message of at most 50 blocks within Slack's limits, whatever the release holds; what is left out is
 *   counted, and is in the messages of evidence-details.ts
 */
export function gateCard(input: GateCardInput): Rendered {
  const { release, context } = input
  const isUndecided = release.state.name === 'awaiting_approval' || release.state.name === 'queued'
  const show = (lines: readonly Line[], room: number): readonly KnownBlock[] =>
    lines.length === 0 ? [] : textBlocks(fitLines(lines, room, context.layout), context.layout)
  const blocks: KnownBlock[] = [
    headerBlock(input),
    ...show([...subjectLines(input), ...outcomeLines(input)], rooms.subject),
    ...show(verdictLines(input, isUndecided), rooms.attention),
    ...show(approvalLines(input), rooms.approvals),
    ...buttonRow(gateButtons(input)),
    ...evidenceBlocks(input),
    contextBlock(footLine(input)),
  ]
  const off = rulesOff(input.policy)
  if (isOpen(release) && off.length > 0) blocks.push(contextBlock([words(`Switched off here: ${off.join(', ')}`)]))
  return { text: gateHeadline(input), blocks }
}

function headerBlock({ release }: GateCardInput): KnownBlock {
  const { symbol, word } = releaseLook(release)
  const alarm = release.breakGlass === null ? '' : '🚨 BREAK GLASS · '
  const where = `${name(repositoryName(release.repository), 40)} → ${name(release.environment, 40)}`
  return {
    type: 'header',
    text: { type: 'plain_text', text: name(`${alarm}${symbol} ${word}: ${where}`, 150), emoji: true },
  }
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

/** Whether it is safe, before anything else is said about it. */
function verdictLines(input: GateCardInput, isUndecided: boolean): readonly Line[] {
  const { release } = input
  const attention = attentionLines(input)
  const blocked = isOpen(release) ? blockLines(input) : []
  const risks: Line[] =
    release.risks.length === 0 || !isOpen(release)
      ? []
      : [
          [
            words('⚠️ More approvals than usual, because of: '),
            words(
              release.risks
                .slice(0, 6)
                .map((risk) => name(risk))
                .join(', '),
              'bold',
            ),
          ],
        ]
  if (attention.length + risks.length === 0) {
    const good: Line = [
      words('✅ '),
      words('Nothing unusual found', 'bold'),
      words(`: ${proofSummary(release.evidence)}.`),
    ]
    return isUndecided ? [good, ...blocked] : blocked
  }
  const heading: Line[] = isUndecided ? [[words('Look at this first', 'bold')]] : []
  const rest: Line[] =
    proofState(release.evidence) === 'good' ? [[words('✅ '), words(`${proofSummary(release.evidence)}.`)]] : []
  return [...heading, ...attention, ...risks, ...blocked, ...rest]
}

interface Part {
  readonly title: string
  readonly status: TaskCardBlock['status']
  readonly lines: readonly Line[]
}

function evidenceBlocks(input: GateCardInput): readonly KnownBlock[] {
  const parts = evidenceParts(input)
  if (input.context.layout === 'classic') {
    const blocks = parts.flatMap(({ title, lines }) => sections([[words(title, 'bold')], ...lines]))
    return [{ type: 'divider' }, ...blocks]
  }
  const tasks = parts.map(
    ({ title, status, lines }, index): TaskCardBlock => ({
      type: 'task_card',
      task_id: `evidence-${index + 1}`,
      title: name(title, 250),
      status,
      details: richText(lines),
    }),
  )
  return [{ type: 'plan', title: 'Evidence', tasks }]
}

function evidenceParts(input: GateCardInput): readonly Part[] {
  const { release, policy, context } = input
  const { changes } = release.evidence
  const within = (lines: readonly Line[], room: number) => fitLines(lines, room, context.layout)
  const isUnusual = takenAway(changes).length > 0 || !changes.isFileListComplete || changes.relation === 'same'
  const isSafe = changes.migrations.every(({ destructive, isRead }) => isRead && destructive.length === 0)
  const verb = release.state.name === 'completed' ? 'What shipped' : 'What would ship'
  const parts: Part[] = [
    {
      title: `${verb}: ${shipSummary(changes)}`,
      status: isUnusual ? 'error' : 'complete',
      lines: within(shipLines(release, context), rooms.ship),
    },
  ]
  if (changes.migrations.length > 0) {
    parts.push({
      title: `Database: ${migrationSummary(changes.migrations)}`,
      status: isSafe ? 'complete' : 'error',
      lines: within(migrationLines(release, context), rooms.migrations),
    })
  }
  const state = proofState(release.evidence)
  const proof = { good: 'complete', bad: 'error', waiting: 'in_progress' } as const
  parts.push({
    title: `How it did: ${state === 'good' ? 'nothing failed' : proofSummary(release.evidence)}`,
    status: proof[state],
    lines: within(proofLines(release.evidence, policy), rooms.proof),
  })
  if (isOpen(release)) {
    parts.push({
      title: 'What happens next',
      status: releaseLook(release).task,
      lines: within(nextLines(input), rooms.next),
    })
  }
  return parts
}

function footLine({ release, links, policy }: GateCardInput): Line {
  const parts: Line[] = [[words('Read from GitHub '), date(release.evidence.readAt, '{date_short_pretty} {time_secs}')]]
  if (links.pipeline !== null) parts.push([link('pipeline', links.pipeline)])
  if (release.run !== null) parts.push([link('run', release.run.url)])
  if (policy.url !== null) parts.push([link(policy.environment, policy.url)])
  parts.push([words(`plan ${release.planDigest.slice(0, 12)}`)], [words(name(release.id, 26))])
  return joined(parts)
}

/** Rules of a gate that the environment's configuration switches off. */
export function rulesOff(policy: GatePolicy): readonly string[] {
  const off: string[] = []
  if (policy.approvals.length === 0) off.push('approvals')
  if (!policy.requiresCi) off.push('green checks')
  if (policy.requiresStaging === null) off.push('a staging deployment before')
  if (policy.branches === null) off.push('allowed branches')
  if (policy.allowsSelfApproval) off.push('the rule that the requester cannot approve')
  if (policy.allowsAuthorApproval) off.push('the rule that authors cannot approve')
  return off
}
