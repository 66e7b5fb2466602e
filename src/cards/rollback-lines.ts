/** What the card says of a rollback: why, how far each part is, how long it took, and what to do by hand. */
import type { KnownBlock, RichTextBlock } from '@slack/types'
import { reasons } from '../policy/reason-codes.ts'
import type { ManualStep } from '../release/by-hand.ts'
import type { Leg, LegName, Rollback, Stopwatch } from '../release/rollout/rollout.ts'
import { counted } from './counted.ts'
import { formatDuration } from './durations.ts'
import { escapeLogLine, logLine } from './escape.ts'
import type { RolloutGlance } from './gate-card-input.ts'
import { identity } from './people-words.ts'
import type { CardLayout, ReleaseCardContext } from './rendered.ts'
import { date, joined, type Line, mrkdwn, name, outside, richText, section, sectionRoom, words } from './spans.ts'

const seconds = '{time_secs}'
const legNames: readonly LegName[] = ['traffic', 'functions', 'frontend']
const legTitles: Readonly<Record<LegName, string>> = {
  traffic: 'Traffic',
  functions: 'Edge functions',
  frontend: 'Frontend',
}

/** Why it is rolled back: the reason first, in bold, then what is known besides. */
export function rollbackCause(
  { reason, by, why }: Pick<Rollback, 'reason' | 'by' | 'why'>,
  context: Pick<ReleaseCardContext, 'mentions'>,
): readonly Line[] {
  const first: Line[] =
    reason !== null ? [[words(reasons[reason], 'bold')]] : by !== null ? [[words('By '), identity(by, context)]] : []
  return why === null || why.trim() === '' ? first : [...first, [words('“'), outside(why, undefined, 300), words('”')]]
}

/** While it goes on: the stopwatch, and each part with its state. */
export function rollbackLines(
  { rollout, rollbackObjectiveMs }: Pick<RolloutGlance, 'rollout' | 'rollbackObjectiveMs'>,
  context: Pick<ReleaseCardContext, 'mentions'>,
): readonly Line[] {
  const { rollback, stopwatch } = rollout
  if (rollback === null) return []
  const isOver = rollout.phase.name === 'rolled_back'
  return [
    // Once it is over, the reason is the first line of the card.
    ...(isOver ? [] : rollbackCause(rollback, context)),
    ...stopwatchLines(stopwatch, rollbackObjectiveMs),
    ...legLines(rollback, stopwatch),
  ]
}

/** From the press, or the verdict, to traffic that was read back, and to all of it. */
export function stopwatchLines({ rollbackAt, trafficAt, endedAt }: Stopwatch, objectiveMs: number): readonly Line[] {
  if (rollbackAt === null) return []
  const objective = `objective ${Math.round(objectiveMs / 1000)} s`
  const began: Line = [words('⏱️ Began '), date(rollbackAt, seconds)]
  if (trafficAt === null) {
    const due: Line = [
      words('traffic has to be back by '),
      date(rollbackAt + objectiveMs, seconds),
      words(` (${objective})`),
    ]
    return [joined([began, due])]
  }
  const took = trafficAt - rollbackAt
  const isKept = took <= objectiveMs ? '' : ' MISSED'
  const parts: Line[] = [
    began,
    [words(`traffic verified back after ${exactly(took)}`, 'bold'), words(` (${objective}${isKept})`)],
  ]
  if (endedAt !== null && endedAt >= rollbackAt) parts.push([words(`all of it after ${exactly(endedAt - rollbackAt)}`)])
  return [joined(parts)]
}

/** `3.4 s`, and as people say it from ten seconds on. */
export function exactly(ms: number): string {
  return ms >= 0 && ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms)
}

export function legLines({ legs }: Pick<Rollback, 'legs'>, stopwatch: Stopwatch): readonly Line[] {
  return legNames.flatMap((leg) => legLine(leg, legs[leg], stopwatch))
}

const doneAt = { traffic: 'trafficAt', functions: 'functionsAt', frontend: 'frontendAt' } as const

function legLine(name: LegName, { state, failures, retryAt, detail }: Leg, stopwatch: Stopwatch): readonly Line[] {
  const title = legTitles[name]
  const tries = failures === 0 ? '' : `, ${counted(failures, 'attempt')} failed`
  const why: Line = detail === null ? [] : [words(': '), outside(detail, undefined, 200)]
  switch (state) {
    case 'not_needed':
      return []
    case 'done': {
      const at = stopwatch[doneAt[name]]
      const after = at === null || stopwatch.rollbackAt === null ? '' : ` after ${exactly(at - stopwatch.rollbackAt)}`
      return [[words(`✅ ${title}: back${after}${tries}`), ...why]]
    }
    case 'pending':
      return [[words(`⏳ ${title}: under way${tries}`), ...why]]
    case 'failed': {
      const next: Line = retryAt === null ? [] : [words(', tried again by '), date(retryAt, seconds)]
      return [[words('❌ '), words(`${title}: NOT back`, 'bold'), words(tries), ...next, ...why]]
    }
    default:
      return state satisfies never
  }
}

export type ManualSteps = Readonly<Partial<Record<LegName, readonly ManualStep[]>>>

interface ManualPart {
  readonly what: string
  readonly command: string
}

const byHand: Line = [words('It is tried on. By hand, if it cannot wait:', 'bold')]

/**
 * What to do by hand: each command in a block of its own, to be copied. A command is shown whole and exactly, or not at
 * all, because half of one does something else.
 *
 * @param room - characters; steps after one that does not fit are counted
 */
export function manualBlocks(steps: ManualSteps, layout: CardLayout, room: number): readonly KnownBlock[] {
  const all = legNames
    .flatMap((leg) =>
      (steps[leg] ?? []).map((step): ManualPart => ({ ...step, what: name(`${legTitles[leg]}: ${step.what}`, 300) })),
    )
    .filter(({ command }) => command.trim() !== '')
  if (all.length === 0) return []
  const fitting = fittingParts(all, layout, room)
  const left = all.length - fitting.length
  const rest: Line =
    left === 0
      ? []
      : [
          words(`${counted(left, 'step')} cannot be shown here. From a shell, `),
          words('sluice rollback', 'code'),
          words(' does what Sluice does.'),
        ]
  return layout === 'plan' ? [richManual(fitting, rest)] : classicManual(fitting, rest)
}

/** A rich text block takes a hundred parts, and a step is two. */
const mostSteps = 40

function fittingParts(all: readonly ManualPart[], layout: CardLayout, room: number): readonly ManualPart[] {
  let used = 0
  const end = all.findIndex((part, index) => {
    used += layout === 'plan' ? part.what.length + part.command.length : classicPart(part).length
    // Changed by what makes it harmless it would be another command.
    const isExact = logLine(part.command) === part.command && (layout === 'plan' || !part.command.includes('`'))
    const isTooLong = layout === 'classic' && classicPart(part).length > sectionRoom
    return used > room || isTooLong || !isExact || index >= mostSteps
  })
  return end < 0 ? all : all.slice(0, end)
}

function richManual(parts: readonly ManualPart[], rest: Line): RichTextBlock {
  const elements = parts.flatMap(({ what, command }): RichTextBlock['elements'] => [
    ...richText([[words(what)]]).elements,
    { type: 'rich_text_preformatted', elements: [{ type: 'text', text: command }] },
  ])
  return {
    type: 'rich_text',
    elements: [...richText([byHand]).elements, ...elements, ...(rest.length === 0 ? [] : richText([rest]).elements)],
  }
}

/** In as few sections as hold them. */
function classicManual(parts: readonly ManualPart[], rest: Line): readonly KnownBlock[] {
  const texts: string[] = [mrkdwn(byHand)]
  for (const text of [...parts.map(classicPart), ...(rest.length === 0 ? [] : [mrkdwn(rest)])]) {
    const last = texts.at(-1)
    if (last !== undefined && last.length + text.length + 1 <= sectionRoom) texts[texts.length - 1] = `${last}\n${text}`
    else texts.push(text)
  }
  return texts.map(section)
}

function classicPart({ what, command }: ManualPart): string {
  return `${mrkdwn([words(what)])}\n\`\`\`\n${escapeLogLine(command)}\n\`\`\``
}
