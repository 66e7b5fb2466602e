const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/**
 * A length of time as people write it: `90s`, `15m`, `4h`, `7d`, `2w`, or several together, `1h 30m`.
 *
 * @returns milliseconds; null when the text is none, or one that lasts longer than a century
 */
export function parseDuration(text: string): number | null {
  const written = text.trim().toLowerCase()
  if (!/^(?:\d{1,9}\s*[smhdw]\s*)+$/.test(written)) return null
  let total = 0
  for (const [, amount, unit] of written.matchAll(/(\d+)\s*([smhdw])/g)) {
    total += Number(amount) * units[unit === 's' || unit === 'm' || unit === 'h' || unit === 'd' ? unit : 'w']
  }
  return total <= 36_525 * units.d ? total : null
}

/**
 * The same the other way round, as short as it can be said without loss: `15m`, `4h`, `1h 30m`, `7d`.
 *
 * @param ms - not negative; parts of a second are left out
 */
export function formatDuration(ms: number): string {
  const parts: string[] = []
  let rest = Math.floor(ms / 1000) * 1000
  for (const [unit, size] of [
    ['d', units.d],
    ['h', units.h],
    ['m', units.m],
    ['s', units.s],
  ] as const) {
    const amount = Math.floor(rest / size)
    rest -= amount * size
    if (amount > 0) parts.push(`${amount}${unit}`)
  }
  return parts.length === 0 ? '0s' : parts.join(' ')
}
