import { hash } from 'node:crypto'

/**
 * Checks of different rollouts are spread over the interval: after a stop all of them are due at once, and would be so ever
 * after. Each has its own place in the interval, which it comes to within half an interval more or less, once.
 *
 * @param from - UTC milliseconds, as are `wantedAt` and what is returned
 * @param wantedAt - one interval later
 */
export function onItsBeat(releaseId: string, from: number, wantedAt: number): number {
  const intervalMs = wantedAt - from
  if (intervalMs <= 0) return wantedAt
  const offset = Number.parseInt(hash('sha256', releaseId, 'hex').slice(0, 8), 16) % intervalMs
  const earliest = from + Math.ceil(intervalMs / 2)
  return earliest + ((((offset - earliest) % intervalMs) + intervalMs) % intervalMs)
}
