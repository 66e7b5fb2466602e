/** Durations as people type them: `2h`, `90 min`, `1h30m`, `1.5 h`, `2 days`. */

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const units: readonly (readonly [ms: number, names: readonly string[]])[] = [
  [7 * day, ['w', 'week', 'weeks']],
  [day, ['d', 'day', 'days']],
  [hour, ['h', 'hr', 'hrs', 'hour', 'hours']],
  [minute, ['m', 'min', 'mins', 'minute', 'minutes']],
  [second, ['s', 'sec', 'secs', 'second', 'seconds']],
  [1, ['ms']],
]

const msOfUnit = new Map(units.flatMap(([ms, names]) => names.map((name) => [name, ms] as const)))

const part = /\s*(\d{1,9}(?:[.,]\d{1,3})?)\s*([a-z]{1,7})/iy

/** @returns milliseconds (a whole number, 0 or more), or null when the whole text is no duration */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > 60) return null
  let ms = 0
  let position = 0
  while (position < trimmed.length) {
    part.lastIndex = position
    const [whole, amount, unit] = part.exec(trimmed) ?? []
    const unitMs = msOfUnit.get(unit?.toLowerCase() ?? '')
    if (whole === undefined || amount === undefined || unitMs === undefined) return null
    ms += Number(amount.replace(',', '.')) * unitMs
    position += whole.length
  }
  return Math.round(ms)
}

/** `1h30m`: the shortest text that `parseDuration` reads as exactly `ms` (a whole number, 0 or more). */
export function writeDuration(ms: number): string {
  const written: string[] = []
  let rest = ms
  for (const [unitMs, names] of units) {
    const count = Math.floor(rest / unitMs)
    if (count > 0 && unitMs !== 7 * day) {
      written.push(`${count}${names[0]}`)
      rest -= count * unitMs
    }
  }
  return written.join('') || '0s'
}
