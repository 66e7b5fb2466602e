/** What the card says of a rollout that goes forward or stands: where the traffic is, what was measured, what comes next. */
import type { MetricVerdict } from '../analysis/verdict.ts'
import { reasons } from '../policy/reason-codes.ts'
import { checkWords } from '../release/rollout/check-words.ts'
import { rollsBackWhenItRunsOut } from '../release/rollout/hold-rollout.ts'
import { isOver, type Rollout, type RolloutPhase } from '../release/rollout/rollout.ts'
import { counted } from './counted.ts'
import { formatDuration } from './durations.ts'
import type { GateCardInput, RolloutGlance } from './gate-card-input.ts'
import { meter } from './meter.ts'
import { identity } from './people-words.ts'
import { rollbackLines } from './rollback-lines.ts'
import { date, joined, type Line, name, outside, words } from './spans.ts'
import { stepsBar } from './steps-bar.ts'
import { shortSha } from './subject.ts'
import { healthLines, metricLines } from './watch-lines.ts'

const minutes = '{date_short_pretty} {time}'
const seconds = '{time_secs}'

type Input = Pick<GateCardInput, 'release' | 'context'> & { readonly rollout: RolloutGlance }

/** From the bar of the steps to the database, as far as there is something to say. */
export function rolloutLines(input: Input): readonly Line[] {
  const { rollout } = input.rollout
  const hasBegun = rollout.pools !== null || !isOver(rollout)
  const isBack = rollout.rollback !== null
  return [
    ...(isBack ? rollbackLines(input.rollout, input.context) : []),
    ...(hasBegun ? [stepsBar(rollout)] : []),
    ...splitLines(input),
    ...phaseLines(input),
    ...driftLines(rollout),
    ...(rollout.phase.name === 'completed'
      ? []
      : metricLines(input.rollout, isBack ? tellsWhy(input.rollout) : undefined)),
    ...(isOver(rollout) || isBack ? [] : healthLines(input.rollout)),
    ...databaseLines(input),
  ]
}

/** In a rollback the metrics that led to it are what people look for. */
function tellsWhy({ check }: RolloutGlance): (metric: MetricVerdict) => boolean {
  const hasFailed = (check?.verdict.metrics ?? []).some(({ verdict }) => verdict === 'fail')
  return ({ verdict }) => !hasFailed || verdict === 'fail'
}

/** Which pool serves which version, and how much of the traffic it has. */
function splitLines({ release, rollout: { rollout } }: Input): readonly Line[] {
  const { pools, confirmed, drift, phase } = rollout
  if (pools === null) return isOver(rollout) ? [] : [[words('No traffic has been shifted yet.')]]
  // What it is now is in the line about the change; after the end other releases have their say.
  if (drift !== null || phase.name === 'completed') return []
  const live = release.evidence.changes.live?.sha ?? null
  const old = live === null ? 'the old version' : `old, ${shortSha(live)}`
  const parts: Line[] = [
    [outside(pools.canary, 'bold', 40), words(` ${confirmed} % (new, ${shortSha(release.sha)})`)],
    [outside(pools.baseline, 'bold', 40), words(` ${100 - confirmed} % (${old})`)],
  ]
  return [[words(`${meter(confirmed / 100)} `), ...joined(parts)]]
}

function phaseLines(input: Input): readonly Line[] {
  const { rollout } = input.rollout
  const { phase } = rollout
  switch (phase.name) {
    case 'preflight':
      return [[words(`The load balancer is being looked at${again(phase.attempts)}.`)]]
    case 'before_check':
      return [checkLine('before', phase, rollout)]
    case 'after_check':
      return [checkLine('after', phase, rollout)]
    case 'setting': {
      const how = phase.stage === 'reading' ? 'the split is read first' : 'to be read back before it counts'
      return [
        [
          words(`⏳ ${phase.percent} % is being set since `),
          date(phase.since, seconds),
          words(`: ${how}${again(phase.attempts)}.`),
        ],
      ]
    }
    case 'observing':
      return windowLines(input.rollout)
    case 'held':
      return heldLines(input, phase)
    case 'completed':
      return completedLines(input.rollout, phase.at)
    default:
      return []
  }
}

function again(attempts: number): string {
  return attempts > 0 ? ` (${counted(attempts, 'attempt')} did not do)` : ''
}

function checkLine(
  when: 'before' | 'after',
  { index, since }: { readonly index: number; readonly since: number },
  rollout: Rollout,
): Line {
  const step = rollout.steps[rollout.stepIndex]
  const checks = step?.[when] ?? []
  const check = checks[index]
  return [
    words(`⏳ Check ${index + 1} of ${Math.max(checks.length, index + 1)} ${when} ${step?.percent ?? 0} %, since `),
    date(since, seconds),
    words(': '),
    check === undefined ? words('about to end') : outside(checkWords(check, rollout), 'code', 120),
  ]
}

/** From when until when the present weight is watched. No running clock: Slack writes the moment in the reader's zone. */
function windowLines({ rollout, check, intervalMs }: RolloutGlance): readonly Line[] {
  const { window } = rollout
  if (window === null) return []
  const lengthMs = window.windowMs + window.extensionMs
  const longer = window.extensionMs > 0 ? `, ${formatDuration(window.extensionMs)} of it added` : ''
  const parts: Line[] = [
    [
      words('⏱️ Watched until '),
      date(windowEnd(window.openedAt, lengthMs, check, intervalMs), '{time}'),
      words(` (${formatDuration(lengthMs)} since `),
      date(window.openedAt, '{time}'),
      words(`${longer})`),
    ],
    [words(`a check every ${formatDuration(intervalMs)}`)],
  ]
  return [joined(parts)]
}

/** Checks that were missed move the end: where it is told by the last check, and not as planned, that is what counts. */
function windowEnd(openedAt: number, lengthMs: number, check: RolloutGlance['check'], intervalMs: number): number {
  const planned = openedAt + lengthMs
  const outcome = check === null || check.at < openedAt ? null : check.decision.outcome
  if (check === null || outcome?.type !== 'continue') return planned
  const told = check.at + outcome.remainingMs
  return told - planned > 2 * intervalMs ? told : planned
}

function heldLines(
  { rollout: glance, context }: Input,
  { hold, since }: Extract<RolloutPhase, { name: 'held' }>,
): readonly Line[] {
  const { rollout, check } = glance
  const who: Line = hold.by === null ? [] : [words(' by '), identity(hold.by, context)]
  // What somebody else did has lines of its own.
  const isTold = hold.reason === null || (hold.reason === 'traffic_changed' && rollout.drift !== null)
  const why: readonly Line[] = isTold || hold.reason === null ? [] : [[words(reasons[hold.reason], 'bold')]]
  const detail: readonly Line[] =
    hold.detail === null || hold.detail.trim() === ''
      ? []
      : [[words('“'), outside(hold.detail, undefined, 300), words('”')]]
  const outcome = check?.decision.outcome
  const left =
    rollout.phase.name === 'held' &&
    rollout.phase.from.name === 'observing' &&
    outcome?.type === 'continue' &&
    outcome.reason === 'held'
      ? ` ${formatDuration(outcome.remainingMs)} of the window are left.`
      : ''
  return [
    [
      words('⏸️ '),
      words('Held', 'bold'),
      ...who,
      words(' since '),
      date(since, minutes),
      words(`. The clock stands, it is still watched.${left}`),
    ],
    ...why,
    ...detail,
    nextOfHold(rollout, hold),
  ]
}

function nextOfHold(rollout: Rollout, hold: Extract<RolloutPhase, { name: 'held' }>['hold']): Line {
  const { endsByItself, limitAt, remindAt } = hold
  const parts: Line[] = []
  if (endsByItself) parts.push([words('it goes on by itself once that is over')])
  if (limitAt === null || remindAt < limitAt) parts.push([words('people are reminded at '), date(remindAt, '{time}')])
  if (limitAt !== null) {
    const what = rollsBackWhenItRunsOut(rollout, hold) ? 'it is rolled back at ' : 'people are called at '
    parts.push([words(what), date(limitAt, '{time}'), words(' unless somebody decides')])
  }
  return [words('Next: '), ...joined(parts, '; '), words('.')]
}

/** What somebody else made of the split, and who, if that is known. */
function driftLines({ drift, confirmed }: Rollout): readonly Line[] {
  if (drift === null) return []
  const { words: found, change, isAdoptable } = drift
  const who: Line =
    change === null
      ? [words('Who did it is not known.')]
      : [
          words('By '),
          outside(change.by, 'bold', 80),
          words(' '),
          date(change.at, '{date_short_pretty} {time_secs}'),
          words('.'),
        ]
  return [
    [
      words('⚠️ '),
      words('Somebody else changed the split', 'bold'),
      words(`: ${name(found, 200)} instead of ${confirmed} %.`),
    ],
    [
      ...who,
      words(isAdoptable ? ' Adopt it, restore it, or roll back.' : ' It cannot be adopted: restore it, or roll back.'),
    ],
  ]
}

function completedLines({ rollout, isRollbackOpen, rollbackUntil }: RolloutGlance, at: number): readonly Line[] {
  const took: Line =
    rollout.pools === null ? [] : [words(`The rollout took ${formatDuration(at - rollout.stopwatch.openedAt)}. `)]
  if (!isRollbackOpen || rollbackUntil === null) return took.length === 0 ? [] : [took]
  return [
    [
      ...took,
      words('It can be rolled back by one press until '),
      date(rollbackUntil, minutes),
      words(', if nothing newer begins.'),
    ],
  ]
}

/** Whether the old version can run on what was migrated, and what there is to go back to. */
function databaseLines({ release, rollout: { rollout, isRollbackOpen } }: Input): readonly Line[] {
  const { count, isSafeToRollBack, why } = rollout.migrations
  if (count === 0 || (rollout.phase.name === 'completed' && !isRollbackOpen)) return []
  const what = counted(count, 'migration')
  const backup: Line =
    release.backup === null
      ? [words(' No backup was named.')]
      : [words(' Backup: '), outside(release.backup, 'code', 120)]
  if (isSafeToRollBack === true)
    return [[words(`🗄️ ${what}: the old version can run on ${count === 1 ? 'it' : 'them'}.`), ...backup]]
  const because: Line = why === null ? [] : [words(' ('), outside(why, undefined, 160), words(')')]
  const danger =
    isSafeToRollBack === false
      ? `${what}: NOT safe to roll back over`
      : `${what}: nobody could tell whether they are safe to roll back over`
  return [[words('🗄️ '), words(danger, 'bold'), ...because, words('.'), ...backup]]
}
