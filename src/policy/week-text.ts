/** By number, 0 is Sunday. */
export const dayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

/**
 * Times of a week in words: `weekend`, `Friday after 16:00`, `Mon, Tue, Wed 18:00 to 08:00`.
 *
 * @param days - 0 (Sunday) to 6, in the order to name them in
 * @param fromMinute - and `toMinute`: minutes of the day, 0 to 1440
 */
export function weekText(days: readonly number[], fromMinute: number, toMinute: number): string {
  const isWeekend = days.length === 2 && days.includes(6) && days.includes(0)
  const names = days.map((day) => dayName(day).slice(0, days.length > 2 ? 3 : undefined))
  const on = isWeekend ? 'weekend' : days.length === 7 ? 'every day' : names.join(', ')
  if (fromMinute === 0 && toMinute === 1440) return on
  if (toMinute === 1440) return `${on} after ${clock(fromMinute)}`
  return fromMinute === 0 ? `${on} before ${clock(toMinute)}` : `${on} ${clock(fromMinute)} to ${clock(toMinute)}`
}

function dayName(day: number): string {
  const name = dayNames[day] ?? ''
  return name.charAt(0).toUpperCase() + name.slice(1)
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}
