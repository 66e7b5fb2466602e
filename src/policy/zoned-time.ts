/**
 * Wall clocks of time zones. A *wall* is what a clock there shows, written as the milliseconds that the same date and
 * time would be in UTC, so that days and minutes can be reckoned on it without thinking of the zone.
 */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** One format a zone, with the offsets at the midnights (UTC) that it was asked for: formatting is slow. */
const zones = new Map<string, { readonly format: Intl.DateTimeFormat; readonly offsets: Map<number, number> }>()
const MAX_REMEMBERED = 5000

/**
 * What a clock in the zone shows at an instant.
 *
 * @param zone - IANA name
 * @throws RangeError when there is no such zone
 */
export function wallAt(zone: string, at: number): number {
  return at + offsetAt(zone, at)
}

/**
 * When a clock in the zone shows a time: once on most days, twice in the hour that is repeated when clocks go back. A
 * time that is skipped when they go forward comes when they do: the instant after the gap stands for all of it.
 *
 * @returns one or two instants, ascending
 */
export function instantsOf(zone: string, wall: number): readonly [number, ...number[]] {
  const before = offsetAt(zone, wall - DAY)
  const after = offsetAt(zone, wall + DAY)
  if (before === after) return [wall - before]
  const [early, late] = [wall - Math.max(before, after), wall - Math.min(before, after)]
  const shows = (at: number) => wallAt(zone, at) === wall
  if (shows(early)) return shows(late) ? [early, late] : [early]
  return shows(late) ? [late] : [changeBetween(zone, early, late)]
}

/** The first instant at which it is this time or later there. */
export function firstInstant(zone: string, wall: number): number {
  return instantsOf(zone, wall)[0]
}

/**
 * The instant by which it is no longer before this time there, and will not be again: where clocks go back, after the
 * second pass of what comes before it.
 *
 * @param wall - a whole minute
 */
export function instantAfterAllBefore(zone: string, wall: number): number {
  const minute = instantsOf(zone, wall - MINUTE).at(-1) ?? 0
  return wallAt(zone, minute) === wall - MINUTE ? minute + MINUTE : firstInstant(zone, wall - MINUTE)
}

/** Whether clocks are changed on a day of the calendar there, or on the one before or after. */
export function isNearClockChange(zone: string, dayWall: number): boolean {
  return offsetAt(zone, dayWall - DAY) !== offsetAt(zone, dayWall + 2 * DAY)
}

function offsetAt(zone: string, at: number): number {
  const known = zoneOf(zone)
  const midnight = Math.floor(at / DAY) * DAY
  const offset = offsetAtMidnight(known, midnight)
  // Nowhere are clocks changed twice within a day.
  return offset === offsetAtMidnight(known, midnight + DAY) ? offset : readClock(known.format, at) - at
}

function offsetAtMidnight({ format, offsets }: ReturnType<typeof zoneOf>, midnight: number): number {
  const known = offsets.get(midnight)
  if (known !== undefined) return known
  const offset = readClock(format, midnight) - midnight
  if (offsets.size >= MAX_REMEMBERED) offsets.clear()
  offsets.set(midnight, offset)
  return offset
}

function readClock(format: Intl.DateTimeFormat, at: number): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {}
  // The format has no fractions of a second.
  const second = Math.floor(at / 1000) * 1000
  for (const { type, value } of format.formatToParts(second)) parts[type] = Number(value)
  const { year = 0, month = 1, day = 1 } = parts
  return Date.UTC(year, month - 1, day, parts.hour, parts.minute, parts.second) + (at - second)
}

/** Clocks are changed once between the two instants, on a whole minute. */
function changeBetween(zone: string, from: number, to: number): number {
  const before = offsetAt(zone, from)
  let [low, high] = [Math.floor(from / MINUTE), Math.ceil(to / MINUTE)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(zone, middle * MINUTE) === before) low = middle
    else high = middle
  }
  return high * MINUTE
}

function zoneOf(zone: string) {
  const known = zones.get(zone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const added = { format, offsets: new Map<number, number>() }
  zones.set(zone, added)
  return added
}
