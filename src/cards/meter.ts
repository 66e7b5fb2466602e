/** A share as a bar: `▰▰▰▱▱▱▱▱▱▱`. */
const cells = 10

/** @param share - 0 none, 1 all; what is outside of that is cut, and what is no number is none */
export function meter(share: number): string {
  const full = Number.isFinite(share) ? Math.round(Math.min(1, Math.max(0, share)) * cells) : 0
  // Neither looks like nothing nor like all while it is not.
  const shown = share > 0 && full === 0 ? 1 : share < 1 && full === cells ? cells - 1 : full
  return '▰'.repeat(shown) + '▱'.repeat(cells - shown)
}
