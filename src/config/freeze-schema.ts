import { z } from 'zod'
import { dayWords, parseDays, parseFreezeText, parseMoment, parseTimeOfDay } from './freeze-text.ts'
import { checkCron, checkZone } from './gate-checks.ts'
import { addFault, duration, oneOrMore, text } from './schema-parts.ts'
import { nearest } from './suggest.ts'
import { checkedText, type ValueFault } from './value-checks.ts'

/** A time in which nothing is released, as written. */

function checkDays(value: string): ValueFault | null {
  if (parseDays(value) !== null) return null
  const meant = nearest(value, dayWords)
  const mend = meant === null ? 'Write days like fri, mon-thu or weekends.' : `Did you mean "${meant}"?`
  return { what: 'is no day of the week.', mend }
}

function checkTime(value: string): ValueFault | null {
  if (parseTimeOfDay(value) !== null || parseMoment(value) !== null) return null
  return {
    what: 'is neither a time of the day nor a date.',
    mend: "Write it like '16:00', '2026-12-20' or '2026-12-20 18:00', in quotes.",
  }
}

/** Numbers are taken along, so that what is wrong can be said in words of time. */
const time = z.preprocess((value) => (typeof value === 'number' ? String(value) : value), checkedText(checkTime))

export const freezeShape = {
  days: oneOrMore(checkedText(checkDays)).optional(),
  from: time.optional(),
  to: time.optional(),
  cron: checkedText(checkCron).optional(),
  for: duration('1m', '31d').optional(),
  time_zone: checkedText(checkZone).optional(),
  reason: text.optional(),
}

const freezeObject = z.strictObject(freezeShape).superRefine((window, context) => {
  const fault = findFault(window)
  if (fault !== null)
    addFault(
      context,
      [fault.key].filter((key) => key !== ''),
      fault,
    )
})

/** @returns the key to point at, empty for the window as a whole; null when its keys go together */
function findFault(window: z.infer<z.ZodObject<typeof freezeShape>>): (ValueFault & { readonly key: string }) | null {
  const { days, from, to, cron } = window
  const other = (['days', 'from', 'to'] as const).find((key) => window[key] !== undefined)
  if (cron !== undefined && other !== undefined) {
    return {
      key: other,
      what: `"cron" and "${other}" do not go together.`,
      mend: 'Make two windows of it, or keep one.',
    }
  }
  if (cron !== undefined && window.for === undefined) {
    return {
      key: 'cron',
      what: 'How long the freeze lasts is missing.',
      mend: 'Write it beside "cron", like this: for: 12h',
    }
  }
  if (cron === undefined && window.for !== undefined) {
    return {
      key: 'for',
      what: '"for" goes with "cron" only.',
      mend: "Write when the freeze ends, like this: to: '08:00'",
    }
  }
  if (cron === undefined && other === undefined) {
    return {
      key: '',
      what: 'When the freeze is, is not said.',
      mend: 'Give it "days", "from" and "to", or "cron" and "for".',
    }
  }
  // Said already of the value itself.
  if ([from, to].some((value) => value !== undefined && checkTime(value) !== null)) return null
  const [begin, end] = [from, to].map((value) => (value === undefined ? null : parseMoment(value)))
  const isDated = [begin, end].some((moment) => moment !== null && moment !== undefined)
  if (!isDated) {
    return from === undefined || parseTimeOfDay(from) !== 1440
      ? null
      : { key: 'from', what: 'Nothing begins at 24:00.', mend: "Write '00:00', on the day after." }
  }
  if (days !== undefined) {
    return {
      key: 'days',
      what: 'A freeze between two dates has no days of the week.',
      mend: 'Keep the days or the dates.',
    }
  }
  if (begin === null || begin === undefined || end === null || end === undefined) {
    const key = begin === null || begin === undefined ? 'to' : 'from'
    return {
      key,
      what: 'A freeze between dates needs one in "from" and one in "to".',
      mend: 'Write both with their date.',
    }
  }
  if (end.wall < begin.wall || (end.wall === begin.wall && !end.isDay)) {
    return {
      key: 'to',
      what: 'The freeze would end before it begins.',
      mend: 'Write a later date; a day without a time is frozen to its end.',
    }
  }
  return null
}

/** A window may be one line of text. */
export const freezeSchema = z.preprocess((value, context) => {
  if (typeof value !== 'string' && typeof value !== 'number') return value
  const keys = parseFreezeText(String(value))
  if (keys !== null) return keys
  addFault(
    context,
    [],
    {
      what: 'is no window of time.',
      mend: "Write it like 'weekends', 'fri after 16:00', 'mon-thu 18:00-08:00' or '2026-12-20 to 2027-01-03'.",
    },
    false,
  )
  return z.NEVER
}, freezeObject)
