import { cronMinutesOn } from './cron-times.ts'
import type { FreezeWindow } from './gate-policy.ts'
import { firstInstant, instantAfterAllBefore, instantsOf, isNearClockChange, wallAt } from './zoned-time.ts'

/** A freeze that is in force. `untilMs` is when it ends (UTC milliseconds), over windows that follow each other without a gap. */
export interface Freeze {
  /** Of the window in force that lasts longest. */
  readonly reason: string
  readonly untilMs: number
}

/** A freeze that has not begun yet. */
export interface NextFreeze extends Freeze {
  /** When it begins, UTC milliseconds. */
  readonly fromMs: number
}

interface Span {
  readonly fromMs: number
  readonly toMs: number
  readonly reason: string
}

const MINUTE = 60_000
const DAY = 86_400_000
/** How far ahead the end of a freeze is looked for: most end within days, and none is followed for longer than a year. */
const reaches = [8 * DAY, 62 * DAY, 366 * DAY]

/**
 * Whether something is frozen, and until when.
 *
 * Where clocks go forward, a time that is skipped counts as the moment after the gap. Where they go back, a window
 * lasts from the first time its beginning comes to the last time its end does, and a cron expression fires each time
 * the clock shows its minute: in doubt it is frozen.
 *
 * @param windows - with zones and cron expressions that exist
 * @param at - UTC milliseconds
 * @returns null when no window is in force. A freeze that goes on for more than 366 days ends at that time or later
 * @throws RangeError or Error for a zone or a cron expression that does not exist
 */
export function freezeAt(windows: readonly FreezeWindow[], at: number): Freeze | null {
  let freeze: Freeze | null = null
  for (const reach of reaches) {
    const spans = spansBetween(windows, at, at + reach)
    const inForce = spans.filter(({ fromMs, toMs }) => fromMs <= at && at < toMs)
    const longest = inForce.reduce<Span | null>((a, b) => (a === null || b.toMs > a.toMs ? b : a), null)
    if (longest === null) return null
    const untilMs = spans.reduce((end, { fromMs, toMs }) => (fromMs <= end ? Math.max(end, toMs) : end), longest.toMs)
    freeze = { reason: longest.reason, untilMs }
    if (untilMs < at + reach) break
  }
  return freeze
}

/**
 * The next freeze to begin; one that is in force already, and what follows it without a gap, is not it.
 *
 * @param at - UTC milliseconds
 * @param withinMs - how far ahead to look, in milliseconds; at most 366 days are looked at
 * @returns null when none begins after `at` and up to `at + withinMs`
 * @throws as `freezeAt` does
 */
export function nextFreeze(windows: readonly FreezeWindow[], at: number, withinMs: number): NextFreeze | null {
  const until = at + Math.min(withinMs, 366 * DAY)
  const free = freezeAt(windows, at)?.untilMs ?? at
  const next = spansBetween(windows, at, until).find(({ fromMs }) => fromMs > free && fromMs <= until)
  const freeze = next === undefined ? null : freezeAt(windows, next.fromMs)
  return next === undefined || freeze === null ? null : { ...freeze, fromMs: next.fromMs }
}

/**
 * When a freeze begins or ends next, or another window takes part in one.
 *
 * @param at - UTC milliseconds
 * @param withinMs - how far ahead to look, in milliseconds
 * @returns null when nothing of the kind happens after `at` and up to `at + withinMs`
 * @throws as `freezeAt` does
 */
export function nextFreezeChange(windows: readonly FreezeWindow[], at: number, withinMs: number): number | null {
  const until = at + withinMs
  const bounds = spansBetween(windows, at, until).flatMap(({ fromMs, toMs }) => [fromMs, toMs])
  const ahead = bounds.filter((bound) => bound > at && bound <= until)
  return ahead.length === 0 ? null : Math.min(...ahead)
}

/** Everything that touches a stretch of time, by beginning; a window's own pieces are joined where they meet. */
function spansBetween(windows: readonly FreezeWindow[], fromMs: number, toMs: number): readonly Span[] {
  return windows
    .flatMap((window) => spansOf(window, fromMs, toMs))
    .filter((span) => span.fromMs < span.toMs && span.toMs >= fromMs && span.fromMs <= toMs)
    .sort((a, b) => a.fromMs - b.fromMs)
}

function spansOf(window: FreezeWindow, fromMs: number, toMs: number): readonly Span[] {
  if (window.type === 'range') return [window]
  const lengthMs = window.type === 'cron' ? window.durationMs : 2 * DAY
  const first = Math.floor(wallAt(window.zone, fromMs - lengthMs) / DAY) - 1
  const last = Math.floor(wallAt(window.zone, toMs) / DAY) + 1
  const joined: { fromMs: number; toMs: number; readonly reason: string }[] = []
  for (let day = first; day <= last; day += 1) {
    for (const [begin, end] of window.type === 'weekly' ? weeklyOn(window, day) : cronOn(window, day)) {
      const open = joined.at(-1)
      if (end <= begin) continue
      if (open !== undefined && begin <= open.toMs) open.toMs = Math.max(open.toMs, end)
      else joined.push({ fromMs: begin, toMs: end, reason: window.reason })
    }
  }
  return joined
}

type Interval = readonly [beginMs: number, endMs: number]

/** @param day - days since 1970-01-01, which was a Thursday */
function weeklyOn(window: FreezeWindow & { readonly type: 'weekly' }, day: number): readonly Interval[] {
  const { days, fromMinute, toMinute, zone } = window
  if (!days.includes((((day + 4) % 7) + 7) % 7)) return []
  const endDay = toMinute > fromMinute ? day : day + 1
  return [
    [
      firstInstant(zone, day * DAY + fromMinute * MINUTE),
      instantAfterAllBefore(zone, endDay * DAY + toMinute * MINUTE),
    ],
  ]
}

function cronOn(window: FreezeWindow & { readonly type: 'cron' }, day: number): readonly Interval[] {
  const { expression, durationMs, zone } = window
  const walls = cronMinutesOn(expression, day).map((minute) => day * DAY + minute * MINUTE)
  const [firstWall = 0] = walls
  const begins = isNearClockChange(zone, day * DAY)
    ? walls.flatMap((wall) => instantsOf(zone, wall)).sort((a, b) => a - b)
    : walls.map((wall) => wall - firstWall + firstInstant(zone, firstWall))
  return begins.map((begin): Interval => [begin, begin + durationMs])
}

/** The function above, where the rules take it as an argument. */
export type FreezeAt = typeof freezeAt
