/** What is said in the thread of a release that rolls out: verdicts, holds that nobody ends, calls, and a rollback. */
import type { StepOutcome } from '../analysis/decide-step.ts'
import type { Identity } from '../policy/identity.ts'
import { reasons } from '../policy/reason-codes.ts'
import type { Release } from '../release/release.ts'
import type { Rollback, Rollout, Stopwatch } from '../release/rollout/rollout.ts'
import { plainWords } from '../release/text-with-people.ts'
import { buttonRow } from './button.ts'
import { formatDuration } from './durations.ts'
import { escapeMrkdwn } from './escape.ts'
import type { LockGlance, RolloutGlance } from './gate-card-input.ts'
import { releaseLabel } from './gate-headline.ts'
import { identity, identityName } from './people-words.ts'
import type { ReleaseCardContext, Rendered } from './rendered.ts'
import { exactly, legLines, type ManualSteps, manualBlocks, rollbackCause, stopwatchLines } from './rollback-lines.ts'
import { afterRollback } from './rollout-buttons.ts'
import { group, type Line, link, name, notification, outside, type Span, sections, textBlocks, words } from './spans.ts'
import { taggedLine } from './tagged-line.ts'
import { verdictLine } from './verdict-line.ts'
import { metricLines } from './watch-lines.ts'

type Named = Pick<Release, 'repository' | 'sha' | 'environment' | 'strategy'>

interface About {
  readonly release: Named
  readonly cardUrl: string | null
}

const maxPeople = 8
/** Of a message about ten thousand characters are taken; the lines around have the rest. */
const manualRoom = 6000

/** Somebody is called. `text` is that of the rules; see text-with-people.ts. */
export function pageNotice(
  input: About & {
    readonly text: string
    /** Slack user group; null to mention none. */
    readonly onCall: string | null
    /** Where a rollback is not complete. */
    readonly manualSteps: ManualSteps
  },
  context: ReleaseCardContext,
): Rendered {
  const { text, onCall, manualSteps } = input
  const lines: Line[] = [[words('🚨 '), ...mentions(onCall, [], context), ...labelled(input)], taggedLine(text)]
  return {
    text: shortText('🚨', input.release, text),
    // As sections, which make what was quoted harmless.
    blocks: [...sections(lines), ...manualBlocks(manualSteps, context.layout, manualRoom)],
  }
}

/** A hold that nobody ends. Held by Sluice, those who asked for it and those on call are the ones to decide. */
export function holdReminder(
  input: About & { readonly text: string; readonly people: readonly Identity[]; readonly onCall: string | null },
  context: ReleaseCardContext,
): Rendered {
  const { text, people, onCall } = input
  const lines: Line[] = [
    [words('⏰ '), ...mentions(onCall, people, context), ...labelled(input)],
    taggedLine(text),
    [words('Resume it, send it on, or roll it back: the buttons are on its card.')],
  ]
  return { text: shortText('⏰', input.release, text), blocks: sections(lines) }
}

/** That it is being rolled back: why, on which evidence, who pressed. */
export function rollbackBegunNotice(
  input: About & {
    readonly rollback: Pick<Rollback, 'reason' | 'by' | 'why'>
    readonly check: RolloutGlance['check']
    readonly onCall: string | null
    readonly people: readonly Identity[]
  },
  context: ReleaseCardContext,
): Rendered {
  const { release, rollback, check, onCall, people } = input
  const metrics =
    rollback.reason === 'metric_failed' ? metricLines({ check }, (metric) => metric.verdict === 'fail') : []
  const lines: Line[] = [
    [words('⏪ '), words('Rolling back', 'bold'), words(' '), ...labelled(input)],
    ...rollbackCause(rollback, context),
    ...metrics,
  ]
  const told = mentions(onCall, people, context)
  if (told.length > 0) lines.push([words('For '), ...told])
  const why =
    rollback.reason === null
      ? `by ${rollback.by === null ? 'Sluice' : identityName(rollback.by)}`
      : reasons[rollback.reason]
  const more = rollback.why === null ? '' : ` - ${name(rollback.why, 150)}`
  return {
    text: escapeMrkdwn(`Rolling back ${releaseLabel(release)}: ${why}${more}`),
    blocks: textBlocks(lines, context.layout),
  }
}

/** How it went: the stopwatch, the lock that keeps others out, and the ways on. */
export function rollbackEndedNotice(
  input: About & {
    readonly release: Pick<Release, 'repository' | 'sha' | 'environment' | 'strategy'>
    readonly rollout: Pick<Rollout, 'rollback' | 'stopwatch'>
    readonly objectiveMs: number
    readonly lock: LockGlance | null
  },
  context: ReleaseCardContext,
): Rendered {
  const { release, rollout, objectiveMs, lock } = input
  const { rollback, stopwatch } = rollout
  const lines: Line[] = [
    [words('⏪ '), words('Rolled back', 'bold'), words(': '), ...labelled(input)],
    ...stopwatchLines(stopwatch, objectiveMs),
    ...(rollback === null ? [] : legLines(rollback, stopwatch)),
  ]
  if (lock !== null) {
    lines.push([
      words('🔒 '),
      outside(release.environment, 'bold', 40),
      words(' is locked: '),
      outside(lock.why, undefined, 200),
    ])
  }
  lines.push([
    words(lock === null ? 'Next: ask' : 'Next: take the lock off and ask'),
    words(' for the release that mends it. Ordinary releases go through the gate as always.'),
  ])
  return {
    text: escapeMrkdwn(`Rolled back ${releaseLabel(release)}${tookWords(stopwatch)}`),
    blocks: [...textBlocks(lines, context.layout), ...buttonRow(afterRollback({ release, lock }))],
  }
}

function tookWords({ rollbackAt, trafficAt, endedAt }: Stopwatch): string {
  if (rollbackAt === null) return ''
  const traffic = trafficAt === null ? [] : [`traffic verified back after ${exactly(trafficAt - rollbackAt)}`]
  const all = endedAt === null ? [] : [`all of it after ${exactly(endedAt - rollbackAt)}`]
  return [...traffic, ...all].map((part, index) => `${index === 0 ? ': ' : ', '}${part}`).join('')
}

/** One line a metric, and what follows from it. */
export function verdictNotice(
  { check, percent }: { readonly check: NonNullable<RolloutGlance['check']>; readonly percent: number | null },
  context: ReleaseCardContext,
): Rendered {
  const { metrics } = check.verdict
  const at = percent === null ? '' : ` at ${percent} %`
  const heading: Line = [words(`📈 Check${at}: `), words(outcomeWords(check.decision.outcome), 'bold')]
  const lines: Line[] = [heading, ...metrics.slice(0, 20).map(verdictLine)]
  if (metrics.length > 20) lines.push([words(`and ${metrics.length - 20} more`)])
  return { text: notification(heading), blocks: textBlocks(lines, context.layout) }
}

function outcomeWords(outcome: StepOutcome): string {
  switch (outcome.type) {
    case 'fail':
      return 'failed, so it is rolled back.'
    case 'hold':
      return `held. ${reasons[outcome.reason]}`
    case 'extend':
      return `undecided at the end of the window, which is now longer by ${formatDuration(outcome.byMs)}.`
    case 'advance':
      return outcome.reason === 'all_passed'
        ? 'all passed, so it goes on.'
        : 'nothing failed with all of the traffic, so it goes on.'
    case 'continue':
      return outcome.reason === 'held' ? 'it is held, and still watched.' : 'it is watched on.'
    default:
      return outcome satisfies never
  }
}

/** Those on call and the people, each once; ends with what divides it from the rest. */
function mentions(onCall: string | null, people: readonly Identity[], context: ReleaseCardContext): Line {
  const onCallSpan = group(onCall)
  const named = new Map<string, Span>()
  for (const one of people) {
    const span = identity(one, context)
    named.set(JSON.stringify(span), span)
  }
  const spans = [...(onCallSpan === null ? [] : [onCallSpan]), ...[...named.values()].slice(0, maxPeople)]
  const rest = named.size - maxPeople
  const all: Line = spans.flatMap((span): Line => [span, words(' ')])
  return rest > 0 ? [...all, words(`and ${rest} more `)] : all
}

function labelled({ release, cardUrl }: About): Line {
  return [link(releaseLabel(release), cardUrl, 'bold', 150)]
}

function shortText(symbol: string, release: Named, said: string): string {
  return `${symbol} ${escapeMrkdwn(releaseLabel(release))}: ${escapeMrkdwn(name(plainWords(said), 600))}`
}
