/** The evidence of a release, folded: what would ship, the database, how it did, what happens next. */
import type { KnownBlock, TaskCardBlock } from '@slack/types'
import { isOpen } from '../release/release.ts'
import { fitLines } from './fit-lines.ts'
import type { GateCardInput } from './gate-card-input.ts'
import { migrationLines, migrationSummary } from './migration-lines.ts'
import { nextLines } from './next-lines.ts'
import { proofLines, proofState, proofSummary } from './proof-lines.ts'
import { releaseLook } from './release-looks.ts'
import { shipLines, shipSummary, takenAway } from './ship-lines.ts'
import { type Line, name, richText, sections, words } from './spans.ts'

const rooms = { ship: 1700, migrations: 1000, proof: 1000, next: 800 }

interface Part {
  readonly title: string
  readonly status: TaskCardBlock['status']
  readonly lines: readonly Line[]
}

/** As the tasks of one plan, or as sections with headings. */
export function evidenceBlocks(input: GateCardInput): readonly KnownBlock[] {
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

function shipVerb({ state }: GateCardInput['release']): string {
  switch (state.name) {
    case 'completed':
    case 'rolled_back':
      return 'What shipped'
    case 'rolling_out':
      return 'What ships'
    default:
      return 'What would ship'
  }
}

function evidenceParts(input: GateCardInput): readonly Part[] {
  const { release, policy, context } = input
  const { changes } = release.evidence
  const within = (lines: readonly Line[], room: number) => fitLines(lines, room, context.layout)
  const isUnusual = takenAway(changes).length > 0 || !changes.isFileListComplete || changes.relation === 'same'
  const isSafe = changes.migrations.every(({ destructive, isRead }) => isRead && destructive.length === 0)
  const verb = shipVerb(release)
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
  if (isOpen(release) && input.rollout === null) {
    parts.push({
      title: 'What happens next',
      status: releaseLook(release).task,
      lines: within(nextLines(input), rooms.next),
    })
  }
  return parts
}
