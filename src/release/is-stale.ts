import type { Press } from './decision.ts'
import type { Release } from './release.ts'

/**
 * Whether a press was made on a card that showed something else than what is now. The command line shows no card; a
 * press in Slack without one is that of a button that does not say what it is for.
 */
export function isStale(press: Press, release: Release): boolean {
  if (press.seen === null) return press.client === 'slack'
  return press.seen.generation !== release.generation || press.seen.planDigest !== release.planDigest
}
