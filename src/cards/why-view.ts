/** `/deploy why`: every gate of an environment, how it stands, and the one thing that opens it. */
import type { TaskCardBlock } from '@slack/types'
import { type ButtonInput, buttonRow } from './button.ts'
import { counted, listed } from './counted.ts'
import { escapeMrkdwn } from './escape.ts'
import { fitLines } from './fit-lines.ts'
import type { GateLine } from './gate-card-input.ts'
import { type ReleaseGlance, releaseOnPipeline, rolloutLine } from './release-glance.ts'
import type { ReleaseCardContext, Rendered } from './rendered.ts'
import { contextBlock, date, type Line, name, outside, richText, sections, words } from './spans.ts'
import { commitLink, repositoryName, shortSha } from './subject.ts'

const maxGates = 30

const looks: Readonly<
  Record<GateLine['state'], { readonly glyph: string; readonly word: string; readonly task: TaskCardBlock['status'] }>
> = {
  open: { glyph: '✓', word: 'open', task: 'complete' },
  closed: { glyph: '✗', word: 'closed', task: 'error' },
  unknown: { glyph: '?', word: 'not known', task: 'in_progress' },
  off: { glyph: '–', word: 'switched off', task: 'pending' },
  overridden: { glyph: '🚨', word: 'overridden', task: 'complete' },
}

export interface WhyInput {
  readonly repository: string
  readonly environment: string
  readonly sha: string
  readonly gates: readonly GateLine[]
  /** The release that is rolling out there, if one is. */
  readonly underWay: ReleaseGlance | null
  readonly readAt: number
  /** Buttons that do what the gates ask for, where there are any. */
  readonly buttons: readonly ButtonInput[]
  readonly context: ReleaseCardContext
}

export function whyView(input: WhyInput): Rendered {
  const { repository, environment, sha, gates, readAt, context } = input
  const closed = gates.filter(({ state }) => state === 'closed' || state === 'unknown')
  const what = `${repositoryName(repository)} ${shortSha(sha)} to ${name(environment, 40)}`
  const verdict =
    closed.length === 0
      ? `Nothing stands in the way of ${what}`
      : `${counted(closed.length, 'gate stands', 'gates stand')} in the way of ${what}`
  const title: Line = [words(closed.length === 0 ? '✅ ' : '⛔ '), words(verdict, 'bold')]
  const heading = [title, ...underWayLines(input)]
  const shown = [...closed, ...gates.filter((gate) => !closed.includes(gate))].slice(0, maxGates)
  const rest = gates.length - shown.length
  const foot: Line = [
    words('Read '),
    date(readAt, '{date_short_pretty} {time_secs}'),
    ...(rest > 0 ? [words(` · ${counted(rest, 'more gate')} not shown`)] : []),
  ]
  const names = listed(closed.slice(0, 4).map((gate) => name(gate.name, 40)))
  return {
    text: escapeMrkdwn(closed.length === 0 ? verdict : `${verdict}: ${names}`),
    blocks: [
      ...(context.layout === 'plan'
        ? planBlocks(heading, shown)
        : sections(fitLines([...heading, ...shown.flatMap(gateLines)], 8500, 'classic'))),
      ...buttonRow(input.buttons.slice(0, 10)),
      contextBlock(foot),
    ],
  }
}

function underWayLines({ underWay, repository, context }: WhyInput): readonly Line[] {
  if (underWay === null) return []
  const { sha } = underWay.release
  return [[commitLink(repository, sha, context), words(' '), ...releaseOnPipeline(underWay)], ...rolloutLine(underWay)]
}

function planBlocks(heading: readonly Line[], gates: readonly GateLine[]) {
  if (gates.length === 0) return [richText(heading)]
  const tasks = gates.map((gate, index): TaskCardBlock => {
    const { glyph, word, task } = looks[gate.state]
    const details = detailLines(gate)
    const card = {
      type: 'task_card',
      task_id: `gate-${index + 1}`,
      title: `${name(gate.name)} · ${glyph} ${word}`,
      status: task,
    } as const
    return details.length === 0 ? card : { ...card, details: richText(details) }
  })
  return [richText(heading), { type: 'plan', title: 'Gates', tasks } as const]
}

function gateLines(gate: GateLine): readonly Line[] {
  const { glyph, word } = looks[gate.state]
  const heading: Line = [words(`${glyph} `), outside(gate.name, 'bold'), words(` ${word}`)]
  return [heading, ...detailLines(gate).map((line): Line => [words('      '), ...line])]
}

function detailLines(gate: GateLine): readonly Line[] {
  const lines: Line[] = []
  if (gate.detail.trim() !== '') lines.push([outside(gate.detail, undefined, 120)])
  if (gate.action !== null) lines.push([words('→ '), outside(gate.action, 'bold', 100)])
  return lines
}
