/**
 * A duration as people say it: `58 s`, `3 min 12 s`, `1 h 4 min`, `2 d 3 h`.
 *
 * @param ms - milliseconds; a negative one (clocks that disagree) reads as `0 s`
 */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.floor(minutes / 60)
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

/** Time between two moments in ms, or null when one of them is not known. */
export function elapsedMs(startedAt: number | null, completedAt: number | null): number | null {
  return startedAt === null || completedAt === null ? null : Math.max(0, completedAt - startedAt)
}

/** A moment in UTC for places that cannot show the reader's own zone: `2026-03-01 14:03 UTC`. */
export function formatUtc(ms: number): string {
  return isMoment(ms) ? `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC` : 'at an unknown time'
}

/** True for milliseconds that a calendar can show (the years 1970 to 9999). */
export function isMoment(ms: number): boolean {
  return Number.isFinite(ms) && ms >= 0 && ms < 253_402_300_800_000
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`
}
