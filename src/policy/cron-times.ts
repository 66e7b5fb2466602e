import { type CronExpression, CronExpressionParser } from 'cron-parser'

const MINUTE = 60_000
const DAY = 86_400_000
const MAX_REMEMBERED = 500
const remembered = new Map<string, { readonly cron: CronExpression; readonly minutes: readonly number[] }>()

/**
 * What is wrong with a cron expression of five fields: minute, hour, day of the month, month, day of the week.
 *
 * @returns null when it can be used
 */
export function cronFault(expression: string): 'fields' | 'values' | null {
  if (expression.trim().split(/\s+/).length !== 5) return 'fields'
  // The parser would draw a random number for H.
  if (/(?:^|[\s,])H/i.test(expression)) return 'values'
  try {
    parse(expression)
    return null
  } catch {
    return 'values'
  }
}

/**
 * When a cron expression fires on a day of the calendar, by the clock of wherever the day is.
 *
 * @param expression - one that `cronFault` finds nothing wrong with
 * @param day - days since 1970-01-01
 * @returns minutes of the day, ascending; empty when it does not fire on that day
 * @throws Error when the expression is none
 */
export function cronMinutesOn(expression: string, day: number): readonly number[] {
  const { cron, minutes } = remember(expression)
  const [first] = minutes
  return first !== undefined && cron.includesDate(new Date(day * DAY + first * MINUTE)) ? minutes : []
}

function remember(expression: string) {
  const known = remembered.get(expression)
  if (known !== undefined) return known
  const cron = parse(expression)
  const { hour, minute } = cron.fields
  const minutes = hour.values
    .flatMap((hours) => minute.values.map((minutes) => Number(hours) * 60 + Number(minutes)))
    .sort((a, b) => a - b)
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  const added = { cron, minutes }
  remembered.set(expression, added)
  return added
}

/** Read as UTC, in which every day has all of its minutes: what the clocks of a zone do is for the caller to say. */
function parse(expression: string): CronExpression {
  return CronExpressionParser.parse(expression, { tz: 'UTC', currentDate: new Date(0) })
}
