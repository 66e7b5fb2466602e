import { dayNames } from '../policy/week-text.ts'

/** Days and times of freeze windows as people write them. */

const sets: Readonly<Record<string, readonly number[]>> = {
  weekend: [6, 0],
  weekends: [6, 0],
  weekday: [1, 2, 3, 4, 5],
  weekdays: [1, 2, 3, 4, 5],
  daily: [0, 1, 2, 3, 4, 5, 6],
  everyday: [0, 1, 2, 3, 4, 5, 6],
}

/** What may stand for a day, to find the one that was meant. */
export const dayWords: readonly string[] = [...dayNames, ...Object.keys(sets)]

/**
 * `fri`, `Fridays`, `mon-thu`, `weekends`, or several with commas.
 *
 * @returns 0 (Sunday) to 6, each once; null when a word is none of these
 */
export function parseDays(text: string): readonly number[] | null {
  const days = new Set<number>()
  const words = text
    .trim()
    .toLowerCase()
    .replace(/^every /, 'every')
  for (const word of words.split(/\s*(?:,|\band\b)\s*|\s+/)) {
    const [from, to, ...more] = word.split('-').map(dayOf)
    const set = sets[word]
    if (set !== undefined) for (const day of set) days.add(day)
    else if (from === undefined || from === null || to === null || more.length > 0) return null
    else
      for (let day = from; ; day = (day + 1) % 7) {
        days.add(day)
        if (day === (to ?? from)) break
      }
  }
  return [...days]
}

function dayOf(word: string): number | null {
  const name = word.replace(/s$/, '')
  const index = dayNames.findIndex((day) => name.length >= 2 && (day.startsWith(name) || day.startsWith(word)))
  return index < 0 ? null : index
}

/** @returns minutes of the day, 0 to 1440 (`24:00`); null when the text is no time of the day */
export function parseTimeOfDay(text: string): number | null {
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? []
  const total = Number(hour) * 60 + Number(minute)
  return Number(minute) < 60 && total <= 1440 ? total : null
}

/** A date, with or without a time of the day. */
export interface Moment {
  /** What the clock shows, as the milliseconds that this would be in UTC. */
  readonly wall: number
  /** Whether it is the clock of UTC, rather than that of the window's zone. */
  readonly isUtc: boolean
  /** No time is given: the whole day is meant. */
  readonly isDay: boolean
}

/** `2026-12-20`, `2026-12-20 18:00`, or with an offset, `2026-12-20T18:00:00+01:00`. */
export function parseMoment(text: string): Moment | null {
  const pattern = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i
  const [, date, time, seconds, offset] = pattern.exec(text.trim()) ?? []
  if (date === undefined) return null
  const midnight = Date.parse(`${date}T00:00:00Z`)
  // 30 February is read as 2 March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return null
  if (time === undefined) return { wall: midnight, isUtc: false, isDay: true }
  const zone = offset === undefined ? 'Z' : offset.toUpperCase().replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2')
  const wall = Date.parse(`${date}T${time}${seconds ?? ':00'}${zone}`)
  return Number.isNaN(wall) ? null : { wall, isUtc: offset !== undefined, isDay: false }
}

/** A window in one line of text, taken apart into the keys that say the same. */
export interface FreezeKeys {
  readonly days?: string
  readonly from?: string
  readonly to?: string
}

/**
 * `weekends`, `fri after 16:00`, `after 16:00 on Friday`, `before 09:00`, `mon-fri 18:00-08:00`, `2026-12-20 to 2027-01-03`.
 *
 * @returns null when the text is none of these
 */
export function parseFreezeText(text: string): FreezeKeys | null {
  const written = text.trim().replace(/^no\s+\S+\s+(?=after|before|from|until|on)/i, '')
  const [, first, last] = /^(\d{4}-\d{2}-\d{2}.*?)\s+(?:to|until|-)\s+(\d{4}-\d{2}-\d{2}.*)$/i.exec(written) ?? []
  if (first !== undefined && last !== undefined) return { from: first, to: last }
  if (parseMoment(written)?.isDay === true) return { from: written, to: written }
  const time = String.raw`\b(?:(?<after>after|from)\s+|(?<before>before|until)\s+)?(?<from>\d{1,2}:\d{2})(?:\s*(?:-|–|to|until)\s*(?<to>\d{1,2}:\d{2}))?`
  const groups = new RegExp(time, 'i').exec(written)?.groups
  const days = written
    .replace(new RegExp(time, 'i'), ' ')
    .replace(/\s+on\s+/i, ' ')
    .trim()
  if (days !== '' && parseDays(days) === null) return null
  const onDays = days === '' ? {} : { days }
  if (groups?.from === undefined) return days === '' ? null : onDays
  const { from, to, before, after } = groups
  if ([from, to].some((time) => time !== undefined && parseTimeOfDay(time) === null)) return null
  if (before !== undefined) return to === undefined ? { ...onDays, to: from } : null
  if (to !== undefined) return { ...onDays, from, to }
  return after === undefined ? null : { ...onDays, from }
}
