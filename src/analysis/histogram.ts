/** Histograms as the judge keeps them: finite upper bounds in seconds, rising, and one count more than bounds. */

/** Adds up two histograms of the same bounds. */
export function addCounts(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((count, index) => count + (b[index] ?? 0))
}

export function sumOf(counts: readonly number[]): number {
  let sum = 0
  for (const count of counts) sum += count
  return sum
}

/**
 * The value below which `share` of what was counted lies. Within a bucket it is interpolated on the scale of logarithms,
 * which is nearer to how latencies are spread than a straight line and keeps ratios truer; the lowest bucket, which begins
 * at 0, by a straight line.
 *
 * @returns seconds; null of nothing; the greatest bound for what lies above it
 */
export function quantileOf(bounds: readonly number[], counts: readonly number[], share: number): number | null {
  const total = sumOf(counts)
  if (total <= 0) return null
  const rank = share * total
  let below = 0
  for (const [index, upper] of bounds.entries()) {
    const count = counts[index] ?? 0
    if (count > 0 && below + count >= rank) {
      const part = (rank - below) / count
      const lower = bounds[index - 1] ?? 0
      return lower > 0 ? lower * (upper / lower) ** part : upper * part
    }
    below += count
  }
  return bounds.at(-1) ?? null
}

/**
 * Index of the greatest bound that at least `share` of what was counted exceeds; the first one where none is exceeded by so
 * many. What is above it is slow.
 */
export function slowBound(bounds: readonly number[], counts: readonly number[], share: number): number {
  const needed = share * sumOf(counts)
  let above = 0
  for (let index = bounds.length - 1; index > 0; index -= 1) {
    above += counts[index + 1] ?? 0
    if (above >= needed && above > 0) return index
  }
  return 0
}

/** How many lie above the bound of this index. */
export function countAbove(counts: readonly number[], bound: number): number {
  let above = 0
  for (let index = bound + 1; index < counts.length; index += 1) above += counts[index] ?? 0
  return above
}
